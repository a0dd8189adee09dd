"""What of a training is the person's to take."""

from django.utils.translation import gettext_lazy as _

from certification.dossier import Part

from .models import TrainingRecord

PARTS = (
    Part(
        _("Your training"),
        TrainingRecord,
        "person__user",
        (
            "training_type",
            "provider",
            "language",
            "starts",
            "ends",
            "hours",
            "document",
            "by_roster",
            "status",
            "filed_on",
            "submitted_at",
            "decided_at",
            "paused_days",
            "words",
        ),
        related=("provider", "document"),
    ),
)
