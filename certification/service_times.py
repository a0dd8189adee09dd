"""How long people wait for us, in whole days of the program: what every desk counts alike over its own records.

A figure is always a number of days that somebody waited (``percentile_disc``, not ``percentile_cont``, which would invent one between two people), so
"half of the people waited 21 days or less" is true to the letter.
"""

from dataclasses import dataclass
from datetime import date, timedelta

from django.contrib.postgres.fields import ArrayField
from django.db.models import Aggregate, Count, Func, IntegerField, Min
from django.utils import timezone


@dataclass(frozen=True)
class Usual:
    """Days that at least half, and at least nine of ten, of the people waited or less."""

    half: int
    most: int


@dataclass(frozen=True)
class Line:
    """Those who wait for us now: how many, and the day on which the first of them came in (None where nobody waits)."""

    waiting: int
    first_on: date | None


class Percentiles(Aggregate):
    template = "percentile_disc(ARRAY[0.5, 0.9]) WITHIN GROUP (ORDER BY %(expressions)s)"
    output_field = ArrayField(IntegerField())


def days(since, until):
    """The whole days from one day to another, both expressions of dates."""
    return Func(until, since, template="(%(expressions)s)", arg_joiner=" - ", output_field=IntegerField())


def usual_times(records, ended, standards, **counts):
    """The ``Usual`` of each of ``counts`` (expressions in days) over those ``records`` whose ``ended`` (a field) lies in the recent period of ``standards``.

    One question to the database. None stands where there are fewer records than may be told of (``reporting.small_cell``).
    """
    before = standards.day - timedelta(days=standards.service_times_window_days)
    found = records.filter(**{f"{ended}__date__gt": before}).aggregate(
        recent=Count("pk"), **{name: Percentiles(count) for name, count in counts.items()}
    )
    few = found.pop("recent") < standards.reporting_small_cell
    return {name: None if few else Usual(*both) for name, both in found.items()}


def line_of(waiting):
    """The ``Line`` of ``waiting``, records with a ``submitted_at``; one question to the database."""
    found = waiting.aggregate(waiting=Count("pk"), first=Min("submitted_at"))
    return Line(found["waiting"], found["first"] and timezone.localdate(found["first"]))
