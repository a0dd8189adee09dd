"""Attempts at the exam: paid for, authorized, and brought to an end."""

import secrets
from contextlib import suppress
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from applications.actions import complete, exam_attempts_left, exam_ended, exam_opened
from certification import refunds
from certification.models import Charge
from certification.notices import notify
from certification.payments import charge_for, return_money
from certification.queries import today
from certification.standards import standards_on
from certification.steps import NotReady, Refused, Step, lock, record, take

from ..models import Attempt
from ..queries import lost_fees
from ..rules import (
    approval_ends,
    attempts_left,
    authorization_problems,
    fee_back_problems,
    fee_cents,
    is_under_way,
    own_attempt_problems,
    payment_problems,
    result_problems,
    uses_up_one,
)

S = Attempt.Status
RESULT_FITS = frozenset(
    {S.AUTHORIZED, S.VOIDED}
)  # voided only where it ran out before the result came: result_problems

AUTHORIZE = Step("authorize", frozenset({S.REQUESTED}), S.AUTHORIZED, problems=authorization_problems)
PASS = Step("pass", RESULT_FITS, S.PASSED, problems=result_problems)
FAIL = Step("fail", RESULT_FITS, S.FAILED, problems=result_problems)
LAPSE = Step("lapse", frozenset({S.AUTHORIZED}), S.VOIDED)
VOID = Step("void", frozenset({S.AUTHORIZED, S.FAILED}), S.VOIDED, "exams.void_attempt", own_attempt_problems)

ATTEMPT_STEPS = (AUTHORIZE, PASS, FAIL, LAPSE, VOID)


@transaction.atomic
def open_checkout(application, *, by):
    """Ask for the next attempt: returns the charge to pay, or None where the attempt is free and now authorized. Raises ``NotReady``."""
    lock(application)
    if problems := payment_problems(application):
        raise NotReady(problems)
    attempt = application.attempts.filter(status=S.REQUESTED).first() or _request(application, by)
    if cents := fee_cents(application):
        return charge_for(application.person, Charge.Purpose.EXAM, attempt, cents)
    _authorize(attempt)
    return None


def _request(application, by):
    attempt = Attempt(
        application=application,
        number=application.attempts.count() + 1,
        candidate_number=f"{secrets.randbelow(10**10):010}",
    )
    return record(attempt, by=by, why="ask for an attempt")


@transaction.atomic
def fee_paid(charge):
    """The exam fee came in: authorize the attempt it is for, or give the money back where that cannot be."""
    attempt = Attempt.objects.select_related("application__person__user").get(pk=charge.subject_id)
    lock(attempt.application)
    try:
        with transaction.atomic():
            _authorize(attempt)
    except Refused:
        # Neither says why, for it may be a change in the exam, which finance and a shared mailbox should not read.
        return_money(charge, why="the exam could not be authorized")
        user = attempt.application.person.user
        notify(user, "exam-fee-returned", {"cents": charge.cents}, key=f"exam-fee-returned:{charge.pk}")


def _authorize(attempt):
    until = approval_ends(attempt.application)
    take(AUTHORIZE, attempt, by=None, authorized_at=timezone.now(), authorized_until=until)
    exam_opened(attempt.application, by=None)
    notify(
        attempt.application.person.user,
        "exam-authorized",
        {
            "candidate_number": attempt.candidate_number,
            "until": until.isoformat(),
            "legal_name": attempt.application.person.legal_name,
            "attempt": attempt.number,
        },
        key=f"exam-authorized:{attempt.pk}",
    )


# --- how an attempt ends ------------------------------------------------------------------------------------------
@transaction.atomic
def passed(attempt, *, sat_on, why):
    """Count a pass; the certificate is issued in the same transaction, unless a hold is open: ending the last one then issues it."""
    lock(attempt.application.person)
    lock(attempt.application)
    take(PASS, attempt, by=None, reason=why, sat_on=sat_on, decided_at=timezone.now(), void="")
    notify(
        attempt.application.person.user, "exam-passed", {"sat_on": sat_on.isoformat()}, key=f"exam-passed:{attempt.pk}"
    )
    with suppress(NotReady):
        complete(attempt.application, by=None)


@transaction.atomic
def failed(attempt, *, sat_on, areas, why):
    """Count a fail; the person is told how to go on, or that no attempt is left."""
    lock(attempt.application)
    take(FAIL, attempt, by=None, reason=why, sat_on=sat_on, areas=areas, decided_at=timezone.now(), void="")
    _tell_of_end(attempt, "exam-failed")


@transaction.atomic
def void(attempt, *, kind, by, why, sat_on=None):
    """Void an attempt: by the exam desk, or (``by=None``) because the vendor or the clock says so."""
    step = VOID if by else LAPSE
    lock(attempt.application)
    take(step, attempt, by=by, reason=why, void=kind, sat_on=sat_on or attempt.sat_on, decided_at=timezone.now())
    _tell_of_end(attempt, "attempt-voided")


def _tell_of_end(attempt, name):
    """Unless something else is under way, the application has no exam open any more. One notice: that no attempt is left, where that is so; otherwise what ended and how many are left."""
    application = attempt.application
    if not is_under_way(application):
        exam_ended(application, by=None)
    left, used_up = attempts_left(application), uses_up_one(attempt, application.standards)
    exam_attempts_left(application, left, by=None)
    context = {
        "left": left,
        "used_up": used_up,
        "attempts": application.standards.exam_max_attempts,
        "sat_on": attempt.sat_on.isoformat() if attempt.sat_on else "",
        "void": attempt.void,
        "until": attempt.authorized_until.isoformat(),
        "fee_id": next((str(fee.public_id) for fee in lost_fees([attempt])), ""),
    }
    name = "attempts-used-up" if used_up and left == 0 else name
    notify(application.person.user, name, context, key=f"{name}:{attempt.pk}:{attempt.history.count()}")


@transaction.atomic
def ask_fee_back(charge, *, text, by):
    """Ask for the fee of a missed exam back; finance alone reads why. Sent twice, the first stands. Raises ``NotReady``."""
    if problems := fee_back_problems(charge):
        raise NotReady(problems)
    return refunds.ask(charge, text=text, by=by)


def void_run_out_authorizations(limit=500):
    """Void what ended so long ago that no result can still be on its way."""
    standards = standards_on(today())
    run_out = Attempt.objects.filter(status=S.AUTHORIZED, authorized_until__lt=today(), application__status="approved")
    for attempt in run_out.select_related("application").order_by("pk")[:limit]:
        wait = timedelta(days=standards.on(attempt.application.filed_on).exam_result_wait_days)
        if attempt.authorized_until + wait < today():
            try:
                void(attempt, kind=Attempt.Void.RAN_OUT, by=None, why="the authorization ran out")
            except Refused:
                continue
