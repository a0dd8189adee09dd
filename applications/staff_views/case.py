"""The case page of an application: its papers beside its checklist, and a button for each step open to who looks."""

from dataclasses import dataclass

from django.contrib.admin import site
from django.db.models import F
from django.shortcuts import render
from django.views.decorators.http import require_safe

from certification.audit import audit
from certification.models import Document, Hold
from certification.notices import preview
from certification.queries import today

from .. import actions, queries
from ..actions import steps
from ..models import Application, Reason, Requirement
from ..rules import (
    PAGES,
    REQUIREMENTS,
    Check,
    approval_problems,
    ask_problems,
    days_to_give_back,
    extension_problems,
    filing_day_problems,
    late_problems,
    may_open,
    proposal_problems,
    requirement_problems,
    second_reading_of,
    settling_problems,
    unanswered_problems,
)
from .days import ExtensionForm
from .dealing import OpeningForm, ask_why
from .files import S, find, may_look


@require_safe
@may_look
def case(request, pk):
    """Everything one needs to decide, on one page. Looking at it is audited."""
    application = find(request, pk)
    if not may_open(application, request.user):
        return ask_why(request, application, OpeningForm())
    audit(request.user, "opened case", application)
    holds = _holds(request.user, application)
    context = site.each_context(request) | {
        "title": str(application.person),
        "application": application,
        "opts": Application._meta,
        "tone": TONES.get(application.status, ""),
        "days_left": (application.due_on - today()).days if application.status in queries.REVIEW_IS_OURS else None,
        "checklist": checklist(application, request.user),
        "documents": papers(application),
        "timeline": queries.timeline(application),
        "holds": holds,
        "hold_open": any(hold.ended_at is None for hold in holds or []),
        "open_denial": _open_denial(application),
        "may_hand_on": application.status in queries.REVIEW_IS_OURS and _open_denial(application) is None,
        "may_deal": steps.CLAIM.allows(request.user),
        "late": _late(request.user, application),
        "readings": _readings(request.user, application),
        "second_account": queries.has_alike(application),
    }
    return render(request, "admin/applications/case.html", context | decisions(application, request.user))


TONES = {
    S.SUBMITTED: "info",
    S.IN_REVIEW: "info",
    S.MORE_ASKED: "warn",
    S.APPROVED: "good",
    S.COMPLETED: "good",
    S.DENIED: "bad",
}


# --- what the page shows -------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Answered:
    """One condition with what the person answered to it."""

    kind: str
    check: Check
    answers: list


def answered_lines(application):
    """The conditions in the order of the table, each with what the person answered."""
    asked = {check.page for check in REQUIREMENTS.values()}
    pages = [page for page in PAGES if page.slug in asked]
    answered = {page.slug: lines for page, lines in queries.written_rows(application.answers or {}, pages)}
    return [
        Answered(kind, check, [line for line in answered.get(check.page, []) if line[2] is None])
        for kind, check in REQUIREMENTS.items()
    ]


@dataclass(frozen=True)
class Line:
    """One line of the checklist as the page shows it."""

    requirement: Requirement
    check: Check
    answers: list
    reasons: list
    may_mark: bool
    may_allow: bool

    @property
    def tone(self):
        marks = {"accepted": "good", "more_asked": "warn", "declined": "bad"}
        return marks.get(self.requirement.status, "")


def checklist(application, user):
    """The lines in the order of the table, each with what the person answered and the reasons that fit it."""
    rows = {row.kind: row for row in application.requirements.all()}
    reasons = (
        list(Reason.objects.filter(active=True).order_by("-outcome", "code")) if may_mark(application, user) else []
    )
    return [
        Line(
            requirement=rows[line.kind],
            check=line.check,
            answers=line.answers,
            reasons=[reason for reason in reasons if reason.requirement == line.kind],
            may_mark=bool(reasons),
            may_allow=user.has_perm(actions.LATE) and not late_problems(rows[line.kind], user),
        )
        for line in answered_lines(application)
        if line.kind in rows
    ]


def may_mark(application, user):
    """Whether the checklist is open to ``user``: in review, theirs, and nothing proposed."""
    return application.status == S.IN_REVIEW and not requirement_problems(Requirement(application=application), user)


def _open_denial(application):
    return next((denial for denial in application.denials.all() if denial.decided_at is None), None)


