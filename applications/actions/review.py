"""What staff do with an application. Every step but claim and release tells the person, exactly once."""

from contextlib import suppress

import structlog
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from certification import actions as certification_actions
from certification.models import Hold
from certification.notices import notify
from certification.queries import today
from certification.rules import second_person_problems
from certification.steps import NotReady, WrongState, lock, record, take

from ..models import Application, Denial, Reason
from ..rules import is_late, items_of, late_problems, own_file_problems, proposal_problems
from .readings import note_first_marks
from .steps import (
    ACCEPT_REQUIREMENT,
    APPROVE,
    ASK,
    ASK_REQUIREMENT,
    CLAIM,
    COMPLETE,
    DECLINE_REQUIREMENT,
    DENY,
    RELEASE,
    REVIEW,
)

log = structlog.get_logger(__name__)

S = Application.Status
LATE = "applications.allow_late_request"


# --- the reviewer's work -------------------------------------------------------------------------------------------
def claim(application, *, by):
    """Take an application out of the queue to review it."""
    take(CLAIM, application, by=by, reviewer=by)


def release(application, *, by, reason=""):
    """Give an application back to the queue, for whoever is free."""
    take(RELEASE, application, by=by, reason=reason, reviewer=None)


@transaction.atomic
def accept_requirement(requirement, *, by):
    """Tick one line of the checklist."""
    _mark(ACCEPT_REQUIREMENT, requirement, by=by, reason=None, note="")


@transaction.atomic
def refuse_requirement(requirement, reason, *, by, note=""):
    """Mark one line with a reason, whose outcome says whether more is asked or the line is declined."""
    if reason.requirement != requirement.kind or not reason.active:
        raise NotReady([_("That reason belongs to another line.")])
    step = ASK_REQUIREMENT if reason.outcome == Reason.Outcome.ASK else DECLINE_REQUIREMENT
    _mark(step, requirement, by=by, reason=reason, note=note)


def _mark(step, requirement, *, by, reason, note):
    lock(requirement.application)  # always before its checklist, as every decision does
    take(
        step,
        requirement,
        by=by,
        reason=reason.code if reason else "",
        reason_id=reason.pk if reason else None,
        note=note,
        decided_by=by,
        decided_at=timezone.now(),
        late=step is ASK_REQUIREMENT and is_late(requirement),
        late_reason="",
        late_allowed_by=None,
    )


@transaction.atomic
def allow_late_request(requirement, *, by, reason):
    """Say, as a lead, why something is asked a second time that was on file the first time; only then the letter may leave."""
    if not by.has_perm(LATE):
        raise PermissionDenied(LATE)
    lock(requirement.application)
    lock(requirement)
    if problems := late_problems(requirement, by):
        raise NotReady(problems)
    record(requirement, by=by, why="allow late request", late_reason=reason, late_allowed_by=by)


@transaction.atomic
def ask_for_more(application, *, by):
    """Send everything that is wrong in one letter, and wait for the person. Where a line is declined, the letter says how to appeal."""
    lock(application)
    notice = notify(
        application.person.user,
        *asking_letter(application),
        key=_next_key("asked", application),
        periods=_reply_period(application),
    )
    take(ASK, application, by=by, asked_notice=notice, reply_from=None)


def asking_letter(application):
    """The name and content of the letter that asks for more."""
    declined, asked = items_of(application, Reason.Outcome.DECLINE), items_of(application, Reason.Outcome.ASK)
    name = "requirement-declined" if declined else "more-asked"
    return name, {"items": asked + declined, "asked": bool(asked)}


def _next_key(name, application):
    """One letter for each time: the number of those before it ends the key."""
    before = application.history.filter(status=S.MORE_ASKED, history_change_reason__startswith=ASK.name).count()
    return f"{name}:{application.pk}:{before + 1}"


def _reply_period(application):
    standards = application.standards
    name = "application_revision_reply_days"
    if standards.is_assumed(name) or not standards.is_set(name):
        return {}
    return {"reply_by": {"days": standards.application_revision_reply_days}}


@transaction.atomic
def approve(application, *, by, reason=""):
    """Accept the application: from the day its letter is handed over the person has the program's months to train and pass."""
    lock(application)
    notice = notify(
        application.person.user,
        "application-approved",
        {},
        key=f"application-approved:{application.pk}",
        periods=_approval_period(application),
    )
    take(APPROVE, application, by=by, reason=reason, decided_at=timezone.now(), approval_notice=notice)


def _approval_period(application):
    months = application.standards.application_valid_months
    return {"valid_through": {"months": months, "days": application.extra_days}}


# --- a denial takes two --------------------------------------------------------------------------------------------
@transaction.atomic
def propose_denial(application, *, by, grounds):
    """Ask a second person to deny an application; nobody outside is told."""
    if not by.has_perm(REVIEW):
        raise PermissionDenied(REVIEW)
    lock(application)
    if problems := proposal_problems(application, by):
        raise NotReady(problems)
    note_first_marks(application, by=by)
    return record(Denial(application=application, grounds=grounds, proposed_by=by), by=by, why="propose denial")


