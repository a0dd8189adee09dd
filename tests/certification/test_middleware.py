"""What holds for every request: headers on every kind of answer, refusals on record, settings fit for the open net."""

import os
import subprocess
import sys

import pytest
from django.test import Client

from certification.models import AuditEvent, Canary
from tests import factories

CSP = {
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "connect-src 'self'",
    "font-src 'self'",
    "media-src 'self'",
    "manifest-src 'self'",
    "img-src 'self' data:",
    "form-action 'self'",
    "frame-ancestors 'none'",
    "base-uri 'none'",
}
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}


@pytest.fixture
def failing(settings):
    settings.ROOT_URLCONF = "tests.certification.failing_urls"
    return Client(raise_request_exception=False)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/complaints/", 200),
        ("/home/", 302),
        ("/suspicious/", 400),
        ("/refused/", 403),
        ("/no-such-page/", 404),
        ("/boom/", 500),
        ("/readyz", 200),
        ("/static/portal.css", 200),
        ("/static/no-such-file.css", 404),
    ],
)
def test_every_kind_of_answer_carries_the_security_headers(failing, path, status):
    answer = failing.get(path)
    answer.close()
    assert answer.status_code == status
    assert {name: answer.get(name) for name in HEADERS} == HEADERS
    assert set(answer["Content-Security-Policy"].split("; ")) == CSP
    assert "Strict-Transport-Security" not in answer


@pytest.mark.django_db
def test_a_request_for_an_unknown_host_is_unreadable_and_guarded_too(failing):
    answer = failing.get("/complaints/", HTTP_HOST="evil.example")
    assert answer.status_code == 400
    assert answer["Content-Security-Policy"]
    assert b"evil.example" not in answer.content


@pytest.mark.django_db
def test_over_https_browsers_are_told_to_stay_with_it(settings):
    settings.SECURE_SSL_REDIRECT, settings.SECURE_HSTS_SECONDS = True, 31_536_000
    client = Client()
    assert client.get("/complaints/").status_code == 301
    assert client.get("/complaints/", secure=True)["Strict-Transport-Security"].startswith("max-age=31536000")
    assert client.get("/healthz").status_code == 200


@pytest.mark.django_db
def test_public_pages_may_be_kept_and_set_no_cookie_before_a_form(client):
    answer = client.get("/static/portal.css")
    answer.close()
    assert "no-store" not in answer.get("Cache-Control", "")
    assert "session" not in client.get("/").cookies


@pytest.mark.django_db(transaction=True)
def test_a_refusal_is_on_record_after_everything_else_was_rolled_back(failing):
    user = factories.user()
    failing.force_login(user)
    assert failing.get("/refused/7/", {"why": "certification.view_standard"}).status_code == 403
    assert not Canary.objects.exists()
    event = AuditEvent.objects.get(action="refused")
    assert event.actor_id == user.pk
    assert event.position
    assert event.detail.pop("request")
    assert event.detail == {"view": "refused", "numbers": {"number": "7"}, "permission": "certification.view_standard"}


@pytest.mark.django_db
def test_the_record_of_a_refusal_never_repeats_words_that_may_name_a_person(failing):
    failing.get("/refused/", {"why": "Zenobia Quux may not"})
    event = AuditEvent.objects.get(action="refused")
    assert "Zenobia" not in str(event.detail)
    assert event.actor_id is None


PRODUCTION = {
    "DEMO": "0",
    "SITE_URL": "https://portal.example.org",
    "ALLOWED_HOSTS": "portal.example.org",
    "TRUSTED_PROXY_COUNT": "1",
    "GOOGLE_CLIENT_ID": "id",
    "GOOGLE_SECRET": "secret",
}


def without_the_tests_own(environment):
    """Browsers in the same process of tests set what production must not have."""
    return {name: value for name, value in environment.items() if name != "DJANGO_ALLOW_ASYNC_UNSAFE"}


def in_production(*command):
    return subprocess.run(
        [sys.executable, *command],
        env=without_the_tests_own(os.environ) | PRODUCTION,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_the_settings_of_production_pass_the_deployment_checks():
    done = in_production("manage.py", "check", "--deploy", "--fail-level", "WARNING")
    assert done.returncode == 0, done.stderr


def test_production_demands_the_second_factor_and_knows_no_demo():
    done = in_production(
        "-c",
        "import django; from django.conf import settings as s; django.setup();"
        "print(s.SECOND_FACTOR_FOR_STAFF, s.MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN, 'demo' in s.INSTALLED_APPS, s.SESSION_COOKIE_NAME,"
        "s.SESSION_COOKIE_SECURE, s.CSRF_COOKIE_SECURE, *s.CONTENT_SECURITY_POLICY['DIRECTIVES']['form-action'])",
    )
    assert done.stdout.split() == [
        "True",
        "False",
        "False",
        "__Host-session",
        "True",
        "True",
        "'self'",
        "https://accounts.google.com",
    ], done.stderr
