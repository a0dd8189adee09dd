"""``NAIVE=marks_first celery -A tests.faults.naive worker``: senders as one might write them, which the faults must find out."""

import os

from celery.signals import worker_process_init
from django.utils import timezone

from certification.celery import app

__all__ = ["app"]


@worker_process_init.connect
def be_naive(**kwargs):
    from certification import notices

    notices.deliver = {"marks_first": marks_first, "holds_no_row": holds_no_row}[os.environ["NAIVE"]]


def marks_first(pk):
    """Say that it is sent, then send it: nothing is told twice, and who is in hand when the worker dies is told nothing."""
    if notice := _unsent(pk):
        _mark(notice)
        _send(notice)


def holds_no_row(pk):
    """Send it, then say so, and meanwhile let anybody else do the same."""
    if notice := _unsent(pk):
        _send(notice)
        _mark(notice)


def _unsent(pk):
    from certification.models import Notice

    return Notice.objects.unsent().filter(pk=pk).first()


def _send(notice):
    from certification.notices import _mail, render

    notice.subject, notice.body = render(notice, timezone.localdate())
    _mail(notice)


def _mark(notice):
    notice.handed_over_at = timezone.now()
    notice.save(update_fields=["handed_over_at"])
