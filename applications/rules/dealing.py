"""Before whom a file lies: dealt in the order they came, waiting for a decision, or opened with a reason. Words are for staff."""

from django.utils.translation import gettext as _

from certification.queries import today

from ..models import Application
from .clocks import reply_by
from .readings import differs, second_reading_of
from .review import denial_is_proposed, own_file_problems, waits_for_leave


def claim_problems(application, by):
    """Whoever knows the person has handed the file on, and does not get it back."""
    if problems := own_file_problems(application, by):
        return problems
    if by and application.recusals.filter(user=by).exists():
        return [_("You handed this file on.")]
    reading = second_reading_of(application)
    if by and reading and reading.reader_id == by.pk:
        return [_("You are the second reader of this file.")]
    return []


def may_open(application, user):
    """Whether a file lies before this member of staff without a reason: dealt to them, waiting for their decision, or opened with a reason today."""
    return (
        application.reviewer_id == user.pk
        or _waits_for_second_person(application, user)
        or application.openings.filter(user=user, at__date=today()).exists()
    )


def _waits_for_second_person(application, user):
    if application.status == Application.Status.MORE_ASKED:
        last_day = reply_by(application)
        return user.has_perm("applications.close_unanswered") and last_day is not None and last_day < today()
    if user.has_perm("applications.settle_reading") and differs(application):
        return True
    if user.has_perm("applications.decide_denial") and denial_is_proposed(application):
        return True
    return user.has_perm("applications.allow_late_request") and any(
        map(waits_for_leave, application.requirements.all())
    )
