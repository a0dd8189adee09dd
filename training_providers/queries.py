"""Reads about training used by pages, desks and the apps above."""

from django.urls import reverse
from django.utils.translation import gettext as _

from certification.cards import Card, Entry
from certification.queries import today

from .models import Approval, Provider, TrainingRecord, TrainingType
from .rules import has_applied


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


def languages_taught_today(training_type=TrainingType.CORE):
    """The languages in which this training can be taken today."""
    taught = set(approvals_today(training_type=training_type).order_by().values_list("language", flat=True))
    return [label for code, label in Approval._meta.get_field("language").choices if code in taught]


def providers_ever(training_type):
    """Whoever may have taught this training at any time: a person picks theirs, and the record is judged by its first day."""
    return Provider.objects.filter(approvals__training_type=training_type).distinct().order_by("name")


def records_of(user):
    """A person's own records, newest first."""
    return TrainingRecord.objects.filter(person__user=user).select_related("provider").order_by("-submitted_at", "-pk")


def accepted_core(person):
    """The accepted core training of ``person``, or None."""
    return person.training_records.filter(
        training_type=TrainingType.CORE, status=TrainingRecord.Status.ACCEPTED
    ).first()


def waiting_records():
    """What the training desk has to look at, oldest first."""
    return TrainingRecord.objects.filter(status=TrainingRecord.Status.SUBMITTED).order_by("submitted_at")


# --- the person's home --------------------------------------------------------------------------------------------
def cards(user):
    """Where a person's core training stands."""
    person = getattr(user, "person", None)
    if person is None or not has_applied(person):
        return []
    newest = records_of(user).filter(training_type=TrainingType.CORE).first()
    text, action, whose_move = _said(newest)
    return [Card(_("Training"), text, reverse("training_providers:mine"), action, whose_move, position=20)]


def _said(newest):
    if newest is None:
        return _("Take the training with an approved provider. Then send us your certificate."), _("Send it"), "you"
    status = TrainingRecord.Status(newest.status)
    return {
        status.SUBMITTED: (_("We are checking your certificate."), _("See it"), "us"),
        status.MORE_ASKED: (_("We need something more from you."), _("Answer"), "you"),
        status.ACCEPTED: (_("Your training is accepted."), _("See it"), "nobody"),
        status.DECLINED: (_("This training does not count. You can send another one, or appeal."), _("See why"), "you"),
    }[status]


def timeline(user):
    """What happened to a person's training records."""
    entries = []
    for training in records_of(user):
        entries.append(Entry(training.submitted_at, _("You sent a training certificate"), training.provider.name))
        if training.decided_at:
            accepted = training.status == TrainingRecord.Status.ACCEPTED
            title = _("Your training was accepted") if accepted else _("Your training was not accepted")
            entries.append(Entry(training.decided_at, title, training.provider.name))
    return entries