def papers(application):
    """The papers behind the checklist, those of the answers first, each page drawn as a picture and with who else sent it; those erased are named only.

    Who may open them, the address of each page asks.
    """
    answers = application.answers or {}
    named = [answers.get(page.slug, {}).get("document") for page in PAGES]
    kinds = [kind for check in REQUIREMENTS.values() for kind in check.documents]
    rows = Document.objects.filter(owner=application.person, kind__in=kinds).select_related("upload_link")
    documents = sorted(rows, key=lambda row: (row.pk not in named, row.kind != Document.Kind.IDENTITY, -row.pk))
    return [
        {"document": row, "current": row.pk in named, "pages": range(1, row.pages + 1), "sender": _sender(row)}
        for row in documents
    ]


def _sender(document):
    """The e-mail address at which somebody was asked for it; None where the person sent it."""
    return document.upload_link.address if hasattr(document, "upload_link") else None


def _holds(user, application):
    if not user.has_perm(actions.HOLDS):
        return None
    holds = Hold.objects.filter(person=application.person).select_related("opened_by", "ended_by")
    return list(holds.order_by(F("ended_at").desc(nulls_first=True), "-opened_at"))


def _late(user, application):
    """The days beyond our own clocks that were given back, and those that still may be, for who may do that; None where there are none."""
    approved = application.status == S.APPROVED
    if not user.has_perm(actions.EXTEND) or not (approved or application.extra_days):
        return None
    given = list(application.extensions.select_related("added_by").order_by("added_at"))
    left = days_to_give_back(application) if approved else 0
    if not given and left <= 0:
        return None
    problems = extension_problems(application, 1, user)
    return {"given": given, "left": left, "problems": problems, "form": ExtensionForm(initial={"days": left})}


def _readings(user, application):
    """What two readers see differently: for a lead who may settle it, and afterwards for the reviewer who got the file back; None for all others."""
    reading = second_reading_of(application)
    if reading is None or reading.agrees is not False:
        return None
    given_back = reading.first_stands is False and application.reviewer_id == user.pk
    may_settle = user.has_perm(actions.SETTLE) and not settling_problems(application, user)
    if not (given_back or may_settle):
        return None
    places = dict(Requirement.Status.choices)
    rows = [
        (check.label, places[reading.first_marks[kind]], places[reading.marks[kind]])
        for kind, check in REQUIREMENTS.items()
        if kind in reading.marks and reading.first_marks[kind] != reading.marks[kind]
    ]
    return {"rows": rows, "note": reading.note, "may_settle": may_settle}


def decisions(application, user):
    """The buttons open to ``user``, and why one that is nearly open is not: names of steps and lists of problems in words."""
    if own_proposal := _proposal_of(user, application):
        held = queries.held_by_second_readings().filter(pk=application.pk).exists()
        return {"mine": True, "proposal": own_proposal, "leaves_at": own_proposal.at + actions.UNDO, "held": held}
    if application.status == S.SUBMITTED:
        return {"may_claim": steps.CLAIM.open_to(user, application)}
    if steps.CLOSE_UNANSWERED.open_to(user, application):
        return _closing(application, user)
    if application.status != S.IN_REVIEW:
        return {}
    mine = application.reviewer_id == user.pk
    denial = _open_denial(application)
    standards = application.standards.on(today())
    shown = {
        "mine": mine,
        "may_release": steps.RELEASE.allows(user) and not steps.RELEASE.problems(application, user),
        "filing_day_problems": filing_day_problems(application),
        "may_decide": bool(denial) and steps.DENY.allows(user) and denial.proposed_by_id != user.pk,
    }
    if denial:
        return shown | {"letter": preview(application.person.user, *actions.denial_letter(denial), standards=standards)}
    if not mine:
        return shown
    asking, marked = ask_problems(application, user), {row.status for row in application.requirements.all()}
    return shown | {
        "approving": approval_problems(application, user),
        "asking": asking,
        "proposing": proposal_problems(application, user),
        "wants_more": Requirement.Status.MORE_ASKED in marked,
        "wants_denial": Requirement.Status.DECLINED in marked,
        "letter": None
        if asking
        else preview(application.person.user, *actions.asking_letter(application), standards=standards),
    }


def _proposal_of(user, application):
    """The decision on its way, for who made it; nobody else sees it."""
    proposal = getattr(application, "proposal", None)
    return proposal if proposal and proposal.by_id == user.pk else None


def _closing(application, user):
    """Whether a request that nobody answers may be closed, and the letter that then leaves."""
    if problems := unanswered_problems(application, user):
        return {"closing": problems}
    letter = actions.unanswered_letter(application)
    standards = application.standards.on(today())
    return {"may_close": True, "letter": preview(application.person.user, *letter, standards=standards)}
