"""Backups: what comes back is what was there, and what is not whole changes nothing."""

import resource
import shutil
import stat
import sys

import pyrage
import pytest
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection
from pyrage import x25519

from certification import archive, backup
from certification.audit import audit
from certification.models import Document, Notice, User
from tests import factories
from tests.conftest import program, put_back, storages_in
from tests.test_commands import EMBEDDED, run

KEY = x25519.Identity.generate()
OTHER_SEALING_KEY = "local:" + "A" * 43 + "="


@pytest.fixture(autouse=True)
def key(settings):
    settings.BACKUP_KEY = str(KEY)


@pytest.fixture
def elsewhere(transactional_db, settings, tmp_path):
    """Move to another database, with nothing in it, and to another storage; there we are its owner, and no superuser unless asked."""
    here, storages = connection.settings_dict.copy(), settings.STORAGES
    there = f"elsewhere_{here['NAME']}"

    def go(superuser=False):
        move({"NAME": there} | ({} if superuser else {"USER": there, "PASSWORD": "plain"}))
        settings.STORAGES = storages_in(tmp_path / "elsewhere")

    def move(place):
        connection.close()
        connection.settings_dict.update(place)

    with connection.cursor() as cursor:
        cursor.execute(f"CREATE ROLE \"{there}\" LOGIN PASSWORD 'plain'")
        cursor.execute(f'CREATE DATABASE "{there}" OWNER "{there}"')
    yield go
    settings.STORAGES = storages
    move(here)
    with connection.cursor() as cursor:
        cursor.execute(f'DROP DATABASE "{there}" WITH (FORCE)')
        cursor.execute(f'DROP ROLE "{there}"')


@pytest.fixture
def kept(transactional_db, tmp_path):
    """A backup of a person with a paper."""
    factories.document(factories.person())
    backup.make(tmp_path / "kept.age")
    return tmp_path / "kept.age"


@pytest.fixture(scope="module")
def earlier():
    """What the backup of an earlier test held: making one takes a second."""
    return []


@pytest.fixture
def file(transactional_db, earlier, request, tmp_path):
    """A backup of another day, beside a person with a paper."""
    if not earlier:
        earlier.append(request.getfixturevalue("kept").read_bytes())
    factories.document(factories.person())
    (tmp_path / "earlier.age").write_bytes(earlier[0])
    return tmp_path / "earlier.age"


def everything():
    """All rows and all files, to be compared."""
    with connection.cursor():
        names = backup.files_named()
    return backup.tables(), {name: backup.stored(name) for name in names}


def refusal(*arguments, **options):
    """The one sentence with which a command refuses, after which nothing has changed."""
    before = everything()
    with pytest.raises(CommandError) as refused:
        call_command(*map(str, arguments), **options)
    assert everything() == before
    assert "\n" not in str(refused.value)
    return str(refused.value)


# --- the way there and back ------------------------------------------------------------------------------------------
def test_what_comes_back_is_what_was_there(committed_world, elsewhere, tmp_path, capsys):
    audit(None, "tried")
    call_command("backup", str(tmp_path / "today.age"))
    before = everything()
    letter = Notice.objects.exclude(body=None).latest("pk")
    assert sum(rows for rows, _checksum in before[0].values()) > 1000
    assert len(before[1]) > 10
    elsewhere()
    call_command("restore", str(tmp_path / "today.age"))
    assert "Every table and file is as it was" in capsys.readouterr().out
    assert everything() == before
    assert Notice.objects.get(pk=letter.pk).body == letter.body
    assert factories.person("Nora", "New").pk  # numbers are given out from where they stopped
    with connection.cursor() as cursor, pytest.raises(DatabaseError, match="never changed or removed"):
        cursor.execute("DELETE FROM certification_historicalperson")


def test_over_people_only_when_told_and_then_everybody_signs_in_again(kept, client):
    before = everything()
    client.force_login(User.objects.get())
    assert client.get("/home/").status_code == 200
    User.objects.update(language="es")
    default_storage.delete(Document.objects.get().storage_name)
    assert "has people" in refusal("restore", kept)
    call_command("restore", str(kept), over_people=True)
    assert everything() == before
    assert client.get("/home/").status_code == 302


