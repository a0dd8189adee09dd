"""How long each waits for the other: when an approval ends, by when an answer should come, and when an application that rests is closed."""

from dataclasses import dataclass
from datetime import date, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from certification.models import Notice
from certification.notices import count_from, handed_over_on
from certification.queries import today
from certification.standards import standards_on
from training_providers.rules import days_late as training_days_late

from ..models import Application
from .filing import review_days_late
from .review import own_file_problems

S = Application.Status
REPLY_DAYS = "application_revision_reply_days"


def valid_through(application):
    """The last day of an approval, counted from the day its notice was handed over (program page "How to apply"); None until then."""
    if application.approval_notice is None:
        return None
    months = application.standards.application_valid_months
    return count_from(application.approval_notice, months=months, days=application.extra_days)


# --- the answer to a request for more ------------------------------------------------------------------------------
def reply_by(application):
    """The last day to answer a request for more; None where no time is set, or the request has not reached the person."""
    standards, asked = application.standards, application.asked_notice
    if not standards.is_set(REPLY_DAYS) or count_from(asked) is None:
        return None
    return (application.reply_from or handed_over_on(asked)) + timedelta(days=standards.application_revision_reply_days)


def reply_time_is_practice(application):
    """Whether the time to answer is no rule of the program, only our present practice: then the person may take more, and no clock closes."""
    return application.standards.is_assumed(REPLY_DAYS)


def more_time_problems(application):
    """What keeps a person from taking more time to answer. Words are for the person."""
    if application.status != S.MORE_ASKED:
        return [_("We do not wait for an answer from you now.")]
    if not reply_time_is_practice(application) or reply_by(application) is None:
        return [_("Please call us, and we talk about more time.")]
    return []


def unanswered_problems(application, by):
    """A request without an answer is closed by a second person, after a reminder, once the time that we usually wait is over."""
    if problems := own_file_problems(application, by):
        return problems
    if application.reviewer_id == by.pk:
        return [_("You asked for more. A second person must close it.")]
    last_day = reply_by(application)
    if last_day is None or last_day >= today():
        return [_("There is still time.")]
    if reminded_on(application) is None:
        return [_("No reminder has reached the person yet.")]
    return []


def reminded_on(application):
    """The day the last reminder of the open request was handed over; None where none was, or it came back."""
    begins = reminder_key(application)
    reminder = Notice.objects.filter(key__startswith=begins).order_by("-created_at").first()
    return count_from(reminder)


def reminder_key(application):
    """How the keys of all reminders of the open request begin."""
    return f"answer-reminder:{application.asked_notice_id}:"


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


# --- a draft that rests --------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class DraftTurn:
    """What comes next for a draft that rests: from ``day`` on the warning that leaves ``warning`` days before it is closed.

    Once every warning is told, ``warning`` is 0 and ``day`` the last day of the draft. ``closes_on`` is the day that the last warning named, if any.
    """

    day: date
    warning: int
    closes_on: date | None


def resting_since(draft):
    """The day on which the person last saved or kept the draft."""
    saved = [page.saved_at for page in draft.draft_pages.all()]
    return timezone.localdate(max(filter(None, (draft.begun_at, draft.kept_at, *saved))))


def draft_turn(draft, standards):
    """The next turn of ``draft``, or None where none is set or a warning is still on its way.

    Each warning counts from the day the one before it was handed over, so nobody's draft is closed without all of them, however late they leave.
    """
    names = ("application_draft_close_days", "application_draft_warning_days")
    if not all(map(standards.is_set, names)):
        return None
    since = resting_since(draft)
    days = sorted(standards.application_draft_warning_days, reverse=True)
    first = since + timedelta(days=standards.application_draft_close_days - days[0])
    if today() < first:
        return DraftTurn(first, days[0], None)
    told = Notice.objects.in_bulk([warning_key(draft, since, each) for each in days], field_name="key")
    day, closes_on = first, None
    for each, following in zip(days, [*days[1:], 0], strict=True):
        warning = told.get(warning_key(draft, since, each))
        if warning is None:
            return DraftTurn(day, each, closes_on)
        closes_on = count_from(warning, days=each)
        if closes_on is None:
            return None
        day = closes_on - timedelta(days=following)
    return DraftTurn(day, 0, closes_on)


def warning_key(draft, since, days):
    """The key of the warning that leaves ``days`` before a draft is closed that rests since a day."""
    return f"draft-closing:{draft.pk}:{since}:{days}"


# --- closing -------------------------------------------------------------------------------------------------------
def closing_problems(application, by):
    """Only a day that the person was told, and that is over, closes an application; never while an exam may still bring a result.

    A day that is our practice only closes no application that was sent.
    """
    if by is not None:
        return [_("Only the clock closes an application.")]
    if application.exam_open or application.passed_at:
        return [_("An exam is open or passed.")]
    last_day = _LAST_DAYS[application.status](application)
    return [] if last_day and last_day < today() else [_("There is still time.")]


def _last_day_of_draft(draft):
    turn = draft_turn(draft, standards_on(today()))
    return turn.day if turn and not turn.warning else None


def _last_day_of_request(application):
    return None if reply_time_is_practice(application) else reply_by(application)


_LAST_DAYS = {S.DRAFT: _last_day_of_draft, S.MORE_ASKED: _last_day_of_request, S.APPROVED: valid_through}
