"""What the staff desk shows of appeals."""

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from certification.queries import today
from certification.staff import Queue, register_queue
from certification.standards import standards_on

from . import queries


def register():
    for name, label, appeals in (
        ("appeal", _("Appeals"), queries.appeals_for),
        ("changeappeal", _("Appeals about a change in the exam"), queries.change_appeals_for),
    ):
        register_queue(
            Queue(
                label,
                f"discipline.view_{name}",
                appeals,
                lambda name=name: reverse(f"admin:discipline_{name}_changelist"),
                position=30,
                overdue=lambda user, appeals=appeals: queries.overdue(appeals(user), _days()),
            )
        )


def _days():
    return standards_on(today()).appeal_decide_days
