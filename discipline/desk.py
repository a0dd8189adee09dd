"""What the staff desk shows of appeals."""

from datetime import timedelta

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from certification.queries import today
from certification.staff import Queue, register_queue
from certification.standards import standards_on

from . import queries


def register():
    register_queue(
        Queue(
            _("Appeals"),
            "discipline.view_appeal",
            queries.appeals_for,
            lambda: reverse("admin:discipline_appeal_changelist"),
            position=30,
            overdue=_overdue,
        )
    )


def _overdue(user):
    days = standards_on(today()).appeal_decide_days
    return queries.appeals_for(user).filter(filed_at__lt=timezone.now() - timedelta(days=days))
