"""Reads about appeals."""

from datetime import timedelta

from django.db.models import Q

from certification.queries import today

from .models import Appeal, ChangeAppeal

ABOUT_CHANGES = Q(notice__name="accommodation-refused")


def appeals_for(user):
    """The appeals that a member of staff works on, the oldest first: nobody on their own, and none about a change in the exam."""
    return Appeal.objects.exclude(ABOUT_CHANGES).exclude(person__user=user).order_by("filed_at")


def change_appeals_for(user):
    """The appeals about a change in the exam, the oldest first: nobody's own."""
    return ChangeAppeal.objects.filter(ABOUT_CHANGES).exclude(person__user=user).order_by("filed_at")


def overdue(appeals, days):
    """Those of ``appeals`` whose last day for a decision is over."""
    return appeals.filter(filed_at__date__lt=today() - timedelta(days=days))
