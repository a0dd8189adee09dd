"""What a person's home shows of appeals."""

from django.urls import reverse
from django.utils.translation import gettext as _

from certification.cards import Card, Entry

from .models import Appeal


def share(user):
    """The appeals of a person."""
    appeals = list(Appeal.objects.filter(person__user=user).select_related("notice"))
    cards = [
        Card(
            _("Your appeal"),
            _("People who took no part in the decision will look at it."),
            reverse("discipline:appeal", args=[row.notice.public_id]),
            _("See your appeal"),
            "us",
            60,
        )
        for row in appeals
    ]
    return cards, [Entry(row.filed_at, _("You appealed")) for row in appeals]
