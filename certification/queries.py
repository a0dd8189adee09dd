"""Reads used in more than one place."""

from django.utils import timezone

from .models import County, EthicsCode, Hold, RecordsHold


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


CONTACT_PARTS = ("phone", "address_line1", "address_line2", "city", "state", "zip_code")


def contact_columns(contact):
    """The columns of a person that say how they are reached, from what they answered (``ContactFields``)."""
    columns = {part: contact.get(part) or "" for part in CONTACT_PARTS}
    columns["no_fixed_address"] = bool(contact.get("no_fixed_address"))
    columns["county"] = County.objects.filter(fips=contact["county"]).first()
    return columns
