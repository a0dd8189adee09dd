"""What the staff desk shows of the lowest app: proposals that wait for a second person, money to go back, letters that came back."""

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from . import name_changes, refunds
from .models import Hold, NameChange, Notice, Recovery, RoleChange
from .queries import today
from .staff import Queue, register_queue


def register():
    for model, label, position in (
        (RoleChange, _("Changes of role to decide"), 80),
        (Recovery, _("Accounts to give back"), 81),
    ):
        name = model._meta.model_name
        register_queue(
            Queue(
                label,
                f"certification.decide_{name}",
                lambda user, model=model: (
                    model.objects.filter(decided_at=None).exclude(proposed_by=user).exclude(user=user)
                ),
                lambda name=name: _list(name, decided_at__isempty=1),
                position,
            )
        )
    register_queue(
        Queue(
            _("Holds to look at again"),
            "certification.manage_holds",
            lambda user: Hold.objects.filter(ended_at=None, review_on__lte=today()).exclude(person__user=user),
            lambda: _list("hold", ended_at__isempty=1),
            35,
        )
    )
    register_queue(
        Queue(
            _("New names to check"),
            name_changes.DECIDE,
            lambda user: NameChange.objects.filter(status=NameChange.Status.ASKED).exclude(person__user=user),
            lambda: _list("namechange", status__exact=NameChange.Status.ASKED),
            70,
        )
    )
    for label, permission, rows, url, position in (
        (_("Fees asked back"), refunds.PROPOSE, refunds.asked, lambda: _list("feerequest", state="open"), 89),
        (_("Payments to return"), refunds.PROPOSE, refunds.due, lambda: _list("charge", returning="due"), 90),
        (_("Returns to decide"), refunds.DECIDE, refunds.to_decide, lambda: _list("refund", state="open"), 91),
        (_("Returns that were refused"), refunds.DECIDE, refunds.refused, lambda: _list("refund", state="refused"), 92),
    ):
        register_queue(Queue(label, permission, rows, url, position))
    register_queue(
        Queue(
            _("Letters that came back"),
            "certification.view_notice",
            lambda user: Notice.objects.known_to_staff().filter(bounced_at__isnull=False),
            lambda: _list("notice", bounced_at__isempty=0),
            95,
        )
    )


def _list(name, **query):
    return reverse(f"admin:certification_{name}_changelist", query=query)
