"""Questions about one record of training and one approval, answered in words."""

from dataclasses import dataclass, field

from django.db.models import Q, TextChoices
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from certification.models import Charge, Person
from certification.names import alike
from certification.queries import today
from certification.standards import add_months, standards_on

from .models import TrainingRecord, TrainingType
from .rosters import Line

S = TrainingRecord.Status
APPLICATION_PAID = Q(purpose=Charge.Purpose.APPLICATION, paid_at__isnull=False, refund_due_at=None)


def training_problems(record):
    """What keeps a training from counting, by the standards of the day it was filed (BHIN 21-041; program training certificate page)."""
    approved = is_approved(record.provider, record.training_type, record.language, record.starts)
    return facts_problems(record, standards_on(record.filed_on), approved)


def facts_problems(record, standards, approved):
    """The same by known ``standards``; ``approved``: whether the provider was, on the first day."""
    problems = []
    if record.hours < standards.training_core_hours:
        problems.append(
            _("%(hours)s hours; the program asks for %(required)s.")
            % {"hours": record.hours, "required": standards.training_core_hours}
        )
    if not approved:
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


def disowning_problems(record, by):
    """A person can say "not me" of what only a provider told us; a certificate they sent is theirs."""
    return [_("You sent this certificate yourself. Write to us if it is wrong.")] if record.document_id else []


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

    While a request for more is open nothing is counted, nor where there was no certificate to review.
    """
    if record.status == S.MORE_ASKED or record.document_id is None:
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
    return person.charges.filter(APPLICATION_PAID).exists()


def _written(day):
    return date_format(day, "DATE_FORMAT")


# --- rosters ------------------------------------------------------------------------------------------------------
class Fate(TextChoices):
    """What comes of one row of a roster."""

    CLOSES = "closes", gettext_lazy("Counts at once")
    ASKS = "asks", gettext_lazy("You decide")
    WAITS = "waits", gettext_lazy("Waits until they apply")
    KNOWN = "known", gettext_lazy("Nothing to do")
    REFUSED = "refused", gettext_lazy("Not taken")


@dataclass(frozen=True)
class Judged:
    """A row, what comes of it, and why in words for the desk; ``by_code``: whether its code led to ``person``, or only the name."""

    line: Line
    fate: Fate
    reasons: list[str] = field(default_factory=list)
    person: Person | None = None
    by_code: bool = True


def line_problems(line, provider, approvals, standards):
    """Why a row can be nobody's training today: what is missing in it, else what keeps the training it tells of from counting.

    ``approvals`` are those of ``provider`` for this training in this language.
    """
    missing = {
        _("There is no name."): line.name,
        _("The first day cannot be read."): line.starts,
        _("The last day cannot be read."): line.ends,
        _("The hours cannot be read."): line.hours is not None,
    }
    if problems := [words for words, there in missing.items() if not there]:
        return problems
    if line.ends < line.starts:
        return [_("The last day must come after the first.")]
    facts = {"starts": line.starts, "ends": line.ends, "hours": line.hours, "filed_on": standards.day}
    approved = any(one.starts <= line.starts and (one.ends is None or one.ends >= line.starts) for one in approvals)
    return facts_problems(TrainingRecord(provider=provider, **facts), standards, approved)


def fate_of(row, person, *, by_code, by, standards):
    """What comes of a row (a ``Line`` or a ``RosterRow``) whose training would count, and why in words.

    ``person`` says whether they ``applied``. Only a code with its name closes the requirement; all else that fits somebody is for staff to say.
    """
    trained = [one for one in person.training_records.all() if one.training_type == TrainingType.CORE]
    oldest = add_months(standards.day, -standards.training_certificate_valid)
    if any(one.status == S.ACCEPTED and one.ends >= oldest for one in trained):
        return Fate.KNOWN, [_("Their training is already accepted.")]
    if not person.applied:
        return Fate.WAITS, []
    doubts = []
    if not by_code:
        doubts.append(_("The code fits nobody. The name is that of %(person)s.") % {"person": person})
    elif not alike(row.name, person.legal_name):
        doubts.append(_("The code is that of %(person)s.") % {"person": person})
    if person.user_id == by.pk:
        doubts.append(_("This is your own record. Someone else must decide."))
    if any(one.is_disowned for one in trained):
        doubts.append(_("The person said before that a training is not theirs."))
    if any(one.status == S.DECLINED and (one.starts, one.ends) == (row.starts, row.ends) for one in trained):
        doubts.append(_("This training was declined before."))
    return (Fate.ASKS if doubts else Fate.CLOSES), doubts


def is_too_old(row, standards):
    """Whether the training of a row could count for nobody any more (program training certificate page)."""
    return counts_through(row, standards) < standards.day
