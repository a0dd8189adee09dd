"""Reads about appeals."""

from .models import Appeal


def appeals_for(user):
    """The appeals that a member of staff may see; nobody sees their own here."""
    return Appeal.objects.visible_to(user).exclude(person__user=user).order_by("filed_at")
