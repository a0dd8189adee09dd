"""What a reviewer looks at, and what stands between an application and each decision. Words are for staff unless a docstring says otherwise."""

from datetime import date

from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from certification.notices import count_from
from certification.queries import open_holds, today
from certification.standards import StandardNotSet
from training_providers.rules import days_late as training_days_late

from ..models import Application, Requirement
from .checklist import REQUIREMENTS
from .filing import expired_problems, review_days_late, under_age_problems

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
    return _proposed_problems(application)


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
    return reviewer_problems(application, by) or _proposed_problems(application)


def _proposed_problems(application):
    if any(denial.decided_at is None for denial in application.denials.all()):
        return [_("A denial is proposed. A second person must decide it first.")]
    return []


# --- decisions -----------------------------------------------------------------------------------------------------
def approval_problems(application, by):
    """Every line accepted; age and photo ID by the standards of the day of filing."""
    problems = reviewer_problems(application, by) or _proposed_problems(application)
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
    problems = reviewer_problems(application, by) or _proposed_problems(application)
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
    return problems


def proposal_problems(application, by):
    """A denial is proposed by the reviewer, and rests on a line of the checklist that is declined."""
    if application.status != S.IN_REVIEW:
        return [_("The application is not in review.")]
    problems = reviewer_problems(application, by) or _proposed_problems(application)
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
    """A pass is here and no hold is open."""
    if application.passed_at is None:
        return [_("No exam is passed.")]
    if open_holds(application.person).exists():
        return [_("A hold is open.")]
    return []


def _kinds(application, status):
    return {row.kind for row in application.requirements.all() if row.status == status}


# --- clocks --------------------------------------------------------------------------------------------------------
def valid_through(application):
    """The last day of an approval, counted from the day its notice was handed over (program page "How to apply"); None until then."""
    if application.approval_notice is None:
        return None
    months = application.standards.application_valid_months
    return count_from(application.approval_notice, months=months, days=application.extra_days)


def reply_by(application):
    """The last day to answer a request for more; None where the program has set none, or the request is not handed over."""
    standards = application.standards
    try:
        days = standards.application_revision_reply_days
    except StandardNotSet:
        return None
    return (
        None
        if standards.is_assumed("application_revision_reply_days")
        else count_from(application.asked_notice, days=days)
    )


def closing_problems(application, by):
    """Only a day that the person was told, and that is over, closes an application; never while an exam may still bring a result."""
    if by is not None:
        return [_("Only the clock closes an application.")]
    if application.status == S.MORE_ASKED:
        last_day = reply_by(application)
    elif application.exam_open or application.passed_at:
        return [_("An exam is open or passed.")]
    else:
        last_day = valid_through(application)
    return [] if last_day and last_day < today() else [_("There is still time.")]


# --- days given back -----------------------------------------------------------------------------------------------
def days_to_give_back(application):
    """Days that we used beyond our own clocks, in the review and with training certificates sent since it was filed, and have not given back yet."""
    standards, trained = application.standards, application.person.training_records
    late = review_days_late(application, standards) + sum(
        training_days_late(training, standards.on(training.filed_on))
        for training in trained.filter(filed_on__gte=application.filed_on)
    )
    return late - sum(extension.days for extension in application.extensions.all())


def extension_problems(application, days, by):
    """What keeps ``by`` from adding ``days`` to an approval: the program allows it today, and no more than we used beyond our own clocks."""
    if problems := own_file_problems(application, by):
        return problems
    if application.status != S.APPROVED:
        return [_("The application is not approved.")]
    standards = application.standards.on(today())
    if not (standards.is_set("application_extension") and standards.application_extension):
        return [_("The program does not let us add days to an approval.")]
    left = days_to_give_back(application)
    if left <= 0:
        return [_("There are no late days to give back.")]
    if not 0 < days <= left:
        words = ngettext("At most %(days)s day can be added.", "At most %(days)s days can be added.", left)
        return [words % {"days": left}]
    return []


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
        "reason_en": row.reason.text_en,
        "reason_es": row.reason.text_es,
        "note": row.note,
    }
