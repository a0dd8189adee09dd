"""What every test shares: the program loaded, people with names and roles, and a real mail server."""

import asyncio
import fcntl
import gc
import os
import pickle
import shutil
import socket
import uuid
from contextlib import contextmanager
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from django.apps import apps
from django.conf import settings as portal
from django.core.management import call_command
from django.core.management.color import no_style
from django.db import connection, connections, transaction
from django.test import TransactionTestCase, override_settings
from django.utils import translation
from playwright.sync_api import sync_playwright

import certification.cache
from demo.personas import draw_no_lots
from scripts.system_packages import CHROMIUMS
from tests import factories
from tests.racing import end_connections
from tests.watch.world import World

# Hundreds of thousands of objects live as long as the run: looking through them for garbage again and again costs a tenth.
gc.set_threshold(100_000, 50, 100)

KEPT = {"django_migrations", "django_content_type", "auth_permission"}


program = {}


def tables():
    return [name for name in connection.introspection.table_names() if name not in KEPT]


def rows_of_all():
    """Every row by its table, as COPY writes it: putting rows back is far quicker than making them again."""
    found = {}
    with connection.cursor() as cursor:
        for name in tables():
            with cursor.copy(f'COPY "{name}" TO STDOUT') as rows:
                found[name] = b"".join(rows)
    return found


def put_back(kept):
    """Empty every table, past the triggers that forbid it, and fill it with the rows that were ``kept``."""
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute("".join(f'DELETE FROM "{name}";' for name in tables()))
        for name, rows in kept.items():
            if rows:
                with cursor.copy(f'COPY "{name}" FROM STDIN') as copy:
                    copy.write(rows)
        cursor.execute("SET session_replication_role = origin")


TransactionTestCase._fixture_teardown = lambda self: put_back(program)


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock():
        if not is_kept():
            call_command("load_program")
            draw_no_lots()  # a test that wants a second reading says so
            program.update(rows_of_all())


@pytest.fixture(autouse=True)
def documents_in_a_folder_of_their_own(settings, tmp_path):
    settings.STORAGES = storages_in(tmp_path / "documents")


def storages_in(folder):
    return portal.STORAGES | {
        "default": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": folder, "base_url": None, "file_permissions_mode": 0o600},
        }
    }


@pytest.fixture
def fresh_cache(settings):
    """A part of the cache of this test's own, so that no limit is half used up."""
    settings.CACHES = {"default": settings.CACHES["default"] | {"KEY_PREFIX": uuid.uuid4().hex}}


@pytest.fixture
def no_redis(settings, monkeypatch):
    """Redis does not answer: nothing listens where it should."""
    monkeypatch.setattr(certification.cache._Away, "until", 0)
    monkeypatch.setattr(certification.cache._Away, "memory_used", False)
    settings.CACHES = {
        "default": settings.CACHES["default"]
        | {"LOCATION": f"redis://127.0.0.1:{free_port()}", "KEY_PREFIX": uuid.uuid4().hex}
    }


