"""Certified people by the thousand, for the demonstration and the bench: signed rows copied in at once, without history.

Their certificates were issued over the nine years before today, an invented history that begins before the program did.
Every standing occurs, and so do orders that ended and orders that were overturned.
"""

import uuid
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from itertools import chain, islice
from random import Random
from typing import Any

from django.db import connection
from django.utils import timezone

from certification.models import (
    Certification,
    Death,
    Overturning,
    Person,
    PublicReason,
    Revocation,
    SearchName,
    Standing,
    Surrender,
    Suspension,
    Term,
)
from certification.names import search_keys
from certification.numbers import new_number, new_portal_code
from certification.queries import today
from certification.signing import signed
from certification.standards import Standards, add_months, standards_on

from .names import Name, names

ALWAYS = Name("Maria", "", "García-López", "")
YEARS = 9
AT_ONCE = 10_000  # people of one transaction: memory stays flat whatever the count
ONCE_SUSPENDED, OVERTURNED = "once suspended", "overturned"
FATES = {  # of 1,000 people
    Standing.ACTIVE: 718,
    Standing.LAPSED: 90,
    Standing.EXPIRED: 70,
    Standing.VACATED: 45,
    Standing.SURRENDERED: 20,
    Standing.ENDED: 15,
    ONCE_SUSPENDED: 12,
    Standing.REVOKED: 10,
    Standing.SUSPENDED: 10,
    OVERTURNED: 7,
    Standing.NOT_YET: 3,
}
MODELS = (Person, Certification, SearchName, Term, Suspension, Revocation, Surrender, Death, Overturning)
DAY = timedelta(days=1)


def copy_in(count: int, seed: int) -> None:
    """Add ``count`` certified people and all that is known of them; the first is always Maria García-López, active.

    The same seed gives the same people on the same day; used twice it raises psycopg's ``UniqueViolation``.
    """
    random = Random(seed)  # noqa: S311
    day = today()
    standards = standards_on(day)
    drawn = (fate for _ in iter(int, 1) for fate in random.choices(list(FATES), list(FATES.values()), k=AT_ONCE))
    # Every fate comes once before chance decides, so that it occurs however few people there are.
    people = islice(zip(chain([ALWAYS], names(seed)), chain(FATES, drawn), strict=False), count)
    while batch := list(islice(people, AT_ONCE)):
        _copy_batch([(name, Life(fate, random, day, standards)) for name, fate in batch], random)
    with connection.cursor() as cursor:
        for model in MODELS:
            cursor.execute(f'ANALYZE "{model._meta.db_table}"')


