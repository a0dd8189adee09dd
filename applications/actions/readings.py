"""A share of the files is read twice, the second time by somebody who sees neither the marks nor the name of the first."""

import secrets

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone

from certification.steps import NotReady, lock, record

from ..models import SecondReading
from ..queries import readings_for
from ..rules import marks_agree, marks_of, second_reader_problems, second_reading_of
from .steps import REVIEW


def draw(application, *, percent):
    """Draw by lot, when an application is filed, whether it is read twice: ``percent`` of a hundred are. Nobody is told."""
    if secrets.randbelow(100) < percent:
        record(SecondReading(application=application), by=None, why="drawn by lot")


@transaction.atomic
def deal_second(*, by):
    """Give ``by`` the second reading that they have begun, or else the one of the oldest file; None where none waits."""
    if not by.has_perm(REVIEW):
        raise PermissionDenied(REVIEW)
    reading = readings_for(by).select_for_update(skip_locked=True, of=("self",), no_key=True).first()
    if reading and reading.reader_id is None:
        record(reading, by=by, why="deal", reader=by)
    return reading


@transaction.atomic
def read_second(reading, marks, *, by, note=""):
    """Keep where the second reader puts each line: ``marks`` by the kind of requirement, and a ``note`` for the lead who may have to settle it."""
    lock(reading.application)
    lock(reading)
    if problems := second_reader_problems(reading, by):
        raise NotReady(problems)
    now, agrees = timezone.now(), marks_agree(reading.first_marks, marks)
    record(reading, by=by, why="read", marks=marks, note=note, read_at=now, agrees=agrees)


def note_first_marks(application, *, by):
    """Keep where the reviewer puts each line, as it stands now that they decide."""
    lock(application)
    reading = second_reading_of(application)
    if reading is None or reading.settled_at or application.asked_notice_id:
        return
    lock(reading)
    marks = marks_of(application)
    record(reading, by=by, why="first reading", first_marks=marks, agrees=marks_agree(marks, reading.marks))


@transaction.atomic
def free_readings(readings, *, by, why):
    """Let somebody else do second readings that were begun and not done: whoever began them saw the file otherwise, or is away."""
    for reading in readings.filter(read_at=None):
        lock(reading)
        if reading.read_at is None:
            record(reading, by=by, why=why, reader=None)
