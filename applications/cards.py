"""What an application adds to the person's home and to their timeline."""

from django.urls import reverse
from django.utils.translation import gettext as _

from certification.cards import Card, Entry, once, register_card, register_timeline
from certification.templatetags.portal import day

from .models import Application
from .queries import applications_of, latest
from .rules import PAGES, review_due

S = Application.Status


@once
def mine(user):
    return list(applications_of(user))


def application_card(user):
    """The person's application, or the way to begin one."""
    application = latest(mine(user))
    if application is None:
        text = _("Tell us who you are and send your papers. You can stop at any time and come back.")
        return [Card(_("Apply"), text, reverse("applications:apply"), _("Apply"), "you", 10)]
    if application.status == S.COMPLETED:
        return []
    text, action, whose_move = _WORDS[application.status](application)
    return [Card(_("Your application"), text, reverse("applications:apply"), action, whose_move, 10)]


def application_timeline(user):
    """The dates of every application of the person."""
    entries = []
    for application in mine(user):
        dated = [
            (application.begun_at, _("You began an application")),
            (application.submitted_at, _("You sent your application")),
            (
                application.decided_at,
                _("We said no") if application.status == S.DENIED else _("We approved your application"),
            ),
            (
                application.ended_at,
                _("You were certified") if application.status == S.COMPLETED else _("Your application ended"),
            ),
        ]
        entries += [Entry(at, title) for at, title in dated if at]
    return entries


def _draft(application):
    text = _("%(done)s of %(total)s pages are saved. You can go on where you stopped.")
    return text % {"done": application.draft_pages.count(), "total": len(PAGES)}, _("Go on"), "you"


def _waiting(application):
    due = review_due(application, application.standards)
    return _("We are checking it. You hear from us by %(day)s.") % {"day": day(due)}, _("See where it stands"), "us"


def _asked(application):
    return _("We need something more from you."), _("See what we need"), "you"


def _approved(application):
    if application.passed_at:
        return _("You have passed the exam. Your letters say what comes next."), _("See where it stands"), "us"
    return _("It is approved. Now come the training and the exam."), _("See where it stands"), "nobody"


def _denied(application):
    return _("We said no. Our letter says why, and how you can appeal."), _("See where it stands"), "nobody"


def _ended(application):
    return _("It has ended. You can apply again."), _("See where it stands"), "nobody"


_WORDS = {
    S.DRAFT: _draft,
    S.SUBMITTED: _waiting,
    S.IN_REVIEW: _waiting,
    S.MORE_ASKED: _asked,
    S.APPROVED: _approved,
    S.DENIED: _denied,
    S.WITHDRAWN: _ended,
    S.CLOSED: _ended,
}


def register():
    register_card(application_card)
    register_timeline(application_timeline)
