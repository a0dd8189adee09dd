"""Reads about training used by pages, desks and the apps above."""

from datetime import timedelta

from django.db.models import F
from django.db.models.functions import TruncDate

from certification.queries import today
from certification.service_times import days, usual_times
from certification.standards import standards_on

from .models import Approval, Provider, TrainingRecord, TrainingType


def approvals_today(*, training_type="", language="", delivery=""):
    """What may be taught today, by name of the provider; "both" is found under online and under in person."""
    approvals = (
        Approval.objects.on(today()).select_related("provider").order_by("provider__name", "training_type", "language")
    )
    if training_type:
        approvals = approvals.filter(training_type=training_type)
    if language:
        approvals = approvals.filter(language=language)
    if delivery:
        approvals = approvals.filter(delivery__in=[delivery, Approval.Delivery.BOTH])
    return approvals


def providers_ever(training_type):
    """Whoever may have taught this training at any time: a person picks theirs, and the record is judged by its first day."""
    return Provider.objects.filter(approvals__training_type=training_type).distinct().order_by("name")


def records_of(user):
    """A person's own records, newest first."""
    return TrainingRecord.objects.filter(person__user=user).select_related("provider").order_by("-submitted_at", "-pk")


def sent_core(user):
    """Whether the person ever sent a certificate of the core training."""
    return TrainingRecord.objects.filter(person__user=user, training_type=TrainingType.CORE).exists()


def accepted_core(person, standards):
    """The accepted core training of ``person`` that counts on the day of ``standards``, or None."""
    return person.training_records.filter(training_type=TrainingType.CORE).counting(standards).first()


def waiting_records():
    """What the training desk has to look at, oldest first."""
    return TrainingRecord.objects.filter(status=TrainingRecord.Status.SUBMITTED).order_by("submitted_at")


def overdue_records():
    """What waits longer than the program promises."""
    promised = timedelta(days=standards_on(today()).application_training_review_days)
    return waiting_records().filter(submitted_at__date__lt=today() - promised)


def review_times(standards):
    """Usual days from sending a training certificate to our decision: ``elapsed`` for the person, ``ours`` without those on which we waited for them."""
    elapsed = days("filed_on", TruncDate("decided_at"))
    return usual_times(
        TrainingRecord.objects, "decided_at", standards, elapsed=elapsed, ours=elapsed - F("paused_days")
    )
