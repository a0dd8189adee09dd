"""The program's numbers: dated, cited rows, read as one frozen object for a day. No such number stands in code or in a template."""

import calendar
from dataclasses import dataclass, field, fields
from datetime import date, timedelta
from typing import NamedTuple

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from .models import Holiday, Standard


class StandardNotSet(Exception):
    """A number that the program has not set was asked for."""

    def __init__(self, key, day):
        super().__init__(f"{key} is not set on {day}")
        self.key, self.day = key, day


class MonthDayRange(NamedTuple):
    first: tuple[int, int]
    last: tuple[int, int]


def _whole(text):
    return int(text)


def _yes(text):
    return {"yes": True, "no": False}[text]


def _month_days(text):
    first, last = (tuple(int(part) for part in end.split("-")) for end in text.split("/"))
    return MonthDayRange(first, last)


def _numbers(text):
    return tuple(int(part) for part in text.split())


def _words(text):
    return tuple(text.split())


READERS = {
    int: _whole,
    bool: _yes,
    date: date.fromisoformat,
    MonthDayRange: _month_days,
    tuple[int, ...]: _numbers,
    tuple[str, ...]: _words,
}


@dataclass(frozen=True)
class Standards:
    """Every number of the program as it stands on ``day``. Reading one that is not set raises ``StandardNotSet``."""

    day: date
    assumed: frozenset
    read_from: tuple = field(repr=False, compare=False)
    appeal_decide_days: int  # days, from receipt to the decision of an appeal
    appeal_extension_days: int  # days, by which an appeal may be extended once
    appeal_filing_days: int  # days, from a notice to the last day to appeal
    application_draft_close_days: int  # days, without a change before an unfinished application is closed
    application_draft_warning_days: tuple[int, ...]  # days, before an unfinished application is closed on which we warn
    application_extension: bool  # yes or no, whether valid-through may be extended
    application_link_days: int  # days, through which somebody else may send a document by a link
    application_reply_reminder_days: tuple[int, ...]  # days, before the last day of an answer on which we remind
    application_review_days: int  # days, from submission to the review of an application
    application_revision_reply_days: int  # days, a person has to answer a request for more
    application_training_review_days: int  # days, from upload to the review of a training certificate
    application_valid_months: int  # months, an approval lives, from its notice
    ce_audit_percent: int  # percent, of renewals drawn for an audit of continuing education
    ce_audit_reply_days: int  # days, a person has to answer an audit
    certification_term_months: int  # months, a certificate is valid
    complaint_acknowledge_business_days: int  # business days, from a complaint or appeal to the word that it came in
    complaint_decide_days: int  # days, from receipt to the end of an investigation
    complaint_extension_days: int  # days, by which an investigation may be extended
    complaint_limitation_years: int  # years, after the incident in which an ethics complaint is heard
    complaint_respondent_reply_days: int  # days, a respondent has to answer
    eligibility_min_age: int  # years, of age on the day of submission
    exam_accommodation_lead_days: int  # days, a request for a change should come before the wished exam day
    exam_after_exhaustion_wait_days: int  # days, after the last attempt before a new application
    exam_break_after_item: int  # items, after which the break comes
    exam_break_minutes: int  # minutes, of break in the exam
    exam_items: int  # items, in the exam
    exam_languages: tuple[str, ...]  # languages, in which the exam is given
    exam_max_attempts: int  # attempts per application, in one application
    exam_minutes: int  # minutes, of time in the exam
    exam_no_show_counts: bool  # yes or no, whether an attempt is used up by not coming
    exam_pass_mark: int  # scaled score, needed to pass
    exam_result_wait_days: int  # days, after an authorization ends in which a result is still awaited
    exam_retake_review_days: int  # days, from the request to the answer on a retake
    exam_retake_wait_days: int  # days, between two attempts
    fee_application: int  # cents
    fee_curriculum_modification: int  # cents
    fee_exam: int  # cents
    fee_exam_retake: int  # cents
    fee_provider_application: int  # cents
    fee_provider_renewal: int  # cents
    fee_refund_allowed: bool  # yes or no
    fee_reinstatement: int  # cents
    fee_renewal: int  # cents
    fee_renewal_late: int  # cents
    grandparenting_closed_after: date  # date
    grandparenting_employed_on: date  # date
    messages_answer_days: int  # business days
    provider_ce_window: MonthDayRange  # month-day range
    provider_core_window: MonthDayRange  # month-day range
    provider_term_months: int  # months
    reciprocity_ce_hours: int  # hours
    reciprocity_ce_law_ethics_hours: int  # hours
    reciprocity_hours: int  # hours
    reciprocity_letters: int  # letters
    reciprocity_window_years: int  # years
    registry_correction_answer_days: int  # business days
    registry_order_public_years: int  # years
    registry_publish_hours: int  # hours
    renewal_ce_hours: int  # hours
    renewal_ce_law_ethics_hours: int  # hours
    renewal_lapsed_until_months: int  # months
    renewal_proof_kept_years: int  # years
    renewal_reminder_days_after: tuple[int, ...]  # days
    renewal_reminder_days_before: tuple[int, ...]  # days
    renewal_vacated_after_months: int  # months
    renewal_window_days: int  # days
    reporting_small_cell: int  # people
    retention_accommodation_paper_days: int  # days after acceptance
    retention_identity_image_days: int  # days after acceptance
    retention_years_after_closure: int  # years
    review_blind_second_percent: int  # percent
    service_times_window_days: int  # days, before today, whose decisions the usual times are counted from
    supervisor_training_days: int  # days
    training_certificate_valid: int  # months
    training_completed_on_or_after: date  # date
    training_core_hours: int  # hours

    def __getattribute__(self, name):
        value = super().__getattribute__(name)
        if value is Unset:
            raise StandardNotSet(KEYS[name], self.day)
        return value

    def is_set(self, name):
        return super().__getattribute__(name) is not Unset

    def is_assumed(self, name):
        """Whether the number is our present practice only; such a number is never printed in a letter as law."""
        return name in self.assumed

    def on(self, day):
        """The standards of another day, from the same reading of the table."""
        return _standards_on(day, self.read_from)


