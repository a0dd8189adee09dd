"""The program's numbers: dated, cited, and loud when they are not set."""

import csv
from datetime import date, timedelta

import pytest
from django.conf import settings
from django.core.exceptions import ValidationError
from django.urls import reverse
from hypothesis import HealthCheck, given
from hypothesis import settings as tried
from hypothesis import strategies as st

from certification.models import Holiday, Standard
from certification.rules import age_on, of_age_on
from certification.standards import (
    KEYS,
    StandardNotSet,
    add_business_days,
    add_months,
    read,
    standards_on,
)
from certification.steps import record

pytestmark = pytest.mark.django_db


def test_the_table_and_the_fields_name_the_same_numbers():
    with open(settings.BASE_DIR / "data" / "standards.csv", encoding="utf-8") as file:
        assert {row["key"] for row in csv.DictReader(file)} == set(KEYS.values())


def test_a_number_changes_on_its_day():
    assert standards_on(date(2024, 8, 31)).renewal_window_days == 60
    assert standards_on(date(2024, 9, 1)).renewal_window_days == 90


def test_the_oldest_row_governs_earlier_days():
    assert standards_on(date(1999, 1, 1)).application_review_days == 20


def test_reading_an_unset_number_says_which_and_when():
    standards = standards_on(date(2026, 1, 1))
    assert not standards.is_set("exam_pass_mark")
    with pytest.raises(StandardNotSet, match=r"exam\.pass_mark is not set on 2026-01-01"):
        assert standards.exam_pass_mark


def test_an_assumed_number_is_known_as_such():
    standards = standards_on(date(2026, 1, 1))
    assert standards.is_assumed("appeal_filing_days")
    assert not standards.is_assumed("application_review_days")


def test_a_number_once_set_is_no_longer_assumed():
    row = Standard(
        key="appeal.filing_days", value="30", unit="days", effective_from="2026-01-01", citation="policy", basis="text"
    )
    record(row, by=None, why="set")
    assert standards_on(date(2025, 12, 31)).is_assumed("appeal_filing_days")
    assert not standards_on(date(2026, 1, 1)).is_assumed("appeal_filing_days")


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("fee_exam", "15000", 15000),
        ("exam_no_show_counts", "no", False),
        ("renewal_reminder_days_after", "1 14 28", (1, 14, 28)),
        ("provider_core_window", "07-01/07-31", ((7, 1), (7, 31))),
        ("training_completed_on_or_after", "2022-07-01", date(2022, 7, 1)),
    ],
)
def test_values_are_read_in_their_type(name, text, value):
    assert read(name, text) == value


def test_a_value_that_cannot_be_read_is_refused():
    with pytest.raises(ValidationError):
        read("fee_exam", "many")


def test_months_are_anniversaries():
    assert add_months(date(2024, 2, 29), 24) == date(2026, 2, 28)
    assert add_months(date(2024, 8, 31), 6) == date(2025, 2, 28)
    assert add_months(date(2022, 11, 28), 24) == date(2024, 11, 28)
    assert add_months(date(2025, 3, 1), -3) == date(2024, 12, 1)


def test_business_days_skip_weekends_and_holidays():
    assert add_business_days(date(2025, 1, 2), 5) == date(2025, 1, 9)
    assert add_business_days(date(2025, 7, 3), 1) == date(2025, 7, 7)
    assert add_business_days(date(2026, 11, 25), 1) == date(2026, 11, 30)
    assert add_business_days(date(2025, 7, 5), 0) == date(2025, 7, 5)


FIRST = date(2031, 1, 1)  # after the last holiday of the table


@tried(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    closures=st.lists(st.tuples(st.integers(0, 60), st.integers(1, 90)), max_size=4),
    start=st.integers(-5, 60),
    count=st.integers(0, 40),
)
def test_business_days_are_those_of_a_calendar_with_the_rest_crossed_out(closures, start, count):
    """After any day, across closures of any length."""
    Holiday.objects.filter(day__gte=FIRST).delete()
    closed = {number for begun, length in closures for number in range(begun, begun + length)}
    holidays = {FIRST + timedelta(days=number) for number in closed}
    Holiday.objects.bulk_create([Holiday(day=day, name="closed") for day in holidays])
    begun = FIRST + timedelta(days=start)
    calendar = [begun + timedelta(days=number) for number in range(1, 400)]
    worked = [begun, *(day for day in calendar if f"{day:%a}" not in ("Sat", "Sun") and day not in holidays)]
    assert add_business_days(begun, count) == worked[count]


def test_a_holiday_that_an_administrator_adds_counts_at_once(client, settings, ann):
    settings.SECOND_FACTOR_FOR_STAFF = False
    client.force_login(ann)
    assert add_business_days(date(2026, 12, 1), 1) == date(2026, 12, 2)
    sent = client.post(
        reverse("admin:certification_holiday_add"), {"day": "2026-12-02", "name": "Day appointed by the Governor"}
    )
    assert sent.status_code == 302
    assert add_business_days(date(2026, 12, 1), 1) == date(2026, 12, 3)


def test_a_person_comes_of_age_on_their_birthday():
    born = date(2008, 2, 29)
    assert of_age_on(born, 18) == date(2026, 3, 1)
    assert age_on(born, date(2026, 2, 28)) == 17
    assert age_on(born, date(2026, 3, 1)) == 18
    assert of_age_on(date(2008, 5, 1), 18) == date(2026, 5, 1)
