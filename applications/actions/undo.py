"""A minute to undo: a decision waits as a proposal, then the clock takes it in the name of whoever made it."""

from datetime import timedelta

import structlog
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from certification.steps import Refused, WrongState, lock

from ..models import Application, Proposal
from ..queries import held_by_second_readings
from .readings import note_first_marks
from .review import approve, ask_for_more, decide_denial
from .waiting import close_unanswered

log = structlog.get_logger(__name__)

UNDO = timedelta(minutes=1)
FIRST_READING = ("ask", "approve")  # a denial is read for the first time when it is proposed


@transaction.atomic
def propose(application, verb, *, by):
    """Let a decision leave in a minute. It is tried now, all of it, so whatever refuses it refuses at once."""
    lock(application)
    if Proposal.objects.filter(application=application).exists():
        raise WrongState(_("A decision is on its way already."))
    with transaction.atomic():
        _ACTIONS[verb](application, by=by)
        transaction.set_rollback(True)
    if verb in FIRST_READING:
        note_first_marks(application, by=by)
    return Proposal.objects.create(application_id=application.pk, verb=verb, by=by)


@transaction.atomic
def undo(application, *, by):
    """Take back what has not left yet; raises ``WrongState`` when it is too late."""
    lock(application)
    undone, _models = Proposal.objects.filter(application=application, by=by).delete()
    if not undone:
        raise WrongState(_("It is too late: the letter has left."))


def take_proposals():
    """Take every decision whose minute is over, but those that a second reading holds. One that is refused now, because something changed in between, is dropped: the case lies as it was."""
    over = Proposal.objects.filter(at__lte=timezone.now() - UNDO)
    for proposal in over.exclude(application__in=held_by_second_readings()).order_by("at")[:500]:
        try:
            _take(proposal)
        except (Refused, PermissionDenied):
            log.warning("a decision was not taken", application=proposal.application_id, verb=proposal.verb)
            proposal.delete()
        except Exception:  # one that fails stops no other, and is tried again
            log.exception("a decision could not be taken", application=proposal.application_id, verb=proposal.verb)


@transaction.atomic
def _take(proposal):
    application = Application.objects.get(pk=proposal.application_id)
    lock(application)
    if held_by_second_readings().filter(pk=application.pk).exists():
        return
    still_there, _models = Proposal.objects.filter(pk=proposal.pk).delete()
    if still_there:
        _ACTIONS[proposal.verb](application, by=proposal.by)


def _deny(application, *, by):
    denial = application.denials.filter(decided_at=None).first()
    if denial is None:
        raise WrongState(_("No denial is proposed."))
    decide_denial(denial, by=by, agreed=True)


_ACTIONS = {"ask": ask_for_more, "approve": approve, "deny": _deny, "close": close_unanswered}
