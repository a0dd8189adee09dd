"""The log tells of acts, in lines of JSON, and never of people."""

import io
import json
import logging

import pytest
import structlog
from django.test import Client

from certification.logs import formatter

CANARIES = [
    "zenobia@example.org",
    "Zenobia",
    "Quux",
    "1971-03-04",
    "4711-0815",
    "CMPSS-4F7K-M2QX-C9RZ",
    "198.51.100.77",
    "canarybrowser",
    "sessioncookievalue",
]


@pytest.fixture
def log():
    """What is logged during the test, as it would be written."""
    out = io.StringIO()
    handler = logging.StreamHandler(out)
    handler.setFormatter(formatter())
    logging.getLogger().addHandler(handler)
    yield out
    logging.getLogger().removeHandler(handler)


def lines(log):
    return [json.loads(line) for line in log.getvalue().splitlines()]


def assert_nobody_is_named(log):
    written = log.getvalue()
    assert [canary for canary in CANARIES if canary in written] == []


@pytest.mark.django_db
def test_pages_good_and_bad_leave_nothing_of_people_in_the_log(log, settings, fresh_cache):
    settings.ROOT_URLCONF = "tests.certification.failing_urls"
    client = Client(
        raise_request_exception=False,
        REMOTE_ADDR="198.51.100.77",
        HTTP_USER_AGENT="canarybrowser",
        HTTP_REFERER="https://portal.example.org/?q=Zenobia",
    )
    client.cookies["session"] = "sessioncookievalue"
    client.get("/complaints/?q=Zenobia+Quux")
    client.get("/CMPSS-4F7K-M2QX-C9RZ/")
    client.post("/accounts/signup/", {"email": "zenobia@example.org"})
    client.post("/accounts/confirm-email/", {"code": "4711-0815"})
    client.post("/accounts/login/", {"login": "zenobia@example.org", "password": "Zenobia 1971-03-04"})
    client.get("/boom/?q=Zenobia")
    client.get("/suspicious/")
    client.get("/refused/?why=Zenobia")
    client.get("/complaints/", HTTP_HOST="zenobia.example")
    Client(enforce_csrf_checks=True).post("/accounts/login/?q=Zenobia", {"login": "zenobia@example.org"})
    assert len(lines(log)) >= 10
    assert_nobody_is_named(log)


@pytest.mark.django_db(transaction=True)
def test_an_error_that_quotes_a_row_is_told_by_type_place_and_code_alone(log, settings):
    settings.ROOT_URLCONF = "tests.certification.failing_urls"
    Client(raise_request_exception=False).get("/twice/")
    failed = next(line for line in lines(log) if line["event"] == "request_failed")
    assert failed["failure"][0]["type"] == "IntegrityError"
    assert failed["sqlstate"] == "23505"
    assert "failing_urls.py" in str(failed["failure"][0]["at"])
    assert failed["level"] == "error"
    assert_nobody_is_named(log)


def test_of_what_any_library_logs_only_the_wording_and_numbers_are_kept(log):
    logging.getLogger("some.library").warning("sent to %s after %d tries", "zenobia@example.org", 3)
    logging.getLogger("some.library").warning("it is %(who)s", {"who": "Zenobia"})
    try:
        raise ValueError("Zenobia")
    except ValueError:
        logging.getLogger("some.library").exception("no luck with %s", "Quux")
    structlog.get_logger("ours").warning("done", email="zenobia@example.org", notice=7)
    told = lines(log)
    assert told[0]["event"] == "sent to %s after %d tries"
    assert told[0]["numbers"] == [3]
    assert told[2]["failure"][0]["type"] == "ValueError"
    assert told[3]["notice"] == 7
    assert_nobody_is_named(log)


@pytest.mark.django_db
def test_each_request_is_one_line_with_its_number_its_pattern_and_who_asked(log, pat):
    client = Client()
    client.force_login(pat.user)
    client.get("/letters/00000000-0000-0000-0000-000000000000/?q=Zenobia%0A{}")
    (line,) = [line for line in lines(log) if line["event"] == "request_finished"]
    assert line["request"] == "GET letters/<uuid:public_id>/"
    assert line["code"] == 404
    assert line["user_id"] == pat.user.pk
    assert len(line["request_id"]) == 36


@pytest.mark.django_db
def test_two_requests_never_share_a_number_or_a_person(log, pat):
    client = Client()
    client.force_login(pat.user)
    client.get("/complaints/")
    Client().get("/complaints/")
    first, second = (line for line in lines(log) if line["event"] == "request_finished")
    assert first["request_id"] != second["request_id"]
    assert second["user_id"] is None
