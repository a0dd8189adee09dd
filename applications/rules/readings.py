"""Files that are read twice, so that requirements are applied alike. Words are for staff."""

from django.utils.translation import gettext as _

from ..models import Application
from .review import own_file_problems, proposed_problems


def second_reading_of(application):
    """The second reading for which an application was drawn, or None."""
    return getattr(application, "second_reading", None)


def marks_of(application):
    """Where each line of the checklist stands."""
    return {row.kind: row.status for row in application.requirements.all()}


def marks_agree(first_marks, marks):
    """Whether both readers put every line in the same place; None while one of them has not read."""
    return None if first_marks is None or marks is None else first_marks == marks


def first_round(application):
    """Whether the application is in its first review: what is asked of the person changes what there is to read."""
    return application.status == Application.Status.IN_REVIEW and application.asked_notice_id is None


def differs(application):
    """Whether two readers see the application differently, a decision about it is on its way, and no lead has settled it."""
    reading = second_reading_of(application)
    if reading is None or reading.agrees is not False or reading.settled_at:
        return False
    return first_round(application) and bool(proposed_problems(application))


def second_reader_problems(reading, by):
    """A second reading is done once, by the one to whom it was dealt, and only while the first review goes on."""
    if reading.reader_id != by.pk:
        return [_("This file was not dealt to you.")]
    if reading.read_at:
        return [_("You have read this file.")]
    if not first_round(reading.application):
        return [_("The application is not in its first review any more.")]
    return own_file_problems(reading.application, by)


def settling_problems(application, by):
    """Between two readers a lead decides who is neither of them."""
    if problems := own_file_problems(application, by):
        return problems
    if not differs(application):
        return [_("Nothing is read differently here.")]
    if by.pk in (application.reviewer_id, application.second_reading.reader_id):
        return [_("You are one of the two readers. Another lead must settle it.")]
    return []
