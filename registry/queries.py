"""What the registry reads: the columns named here and no others, and of a person only the key that search names share.

The name shown is the one on the newest certificate that stands, as it was printed last.
"""

import json
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice

from django.conf import settings
from django.db import connection
from django.utils.timezone import localdate

from certification.models import Certification, PublicReason, Standing
from certification.names import END, MIDDLE, end_of
from certification.standards import add_months

from .kept import family_names, standards_of

# Who gave their certificate up, let it go or died is found by number only.
BY_NUMBER_ONLY = frozenset({Standing.VACATED, Standing.SURRENDERED, Standing.ENDED})
MOST_TRIED, MOST_OFFERED = 16, 3  # close family names
BY_NAME = [standing for standing in Standing if standing not in BY_NUMBER_ONLY]


@dataclass(frozen=True, slots=True)
class Answer:
    """One person as the registry shows them in a list; ``key`` is the search name by which they were found."""

    person: int
    number: str
    name: str
    standing: Standing
    key: str


@dataclass(frozen=True, slots=True)
class Close:
    """A family name close to the one typed, under which somebody of that given name is found; ``question`` asks for them."""

    family: str
    question: str


@dataclass(frozen=True, slots=True)
class Answers:
    """``people``, at most ``REGISTRY_ANSWERS`` of them; ``more`` says that the question fits others too, or too many to look through."""

    people: list[Answer]
    more: bool


def find(prefixes, day, standing=""):
    """The people whose search names begin with one of ``prefixes``, by name; with ``standing`` only those it fits on ``day``."""
    most = settings.REGISTRY_ANSWERS
    found, cut = [], False
    # The first rows are nearly always enough; all are read only where many of them are left out.
    for limit in (2 * most if standing else most + 2, None):
        rows = _found(prefixes, day, settings.REGISTRY_LOOKED_THROUGH, limit)
        found = [answer for answer, _ in rows if _fits(answer.standing, standing)]
        cut = any(cut for _, cut in rows)
        if len(found) > most or len(rows) != limit:
            break
    return Answers(found[:most], len(found) > most or cut)


def close_names(prefixes, day, standing=""):
    """Family names close to those in ``prefixes``, only where the given name fits too and somebody would be found."""
    tried = {}
    for prefix in prefixes:
        family, _, rest = prefix.partition(END)
        for close in family_names.close_to(family) if family else ():
            tried.setdefault(f"{close}{END}{rest}", close)
    tried = {prefix: tried[prefix] for prefix in islice(tried, MOST_TRIED) if prefix not in prefixes}
    rows = _found(list(tried), day, settings.REGISTRY_ANSWERS, None)
    keys = [answer.key for answer, _ in rows if _fits(answer.standing, standing)]
    offers = {}
    for prefix, family in tried.items():
        if any(key.startswith(prefix) for key in keys):
            given = " ".join(prefix.partition(END)[2].replace(MIDDLE, " ").split())
            offers.setdefault(family, Close(family.title(), f"{family.title()}, {given.strip(END).title()}"))
    return list(offers.values())[:MOST_OFFERED]


def _found(prefixes, day, most, limit):
    """``(answer, cut)`` in the order of names; ``cut`` says that one of ``prefixes`` fits more than the ``most`` rows looked through.

    Each prefix is a range of the index, read no further than that: the cost has a bound, whatever was typed.
    """
    if not prefixes:
        return []
    rows = _ask(
        "SELECT * FROM registry_found(%s, %s, %s, %s, %s, %s, %s)",
        [list(prefixes), [end_of(prefix) for prefix in prefixes], most, limit, day, *_tiers(day)],
    )
    return [
        (Answer(person, number, name, Standing(standing), key), cut)
        for person, number, name, standing, key, cut in rows
    ]


def _fits(state, standing):
    return state == standing if standing else state not in BY_NUMBER_ONLY


# --- one person -------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Order:
    """A public order; ``ends`` is the first day it no longer holds, None where no end is set."""

    kind: str
    starts: date
    ends: date | None
    reason: str


@dataclass(frozen=True)
class Page:
    """``renamed_on`` is the day since which the newest certificate shows another name than when it was first printed; None where it never changed."""

    number: str
    name: str
    standing: Standing
    terms: list[tuple[date, date]]
    orders: list[Order]
    renamed_on: date | None

    @property
    def last_day(self):
        return self.terms[0][1] if self.terms else None


def page_of(number, day, today):
    """All that the registry shows under ``number``: the standing on ``day``, terms and orders as known now; None if nobody holds it."""
    rows = _ask("SELECT * FROM registry_page(%s, %s, %s, %s)", [number, day, *_tiers(day)])
    if not rows:
        return None
    standing, terms, orders = rows[0]
    terms = json.loads(terms or "[]")
    _starts, _expires_on, name, renamed_at = terms[0] if terms else (None, None, "", None)
    return Page(
        number=number,
        name=name,
        standing=Standing(standing),
        terms=[(date.fromisoformat(starts), date.fromisoformat(expires_on)) for starts, expires_on, *_ in terms],
        orders=_public(json.loads(orders or "[]"), today),
        renamed_on=renamed_at and localdate(datetime.fromisoformat(renamed_at)),
    )


def is_held(number):
    return Certification.objects.filter(number=number).exists()


def _public(orders, today):
    """Orders that have begun; an ended one for as long as ``registry.order_public_years`` says, for good while that is unset."""
    orders = [
        Order(kind, date.fromisoformat(starts), ends and date.fromisoformat(ends), PublicReason(reason).label)
        for kind, starts, ends, reason in orders
    ]
    begun = [order for order in orders if order.starts <= today]
    standards = standards_of(today)
    if not standards.is_set("registry_order_public_years"):
        return begun
    months = 12 * standards.registry_order_public_years
    return [order for order in begun if not order.ends or add_months(order.ends, months) > today]


# --- the database -----------------------------------------------------------------------------------------------------
def _ask(statement, values):
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall()


def _tiers(day):
    """Months after expiry through which a certification has lapsed, and has expired, by the standards of ``day``."""
    standards = standards_of(day)
    return standards.renewal_lapsed_until_months, standards.renewal_vacated_after_months
