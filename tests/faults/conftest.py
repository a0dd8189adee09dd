from contextlib import ExitStack
from subprocess import PIPE, Popen
from urllib.parse import unquote, urlsplit

import pytest
from django.db import connection

from certification import embedded
from tests.conftest import program, put_back, storages_in
from tests.faults.portal import Portal


@pytest.fixture(scope="session")
def _portal(django_db_setup):
    with ExitStack() as stack:
        portal = Portal(stack)
        fill(portal.database_url)
        yield portal


def fill(url):
    """Make the tables, triggers and program of the tests' database in another one: quicker than every migration again."""
    tests = connection.settings_dict
    source = f"postgres://{tests['USER']}:{tests['PASSWORD']}@{tests['HOST']}:{tests['PORT']}/{tests['NAME']}"
    dump = [embedded.postgres_programs() / "pg_dump", "--format=custom", "--compress=0", source]
    restore = [embedded.postgres_programs() / "pg_restore", "--clean", "--if-exists", "--dbname", url]
    with Popen(dump, stdout=PIPE) as dumping, Popen(restore, stdin=dumping.stdout) as restoring:
        dumping.stdout.close()
        assert (restoring.wait(60), dumping.wait(60)) == (0, 0)


@pytest.fixture
def portal(_portal, transactional_db, monkeypatch, settings):
    """The portal with its program loaded and nobody in it.

    For the length of the test Django here speaks to its database, and what is started speaks to all its servers.
    """
    for name, value in _portal.environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("MAIL_DIR", raising=False)
    settings.STORAGES = storages_in(_portal.folder / "documents")
    url = urlsplit(_portal.database_url)
    there = {
        "HOST": url.hostname,
        "PORT": url.port,
        "USER": url.username,
        "PASSWORD": unquote(url.password),
        "NAME": url.path[1:],
    }
    here = connection.settings_dict.copy()
    connection.close()
    connection.settings_dict.update(there)
    put_back(program)
    _portal.redis().flushall()
    _portal.mail.start_over()
    yield _portal
    connection.close()
    connection.settings_dict.update(here)


@pytest.fixture
def worker(portal):
    """The worker of production; one for all tests, started again where a test before has killed it."""
    if not portal.worker:
        portal.worker = portal.runs(portal.program("worker"))
    portal.worker.keep_running()
    return portal.worker


@pytest.fixture
def naive_worker(portal, monkeypatch):
    """Start a worker that sends in a way of ``naive.py``, and stop the other."""

    def start(sends):
        monkeypatch.setenv("NAIVE", sends)
        if portal.worker:
            portal.worker.kill()
        program = portal.program("worker")
        program.command = ["tests.faults.naive" if word == "certification" else word for word in program.command]
        started.append(portal.runs(program))
        return program

    started = []
    yield start
    for each in started:
        each.kill()