# --- what becomes of one person ---------------------------------------------------------------------------------------
@dataclass
class Life:
    """The dated facts of one certification that lead to ``fate`` today."""

    fate: str
    random: Random
    today: date
    standards: Standards
    terms: list[tuple[date, date]] = field(default_factory=list)
    orders: list[tuple[type, dict[str, Any]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.first = add_months(self.today, -12 * YEARS)
        self._issue()
        self._mark()

    def _issue(self) -> None:
        """Terms one after another, told from the last one back."""
        starts = self._between(*self._last_start())
        while True:
            self.terms.insert(0, (starts, add_months(starts, self.standards.certification_term_months)))
            pause = self._days(0, 200) if self.random.random() < 0.15 else 0
            starts = add_months(starts - DAY, -self.standards.certification_term_months) - pause * DAY
            if starts < self.first or self.fate == Standing.NOT_YET or self.random.random() < 0.3:
                break

    def _last_start(self) -> tuple[date, date]:
        """The days between which the last certificate may have begun."""
        term = self.standards.certification_term_months
        lapsed = term + self.standards.renewal_lapsed_until_months
        vacated = term + self.standards.renewal_vacated_after_months
        ago: dict[str, tuple[int, int]] = {
            Standing.LAPSED: (lapsed, term),
            Standing.EXPIRED: (vacated, lapsed),
            Standing.VACATED: (12 * YEARS, vacated),
        }
        if self.fate == Standing.NOT_YET:
            return self.today + DAY, self.today + 30 * DAY
        longest, shortest = ago.get(self.fate, (term, 0))
        # Some days of distance on either side: the ends of months must not carry anybody into the next standing.
        return add_months(self.today, -longest) + 5 * DAY, add_months(self.today, -shortest) - 5 * DAY

    def _mark(self) -> None:
        """What ended, paused or was taken back."""
        since = max(self.terms[-1][0], self.today - 300 * DAY)
        day = self._between(since, self.today)
        reason = self.random.choice(PublicReason.values)
        if self.fate == Standing.SUSPENDED:
            ends = self.random.choice([None, self.today + self._days(1, 90) * DAY])
            self.orders.append((Suspension, {"starts": day, "ends": ends, "public_reason": reason}))
        elif self.fate == ONCE_SUSPENDED:
            day = self._between(self.terms[0][0], self.today - 5 * DAY)
            ends = self._between(day + DAY, self.today)
            self.orders.append((Suspension, {"starts": day, "ends": ends, "public_reason": reason}))
        elif self.fate in (Standing.REVOKED, OVERTURNED):
            self.orders.append((Revocation, {"on": day, "public_reason": reason}))
        elif self.fate == Standing.SURRENDERED:
            self.orders.append((Surrender, {"on": day}))
        elif self.fate == Standing.ENDED:
            self.orders.append((Death, {"on": day, "source": "invented"}))

    def _days(self, fewest: int, most: int) -> int:
        return self.random.randint(fewest, max(fewest, most))

    def _between(self, first: date, last: date) -> date:
        return first + self._days(0, (last - first).days) * DAY


# --- rows -------------------------------------------------------------------------------------------------------------
BLANK_PERSON = dict.fromkeys(
    ["preferred_name", "birth_date_mac", "phone", "address_line1", "address_line2", "city", "state", "zip_code"], ""
)


def _copy_batch(people: list[tuple[Name, Life]], random: Random) -> None:
    with signed(None, "invented people, copied in"), connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = 0")
        # Every trigger asks for each row which triggers to leave out; without an answer it meets an error each time, which made the copy five times slower.
        cursor.execute("SET LOCAL pgtrigger.ignore = '{}'")
        rows = _rows(people, random, reserve(cursor, Person, people), reserve(cursor, Certification, people))
        for row, pk in zip(rows[Revocation], reserve(cursor, Revocation, rows[Revocation]), strict=True):
            row["id"] = pk
            if row.pop("overturned"):
                fact = {"revocation_id": pk, "recorded_at": row["recorded_at"]}
                rows[Overturning].append(fact | {"reason": "An appeal was granted."})
        for model in MODELS:
            copy_rows(cursor, model, rows[model])


def _rows(people: list, random: Random, person_ids: list[int], certification_ids: list[int]) -> dict[type, list[dict]]:
    rows: dict[type, list[dict]] = defaultdict(list)
    for (name, life), person, certification in zip(people, person_ids, certification_ids, strict=True):
        rows[Person].append(
            {
                "id": person,
                "seal": uuid.UUID(int=random.getrandbits(128), version=4),
                "given_name": name.given,
                "middle_name": name.middle,
                "family_name": name.family,
                "suffix": name.suffix,
                "portal_code": new_portal_code(random.choice),
                "no_fixed_address": False,
                **BLANK_PERSON,
            }
        )
        rows[SearchName] += [
            {"person_id": person, "key": key} for key in search_keys(name.given, name.middle, name.family)
        ]
        issued = life.terms[0][0]
        number = new_number(random.choice)
        rows[Certification].append(
            {"id": certification, "person_id": person, "number": number, "issued_at": _known(issued, life)}
        )
        printed = " ".join(filter(None, name))
        for starts, expires_on in life.terms:
            fact = {"certification_id": certification, "recorded_at": _known(starts, life)}
            rows[Term].append(fact | {"starts": starts, "expires_on": expires_on, "printed_name": printed})
        for model, order in life.orders:
            day = order.get("starts") or order["on"]
            fact = {"certification_id": certification, "recorded_at": _known(day, life)} | order
            rows[model].append(fact | {"overturned": life.fate == OVERTURNED} if model is Revocation else fact)
    return rows


def _known(day: date, life: Life) -> datetime:
    """The first minute of the day, or of today for what begins later."""
    return timezone.make_aware(datetime.combine(min(day, life.today), time(0, 1)))


def reserve(cursor: Any, model: type, rows: list) -> list[int]:
    """Keys for ``rows``, drawn from the sequence that also numbers what is added later."""
    cursor.execute(
        "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)",
        [model._meta.db_table, len(rows)],  # type: ignore[attr-defined]
    )
    return [pk for (pk,) in cursor.fetchall()]


def copy_rows(cursor: Any, model: type, rows: list[dict]) -> None:
    if not rows:
        return
    columns = ", ".join(f'"{column}"' for column in rows[0])
    with cursor.copy(f'COPY "{model._meta.db_table}" ({columns}) FROM STDIN') as copy:  # type: ignore[attr-defined]
        for row in rows:
            copy.write_row(row.values())
