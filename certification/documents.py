"""Files people give us: judged in a child process, rewritten, sealed under their own key, opened only on the record.

``receive`` takes a file in, ``open_document`` gives it back, ``draw_page`` shows one page, ``erase`` ends it. Views
that upload are not atomic: the file is judged and stored before the one short transaction that names it, and
``remove_stray_files`` takes away what no row names.
"""

import hashlib
import json
import logging
import os
import secrets
import signal
import socket
import subprocess
import sys
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from threading import Timer
from uuid import uuid4

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .audit import audit
from .models import Document
from .notices import notify
from .sealed import Unreadable, fingerprint
from .steps import Refused

log = logging.getLogger(__name__)

JUDGE = Path(__file__).with_name("judge.py")
JUDGE_SECONDS = 10
MOST_ANSWERED = 64 * 1024 * 1024
SCANNER_SECONDS = 10
PAGE_WIDTH = 1400
FOLDER = "documents"

WORDS = {
    "empty": _("This file is empty. Choose another one."),
    "too_large": _("This file is too large. We can take up to 15 MB. Send a smaller one."),
    "wrong_type": _("We can take a photo (JPG, PNG or HEIC) or a PDF. This file is something else."),
    "two_in_one": _(
        "There is something else inside or behind this file. Take a new photo of the paper, or save it again as a PDF."
    ),
    "damaged": _("We could not read this file. It may be damaged. Save it again, or take a photo of the paper."),
    "too_many_pixels": _("This picture is too large to open. Take it again with the normal camera setting."),
    "too_heavy": _("This file is too large to open. Send a smaller one, or take a photo of the paper."),
    "password": _("This PDF has a password. Save it without one and try again."),
    "too_many_pages": _("This PDF has too many pages. Send only the pages we asked for."),
    "active": _(
        "This PDF has a script, a film or a form that sends data. Print it to a new PDF, or take a photo of each page."
    ),
    "attachment": _("This PDF has other files inside. Print it to a new PDF, or take a photo of each page."),
    "bomb": _("This PDF is packed in a way we cannot open. Print it to a new PDF, or take a photo of each page."),
    "virus": _("Our virus check stopped this file. Send a new photo of the paper."),
}
DOUBTS = {
    "small": _("The picture is small."),
    "dark": _("The picture is dark."),
    "blurred": _("The picture looks blurred."),
}
STORAGE_AWAY = _("Our file storage does not answer just now. Please try again in a few minutes.")
BEING_CHECKED = _("This file is still being checked for viruses. Please try again in a few minutes.")


class Unacceptable(Refused):
    """The file cannot be taken; the text tells the person why and what to do."""


class NotNow(Unacceptable):
    """The file cannot be stored or opened at this moment, through nobody's fault; the text says to try again."""


@dataclass(frozen=True)
class Accepted:
    """The safe version of an upload: its real type, its number of pages, its bytes, and why it may be hard to read (``DOUBTS``)."""

    content_type: str
    pages: int
    data: bytes
    doubts: list


def receive(person, kind, uploaded_file, *, by):
    """Take in a file of ``person`` and answer its ``Document``; raises ``Unacceptable``, and then nothing is kept."""
    accepted = judge_upload(uploaded_file)
    scan = scan_for_viruses(read(uploaded_file))
    public_id, key = uuid4(), AESGCM.generate_key(256)
    name = store(encrypt(accepted.data, key, public_id))
    try:
        return Document.objects.create(
            public_id=public_id,
            owner=person,
            kind=kind,
            storage_name=name,
            file_key=key,
            content_type=accepted.content_type,
            size=len(accepted.data),
            pages=accepted.pages,
            doubts=accepted.doubts,
            fingerprint=fingerprint(hashlib.sha256(accepted.data).hexdigest()),
            scan=scan,
            uploaded_by=by,
        )
    except Exception:
        with suppress(NotNow):  # the sweep takes it away later
            remove(name)
        raise


def doubts_about(document):
    """Why a reviewer may not be able to read it, in words for the person who sent it."""
    return [DOUBTS[code] for code in document.doubts]


def open_document(document, *, by, **detail):
    """Answer the plain bytes and write down who opened them, or raise ``NotNow``; whether ``by`` may, the view asks."""
    data = checked(document)
    audit(by, "opened document", document, **detail)
    return data


def checked(document):
    """Answer the plain bytes, or raise ``NotNow`` while they are being checked; whoever asks writes down who gets them."""
    if document.scan == Document.Scan.WAITING:
        raise NotNow(BEING_CHECKED)
    return decrypted(document)


def draw_page(document, page, *, by):
    """Answer ``(content type, bytes)`` of page ``page`` (from 1) as a picture, or raise ``Unacceptable``."""
    data = open_document(document, by=by, page=page)
    if document.content_type != "application/pdf":
        return document.content_type, data
    facts, picture = ask_child(data, "draw", page, PAGE_WIDTH)
    return facts["type"], picture


@contextmanager
def received(person, kind, uploaded_file, *, by):
    """Take in a file, if there is one, for what is done with it inside; nothing of it is kept where that is refused."""
    document = receive(person, kind, uploaded_file, by=by) if uploaded_file else None
    try:
        yield document
    except Refused:
        if document:
            erase(document, by=by, reason="not taken")
        raise


def erase(document, *, by, reason):
    """Make the file unreadable for good: first its key goes, then the file. The row stays as a mark of it."""
    with transaction.atomic():
        document.deleted_at, document.file_key = timezone.now(), b""
        document.save(update_fields=["deleted_at", "file_key"])
        audit(by, "erased document", document, reason=reason)
        transaction.on_commit(lambda: remove(document.storage_name), robust=True)


