"""Reads about appeals."""

from .models import Appeal


def appeals_for(user):
    """The appeals that a member of staff works on, the oldest first: nobody on their own."""
    return Appeal.objects.exclude(person__user=user).order_by("filed_at")
