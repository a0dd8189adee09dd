"""What of an appeal is the person's to take."""

from operator import attrgetter

from django.utils.translation import gettext_lazy as _

from certification.dossier import Part, Said

from .models import Appeal

PARTS = (
    Part(
        _("Your appeals"),
        Appeal,
        "person__user",
        (Said(_("About the letter"), attrgetter("notice.subject")), "text", "late_reason", "document", "filed_at"),
        related=("notice", "document"),
    ),
)
