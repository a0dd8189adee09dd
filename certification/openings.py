"""Who opened a person's file, as the audit log tells it: by role, never by name.

The log keeps who it was by number only. The role shown is the one they have today: what it was then is not kept.
"""

from dataclasses import dataclass
from datetime import datetime

from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from . import roles
from .dossier import parts, subjects_of
from .models import AuditEvent, Document, User

OPENED_TO_POST, TAKEN, READ = "opened letter to post", "downloaded own data", "opened messages"
OPENED = ("opened case", "opened document", "opened record", "read request for a change", OPENED_TO_POST, TAKEN, READ)
PAGE = 25
LAST = 2**63 - 1  # PostgreSQL keeps no larger key

ROLES = {
    roles.REVIEWER: gettext_lazy("a reviewer"),
    roles.LEAD_REVIEWER: gettext_lazy("a lead reviewer"),
    roles.TRAINING_DESK: gettext_lazy("the training desk"),
    roles.ACCOMMODATION_DESK: gettext_lazy("the desk for changes in the exam"),
    roles.EXAM_DESK: gettext_lazy("the exam desk"),
    roles.REGISTRAR: gettext_lazy("the registrar"),
    roles.FINANCE: gettext_lazy("the payments desk"),
    roles.REPORTING: gettext_lazy("the reporting desk"),
    roles.ADMINISTRATOR: gettext_lazy("an administrator"),
}


@dataclass(frozen=True)
class Opening:
    """One look into a file: when, by whom and into what, in words. ``key`` is its place in the log."""

    key: int
    at: datetime
    who: str
    what: str


def openings_of(user, *, before=LAST, most=PAGE):
    """The looks into the file of ``user`` before the one with the key ``before``, the newest first, ``most`` of them at most."""
    found = list(_events(subjects_of(user), before)[:most])
    who, papers = _actors(found), _papers(found)
    return [
        Opening(
            event.pk,
            event.at,
            _("you") if event.actor_id in user.sign_ins else who[event.actor_id],
            _what(event, papers),
        )
        for event in found
    ]


def _events(subjects, before):
    """The looks at ``subjects``. They are named one by one: joined to their tables, PostgreSQL would read the whole log."""
    return AuditEvent.objects.filter(action__in=OPENED, subject__in=subjects, pk__lt=before).order_by("-pk")


def all_openings_of(user):
    """All of them, a page at a time."""
    before = LAST
    while some := openings_of(user, before=before, most=500):
        yield from some
        before = some[-1].key


def _actors(events):
    """What each actor is called: all the roles they have."""
    actors = User.objects.filter(pk__in={event.actor_id for event in events}).prefetch_related("groups")
    named = {
        actor.pk: [str(ROLES[group.name]) for group in actor.groups.all() if group.name in ROLES] for actor in actors
    }
    return {event.actor_id: ", ".join(named.get(event.actor_id, [])) or _("somebody of staff") for event in events}


def _papers(events):
    """The papers among what was opened, by their name in the log: their kind."""
    label = Document._meta.label_lower
    numbers = [number for name, _colon, number in (event.subject.partition(":") for event in events) if name == label]
    papers = Document.objects.filter(pk__in=numbers)
    return {f"{label}:{paper.pk}": capfirst(paper.get_kind_display()) for paper in papers}


def _what(event, papers):
    if event.action == OPENED_TO_POST:
        return _("A letter, to send it by post")
    if event.action == TAKEN:
        return _("A copy of all your data")
    if event.action == READ:
        return _("Messages between you and us")
    titles = {part.model._meta.label_lower: str(part.title) for part in parts()}
    return papers.get(event.subject) or titles[event.subject.partition(":")[0]]