# --- judging -------------------------------------------------------------------------------------------------------
def judge_upload(uploaded_file):
    """Answer the safe version of an upload as ``Accepted``, or raise ``Unacceptable`` with the reason in words."""
    if uploaded_file.size > settings.MAX_DOCUMENT_BYTES:
        raise Unacceptable(WORDS["too_large"])
    facts, data = ask_child(read(uploaded_file), "judge")
    return Accepted(facts["type"], facts["pages"], data, facts.get("doubts", []))


def read(uploaded_file):
    uploaded_file.seek(0)
    return uploaded_file.read()


def ask_child(data, *task):
    """Run ``judge.py`` on ``data`` with no environment and against the clock; a child that dies has refused.

    It is started as a file: as a module it would first import this package, and with it Celery and Django.
    """
    command = [sys.executable, "-I", "-B", str(JUDGE), *map(str, task)]
    pipe = subprocess.PIPE
    with subprocess.Popen(  # noqa: S603
        command,
        stdin=pipe,
        stdout=pipe,
        stderr=subprocess.DEVNULL,
        cwd="/",
        env={"MALLOC_ARENA_MAX": "1"},
        start_new_session=True,
    ) as child:
        clock = Timer(JUDGE_SECONDS, end, [child])
        clock.start()
        try:
            with suppress(BrokenPipeError):
                child.stdin.write(data)
                child.stdin.close()
            first_line, _newline, safe = child.stdout.read(MOST_ANSWERED).partition(b"\n")
        finally:
            clock.cancel()
            clock.join()
            end(child)
    try:
        facts = json.loads(first_line)
    except ValueError:
        facts = {"refused": "too_heavy"}
    if "refused" in facts:
        raise Unacceptable(WORDS.get(facts["refused"], WORDS["damaged"]))
    return facts, safe


def end(child):
    """Kill the child and whatever it started; it is not yet reaped, so its number cannot be another's."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(child.pid, signal.SIGKILL)


# --- viruses -------------------------------------------------------------------------------------------------------
def scan_for_viruses(data):
    """Answer what the scanner says, or raise ``Unacceptable`` for a virus. A silent scanner means "being checked"."""
    if not settings.CLAMD_ADDRESS:
        return Document.Scan.NOT_SCANNED
    try:
        answer = ask_scanner(data)
    except OSError:
        return Document.Scan.WAITING
    if answer.endswith(b"FOUND"):
        raise Unacceptable(WORDS["virus"])
    return Document.Scan.CLEAN if answer == b"stream: OK" else Document.Scan.WAITING


def ask_scanner(data):
    """ClamAV's INSTREAM: pieces with their length before them, then an empty one. The address is ``host:port``."""
    host, _colon, port = settings.CLAMD_ADDRESS.rpartition(":")
    with socket.create_connection((host, int(port)), timeout=SCANNER_SECONDS) as scanner:
        scanner.sendall(b"zINSTREAM\0" + len(data).to_bytes(4) + data + bytes(4))
        with scanner.makefile("rb") as answer:
            return answer.read(1000).rstrip(b"\0\n")


def scan_waiting():
    """Scan what was kept while the scanner was silent; what it then finds is erased."""
    for document in Document.objects.filter(scan=Document.Scan.WAITING, deleted_at=None).iterator():
        try:
            scan = scan_for_viruses(decrypted(document))
        except NotNow:
            return
        except Unacceptable:
            with transaction.atomic():
                erase(document, by=None, reason="virus")
                context = {"sent_on": timezone.localdate(document.uploaded_at).isoformat()}
                notify(document.owner.user, "file-erased", context, key=f"file-erased:{document.pk}")
        else:
            Document.objects.filter(pk=document.pk).update(scan=scan)


# --- storage -------------------------------------------------------------------------------------------------------
def encrypt(data, key, public_id):
    nonce = os.urandom(12)
    return nonce + AESGCM(key).encrypt(nonce, data, place(public_id))


def decrypted(document):
    """Answer the plain bytes. ``NotNow``: the storage is away; ``Unreadable``: the file was altered or exchanged."""
    with storage_or_not_now(), default_storage.open(document.storage_name) as file:
        sealed = file.read()
    try:
        return AESGCM(document.file_key).decrypt(sealed[:12], sealed[12:], place(document.public_id))
    except Exception as error:
        raise Unreadable(f"document {document.pk}") from error


def place(public_id):
    return f"document:{public_id}".encode()


def store(sealed):
    name = secrets.token_hex(20)
    with storage_or_not_now():
        return default_storage.save(f"{FOLDER}/{name[:2]}/{name}", ContentFile(sealed))


def remove(name):
    with storage_or_not_now():
        default_storage.delete(name)


@contextmanager
def storage_or_not_now():
    """Every storage has its own words for being away; people are told in ours, and the log keeps the storage's."""
    try:
        yield
    except Exception as error:
        log.exception("document storage failed")
        raise NotNow(STORAGE_AWAY) from error


def remove_stray_files():
    """Delete stored files that no row names and that are older than an hour; answers how many."""
    removed = 0
    for folder in inside(FOLDER)[0]:
        names = {f"{FOLDER}/{folder}/{file}" for file in inside(f"{FOLDER}/{folder}")[1]}
        named = Document.objects.filter(storage_name__in=names, deleted_at=None).values_list("storage_name", flat=True)
        for name in names.difference(named):
            if default_storage.get_modified_time(name) < timezone.now() - timedelta(hours=1):
                remove(name)
                removed += 1
    return removed


def inside(folder):
    try:
        return default_storage.listdir(folder)
    except FileNotFoundError:  # a local storage that has kept nothing yet
        return [], []
