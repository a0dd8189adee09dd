"""What training adds to the person's home and to their timeline."""

from django.urls import reverse
from django.utils.translation import gettext as _

from certification.cards import Card, Entry

from .models import TrainingRecord, TrainingType
from .queries import records_of


def share(user):
    """Where a person's core training stands, and what happened to all that they sent."""
    records = list(records_of(user))
    return _cards(records), [entry for training in records for entry in _entries(training)]


def invitation():
    """The card of who may train and has sent nothing yet; whether they still may, the apps above know."""
    text = _("Take the training with an approved provider. Then send us your certificate.")
    return _card(text, _("Send it"), "you")


def _cards(records):
    newest = next((training for training in records if training.training_type == TrainingType.CORE), None)
    return [_card(*_said(newest))] if newest else []


def _card(text, action, whose_move):
    return Card(_("Training"), text, reverse("training_providers:mine"), action, whose_move, position=20)


def _said(newest):
    status = TrainingRecord.Status(newest.status)
    if newest.is_disowned:
        text = _("You told us that this training is not yours. You can send your own certificate.")
        return text, _("See it"), "you"
    return {
        status.SUBMITTED: (_("We are checking your certificate."), _("See it"), "us"),
        status.MORE_ASKED: (_("We need something more from you."), _("Answer"), "you"),
        status.ACCEPTED: (_("Your training is accepted."), _("See it"), "nobody"),
        status.DECLINED: (_("This training does not count. You can send another one, or appeal."), _("See why"), "you"),
    }[status]


def _entries(training):
    begun = _("You sent a training certificate") if training.document_id else _("Your provider told us of a training")
    entries = [Entry(training.submitted_at, begun, training.provider.name)]
    if training.decided_at:
        entries.append(Entry(training.decided_at, _decision(training), training.provider.name))
    return entries


def _decision(training):
    if training.is_disowned:
        return _("You told us that a training is not yours")
    accepted = training.status == TrainingRecord.Status.ACCEPTED
    return _("Your training was accepted") if accepted else _("Your training was not accepted")
