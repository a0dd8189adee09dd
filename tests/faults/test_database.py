"""PostgreSQL restarts and crashes while people send their applications: they hear "come back", never an error, and no case is half written."""

import signal
from collections import Counter
from http.client import HTTPConnection
from threading import Event, Thread
from urllib.parse import urlencode

import pytest
from django.conf import settings
from django.test import Client

from applications.models import Application
from tests import factories
from tests.conftest import free_port
from tests.processes import eventually

from .wholeness import half_written

AT_ONCE = 4
FEWEST_TURNED_AWAY = 5  # else the database was hardly away
CSRF = "c" * 32
CRASH, IMMEDIATE, RESTART = signal.SIGKILL, signal.SIGQUIT, signal.SIGINT
short, long = pytest.mark.short, pytest.mark.long


@pytest.fixture
def web(portal, monkeypatch):
    """The port of the web server of production; one for all tests."""
    monkeypatch.setenv("DJANGO_SETTINGS_MODULE", "tests.faults.settings")
    if not portal.web_port:
        portal.web_port = free_port()
        portal.runs(portal.program("web", portal.web_port))
        eventually(lambda: answer(portal.web_port, "GET", "/healthz") == (200, ""))
    return portal.web_port


def answer(port, method, path, cookie=""):
    """Status and where it leads; None where nobody answers. A 503 must say when to come back."""
    connection = HTTPConnection("127.0.0.1", port, timeout=60)
    body = urlencode({"csrfmiddlewaretoken": CSRF}) if method == "POST" else None
    headers = {"Cookie": f"{settings.SESSION_COOKIE_NAME}={cookie}; {settings.CSRF_COOKIE_NAME}={CSRF}"}
    headers["Content-Type"] = "application/x-www-form-urlencoded"
    try:
        connection.request(method, path, body, headers)
        response = connection.getresponse()
        response.read()
    except OSError:
        return None
    finally:
        connection.close()
    assert response.status != 503 or response.headers["Retry-After"] == "30"
    return response.status, response.headers.get("Location", "")


class Applicant(Thread):
    """Sends the applications of some people one after another; told to come back, it does."""

    def __init__(self, port, cookies):
        super().__init__(daemon=True)
        self.port, self.cookies = port, cookies
        self.answers, self.heard, self.enough = Counter(), [], Event()
        self.start()

    def run(self):
        for owner, cookie in self.cookies.items():
            while not self.enough.is_set():
                if self.pays(cookie):
                    self.heard.append(owner)
                    break
                self.enough.wait(0.02)

    def pays(self, cookie):
        """Whether the portal said that the fee is paid, or that nothing is left to pay."""
        ticket = self.asks("POST", "/apply/pay/", cookie)
        if ticket and ticket.startswith("/demo/pay/"):
            return self.asks("POST", ticket, cookie)
        return ticket

    def asks(self, method, path, cookie):
        """Where the answer leads; empty where it leads nowhere."""
        found = answer(self.port, method, path, cookie)
        self.answers[found and found[0]] += 1
        return found[1] if found else ""


def signed_in(count):
    """People who have written everything and may pay, with the cookie of each."""
    cookies = {}
    for _ in range(count):
        person = factories.person()
        factories.draft(person)
        client = Client()
        client.force_login(person.user)
        cookies[person.pk] = client.cookies[settings.SESSION_COOKIE_NAME].value
    return cookies


class Crowd:
    """As many people as may pay, some at once."""

    def __init__(self, port, people):
        self.owners = signed_in(people)
        owners = list(self.owners.items())
        self.applicants = [Applicant(port, dict(owners[first::AT_ONCE])) for first in range(AT_ONCE)]

    def answers(self):
        """How often each status was answered."""
        return sum((applicant.answers for applicant in self.applicants), Counter())

    def heard(self):
        """Who was told that their application is sent."""
        return [owner for applicant in self.applicants for owner in applicant.heard]

    def forgotten(self):
        """Who was told that their application is sent, and it is not."""
        sent = set(Application.objects.filter(status="submitted").values_list("person", flat=True))
        return [owner for owner in self.heard() if owner not in sent]

    def pay_through(self, portal, faults):
        """Pay while the database goes away in each of the ways of ``faults`` and comes back."""
        try:
            for number, how in enumerate(faults, 1):
                reaches(lambda: len(self.heard()), len(self.owners) * number // (len(faults) + 1))
                before = self.answers()[503]
                portal.end_database(how)
                reaches(lambda: self.answers()[503], before + FEWEST_TURNED_AWAY)
                portal.start_database()
            for applicant in self.applicants:
                applicant.join(120)
        finally:
            for applicant in self.applicants:
                applicant.enough.set()


def reaches(count, number):
    eventually(lambda: count() >= number, seconds=60)


@pytest.mark.parametrize(
    ("people", "faults"),
    [
        pytest.param(16, [CRASH], marks=short),
        pytest.param(300, [CRASH, RESTART, IMMEDIATE] * 4, marks=long),
    ],
)
def test_a_database_that_crashes_costs_patience_and_nothing_else(portal, web, people, faults):
    crowd = Crowd(web, people)
    crowd.pay_through(portal, faults)
    assert set(crowd.answers()) == {302, 503}
    assert len(crowd.heard()) == people
    assert crowd.forgotten() == []
    assert half_written() == {}


@pytest.mark.long
def test_a_database_that_answers_before_it_has_written_is_found_to_forget(portal, web):
    careless = {"synchronous_commit": "off", "wal_writer_delay": "10s"}
    portal.end_database(RESTART)
    portal.start_database(**careless)
    crowd = Crowd(web, 24)
    crowd.pay_through(portal, [CRASH])
    assert crowd.forgotten()