def test_the_program_without_people_is_written_over(kept, elsewhere):
    elsewhere(superuser=True)
    call_command("restore", str(kept))
    put_back(program)
    assert not User.objects.exists()
    call_command("restore", str(kept))
    assert Document.objects.count() == 1


# --- what is said ----------------------------------------------------------------------------------------------------
def test_what_is_not_as_it_was_is_said(kept, monkeypatch):
    def differently(path, added):
        before(path, added)
        document = Document.objects.get()
        with default_storage.open(document.storage_name, "wb") as file:
            file.write(b"something else")
        with connection.cursor() as cursor:
            cursor.execute("SET session_replication_role = replica")
            cursor.execute("UPDATE certification_person SET city = 'Elsewhere'")
            cursor.execute(
                "INSERT INTO certification_auditevent (at, action, subject, detail, chained, position)"
                " VALUES (now(), 'forged', '', '{}', '', 1)"
            )
            cursor.execute("SET session_replication_role = origin")

    before = backup.put_back
    monkeypatch.setattr(backup, "put_back", differently)
    with pytest.raises(CommandError) as told:
        call_command("restore", str(kept), over_people=True)
    for part in ("Table certification_person", "The file", "audit chain is broken at 1", "does not open"):
        assert part in str(told.value)


def test_a_file_that_was_missing_already_is_said(kept, tmp_path, capsys):
    default_storage.delete(Document.objects.get().storage_name)
    with pytest.raises(CommandError, match="does not have 1 files"):
        call_command("backup", str(tmp_path / "later.age"))
    call_command("restore", str(tmp_path / "later.age"), over_people=True)


# --- files that are not whole, not ours, not for these keys --------------------------------------------------------------
CHUNK = 64 * 1024 + 16  # of age; a cut between two of them is the one that is hardest to see


def cut_short(data):
    return data[: len(data) // 2]


def cut_between_chunks(data):
    header = data.index(b"\n", data.index(b"\n---")) + 1 + 16
    return data[: header + CHUNK]


def altered(data):
    return data[:-100] + bytes([data[-100] ^ 1]) + data[-99:]


def doubled(data):
    return data + data


@pytest.mark.parametrize("spoil", [cut_short, cut_between_chunks, altered, doubled])
def test_a_file_that_is_not_whole_restores_nothing(file, spoil):
    file.write_bytes(spoil(file.read_bytes()))
    assert "cut short or altered" in refusal("restore", file, over_people=True)


@pytest.mark.parametrize("data", [b"", b"age-encryption.org/v1\n", b"hello" * 1000])
def test_a_file_that_is_none_restores_nothing(file, data):
    file.write_bytes(data)
    assert "is no backup" in refusal("restore", file, over_people=True)


def test_an_age_file_of_somebody_else_restores_nothing(file):
    file.write_bytes(pyrage.encrypt(b"not a tar", [KEY.to_public()]))
    assert "is no backup of the portal" in refusal("restore", file, over_people=True)


def test_what_was_put_together_by_somebody_who_has_the_public_half_restores_nothing(file):
    manifest = dict(archive.entries(file))[backup.MANIFEST]
    with file.open("wb") as target:
        archive.write([("database/0", b"DROP"), (backup.MANIFEST, manifest)], target)
    assert "other things than its maker put in" in refusal("restore", file, over_people=True)


def test_a_file_that_is_not_there_is_said(file):
    assert "No such file" in refusal("restore", file.with_name("other.age"))


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("BACKUP_KEY", str(x25519.Identity.generate()), "does not open with this BACKUP_KEY"),
        ("BACKUP_KEY", str(KEY.to_public()), "must hold an age key"),
        ("BACKUP_KEY", "", "must hold an age key"),
        ("SEALING_KEYS", [OTHER_SEALING_KEY], "SEALING_KEYS does not open"),
        ("FINGERPRINT_KEY", "A" * 43 + "=", "FINGERPRINT_KEY is not"),
    ],
    ids=["another key", "the public half", "no key", "another sealing key", "another fingerprint key"],
)
def test_with_another_key_nothing_is_restored(file, settings, name, value, said):
    setattr(settings, name, value)
    assert said in refusal("restore", file, over_people=True)


