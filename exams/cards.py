"""What the exam adds to the person's home and to their timeline."""

from django.urls import reverse
from django.utils.translation import gettext as _

from applications.models import Application
from certification.cards import Card, Entry
from certification.dates import Day

from .models import Attempt
from .queries import applications_of
from .rules import accommodation_of, change_problems, exam_problems

S = Attempt.Status


def share(user):
    """Where the exam stands, once the application is approved, and what happened to every attempt."""
    mine = list(applications_of(user))
    return _cards(mine[0] if mine else None), [entry for application in mine for entry in _entries(application)]


def days(user):
    """Through when the person may take the exam they are authorized for."""
    open_now = Attempt.objects.filter(application__person__user=user, status=S.AUTHORIZED)
    what, url = _("Take the exam by this day"), reverse("exams:home")
    return [Day(f"exam {attempt.pk}", attempt.authorized_until, what, url) for attempt in open_now]


def _cards(application):
    if application is None or application.status != Application.Status.APPROVED:
        return []
    text, action, whose_move = _said(application)
    return [Card(_("Exam"), text, reverse("exams:home"), action, whose_move, position=30)]


def _said(application):
    authorized = next((attempt for attempt in application.attempts.all() if attempt.status == S.AUTHORIZED), None)
    if authorized:
        return _("You are authorized. Book your exam."), _("See how"), "you"
    if problems := exam_problems(application):
        return problems[0], _("See more"), "nobody"
    if accommodation_of(application) is None:
        return _("Tell us if anything must change for you."), _("Answer"), "you"
    if problems := change_problems(application):
        return problems[0], _("See more"), "us"
    return _("You can pay the exam fee now."), _("Go on"), "you"


def _entries(application):
    entries = []
    for attempt in application.attempts.all():
        if attempt.status == S.REQUESTED:
            continue
        entries.append(Entry(attempt.authorized_at, _("You were authorized to take the exam")))
        if attempt.decided_at:
            title = {
                S.PASSED: _("You passed the exam"),
                S.FAILED: _("You did not pass the exam"),
                S.VOIDED: _("An attempt was voided"),
            }[attempt.status]
            entries.append(Entry(attempt.decided_at, title))
    return entries
