"""What two readers of a file see differently is settled by a lead, before anything is sent."""

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone

from certification.steps import NotReady, lock, record

from ..models import Proposal
from ..rules import settling_problems
from .review import decide_denial

SETTLE = "applications.settle_reading"


@transaction.atomic
def settle(application, *, first_stands, by):
    """Say, where two readers differ, that the first reading stands, and its letter leaves; or give the file back to its reviewer, and nothing leaves."""
    if not by.has_perm(SETTLE):
        raise PermissionDenied(SETTLE)
    lock(application)
    if problems := settling_problems(application, by):
        raise NotReady(problems)
    reading = application.second_reading
    lock(reading)
    record(reading, by=by, why="settle", settled_by=by, settled_at=timezone.now(), first_stands=first_stands)
    if not first_stands:
        Proposal.objects.filter(application=application).delete()
        for denial in application.denials.filter(decided_at=None):
            decide_denial(denial, by=by, agreed=False)
