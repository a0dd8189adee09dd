"""Standing follows from dated facts, on every day and as known at every moment."""

import csv
import itertools
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
import time_machine
from django.db import DatabaseError, IntegrityError, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from certification.models import (
    Certification,
    Death,
    Overturning,
    Person,
    PublicReason,
    Revocation,
    Standing,
    Surrender,
    Suspension,
    Term,
)
from certification.numbers import new_number
from certification.queries import today
from certification.signing import signed
from certification.standards import add_months, standards_on

pytestmark = pytest.mark.django_db
FIRST = date(2023, 3, 1)
DAY = timedelta(days=1)


def certification():
    person = Person.objects.create(given_name="Ana", family_name="Ruiz")
    with signed(None, "test"):
        return Certification.objects.create(person=person, number=new_number())


def add(model, certified, **fields):
    if hasattr(model, "public_reason"):
        fields.setdefault("public_reason", PublicReason.SAFETY)
    with signed(None, "test"):
        return model.objects.create(certification=certified, **fields)


def overturn(fact):
    with signed(None, "test"):
        return Overturning.objects.create(**{fact.overturned_by: fact}, reason="An appeal was granted.")


def term(certified, starts=FIRST, expires_on=None):
    return add(Term, certified, starts=starts, expires_on=expires_on or add_months(starts, 24), printed_name="Ana Ruiz")


def standing(certified, on, known_at=None):
    return Certification.objects.with_standing(on, known_at).get(pk=certified.pk).standing


# --- by the calendar --------------------------------------------------------------------------------------------------
def dates():
    with (Path(__file__).parents[2] / "data" / "dates.csv").open() as file:
        return [[date.fromisoformat(value) for value in row.values()] for row in csv.DictReader(file)]


@pytest.mark.parametrize(("issued", "expires_on", "_window", "vacated_after"), dates())
def test_the_published_dates_hold(issued, expires_on, _window, vacated_after):
    certified = certification()
    assert add_months(issued, standards_on(issued).certification_term_months) == expires_on
    term(certified, issued, expires_on)
    assert standing(certified, issued - DAY) == Standing.NOT_YET
    assert standing(certified, issued) == Standing.ACTIVE
    assert standing(certified, expires_on) == Standing.ACTIVE
    assert standing(certified, expires_on + DAY) == Standing.LAPSED
    assert standing(certified, vacated_after) == Standing.EXPIRED
    assert standing(certified, vacated_after + DAY) == Standing.VACATED


def test_a_certificate_of_29_february_lapses_after_28_february_and_expires_two_years_on():
    certified = certification()
    term(certified, date(2024, 2, 29), date(2026, 2, 28))
    assert standing(certified, date(2026, 2, 28)) == Standing.ACTIVE
    assert standing(certified, date(2028, 2, 28)) == Standing.LAPSED
    assert standing(certified, date(2028, 2, 29)) == Standing.EXPIRED


def test_between_two_terms_it_has_lapsed():
    certified = certification()
    first = term(certified)
    term(certified, first.expires_on + 30 * DAY)
    assert standing(certified, first.expires_on + DAY) == Standing.LAPSED
    assert standing(certified, first.expires_on + 30 * DAY) == Standing.ACTIVE


def test_a_suspension_with_an_end_ends_by_itself():
    certified = certification()
    term(certified)
    add(Suspension, certified, starts=FIRST + 10 * DAY, ends=FIRST + 20 * DAY)
    days = {offset: standing(certified, FIRST + offset * DAY) for offset in (9, 10, 19, 20)}
    assert days == {9: Standing.ACTIVE, 10: Standing.SUSPENDED, 19: Standing.SUSPENDED, 20: Standing.ACTIVE}


# --- which fact counts first ------------------------------------------------------------------------------------------
ORDER = [
    (Revocation, {"on": FIRST}, Standing.REVOKED),
    (Surrender, {"on": FIRST}, Standing.SURRENDERED),
    (Death, {"on": FIRST, "source": "family"}, Standing.ENDED),
    (Suspension, {"starts": FIRST}, Standing.SUSPENDED),
]


@pytest.mark.parametrize("facts", [facts for size in range(5) for facts in itertools.combinations(ORDER, size)])
def test_the_weightiest_fact_counts(facts):
    certified = certification()
    term(certified)
    for model, fields, _ in facts:
        add(model, certified, **fields)
    assert standing(certified, FIRST) == (facts[0][2] if facts else Standing.ACTIVE)


@pytest.mark.parametrize(("model", "fields", "_standing"), ORDER)
def test_an_overturned_fact_counts_for_no_day(model, fields, _standing):
    certified = certification()
    term(certified)
    overturn(add(model, certified, **fields))
    assert {standing(certified, FIRST + n * DAY) for n in (0, 1, 300)} == {Standing.ACTIVE}


