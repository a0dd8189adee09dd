"""Questions about what a person and the office say to each other."""

from datetime import timedelta

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from certification.rules import closed_problems

from ..models import Message
from .review import own_file_problems

K = Message.Kind


def asked_first(said):
    """The oldest question that waits for us in a thread, whose entries are given in order; None where none waits."""
    first = None
    for entry in said:
        first = (first or entry) if entry.kind == K.QUESTION else None
    return first


def asking_problems(person):
    """What keeps a person from writing to us now: as many messages in a day as nobody needs, so that one account cannot fill the desk; or a closed account."""
    if problems := closed_problems(person):
        return problems
    since = timezone.now() - timedelta(days=1)
    if person.messages.filter(kind=K.QUESTION, written_at__gt=since).count() < settings.MESSAGES_PER_DAY:
        return []
    return [_("You have sent many messages today. Please write again tomorrow, or call us.")]


def office_problems(message, seen):
    """What keeps ``message`` of the office from being added after the entry ``seen`` (its number; None for none), in the words of its author.

    Whoever writes has read all there is: nobody answers twice, or what they do not know.
    """
    if problems := own_file_problems(message, message.author):
        return problems
    newest = message.person.messages.select_related("author").order_by("pk").last()
    asked = newest is not None and newest.kind == K.QUESTION
    if newest is None or newest.pk == seen:
        return [_("No message waits for an answer.")] if message.kind == K.NO_ANSWER and not asked else []
    if asked:
        return [_("The person has written again. Read it first; what you wrote is still here.")]
    return [_("%(who)s has answered by now. Read it first; what you wrote is still here.") % {"who": newest.author}]
