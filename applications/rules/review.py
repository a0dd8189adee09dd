"""What a reviewer looks at, and what stands between an application and each decision. Words are for staff unless a docstring says otherwise."""

from datetime import date

from django.utils import translation
from django.utils.translation import gettext as _

from certification.queries import open_holds
from training_providers.queries import accepted_core

from ..models import Application, Requirement
from .checklist import REQUIREMENTS
from .filing import expired_problems, under_age_problems

S = Application.Status


# --- who may act ---------------------------------------------------------------------------------------------------
def own_file_problems(application, by):
    """Nobody handles their own file, whatever their role."""
    if by and application.person.user_id == by.pk:
        return [_("This is your own file. Somebody else must handle it.")]
    return []


def release_problems(application, by):
    """Whoever reviews gives the case back; of others only who may release any."""
    if problems := own_file_problems(application, by):
        return problems
    if application.reviewer_id != by.pk and not by.has_perm("applications.release_any_application"):
        return [_("Somebody else reviews this application.")]
    return proposed_problems(application)


def reviewer_problems(application, by):
    """Only the one who claimed a case works on it, and never on their own."""
    if problems := own_file_problems(application, by):
        return problems
    return [] if application.reviewer_id == by.pk else [_("Somebody else reviews this application.")]


def requirement_problems(requirement, by):
    """The checklist is marked by the reviewer, while the case is in review, and stands still while a denial is proposed."""
    application = requirement.application
    if application.status != S.IN_REVIEW:
        return [_("The application is not in review.")]
    return reviewer_problems(application, by) or proposed_problems(application)


def denial_is_proposed(application):
    """Whether a denial waits for its second person."""
    return any(denial.decided_at is None for denial in application.denials.all())


def proposed_problems(application):
    """While a denial is proposed, or a decision is on its way, the case stands still."""
    if denial_is_proposed(application):
        return [_("A denial is proposed. A second person must decide it first.")]
    if hasattr(application, "proposal"):
        return [_("A decision is on its way. Undo it first.")]
    return []


# --- decisions -----------------------------------------------------------------------------------------------------
def approval_problems(application, by):
    """Every line accepted; age and photo ID by the standards of the day of filing."""
    problems = reviewer_problems(application, by) or proposed_problems(application)
    if problems:
        return problems
    accepted = _kinds(application, Requirement.Status.ACCEPTED)
    problems = [
        _("“%(label)s” is not accepted.") % {"label": check.label}
        for kind, check in REQUIREMENTS.items()
        if kind not in accepted
    ]
    return problems + filing_day_problems(application)


def filing_day_problems(application):
    """What the answers say that does not hold by the standards of the day of filing."""
    answers, standards = application.answers or {}, application.standards
    problems = []
    birth_date = answers.get("birth", {}).get("birth_date")
    if not birth_date or under_age_problems(date.fromisoformat(birth_date), standards):
        problems.append(_("Not %(years)s years old on the day of filing.") % {"years": standards.eligibility_min_age})
    expires_on = answers.get("identity", {}).get("expires_on")
    if expires_on and expired_problems(date.fromisoformat(expires_on), application.filed_on):
        problems.append(_("The photo ID had expired on the day of filing."))
    return problems


def ask_problems(application, by):
    """Something is asked, and everything else is looked at: whatever is wrong is said at once."""
    problems = reviewer_problems(application, by) or proposed_problems(application)
    if problems:
        return problems
    if not _kinds(application, Requirement.Status.MORE_ASKED):
        problems.append(_("Nothing is marked “ask for more”."))
    waiting = _kinds(application, Requirement.Status.WAITING)
    problems += [
        _("“%(label)s” is not checked yet. Say everything at once.") % {"label": check.label}
        for kind, check in REQUIREMENTS.items()
        if kind in waiting
    ]
    late = {row.kind for row in application.requirements.all() if waits_for_leave(row)}
    problems += [
        _("“%(label)s” was on file when you asked the first time. A lead must say why it is asked now.")
        % {"label": check.label}
        for kind, check in REQUIREMENTS.items()
        if kind in late
    ]
    return problems


