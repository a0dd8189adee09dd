"""What the staff desk and a person's home show of appeals."""

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from certification.cards import Card, Entry, register_share
from certification.queries import today
from certification.staff import Queue, register_queue
from certification.standards import standards_on

from . import queries
from .models import Appeal


def register():
    register_queue(
        Queue(
            gettext_lazy("Appeals"),
            "discipline.view_appeal",
            queries.appeals_for,
            lambda: reverse("admin:discipline_appeal_changelist"),
            position=30,
            overdue=_overdue,
        )
    )
    register_share(share)


def _overdue(user):
    days = standards_on(today()).appeal_decide_days
    return queries.appeals_for(user).filter(filed_at__lt=timezone.now() - timezone.timedelta(days=days))


def share(user):
    """The appeals of a person."""
    appeals = list(Appeal.objects.filter(person__user=user).select_related("notice"))
    cards = [
        Card(
            _("Your appeal"),
            _("People who took no part in the decision will look at it."),
            reverse("discipline:appeal", args=[row.notice.public_id]),
            _("See your appeal"),
            "us",
            60,
        )
        for row in appeals
    ]
    return cards, [Entry(row.filed_at, _("You appealed")) for row in appeals]
