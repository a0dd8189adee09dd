"""What tests of a reviewed application do again and again, through the real actions."""

from datetime import timedelta

from django.utils import timezone

from applications import actions
from applications.models import Proposal, Reason, Requirement
from certification import notices
from certification.models import Hold, Notice


def accept_all(application, by):
    for requirement in application.requirements.all():
        if requirement.status != Requirement.Status.ACCEPTED:
            actions.accept_requirement(requirement, by=by)


def refuse(application, code, by, note=""):
    reason = Reason.objects.get(code=code)
    actions.refuse_requirement(application.requirements.get(kind=reason.requirement), reason, by=by, note=note)


def ask(application, by):
    """Ask for a better photo ID; returns the letter."""
    accept_all(application, by)
    refuse(application, "id-unreadable", by)
    actions.ask_for_more(application, by=by)
    return application.asked_notice


def approve(application, by):
    accept_all(application, by)
    actions.approve(application, by=by)
    return application


def propose(application, by):
    refuse(application, "diploma-not-equal", by)
    return actions.propose_denial(application, by=by, grounds="It is a diploma of attendance.")


def a_minute_passes():
    """Nobody undid what was decided, and the clock takes it."""
    Proposal.objects.update(at=timezone.now() - actions.UNDO)
    actions.take_proposals()


def letters(application, name=None):
    sent = Notice.objects.filter(recipient=application.person.user)
    return sent.filter(name=name) if name else sent


def hand_over(notice, days_ago=0):
    """As if a worker had delivered ``notice`` that many days ago."""
    notices.deliver(notice.pk)
    Notice.objects.filter(pk=notice.pk).update(handed_over_at=timezone.localtime() - timedelta(days=days_ago))
    notice.refresh_from_db()
    return notice


def hold(person, by, kind=Hold.Kind.FACTS):
    day = timezone.localdate() + timedelta(days=14)
    return actions.open_hold(person, kind=kind, note="Check the diploma.", review_on=day, by=by)