def test_what_was_known_then_and_what_is_known_now_are_both_answered():
    certified = certification()
    moments = [datetime(2024, month, 1, tzinfo=UTC) for month in (1, 2, 3, 4)]
    with time_machine.travel(moments[0], tick=False):
        term(certified)
    with time_machine.travel(moments[1], tick=False):
        order = add(Suspension, certified, starts=FIRST)
    with time_machine.travel(moments[2], tick=False):
        overturn(order)
    known = [standing(certified, FIRST, moment) for moment in (moments[0] - DAY, *moments)]
    assert known == [Standing.NOT_YET, Standing.ACTIVE, Standing.SUSPENDED, Standing.ACTIVE, Standing.ACTIVE]


# --- any history ------------------------------------------------------------------------------------------------------
OFFSET = st.integers(0, 2600)
MOMENTS = [datetime(2024, 1, day, tzinfo=UTC) for day in range(1, 6)]
KNOWN = st.sampled_from(MOMENTS)
OVERTURNED = st.one_of(st.none(), KNOWN)
FACT = st.tuples(
    st.sampled_from([Term, Suspension, Revocation, Surrender, Death]),
    OFFSET,
    st.integers(1, 900),
    st.booleans(),
    KNOWN,
    OVERTURNED,
)


def brute_force(facts, on, known_at, standards):
    """The rule of the program, read off the list of facts as a person would."""

    def counts(fact):
        _, _, _, known, overturned = fact
        return known <= known_at and not (overturned and overturned <= known_at)

    holding = [fact for fact in facts if counts(fact)]
    begun = {model: [fact for fact in holding if fact[0] is model and fact[1] <= on] for model in {f[0] for f in facts}}
    for model, word in ((Revocation, "revoked"), (Surrender, "surrendered"), (Death, "no longer certified")):
        if begun.get(model):
            return word
    if any(fact[2] is None or on < fact[2] for fact in begun.get(Suspension, [])):
        return "suspended"
    if not begun.get(Term):
        return "not yet certified"
    last = max(fact[2] for fact in begun[Term])
    if on <= last:
        return "active"
    if on <= add_months(last, standards.renewal_lapsed_until_months):
        return "lapsed"
    return "expired" if on <= add_months(last, standards.renewal_vacated_after_months) else "vacated"


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(drawn=st.lists(FACT, max_size=7), days=st.lists(st.integers(-30, 4500), min_size=3, max_size=12))
def test_any_history_is_answered_as_a_person_would(db, drawn, days):
    certified = certification()
    facts, terms = [], []
    for model, offset, length, open_end, known, overturned in drawn:
        starts, ends = FIRST + offset * DAY, FIRST + (offset + length) * DAY
        if model is Term and any(starts <= last and first <= ends for first, last in terms):
            continue
        with time_machine.travel(known, tick=False):
            if model is Term:
                terms.append((starts, ends))
                row = term(certified, starts, ends)
            elif model is Suspension:
                ends = None if open_end else ends
                row = add(Suspension, certified, starts=starts, ends=ends)
            else:
                row = add(model, certified, on=starts)
        if overturned and overturned >= known:
            with time_machine.travel(overturned, tick=False):
                overturn(row)
        else:
            overturned = None
        facts.append((model, starts, ends, known, overturned))
    edges = {day for fact in facts for edge in fact[1:3] if edge for day in (edge - DAY, edge, edge + DAY)}
    for on in {FIRST + offset * DAY for offset in days} | edges:
        standards = standards_on(on)
        for known_at in (MOMENTS[0], MOMENTS[2], None):
            expected = brute_force(facts, on, known_at or MOMENTS[-1], standards)
            assert standing(certified, on, known_at) == expected, (on, known_at)


# --- the facts themselves ---------------------------------------------------------------------------------------------
def test_terms_of_one_certification_never_share_a_day():
    certified = certification()
    first = term(certified)
    with pytest.raises(IntegrityError), transaction.atomic():
        term(certified, first.expires_on)
    term(certified, first.expires_on + DAY)
    term(certification())


@pytest.mark.parametrize("write", ["update", "delete", "unsigned"])
def test_a_fact_is_written_once_and_signed(write):
    certified = certification()
    fact = term(certified)
    with pytest.raises(DatabaseError), transaction.atomic():
        if write == "update":
            with signed(None, "test"):
                Term.objects.filter(pk=fact.pk).update(expires_on=today())
        elif write == "delete":
            fact.delete()
        else:
            Surrender.objects.create(certification=certified, on=FIRST)
