"""Reads used in more than one place."""

from django.utils import timezone

from .models import EthicsCode, Hold, RecordsHold


def today():
    """The program's day: Pacific time."""
    return timezone.localdate()


def ethics_code_on(day):
    """The version of the Code of Ethics in force on ``day``."""
    return EthicsCode.objects.filter(effective_from__lte=day).latest("effective_from")


def open_holds(person):
    return Hold.objects.filter(person=person, ended_at=None)


def open_records_hold(person):
    """The records hold of ``person`` that is open, or None."""
    return RecordsHold.objects.filter(person=person, ended_at=None).first()
