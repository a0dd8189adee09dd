"""What of the exam is the person's to take: their own words about changes, what was decided, and every attempt."""

from django.utils.translation import gettext_lazy as _

from certification.dossier import Part

from .models import AccommodationRequest, Attempt

PARTS = (
    Part(
        _("Changes in the exam"),
        AccommodationRequest,
        "application__person__user",
        ("application", "text", "document", "status", "answered_at", "decision", "decided_at"),
        related=("application", "document"),
    ),
    Part(
        _("Your attempts at the exam"),
        Attempt,
        "application__person__user",
        (
            "application",
            "number",
            "status",
            "candidate_number",
            "requested_at",
            "authorized_at",
            "authorized_until",
            "sat_on",
            "decided_at",
            "void",
            "areas",
        ),
        related=("application",),
    ),
)
