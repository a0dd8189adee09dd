"""Who waits for an answer of ours."""

from django.db.models import Exists, OuterRef, Subquery

from certification.queries import today

from ..models import DraftPage, Message, Thread
from ..rules import legal_name
from .review import cases_for


def threads_for(user):
    """The people with whom a member of staff may speak: who wrote to us, or whose application was sent; never with themselves.

    ``asked_at`` and ``answer_by`` are those of the oldest question that waits, None where none does.
    """
    written, cases = Message.objects.filter(person=OuterRef("pk")), cases_for(user).filter(person=OuterRef("pk"))
    first = written.waiting().order_by("pk")
    threads = Thread.objects.exclude(user=None).exclude(user=user).filter(Exists(written) | Exists(cases))
    return threads.annotate(
        asked_at=Subquery(first.values("written_at")[:1]), answer_by=Subquery(first.values("answer_by")[:1])
    )


def threads_to_answer(threads):
    """Those of ``threads`` in which a question waits."""
    return threads.filter(pk__in=Message.objects.waiting().values("person"))


def late_threads(threads):
    """Those of ``threads`` whose oldest question waits beyond its day."""
    return threads_to_answer(threads).filter(answer_by__lt=today())


def name_in(thread):
    """The legal name; of who has sent nothing yet, what they wrote on the page of their name, and nothing else of their draft."""
    if thread.legal_name:
        return thread.legal_name
    page = DraftPage.objects.filter(application__person=thread, page="name").last()
    return legal_name({"name": page.answers}) if page else ""
