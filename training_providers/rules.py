"""Questions about one record of training and one approval, answered in words."""

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from certification.models import Charge
from certification.queries import today
from certification.standards import add_months, standards_on

from .models import TrainingRecord

S = TrainingRecord.Status


def training_problems(record):
    """What keeps a training from counting, by the standards of the day it was filed (BHIN 21-041; program training certificate page)."""
    standards = standards_on(record.filed_on)
    problems = []
    if record.hours < standards.training_core_hours:
        problems.append(
            _("%(hours)s hours; the program asks for %(required)s.")
            % {"hours": record.hours, "required": standards.training_core_hours}
        )
    if not is_approved(record.provider, record.training_type, record.language, record.starts):
        problems.append(
            _("%(provider)s was not approved for this training in this language on %(day)s, the first day.")
            % {"provider": record.provider, "day": _written(record.starts)}
        )
    if record.ends < standards.training_completed_on_or_after:
        problems.append(
            _("It ended before %(day)s, the first day that counts.")
            % {"day": _written(standards.training_completed_on_or_after)}
        )
    if record.ends > record.filed_on:
        problems.append(_("It was not finished on the day it was sent."))
    elif add_months(record.ends, standards.training_certificate_valid) < record.filed_on:
        months = standards.training_certificate_valid
        problems.append(
            ngettext(
                "It was more than %(months)s month old when it was sent.",
                "It was more than %(months)s months old when it was sent.",
                months,
            )
            % {"months": months}
        )
    return problems


def is_approved(provider, training_type, language, day):
    """Whether ``provider`` could teach this on ``day``; a training counts by the approval of its first day."""
    return provider.approvals.filter(training_type=training_type, language=language).on(day).exists()


def own_record_problems(record, by):
    """Nobody on the training desk decides about themself."""
    return [_("This is your own record. Someone else must decide.")] if record.person.user_id == by.pk else []


def acceptance_problems(record, by):
    return own_record_problems(record, by) + training_problems(record)


def sending_problems(person, training_type):
    """What keeps ``person`` from sending a training certificate now."""
    if person is None or not has_applied(person):
        return [_("Send your application first. Then you can send your training certificate.")]
    records = person.training_records.filter(training_type=training_type)
    if records.filter(status__in=["submitted", "more_asked"]).exists():
        return [_("You have already sent a training certificate. We answer that one first.")]
    if records.counting(standards_on(today())).exists():
        return [_("Your training is already accepted. You need to send nothing more.")]
    return []


def days_waited(record):
    """Days since we last asked the person for more; 0 where we never did."""
    asked = record.history.filter(status=S.MORE_ASKED).first()
    return (today() - timezone.localdate(asked.history_date)).days if asked else 0


def days_late(record, standards):
    """Days that the review of ``record`` has taken beyond its clock, by ``standards`` of its day of filing; those on which we waited for the person are theirs.

    While a request for more is open nothing is counted.
    """
    if record.status == S.MORE_ASKED:
        return 0
    until = timezone.localdate(record.decided_at) if record.decided_at else today()
    ours = (until - record.filed_on).days - record.paused_days
    return max(0, ours - standards.application_training_review_days)


def counts_through(record, standards):
    """The last day on which an application may be filed that this training counts for (program training certificate page)."""
    return add_months(record.ends, standards.training_certificate_valid)


def approval_end_problems(approval, ends):
    """An approval ends today at the earliest: people relied on the list up to now."""
    if ends and ends < today():
        return [_("An approval can end today or later, not in the past.")]
    if ends and ends < approval.starts:
        return [_("The last day must come after the first.")]
    return []


def has_applied(person):
    """Whether an application of theirs came in: its fee is paid and was not given back."""
    return person.charges.filter(purpose=Charge.Purpose.APPLICATION, paid_at__isnull=False, refund_due_at=None).exists()


def _written(day):
    return date_format(day, "DATE_FORMAT")
