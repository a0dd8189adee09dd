"""What a person and the office say to each other. Each entry is added for good; both sides may begin.

``mark`` is given to a form when it is shown. With the words it makes the ``once`` of an entry: the same words from the same form are one entry.
"""

from uuid import uuid5

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone

from certification.notices import notify
from certification.queries import today
from certification.signing import signed
from certification.standards import add_business_days, standards_on
from certification.steps import NotReady, lock

from ..models import Message
from ..rules import asking_problems, office_problems

K = Message.Kind
ANSWER = "applications.answer_thread"


@transaction.atomic
def write_to_office(person, text, *, mark):
    """Ask the office; returns the message, whose ``answer_by`` is counted in business days from today. Raises ``NotReady`` when it is too many for a day."""
    lock(person)
    message = Message(person=person, kind=K.QUESTION, author=person.user, body=text, once=uuid5(mark, text))
    if said := _said(message):
        return said
    if problems := asking_problems(person):
        raise NotReady(problems)
    message.answer_by = add_business_days(today(), standards_on(today()).messages_answer_days)
    return _add(message, why="write to the office")


@transaction.atomic
def write_to_person(person, text, *, mark, seen, by):
    """Answer all that ``person`` asked, or begin; they get a letter that a message waits, without its words.

    ``seen`` is the number of the last entry that ``by`` had before them, None for none. Raises ``NotReady`` when more was said since.
    """
    message = Message(person=person, kind=K.ANSWER, author=by, body=text, once=uuid5(mark, text))
    message = _add_for_office(message, seen, why="write to the person")
    notify(person.user, "message-received", {}, key=f"message-received:{message.pk}")
    return message


@transaction.atomic
def need_no_answer(person, reason, *, mark, seen, by):
    """Note why nothing that ``person`` asked needs an answer; ``seen`` as above. They can read it, and no letter leaves."""
    message = Message(person=person, kind=K.NO_ANSWER, author=by, reason=reason, once=uuid5(mark, reason))
    return _add_for_office(message, seen, why="needs no answer")


def note_read(person):
    """The person has what we wrote before their eyes."""
    with signed(person.user, "read messages"):
        person.messages.unread().update(read_at=timezone.now())


def _add_for_office(message, seen, *, why):
    if not message.author.has_perm(ANSWER):
        raise PermissionDenied(ANSWER)
    lock(message.person)
    if said := _said(message):
        return said
    if problems := office_problems(message, seen):
        raise NotReady(problems)
    return _add(message, why=why)


def _said(message):
    """The entry that the same form brought before."""
    return message.person.messages.filter(once=message.once, author=message.author).first()


def _add(message, *, why):
    with signed(message.author, why):
        message.save(force_insert=True)
    return message
