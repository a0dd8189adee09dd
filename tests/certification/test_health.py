"""Alive, ready, and honest when the database is away."""

import os
import subprocess
import sys
import urllib.error
import urllib.request

import pytest
from django.core.files.storage import default_storage
from django.db import connection
from django.test import Client

from certification.actions import return_canary, send_canary
from certification.celery import app
from certification.models import Canary
from tests import factories
from tests.conftest import free_port
from tests.processes import eventually


def get(port, path, **headers):
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.status, dict(answer.headers), answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, dict(error.headers), error.read().decode()


@pytest.fixture(scope="module")
def stranded():
    """The port of a real server whose database and Redis are away."""
    port = free_port()
    away = {
        "DATABASE_URL": f"postgres://nobody@127.0.0.1:{free_port()}/none",
        "REDIS_URL": f"redis://127.0.0.1:{free_port()}/0",
    }
    # pytest is loaded so that static files need no collecting.
    serve = "import pytest; from gunicorn.app.wsgiapp import run; run()"
    server = subprocess.Popen(
        [sys.executable, "-c", serve, "certification.wsgi", "--bind", f"127.0.0.1:{port}", "--workers", "1"],
        env=os.environ | away,
        stderr=subprocess.DEVNULL,
    )
    try:
        eventually(lambda: answers(port))
        yield port
    finally:
        server.terminate()
        server.wait(20)


def answers(port):
    try:
        return get(port, "/healthz")
    except OSError:
        return None


def test_the_process_says_it_is_alive_without_database_or_redis(stranded):
    assert get(stranded, "/healthz")[::2] == (200, "ok")


@pytest.mark.parametrize(
    ("path", "cookie"), [("/complaints/", ""), ("/home/", "session=abcdefghijklmnopqrstuvwxyz123456"), ("/readyz", "")]
)
def test_without_its_database_the_portal_says_come_back_in_half_a_minute(stranded, path, cookie):
    status, headers, body = get(stranded, path, Cookie=cookie)
    assert status == 503
    assert headers["Retry-After"] == "30"
    assert "We will be back soon" in body
    assert "(800) 555-0199" in body
    assert headers["Content-Security-Policy"]


@pytest.fixture
def database_leaves(settings):
    """The database goes away in the middle of things, and comes back when the test ends."""
    settings.ROOT_URLCONF = "tests.certification.failing_urls"
    before = connection.settings_dict["PORT"]
    host = connection.settings_dict["HOST"]

    def leave():
        connection.close()
        connection.settings_dict |= {"HOST": "127.0.0.1", "PORT": free_port()}

    yield leave
    connection.close()
    connection.settings_dict |= {"HOST": host, "PORT": before}


@pytest.mark.django_db(transaction=True)
def test_a_signed_in_person_gets_the_same_honest_page(database_leaves):
    client = Client(raise_request_exception=False)
    client.force_login(factories.user())
    assert client.get("/asks/").status_code == 200
    database_leaves()
    answer = client.get("/asks/")
    assert (answer.status_code, answer["Retry-After"]) == (503, "30")


@pytest.mark.django_db(transaction=True)
def test_whoever_is_cut_off_hears_come_back_even_if_the_database_answers_again_by_then(settings):
    settings.ROOT_URLCONF = "tests.certification.failing_urls"
    answer = Client(raise_request_exception=False).get("/is-cut-off/")
    assert (answer.status_code, answer["Retry-After"]) == (503, "30")


@pytest.mark.django_db(transaction=True)
def test_a_session_that_cannot_be_kept_is_no_session_that_was_deleted(settings):
    settings.ROOT_URLCONF = "tests.certification.failing_urls"
    client = Client(raise_request_exception=False)
    client.force_login(factories.user())
    client.get("/asks/")
    answer = client.get("/is-cut-off-afterwards/")
    assert (answer.status_code, answer["Retry-After"]) == (503, "30")


@pytest.mark.django_db(transaction=True)
def test_an_error_of_ours_is_a_500_while_the_database_answers(settings):
    settings.ROOT_URLCONF = "tests.certification.failing_urls"
    answer = Client(raise_request_exception=False).get("/twice/")
    assert answer.status_code == 500
    assert b"Something went wrong on our side" in answer.content
    assert "Retry-After" not in answer


@pytest.mark.django_db
def test_ready_tells_how_database_broker_storage_mail_and_worker_are(client):
    send_canary()
    return_canary(Canary.objects.get().pk)
    assert not default_storage.exists("ready")
    told = client.get("/readyz").json()
    assert 0 <= told.pop("canary_age_seconds") < 60
    assert told == {
        "database": "ok",
        "broker": "ok",
        "storage": "ok",
        "unsent_notices": 0,
    }


@pytest.mark.django_db
def test_ready_is_still_yes_when_only_the_broker_is_away(client, settings):
    before = app.conf.broker_write_url
    app.conf.broker_write_url = f"redis://127.0.0.1:{free_port()}/0"
    try:
        answer = client.get("/readyz")
    finally:
        app.conf.broker_write_url = before
    assert answer.status_code == 200
    assert answer.json()["broker"].startswith("away")
