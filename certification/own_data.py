"""All that we keep of a person, as one file for them: a ZIP of JSON and of the papers they sent.

It is written while it is sent, so that it takes no more memory than the largest paper, and no paper ever lies in clear on a disk.
"""

import json
from datetime import datetime
from functools import partial
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile

import structlog
from django.utils import timezone, translation
from django.utils.text import slugify
from django.utils.translation import gettext as _

from .documents import NotNow, checked
from .dossier import file_name, parts_told_to
from .models import Document
from .openings import all_openings_of
from .sealed import Unreadable

log = structlog.get_logger(__name__)


def pieces_of(user, *, language):
    """The ZIP of ``user``, piece by piece, its labels in ``language``."""
    out = _Out()
    with ZipFile(out, "w", ZIP_DEFLATED) as archive:
        for write in _writers(user):
            with translation.override(language):
                write(archive)
            yield out.taken()
    yield out.taken()


def _writers(user):
    """One function for each file; it asks for its rows when its turn comes."""
    for part in parts_told_to(user):
        yield partial(_write_part, part=part, user=user)
    for pk in list(_papers_of(user).values_list("pk", flat=True)):
        yield partial(_write_paper, papers=_papers_of(user).filter(pk=pk))
    yield partial(_write_openings, user=user)


def _write_part(archive, *, part, user):
    records = part.told_to(user).iterator()
    _write_list(archive, part.title, (part.in_words(record) for record in records))


def _write_openings(archive, *, user):
    openings = all_openings_of(user)
    _write_list(
        archive,
        _("Who opened your file"),
        ({_("When"): one.at, _("What"): one.what, _("Who"): one.who} for one in openings),
    )


def _write_list(archive, title, records):
    """Records as a list in JSON, one after the other."""
    with archive.open(f"{slugify(title)}.json", "w") as file:
        file.write(b"[")
        for number, record in enumerate(records):
            file.write((b",\n" if number else b"\n") + _json(record))
        file.write(b"\n]\n")


def _json(record):
    return json.dumps(record, ensure_ascii=False, indent=1, default=_plain).encode()


def _plain(value):
    """What JSON has no word for: a moment in Pacific time, and everything else as it is shown."""
    return timezone.localtime(value).isoformat(timespec="seconds") if isinstance(value, datetime) else str(value)


def _papers_of(user):
    return Document.objects.filter(owner__user__in=user.sign_ins, deleted_at=None).order_by("pk")


def _write_paper(archive, *, papers):
    """The one paper of ``papers``, if it is still there; where it cannot be opened now, a text in its place says so."""
    for document in papers:
        name = file_name(document)
        try:
            data = checked(document)
        except NotNow as reason:
            archive.writestr(f"{name}.txt", str(reason))
        except Unreadable:
            log.exception("a document could not be opened for its owner", document=document.pk)
            archive.writestr(f"{name}.txt", _("We could not open this file. Please tell us."))
        else:
            archive.writestr(name, data, ZIP_STORED)


class _Out:
    """Where the ZIP is written to, and taken away from; it cannot go back in it."""

    def __init__(self):
        self._pieces = []

    def write(self, data):
        self._pieces.append(bytes(data))
        return len(data)

    def flush(self):
        """Nothing waits here."""

    def taken(self):
        data = b"".join(self._pieces)
        self._pieces.clear()
        return data
