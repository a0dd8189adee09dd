"""A new legal name: a person asks with a paper, a registrar looks, and what is printed and found follows. Earlier prints stay good."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from . import documents
from .actions import reissue
from .models import NameChange, full_name
from .notices import notify
from .steps import NotReady, Step, lock, record, take

DECIDE = "certification.decide_namechange"
S = NameChange.Status


def asking_problems(person):
    """What keeps a person from asking for a new name now."""
    if person is None or not person.legal_name:
        return [_("You tell us your name in your application.")]
    if open_change(person):
        return [_("You have asked for a new name already. We answer that first.")]
    return []


def open_change(person):
    """What the person has asked for and nobody has decided, or None."""
    return person.name_changes.filter(status=S.ASKED).first()


def own_change_problems(change, by):
    return [_("This is your own name. Someone else must decide.")] if by and change.person.user_id == by.pk else []


ACCEPT = Step("accept", frozenset({S.ASKED}), S.ACCEPTED, DECIDE, own_change_problems)
DECLINE = Step("decline", frozenset({S.ASKED}), S.DECLINED, DECIDE, own_change_problems)
TAKE_BACK = Step("take back", frozenset({S.ASKED}), S.TAKEN_BACK)


@transaction.atomic
def ask(person, *, parts, document, by):
    """Ask that ``person`` be known by the legal name of ``parts``. Raises ``NotReady``."""
    lock(person)
    if problems := asking_problems(person):
        raise NotReady(problems)
    if full_name(parts) == person.legal_name:
        raise NotReady([_("This is the name we have already.")])
    change = NameChange(person=person, old_name=person.legal_name, parts=parts, document=document)
    record(change, by=by, why="ask for a new name")
    notify(by, "name-asked", {}, key=f"name-asked:{change.pk}")
    return change


@transaction.atomic
def take_back(change, *, by):
    """Leave the name as it is; the paper is erased, since nobody has to look at it any more."""
    take(TAKE_BACK, change, by=by)
    documents.erase(change.document, by=by, reason="taken back")


@transaction.atomic
def accept(change, *, by):
    """The person has the new name from now on: in letters, on the registry, and on a certificate printed again."""
    lock(change.person)
    take(ACCEPT, change, by=by, decided_at=timezone.now(), decided_by=by)
    record(change.person, by=by, why="new legal name", **change.parts)
    numbers = reissue(change.person, by=by, why="new legal name")
    notify(change.person.user, "name-changed", {"numbers": numbers}, key=f"name-changed:{change.pk}")


@transaction.atomic
def decline(change, *, reason, by):
    """Leave the name as it is, and say why; the person may appeal, or ask again with another paper."""
    take(DECLINE, change, by=by, decided_at=timezone.now(), decided_by=by, reason=reason)
    notify(change.person.user, "name-declined", {"reason": reason}, key=f"name-declined:{change.pk}")
