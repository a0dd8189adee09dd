"""Reads about appeals, and about papers that may not be needed any more."""

from datetime import timedelta

from django.db.models import Exists, OuterRef, Q

from certification.models import Document, Hold, RecordsHold
from certification.queries import today

from .models import Appeal, ChangeAppeal
from .rules import GOES_ON

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


def papers_to_weigh():
    """The papers that are erased once nobody needs them: none of somebody whose records are held, or in whose case a hold is open."""
    kept, held = (model.objects.filter(person=OuterRef("owner"), ended_at=None) for model in (RecordsHold, Hold))
    papers = Document.objects.filter(kind__in=GOES_ON, deleted_at=None)
    return papers.filter(~Exists(kept), ~Exists(held)).select_related("owner").order_by("pk")
