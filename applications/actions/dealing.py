"""Who gets which file: the next one in the order they came, a file opened by name with a reason, and one that is handed on."""

from contextlib import suppress

from django.db import transaction

from certification.audit import audit
from certification.steps import Refused

from ..models import Application, Opening, Recusal, SecondReading
from ..queries import waiting_for_review
from .readings import free_readings
from .review import claim, release


@transaction.atomic
def deal(*, by):
    """Give ``by`` the application that waits the longest and that they may review; None where none waits.

    A file that somebody else is just taking is passed by, so two who ask at once get two files. Raises ``PermissionDenied``, as the step does.
    """
    application = waiting_for_review(by).select_for_update(skip_locked=True, of=("self",), no_key=True).first()
    if application:
        claim(application, by=by)
    return application


@transaction.atomic
def hand_on(application, *, by):
    """Give back a file of somebody one knows, and never get it again; nobody asks why."""
    if application.reviewer_id == by.pk and application.status == Application.Status.IN_REVIEW:
        release(application, by=by)
    _free(application, by, why="handed on")
    Recusal.objects.get_or_create(application=application, user=by)


def return_all(reviewer, *, by):
    """Give back to the queue what an absent ``reviewer`` has in review; each keeps its place. Returns how many.

    One that must not move, because a denial is proposed say, stays and stops no other; those of others stay with who may not release any.
    """
    returned = 0
    for application in Application.objects.filter(reviewer=reviewer, status=Application.Status.IN_REVIEW):
        with suppress(Refused):
            release(application, by=by, reason="the reviewer is away")
            returned += 1
    free_readings(SecondReading.objects.filter(reader=reviewer), by=by, why="the reader is away")
    return returned


@transaction.atomic
def open_by_name(application, *, by, reason):
    """Open a file that was not dealt to ``by``, for today; ``reason`` is one of ``Opening.Reason``."""
    audit(by, "opened case by name", application, reason=reason)
    _free(application, by, why="opened by name")
    return Opening.objects.create(application=application, user=by, reason=reason)


def _free(application, reader, *, why):
    """Whoever looks into a file otherwise, or knows the person, is not its second reader."""
    free_readings(SecondReading.objects.filter(application=application, reader=reader), by=reader, why=why)
