"""What an application adds to the person's home and to their timeline."""

from django.urls import reverse
from django.utils.translation import gettext as _

from certification.cards import Card, Entry
from certification.dates import Day
from certification.queries import open_holds, today
from certification.templatetags.portal import day
from training_providers.cards import invitation
from training_providers.queries import sent_core

from .actions.steps import OPEN_AFTER_SUBMIT
from .models import Application
from .queries import applications_of, with_marks
from .rules import PAGES, reply_by, reply_time_is_practice, review_due, valid_through

S = Application.Status


def share(user):
    """The person's application, or the way to begin one, and the dates of all they had."""
    mine = with_marks(applications_of(user))
    cards = hold_cards(mine) + application_cards(mine) + training_cards(user, mine) + message_cards(mine)
    return cards, [entry for application in mine for entry in entries_of(application)]


def days(user):
    """By when the person must answer, and through when the approval is valid, where that is known."""
    mine = Application.objects.filter(person__user=user).select_related("approval_notice", "asked_notice")
    url, found = reverse("applications:apply"), []
    for application in mine.filter(status__in=(S.MORE_ASKED, S.APPROVED)):
        if application.status == S.MORE_ASKED:
            found.append((f"answer {application.pk}", reply_by(application), _answer_by(application)))
        elif not application.passed_at:
            through = valid_through(application)
            found.append((f"approval {application.pk}", through, _("Your approval is valid through this day")))
    return [Day(key, on, what, url) for key, on, what in found if on]


def _answer_by(application):
    if reply_time_is_practice(application):
        return _("We usually wait for your answer until this day")
    return _("Answer our request by this day")


def hold_cards(mine):
    """What keeps a certificate from being issued to the person: which, since when, and until when at the latest."""
    if not mine or not mine[0].hold_open:
        return []
    text = _("%(kind)s. Since %(since)s. If we do not renew it by %(review)s, it ends by itself.")
    return [
        Card(
            _("A hold is open"),
            text % {"kind": hold, "since": day(hold.opened_at), "review": day(hold.review_on)},
            reverse("certification:letters"),
            _("Read why, and how you can appeal"),
            "us",
            5,
        )
        for hold in open_holds(mine[0].person).order_by("opened_at")
    ]


def application_cards(mine):
    if not mine:
        text = _("Tell us who you are and send your papers. You can stop at any time and come back.")
        return [Card(_("Apply"), text, reverse("applications:apply"), _("Apply"), "you", 10)]
    latest = mine[0]
    if latest.status == S.COMPLETED:
        return []
    text, action, whose_move = _WORDS[latest.status](latest)
    return [Card(_("Your application"), text, reverse("applications:apply"), action, whose_move, 10)]


def training_cards(user, mine):
    """The invitation to train, while an application that was sent is open."""
    if not mine or mine[0].status not in OPEN_AFTER_SUBMIT or sent_core(user):
        return []
    return [invitation()]


def message_cards(mine):
    """What the person and the office say to each other: first of all while something of ours is unread."""
    if not mine:
        return []
    if mine[0].message_unread:
        text, action, whose_move, position = _("We wrote to you."), _("Read it"), "you", 5
    elif mine[0].message_waits:
        text, action, whose_move, position = _("We have your message. We answer it here."), _("See it"), "us", 70
    else:
        text, action, whose_move, position = _("Do you have a question? Write to us."), _("Write"), "nobody", 70
    return [Card(_("Messages"), text, reverse("applications:messages"), action, whose_move, position)]


def entries_of(application):
    decided = _("We said no") if application.status == S.DENIED else _("We approved your application")
    ended = _("You are certified") if application.status == S.COMPLETED else _("Your application ended")
    dated = [
        (application.begun_at, _("You began an application")),
        (application.submitted_at, _("You sent your application")),
        (application.decided_at, decided),
        (application.ended_at, ended),
    ]
    return [Entry(at, title) for at, title in dated if at]


def _draft(application):
    text = _("%(done)s of %(total)s pages are saved. You can go on where you stopped.")
    return text % {"done": application.draft_pages.count(), "total": len(PAGES)}, _("Go on"), "you"


def _waiting(application):
    due = review_due(application, application.standards)
    if due < today():
        return _("We are checking it. We are late, and we are sorry."), _("See where it stands"), "us"
    return _("We are checking it. You hear from us by %(day)s.") % {"day": day(due)}, _("See where it stands"), "us"


def _asked(application):
    return _("We need something more from you."), _("See what we need"), "you"


def _approved(application):
    if application.passed_at:
        return _("You passed the exam. We must check something first."), _("See where it stands"), "us"
    return _("It is approved. Now come the training and the exam."), _("See where it stands"), "you"


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
