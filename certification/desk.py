"""What the staff desk shows of money."""

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from .queries import money_to_return
from .staff import Queue, register_queue


def register():
    register_queue(
        Queue(
            _("Money to return"),
            "certification.return_money",
            lambda user: money_to_return(),
            lambda: reverse("admin:certification_charge_changelist", query={"state": "due"}),
            position=60,
        )
    )
