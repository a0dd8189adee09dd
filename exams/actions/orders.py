"""Files that tell the exam vendor who may sit: each attempt once, again when a name changes, and no more when the application ended.

They say nothing of changes in the exam: those the accommodation desk tells the vendor itself.
"""

import csv
import io
import json

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from certification.audit import audit
from certification.sealed import fingerprint
from certification.signing import signed
from certification.steps import NotReady, record

from ..models import Attempt, Order, OrderFile
from ..queries import last_orders
from ..rules import order_for


@transaction.atomic
def make_order_file(*, by):
    """Write what the vendor does not know yet into a file, which is kept; returns it. Raises ``NotReady`` where there is nothing to say."""
    orders = _orders()
    if not orders:
        raise NotReady([_("The vendor knows all there is to know.")])
    raw = _written([row | {"order": kind} for _attempt, kind, row in orders])
    file = record(OrderFile(raw=raw, made_by=by), by=by, why="make file for the exam vendor")
    with signed(by, "make file for the exam vendor"):
        Order.objects.bulk_create(
            Order(file=file, attempt=attempt, kind=kind, said=_fingerprint(row)) for attempt, kind, row in orders
        )
    audit(by, "made file for the exam vendor", file, rows=len(orders))
    return file


def _orders():
    """``(attempt, kind, row)`` of all there is to say. Attempts are locked: of two who make a file at once, the second finds them told."""
    locked = Attempt.objects.select_for_update(of=("self",), no_key=True).filter(status=Attempt.Status.AUTHORIZED)
    attempts = list(locked.select_related("application__person__user").order_by("pk"))
    last = last_orders(attempts)
    rows = [(attempt, _row(attempt)) for attempt in attempts]
    kinds = [(attempt, order_for(attempt, _fingerprint(row), last.get(attempt.pk)), row) for attempt, row in rows]
    return [(attempt, kind, row) for attempt, kind, row in kinds if kind]


def _row(attempt):
    person, day = attempt.application.person, settings.EXAM_ORDER_DAY
    return {
        "candidate_number": attempt.candidate_number,
        "given_name": _plain(person.given_name),
        "middle_name": _plain(person.middle_name),
        "family_name": _plain(person.family_name),
        "suffix": _plain(person.suffix),
        "email": person.user.email,
        "phone": str(person.phone),
        "first_day": timezone.localdate(attempt.authorized_at).strftime(day),
        "last_day": attempt.authorized_until.strftime(day),
        "attempt": attempt.number,
    }


def _plain(text):
    """Text that no program for tables takes for a formula."""
    return text.lstrip("=+-@\t\r ")


def _fingerprint(row):
    return fingerprint(json.dumps(row, sort_keys=True))


def _written(rows):
    columns, words = settings.EXAM_ORDER_FIELDS, settings.EXAM_ORDER_WORDS
    text = io.StringIO()
    table = csv.writer(text)
    table.writerow(columns.values())
    for row in rows:
        said = row | {"order": words[row["order"]]}
        table.writerow(said[name] for name in columns)
    return text.getvalue().encode()
