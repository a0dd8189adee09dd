"""What the staff desk shows of training."""

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from certification.staff import Queue, register_queue

from . import queries


def register():
    register_queue(
        Queue(
            _("Training certificates to check"),
            "training_providers.review_trainingrecord",
            lambda user: queries.waiting_records(),
            lambda: reverse("admin:training_providers_trainingrecord_changelist", query={"status__exact": "submitted"}),
            position=20,
            overdue=lambda user: queries.overdue_records(),
        )
    )
