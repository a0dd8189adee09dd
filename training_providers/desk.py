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
            lambda: _records("submitted"),
            position=20,
            overdue=lambda user: queries.overdue_records(),
        )
    )
    register_queue(
        Queue(
            _("Rows of rosters to confirm"),
            "training_providers.confirm_roster",
            lambda user: queries.rows_to_confirm(),
            lambda: reverse("admin:training_providers_rosterrow_changelist"),
            position=21,
        )
    )
    register_queue(
        Queue(
            _("Trainings that people say are not theirs"),
            "training_providers.review_trainingrecord",
            lambda user: queries.disowned_records(),
            lambda: _records("disowned"),
            position=22,
        )
    )


def _records(status):
    return reverse("admin:training_providers_trainingrecord_changelist", query={"status__exact": status})
