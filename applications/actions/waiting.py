"""What comes of waiting: reminders, more time, and the end of what rests too long. Sweeps ask what is due and not done, so they may run late or twice."""

from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from certification.notices import count_from, handed_over_on, notify
from certification.queries import today
from certification.standards import standards_on
from certification.steps import NotReady, Refused, lock, record, take

from ..models import Application
from ..queries import resting_drafts
from ..rules import (
    closing_problems,
    draft_turn,
    more_time_problems,
    reminded_on,
    reminder_key,
    reply_by,
    reply_time_is_practice,
    resting_since,
    valid_through,
    warning_key,
)
from .filing import end_unsent, erase_draft
from .steps import CLOSE, CLOSE_UNANSWERED

S = Application.Status


# --- a draft that rests --------------------------------------------------------------------------------------------
@transaction.atomic
def keep_draft(application, *, by):
    """Let a draft rest for as long again."""
    lock(application)
    if application.status == S.DRAFT:
        record(application, by=by, why="keep draft", kept_at=timezone.now())


def warn_or_close_drafts():
    """Warn whose draft rests long, and close it when every warning is told and its day is over; returns how many were told."""
    standards = standards_on(today())
    return sum(_warn_or_close(draft, standards) for draft in resting_drafts(standards).iterator(chunk_size=500))


@transaction.atomic
def _warn_or_close(draft, standards):
    lock(draft)
    turn = draft_turn(draft, standards) if draft.status == S.DRAFT else None
    if turn is None or today() < turn.day:
        return False
    if not turn.warning:
        return not closing_problems(draft, None) and _close(draft)
    since = resting_since(draft)
    periods = {"closes": {"days": turn.warning}}
    key = warning_key(draft, since, turn.warning)
    notify(draft.person.user, "draft-closing", {"since_on": since.isoformat()}, key=key, periods=periods)
    return True


# --- a request that waits for its answer ---------------------------------------------------------------------------
@transaction.atomic
def more_time(application, *, by):
    """Count the time to answer from today; raises ``NotReady`` where it is a rule of the program."""
    lock(application)
    if problems := more_time_problems(application):
        raise NotReady(problems)
    record(application, by=by, why="more time", reply_from=today())


def remind():
    """Remind who has not answered yet; of several reminders overdue at once only the tightest is sent."""
    waiting = Application.objects.filter(status=S.MORE_ASKED, asked_notice__handed_over_at__isnull=False)
    standards = standards_on(today())
    if standards.is_set("application_reply_reminder_days"):
        for application in waiting.select_related("asked_notice", "person__user").iterator(chunk_size=500):
            application.standards = standards.on(application.filed_on)
            _remind(application, standards.application_reply_reminder_days)


def _remind(application, reminder_days):
    last_day = reply_by(application)
    due = [days for days in reminder_days if last_day and last_day - timedelta(days=days) <= today()]
    if due:
        context = {} if reply_time_is_practice(application) else {"reply_by_on": last_day.isoformat()}
        key = f"{reminder_key(application)}{last_day}:{min(due)}"
        notify(application.person.user, "answer-reminder", context, key=key)


@transaction.atomic
def close_unanswered(application, *, by):
    """Close a request that nobody answered, though no rule of the program sets the time: a lead decides."""
    lock(application)
    name, context = unanswered_letter(application)
    take(CLOSE_UNANSWERED, application, by=by, ended_at=timezone.now())
    end_unsent(application)
    notify(application.person.user, name, context, key=f"{name}:{application.pk}")


def unanswered_letter(application):
    """The name and content of the letter that closes a request without an answer."""
    asked, reminded = count_from(application.asked_notice), reminded_on(application)
    return "unanswered-closed", {
        "asked_on": asked and asked.isoformat(),
        "reminded_on": reminded and reminded.isoformat(),
    }


# --- the clock closes ----------------------------------------------------------------------------------------------
def close_run_out_approvals(limit=500):
    """Close what ran out: approvals past their last day, and requests for more past theirs; returns how many.

    Asks what is due and not done, so a missed week is caught up and a second run finds nothing. A case that refuses stops no other.
    """
    candidates = Application.objects.filter(status__in=[S.APPROVED, S.MORE_ASKED], exam_open=False, passed_at=None)
    told = candidates.select_related("approval_notice", "asked_notice").order_by("pk")
    closed, standards = 0, standards_on(today())
    for application in told.iterator(chunk_size=500):
        application.standards = standards.on(application.filed_on)
        if not closing_problems(application, None):
            closed += _close(application)
        if closed >= limit:
            break
    return closed


def _close(application):
    """Close and tell; whether it was done."""
    was_draft = application.status == S.DRAFT
    try:
        with transaction.atomic():
            if was_draft:
                erase_draft(application, by=None, reason="closed before it was sent")
            take(CLOSE, application, by=None, ended_at=timezone.now(), snapshot=None)
            end_unsent(application)
            name, context = ("draft-closed", {}) if was_draft else _closing_letter(application)
            notify(application.person.user, name, context, key=f"{name}:{application.pk}")
    except Refused:
        return False
    return True


def _closing_letter(application):
    if application.approval_notice_id:
        return "approval-run-out", {
            "ran_out_on": valid_through(application).isoformat(),
            "approved_on": handed_over_on(application.approval_notice).isoformat(),
            "months": application.standards.application_valid_months,
        }
    return "application-closed", {
        "was_due_on": reply_by(application).isoformat(),
        "asked_on": handed_over_on(application.asked_notice).isoformat(),
    }