class Unset:
    """Stands where the program has set no number."""


def standards_on(day):
    """The standards in force on ``day``: of each key the newest row not after the day; its oldest row also governs earlier days."""
    return _standards_on(day, tuple(Standard.objects.order_by("key", "effective_from")))


def _standards_on(day, every):
    rows = {}
    for row in every:
        if row.key not in rows or row.effective_from <= day:
            rows[row.key] = row
    values = {name: read(name, rows[key].value) if key in rows else Unset for name, key in KEYS.items()}
    assumed = frozenset(name for name, key in KEYS.items() if key in rows and rows[key].basis == Standard.Basis.ASSUMED)
    return Standards(day=day, assumed=assumed, read_from=every, **values)


def read(name, text):
    """The typed value of what is written in a row; raises ``ValidationError`` where it cannot be read."""
    if not text:
        return Unset
    try:
        return READERS[TYPES[name]](text)
    except (ValueError, KeyError) as error:
        raise ValidationError(
            _("%(value)s cannot be read for %(key)s.") % {"value": text, "key": KEYS[name]}
        ) from error


def _key(name):
    """``training_core_hours`` is the key ``training.core_hours``: the group ends at the first underscore, but for groups that have one."""
    long = (group for group in ("ce_audit", "service_times") if name.startswith(f"{group}_"))
    group = next(long, name.partition("_")[0])
    return f"{group}.{name.removeprefix(f'{group}_')}"


TYPES = {field.name: field.type for field in fields(Standards) if field.name not in ("day", "assumed", "read_from")}
KEYS = {name: _key(name) for name in TYPES}


def add_months(day, months):
    """The same day ``months`` later; the month's last day where there is no such day (29 February to 28 February)."""
    years, month = divmod(day.month - 1 + months, 12)
    year, month = day.year + years, month + 1
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


def add_business_days(day, count):
    """The day ``count`` business days after ``day``: weekends and the state's holidays are not counted."""
    holidays = set(Holiday.objects.filter(day__gt=day).values_list("day", flat=True))
    while count:
        day += timedelta(days=1)
        if day.weekday() < 5 and day not in holidays:
            count -= 1
    return day
