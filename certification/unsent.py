"""Longer text is kept while it is typed, so that a closed window or an empty battery takes nothing.

``static/typing.js`` sends it to the address of its page, behind whatever that page asks of its visitor; any device then shows it again. Of two windows
open at once the second to write is refused and told: nothing is merged, and nobody's words are replaced unseen.
"""

from datetime import timedelta
from uuid import uuid4

from django.db import transaction
from django.forms import Textarea
from django.http import HttpResponse
from django.utils import timezone

from .models import UnsentText

MOST = 20_000  # letters
KEPT = timedelta(days=30)


def keep_typed(request, form, place):
    """Answer a page that sends what is being typed in a field of ``form``: 204 kept, 409 written elsewhere meanwhile, 413 too long."""
    sent = request.POST
    name, text = sent["keep"], sent.get("text", "")
    if name not in _long_fields(form):
        return HttpResponse(status=400)
    if len(text) > MOST:
        return HttpResponse(status=413)
    kept = keep(request.user, f"{place}:{name}", text, writer=sent.get("writer", "")[:64], seen=sent.get("seen", ""))
    return HttpResponse(status=204 if kept else 409)


@transaction.atomic
def keep(user, place, text, *, writer, seen):
    """Keep ``text`` as the page ``writer`` has it now; False where another wrote since the one ``seen`` when the page was opened."""
    first = {"text": text, "writer": writer}
    rows = UnsentText.objects.select_for_update(no_key=True)
    row, created = rows.get_or_create(user=user, place=place, defaults=first)
    if not created and row.writer not in (writer, seen):
        return False
    row.text, row.writer = text, writer
    row.save(update_fields=["text", "writer", "saved_at"])
    return True


def put_back(form, user, place):
    """Let the longer texts of ``form`` be kept while they are typed, and show what was kept in one that was not sent yet; says whether it does."""
    places = {f"{place}:{name}": name for name in _long_fields(form)}
    rows = {places[row.place]: row for row in UnsentText.objects.filter(user=user, place__in=places)}
    for name in places.values():
        seen = rows[name].writer if name in rows else ""
        form.fields[name].widget.attrs |= {"data-keep": name, "data-seen": seen}
    texts = {name: row.text for name, row in rows.items() if row.text}
    form.initial |= texts
    return bool(texts) and not form.is_bound


def forget(user, form, place):
    """What was typed is sent: erase it, and let no page that is still open bring it back."""
    for name in _long_fields(form):
        gone = {"text": None, "writer": str(uuid4())}
        UnsentText.objects.update_or_create(user=user, place=f"{place}:{name}", defaults=gone)


def forget_all(user, place):
    """Erase what was typed in any field whose place begins so."""
    UnsentText.objects.filter(user=user, place__startswith=f"{place}:").delete()


def forget_old():
    """Erase what nobody has touched for long."""
    UnsentText.objects.filter(saved_at__lt=timezone.now() - KEPT).delete()


def _long_fields(form):
    return [name for name, field in form.fields.items() if isinstance(field.widget, Textarea)]
