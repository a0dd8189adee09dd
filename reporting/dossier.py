"""What people told about themselves is theirs to take."""

from django.utils.translation import gettext_lazy as _

from certification.dossier import Part, Said

from .models import Ancestry, Demographics, Gender, Veteran


def _ancestry(row):
    return ", ".join(str(Ancestry(answer).label) for answer in row.answers["ancestry"])


def _one_of(question, choices):
    return lambda row: row.answers[question] and choices(row.answers[question]).label


PARTS = (
    Part(
        _("What you told about yourself"),
        Demographics,
        "person__user",
        (
            Said(_("Which of these describe you?"), _ancestry),
            Said(_("What is your gender?"), _one_of("gender", Gender)),
            Said(_("Have you served in the armed forces of the United States?"), _one_of("veteran", Veteran)),
            "answered_at",
        ),
    ),
)