def is_late(requirement):
    """Whether to ask about this line now is to ask a second time, for what was on file the first time: no page it rests on was opened again since."""
    answered = Requirement.history.filter(
        application_id=requirement.application_id, history_change_reason__startswith="reopen"
    )
    opened_again = {page for kind in answered.values_list("kind", flat=True) for page in _pages_under(kind)}
    return bool(opened_again) and opened_again.isdisjoint(_pages_under(requirement.kind))


def _pages_under(kind):
    """The pages that a line of the checklist rests on: its own, and those of its papers, which are called as their kinds are."""
    return {REQUIREMENTS[kind].page, *REQUIREMENTS[kind].documents}


def late_problems(requirement, by):
    """Only another than the reviewer lets a late request go out, while it is still to be sent."""
    application = requirement.application
    if problems := own_file_problems(application, by):
        return problems
    if application.reviewer_id == by.pk:
        return [_("You review this case. Another lead must say why it is asked late.")]
    if not waits_for_leave(requirement):
        return [_("Nothing is asked late here.")]
    return []


def waits_for_leave(requirement):
    """Whether a late request waits for a lead to say why it is made."""
    return (
        requirement.late
        and requirement.late_allowed_by_id is None
        and requirement.status == Requirement.Status.MORE_ASKED
    )


def proposal_problems(application, by):
    """A denial is proposed by the reviewer, and rests on a line of the checklist that is declined."""
    if application.status != S.IN_REVIEW:
        return [_("The application is not in review.")]
    problems = reviewer_problems(application, by) or proposed_problems(application)
    if not problems and not _kinds(application, Requirement.Status.DECLINED):
        problems = [_("No line of the checklist is declined.")]
    return problems


def denial_problems(application, by):
    """A denial takes two people: what was proposed by one, agreed to by another, and still rests on a declined line."""
    if problems := own_file_problems(application, by):
        return problems
    denial = max(application.denials.all(), key=lambda denial: denial.pk, default=None)
    if denial is None or not denial.agreed:
        return [_("No denial is agreed.")]
    if by is None or denial.decided_by_id != by.pk or by.pk in (denial.proposed_by_id, application.reviewer_id):
        return [_("Whoever proposes cannot decide. A second person must do it.")]
    if not _kinds(application, Requirement.Status.DECLINED):
        return [_("No line of the checklist is declined.")]
    return []


def completion_problems(application, by):
    """A pass is here, no hold is open, and a training counts: one that only a provider told us of may be disowned after the exam was authorized."""
    if application.passed_at is None:
        return [_("No exam is passed.")]
    if accepted_core(application.person, application.standards) is None:
        return [_("No training counts.")]
    if open_holds(application.person).exists():
        return [_("A hold is open.")]
    return []


def _kinds(application, status):
    return {row.kind for row in application.requirements.all() if row.status == status}


# --- what the person is told ---------------------------------------------------------------------------------------
def items_of(application, *outcomes):
    """What is asked or declined, as a letter lists it: the line, where it is written, the reason in both languages, and the note."""
    by_kind = {row.kind: row for row in application.requirements.all() if row.reason and row.reason.outcome in outcomes}
    return [_item(kind, by_kind[kind]) for kind in REQUIREMENTS if kind in by_kind]


def _item(kind, row):
    check = REQUIREMENTS[kind]
    with translation.override(None):  # the letter translates them on the day it leaves
        label, citation = str(check.label), str(check.citation)
    return {
        "label": label,
        "citation": citation,
        "page": check.page,
        "outcome": row.reason.outcome,
        "late": row.late,
        "reason_en": row.reason.text_en,
        "reason_es": row.reason.text_es,
        "note": row.note,
    }
