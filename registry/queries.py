"""What the registry reads: the columns named here and no others, and of a person only the key that search names share.

The name shown is the one printed on the newest certificate that stands.
"""

from dataclasses import dataclass
from datetime import date
from itertools import islice

from django.conf import settings
from django.db import connection
from django.db.models import OuterRef, Subquery

from certification.models import Certification, PublicReason, Revocation, Standing, Suspension, Term
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
    keys, cut = _keys(prefixes)
    most = settings.REGISTRY_ANSWERS
    found = []
    # The first batch is nearly always enough; the rest is read where many are left out.
    for batch in _batches(list(keys), most + 2):
        read = _standings(batch, day)
        for person in batch:
            if person in read and _fits(read[person][2], standing):
                number, name, state = read[person]
                found.append(Answer(person, number, name, Standing(state), keys[person]))
        if len(found) > most:
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
    rows = _ranges(list(tried), settings.REGISTRY_ANSWERS)
    shown = _standings(list({person for _, person in rows}), day) if rows else {}
    keys = [key for key, person in rows if person in shown and _fits(shown[person][2], standing)]
    offers = {}
    for prefix, family in tried.items():
        if any(key.startswith(prefix) for key in keys):
            given = " ".join(prefix.partition(END)[2].replace(MIDDLE, " ").split())
            offers.setdefault(family, Close(family.title(), f"{family.title()}, {given.strip(END).title()}"))
    return list(offers.values())[:MOST_OFFERED]


def _keys(prefixes):
    """``{person: key}`` in the order of the keys, and whether a prefix fits more than ``REGISTRY_LOOKED_THROUGH`` rows."""
    most = settings.REGISTRY_LOOKED_THROUGH
    rows = _ranges(prefixes, most)
    people = {}
    for key, person in sorted(rows):
        people.setdefault(person, key)
    cut = len(rows) >= most and any(sum(key.startswith(prefix) for key, _ in rows) >= most for prefix in prefixes)
    return people, cut


def _ranges(prefixes, most):
    """``(key, person)`` of the keys that begin with each of ``prefixes``, ``most`` of each.

    Each prefix is a range of the index, read no further than that: the cost has a bound, whatever was typed.
    """
    if not prefixes:
        return []
    with connection.cursor() as cursor:
        cursor.execute(_RANGES, [list(prefixes), [end_of(prefix) for prefix in prefixes], most])
        return cursor.fetchall()


_RANGES = """
SELECT found.key, found.person_id
FROM unnest(%s::text[], %s::text[]) AS range (first, past)
CROSS JOIN LATERAL (
    SELECT key, person_id FROM certification_searchname
    WHERE key >= range.first COLLATE "C" AND key < range.past COLLATE "C"
    ORDER BY key, person_id LIMIT %s
) AS found
"""


def _fits(state, standing):
    return state == standing if standing else state not in BY_NUMBER_ONLY


def _batches(people, first):
    yield people[:first]
    if people[first:]:
        yield people[first:]


def _standings(people, day):
    """``{person: (number, name, standing)}`` of ``people``."""
    name = Term.objects.standing().filter(certification=OuterRef("pk")).order_by("-starts").values("printed_name")
    rows = (
        Certification.objects.filter(person__in=people)
        .with_standing(day, standards=standards_of(day))
        .annotate(name=Subquery(name[:1]))
        .order_by("pk")
        .values_list("person", "number", "name", "standing")
    )
    return {person: rest for person, *rest in rows}


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
    number: str
    name: str
    standing: Standing
    terms: list[tuple[date, date]]
    orders: list[Order]

    @property
    def last_day(self):
        return self.terms[0][1] if self.terms else None


def page_of(number, day, today):
    """All that the registry shows under ``number``: the standing on ``day``, terms and orders as known now; None if nobody holds it."""
    asked = Certification.objects.filter(number=number).with_standing(day, standards=standards_of(day))
    row = asked.values_list("pk", "standing").first()
    if row is None:
        return None
    certification, standing = row
    terms = list(
        Term.objects.standing()
        .filter(certification=certification)
        .order_by("-starts")
        .values_list("starts", "expires_on", "printed_name")
    )
    return Page(
        number=number,
        name=terms[0][2] if terms else "",
        standing=Standing(standing),
        terms=[(starts, expires_on) for starts, expires_on, _ in terms],
        orders=_orders(certification, today),
    )


def is_held(number):
    return Certification.objects.filter(number=number).exists()


def _orders(certification, today):
    """Orders that stand and have begun, newest first; an ended one for as long as ``registry.order_public_years`` says, for good while that is unset."""
    suspensions = Suspension.objects.standing().filter(certification=certification, starts__lte=today)
    revocations = Revocation.objects.standing().filter(certification=certification, on__lte=today)
    orders = [
        Order("suspension", starts, ends, PublicReason(reason).label)
        for starts, ends, reason in suspensions.values_list("starts", "ends", "public_reason")
    ]
    orders += [
        Order("revocation", on, None, PublicReason(reason).label)
        for on, reason in revocations.values_list("on", "public_reason")
    ]
    standards = standards_of(today)
    if standards.is_set("registry_order_public_years"):
        months = 12 * standards.registry_order_public_years
        orders = [order for order in orders if not order.ends or add_months(order.ends, months) > today]
    return sorted(orders, key=lambda order: order.starts, reverse=True)