def test_a_newer_backup_is_for_a_newer_portal(file, monkeypatch, tmp_path):
    monkeypatch.setattr(backup, "applied_migrations", lambda: ["certification.9999_later"])
    backup.make(tmp_path / "newer.age")
    assert "newer version" in refusal("restore", tmp_path / "newer.age", over_people=True)


def test_a_database_that_does_not_take_it_stays_as_it_was(kept):
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE stranger (person bigint REFERENCES certification_person)")
    name = Document.objects.get().storage_name
    default_storage.delete(name)
    try:
        assert "pg_restore: error:" in refusal("restore", kept, over_people=True)
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP TABLE stranger")
    assert not default_storage.exists(name), "a file was put back and left"


# --- making one --------------------------------------------------------------------------------------------------------
def test_the_public_half_makes_a_backup_that_only_the_whole_key_opens(file, settings, tmp_path):
    settings.BACKUP_KEY = str(KEY.to_public())
    call_command("backup", str(tmp_path / "other.age"))
    settings.BACKUP_KEY = str(KEY)
    assert backup.examine(tmp_path / "other.age").files


def test_nothing_can_be_read_in_it_and_only_its_owner_may_try(kept):
    for word in (b"example.org", b"manifest", b"certification_person"):
        assert word not in kept.read_bytes()
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert not list(kept.parent.glob("*.partial"))


def test_an_older_backup_is_never_written_over(file):
    before = file.read_bytes()
    assert "is there already" in refusal("backup", file)
    assert file.read_bytes() == before


@pytest.mark.parametrize("key", ["", "age1nonsense", "secret"])
def test_without_a_good_key_there_is_no_backup(transactional_db, settings, tmp_path, key):
    settings.BACKUP_KEY = key
    assert "BACKUP_KEY" in refusal("backup", tmp_path / "today.age")
    assert not list(tmp_path.glob("today*"))


def test_a_dump_that_fails_leaves_no_file(transactional_db, tmp_path, monkeypatch):
    monkeypatch.setattr(backup, "OWNERLESS", ["--no-such-option"])
    assert "pg_dump failed with status 1." in refusal("backup", tmp_path / "today.age")
    assert not list(tmp_path.glob("today*"))


def test_a_disk_that_is_full_leaves_no_file(transactional_db, tmp_path):
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, before[1]))
    try:
        assert "too large" in refusal("backup", tmp_path / "today.age")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert not list(tmp_path.glob("today*"))


def test_a_place_that_cannot_be_written_is_said(transactional_db, tmp_path):
    assert "No such file or directory" in refusal("backup", tmp_path / "nowhere" / "today.age")


def test_an_empty_database_is_no_portal(elsewhere, tmp_path):
    elsewhere()
    with pytest.raises(CommandError, match="no portal in this database"):
        call_command("backup", str(tmp_path / "today.age"))


# --- the drill -----------------------------------------------------------------------------------------------------------
@pytest.mark.long
def test_the_drill(tmp_path):
    """The demonstration's people, backed up and restored on another machine: its own servers and storage, the same secrets."""
    here, there, file = tmp_path / "here" / ".local", tmp_path / "there" / ".local", tmp_path / "drill.age"
    settings = {"EMBEDDED_NAME": "demo", "BACKUP_KEY": str(KEY)}
    portal = [*EMBEDDED, sys.executable, "manage.py"]
    fill = "import django; django.setup(); from demo.serve import *; call_command('migrate', verbosity=0);"
    fill += "call_command('load_program'); call_command('seed_demo', size=5000)"
    filled = run(here, *EMBEDDED, sys.executable, "-c", fill, **settings)
    assert filled.returncode == 0, filled.stderr
    try:
        made = run(here, *portal, "backup", str(file), **settings)
        assert made.returncode == 0, made.stderr
        there.mkdir(parents=True)
        shutil.copy(here / "secrets.env", there / "secrets.env")
        restored = run(there, *portal, "restore", str(file), **settings)
        assert restored.returncode == 0, restored.stderr
        assert "Every table and file is as it was" in restored.stdout
        assert restored.stdout.split(": ")[1].split(" (")[0] == made.stdout.split(": ")[1].rstrip(".\n")
    finally:
        for folder in (here, there):
            where = "import certification.embedded as e; print(e.data_home())"
            shutil.rmtree(run(folder, sys.executable, "-c", where).stdout.strip(), ignore_errors=True)
