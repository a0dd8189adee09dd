"""Files that are read twice: which wait for a second reader, and which for a lead."""

from django.db.models import Exists, F, OuterRef, Q

from certification.queries import today

from ..models import Application, Denial, SecondReading
from .review import cases_for, with_due_day


def readings_for(user):
    """The second readings that ``user`` may do, the one they began first: of files in their first review that they have never looked into."""
    readings = SecondReading.objects.filter(
        read_at=None, application__status=Application.Status.IN_REVIEW, application__asked_notice=None
    )
    mine = readings.filter(Q(reader=None) | Q(reader=user)).filter(application__in=cases_for(user))
    untouched = mine.exclude(application__reviewer=user).exclude(application__openings__user=user)
    never_marked = untouched.exclude(application__requirements__decided_by=user)
    return never_marked.order_by(F("reader").asc(nulls_last=True), "application__submitted_at", "pk")


def held_by_second_readings():
    """Applications whose decision must not leave yet: a lead settles what the two see differently, or the second has not read.

    For the second reader a decision waits until the day by which the review is due, and no longer.
    """
    drawn = Application.objects.filter(
        status=Application.Status.IN_REVIEW, asked_notice=None, second_reading__settled_at=None
    ).exclude(second_reading=None)
    differs, unread = Q(second_reading__agrees=False), Q(second_reading__read_at=None)
    return with_due_day(drawn).filter(differs | unread & Q(due_on__gt=today()))


def differing(user):
    """Applications that two readers see differently and whose decision waits for it, for a lead who is neither of them (``rules.differs`` for a whole list)."""
    denial = Denial.objects.filter(application=OuterRef("pk"), decided_at=None)
    on_its_way = cases_for(user).filter(Q(proposal__isnull=False) | Exists(denial))
    cases = on_its_way.filter(
        status=Application.Status.IN_REVIEW,
        asked_notice=None,
        second_reading__agrees=False,
        second_reading__settled_at=None,
    )
    return cases.exclude(reviewer=user).exclude(second_reading__reader=user)