@transaction.atomic
def decide_denial(denial, *, by, agreed):
    """Deny the application, with notice; or send it back to its reviewer, and nobody outside is told. Never by who proposed it."""
    application = denial.application
    if not by.has_perm(DENY.permission):
        raise PermissionDenied(DENY.permission)
    lock(application)
    lock(denial)
    if application.status != S.IN_REVIEW:
        raise WrongState(_("This cannot be done now: it is %(status)s.") % {"status": application.get_status_display()})
    if problems := own_file_problems(application, by) or second_person_problems(denial, by):
        raise NotReady(problems)
    record(denial, by=by, why="decide", decided_by=by, decided_at=timezone.now(), agreed=agreed)
    if agreed:
        now = timezone.now()
        take(DENY, application, by=by, decided_at=now, ended_at=now)
        notify(application.person.user, *denial_letter(denial), key=f"application-denied:{application.pk}")


def denial_letter(denial):
    """The name and content of the letter that denies."""
    items = items_of(denial.application, Reason.Outcome.DECLINE)
    return "application-denied", {"grounds": denial.grounds, "items": items}


# --- what the exam tells us ----------------------------------------------------------------------------------------
@transaction.atomic
def exam_opened(application, *, by):
    """A sitting may now bring a result, or waits for something we decide: until ``exam_ended`` the approval is not closed, however late that comes."""
    lock(application)
    record(application, by=by, why="exam opened", exam_open=True)


@transaction.atomic
def exam_ended(application, *, by):
    """No sitting is open any more: failed, or voided."""
    lock(application)
    record(application, by=by, why="exam ended", exam_open=False)


@transaction.atomic
def exam_attempts_left(application, left, *, by):
    """Note the day on which no attempt was left, or that one is again."""
    lock(application)
    day = None if left else application.used_up_on or today()
    if day != application.used_up_on:
        record(application, by=by, why="attempts counted", used_up_on=day)


def complete(application, *, by):
    """The exam is passed: issue the certificate and end the application; returns the ``Certification``.

    Raises ``NotReady`` while a hold is open. The pass is kept all the same, and ending the last hold then completes. Call it in the transaction of the
    result and catch ``NotReady`` there, without a savepoint of your own around it, which would take the pass back.
    """
    with transaction.atomic():
        # The person first, as whoever opens or ends a hold does: either a hold is seen here, or it waits until the certificate is issued.
        lock(application.person)
        lock(application)
        if application.passed_at is None and application.status == S.APPROVED:
            record(application, by=by, why="exam passed", passed_at=timezone.now(), exam_open=False)
    with transaction.atomic():
        take(COMPLETE, application, by=by, ended_at=timezone.now())
        certification = certification_actions.issue(
            application.person, by=by, why=f"complete application {application.pk}"
        )
        notify(
            application.person.user,
            "certificate-issued",
            _certificate(certification),
            key=f"certificate-issued:{certification.pk}",
        )
    return certification


def _certificate(certification):
    return {"number": certification.number, "expires_on": certification.terms.latest("starts").expires_on.isoformat()}


def complete_passed():
    """Issue the certificates that waited, once nothing stands in the way: a training that counts again, say. Asks what is due, so it may run twice."""
    for application in Application.objects.filter(status=S.APPROVED, passed_at__isnull=False):
        with suppress(NotReady):
            complete(application, by=None)


# --- holds ---------------------------------------------------------------------------------------------------------
HOLDS = "certification.manage_holds"


def open_hold(person, *, kind, note, review_on, by):
    """Keep a certificate from being issued; the person is told, with how to appeal. Never in one's own file."""
    _may_manage_holds(person, by)
    return certification_actions.open_hold(person, kind=kind, note=note, review_on=review_on, by=by)


def renew_hold(hold, *, note, review_on, by):
    """Let a hold go on; the person is told, with how to appeal. Never in one's own file."""
    _may_manage_holds(hold.person, by)
    certification_actions.renew_hold(hold, note=note, review_on=review_on, by=by)


def end_hold(hold, *, by, reason):
    """End a hold; when it was the last and a pass is waiting, the certificate is issued in the same transaction."""
    _may_manage_holds(hold.person, by)
    _end_hold(hold, by=by, reason=reason)


def end_holds_not_renewed():
    """End every hold whose review day is over: what nobody renews keeps nobody waiting."""
    for hold in Hold.objects.filter(ended_at=None, review_on__lt=today()).select_related("person__user"):
        try:
            _end_hold(hold, by=None, reason="not renewed by its review day")
        except Exception:  # one that fails stops no other, and is tried again
            log.exception("a hold could not be ended", hold=hold.pk)


@transaction.atomic
def _end_hold(hold, *, by, reason):
    lock(hold.person)
    certification_actions.end_hold(hold, by=by, reason=reason)
    waiting = Application.objects.filter(person=hold.person, status=S.APPROVED, passed_at__isnull=False).first()
    if waiting:
        with suppress(NotReady):  # another hold, or no training that counts: then the certificate waits on
            complete(waiting, by=by)


def _may_manage_holds(person, by):
    if not by.has_perm(HOLDS):
        raise PermissionDenied(HOLDS)
    if person.user_id == by.pk:
        raise NotReady(own_file_problems(Application(person=person), by))
