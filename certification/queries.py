"""Reads used in more than one place."""

from django.utils import timezone

from .models import Charge, EthicsCode, Hold


def today():
    """The program's day: Pacific time."""
    return timezone.localdate()


def ethics_code_on(day):
    """The version of the Code of Ethics in force on ``day``."""
    return EthicsCode.objects.filter(effective_from__lte=day).latest("effective_from")


def open_holds(person):
    return Hold.objects.filter(person=person, ended_at=None)


def money_to_return():
    """Payments that must go back and have not yet."""
    return Charge.objects.filter(refund_due_at__isnull=False, refunded_at=None)