def free_port():
    """A port on this machine that nothing listens on now."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


@pytest.fixture(autouse=True)
def in_english():
    """A page asked for in Spanish leaves its language behind in this thread."""
    translation.activate("en")


class Sink:
    """What a mail server on this machine was handed."""

    def __init__(self):
        self.messages, self.refuses = [], ""

    async def handle_RCPT(self, server, session, envelope, address, options):
        if not self.refuses:
            envelope.rcpt_tos.append(address)
        return self.refuses or "250 taken"

    async def handle_DATA(self, server, session, envelope):
        self.messages.append(envelope)
        return "250 taken"

    def to(self, address):
        return [message for message in self.messages if address in message.rcpt_tos]


@pytest.fixture(scope="session")
def _mail_server():
    controller = Controller(Sink(), hostname="127.0.0.1", port=free_port(), loop=asyncio.new_event_loop())
    controller.start()
    yield controller
    controller.stop()


@pytest.fixture
def mail_sink(_mail_server, settings):
    """A real mail server; ``messages`` holds what came in during the test."""
    host, port = _mail_server.hostname, _mail_server.port
    settings.EMAIL_BACKEND, settings.EMAIL_HOST, settings.EMAIL_PORT = (
        "django.core.mail.backends.smtp.EmailBackend",
        host,
        port,
    )
    _mail_server.handler.messages.clear()
    _mail_server.handler.refuses = ""
    return _mail_server.handler


@pytest.fixture
def pat(db):
    """Pat applies."""
    return factories.person("Pat", "Doe")


@pytest.fixture
def max(db):
    """Max is signed in and has nothing to do with anything."""
    return factories.person("Max", "Nobody")


def _staff(role):
    @pytest.fixture
    def member(db):
        return factories.staff(role)

    return member


rae = _staff("reviewer")
lee = _staff("lead reviewer")
tia = _staff("training desk")
ada = _staff("accommodation desk")
eli = _staff("exam desk")
roy = _staff("registrar")
fin = _staff("finance")
ria = _staff("reporting")
ann = _staff("administrator")


# Where a run that is followed by others, on the same database, leaves the world for them.
KEPT_WORLD = Path(os.environ["KEPT_WORLD"]) if "KEPT_WORLD" in os.environ else None
RUN_OF_WORKERS = os.environ.get("PYTEST_XDIST_TESTRUNUID")


def is_kept():
    return KEPT_WORLD is not None and KEPT_WORLD.exists()


@pytest.fixture(scope="session")
def _made_world(django_db_setup, django_db_blocker, tmp_path_factory):
    """The world, the storages of its documents and its rows: made by the first worker that wants it, and put back by each module that does."""
    if is_kept():
        return read_world(KEPT_WORLD)
    folder = tmp_path_factory.mktemp("world")
    of_all = folder.parent.parent / f"world-{RUN_OF_WORKERS}" if RUN_OF_WORKERS else folder / "world"
    shared = KEPT_WORLD or of_all
    with django_db_blocker.unblock(), alone_at(shared):
        return take_over(shared, folder) if shared.exists() else make_world(shared)


@contextmanager
def alone_at(path):
    """No other worker is here at the same time."""
    with path.with_name(f"{path.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def make_world(path):
    storages = storages_in(path.with_name(f"{path.name}-documents"))
    with override_settings(STORAGES=storages), transaction.atomic():
        made = World(), storages, rows_of_all()
        transaction.set_rollback(True)
    path.write_bytes(pickle.dumps((*made, factories.next_number())))
    return made


def read_world(path):
    *made, counted = pickle.loads(path.read_bytes())
    factories.count_from(counted)
    return made


def take_over(path, folder):
    """The world that another worker made: with papers of one's own, and with new rows numbered after those it has."""
    made, storages, rows = read_world(path)
    shutil.copytree(storages["default"]["OPTIONS"]["location"], folder, dirs_exist_ok=True)
    with transaction.atomic(), connection.cursor() as cursor:
        put_back(rows)
        cursor.execute(
            "".join(connection.ops.sequence_reset_sql(no_style(), apps.get_models(include_auto_created=True)))
        )
        transaction.set_rollback(True)
    return made, storages_in(folder), rows


@pytest.fixture(scope="module")
def _standing_world(_made_world, django_db_blocker):
    made, storages, rows = _made_world
    with django_db_blocker.unblock(), transaction.atomic():
        put_back(rows)
        yield made, storages
        transaction.set_rollback(True)


@pytest.fixture
def world(_standing_world, db, settings, fresh_cache):
    """Two people with everything, people on the way, and every member of staff (``tests/watch/world.py``).

    What a test does to their rows is rolled back.
    """
    made, settings.STORAGES = _standing_world
    return made


@pytest.fixture
def committed_world(_made_world, transactional_db, settings, fresh_cache):
    """The same, for threads of their own to see."""
    made, settings.STORAGES, rows = _made_world
    put_back(rows)
    return made


@pytest.fixture(scope="module")
def connections_end():
    """The threads of ``tests.racing`` give their connections back before the next module."""
    yield
    end_connections()


@pytest.fixture(scope="session")
def browser(django_db_setup):
    """The Chromium of this machine or Playwright's own; the tests that need it skip where there is none."""
    found = next(filter(None, map(shutil.which, CHROMIUMS)), None)
    os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")  # the browser's own loop runs beside the tests' queries
    with sync_playwright() as playwright:
        if not (found or Path(playwright.chromium.executable_path).exists()):
            pytest.skip("no Chromium on this machine: .venv/bin/playwright install chromium")
        opened = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield opened
        opened.close()
        connections.close_all()  # beside a running loop Django keeps a second set of them
