"""Every list asks the database the same number of questions for three rows as for one, and no page of the line asks more than twelve."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.watch.routes import routes
from tests.watch.table import allowed, cells
from tests.watch.world import OWNER

MOST = 12
BOOKKEEPING = re.compile(
    r'SAVEPOINT|"django_session"|"usersessions_usersession"|INSERT INTO "certification_auditevent"'
)


def questions(client, url):
    """The questions one page asks, without those that keep the session and write down who looked."""
    client.get(url)
    with CaptureQueriesContext(
        connection,
    ) as asked:
        response = client.get(url)
    assert response.status_code == 200, url
    return [query["sql"] for query in asked if not BOOKKEEPING.search(query["sql"])]


def lists():
    return [route for route in routes() if route.name.endswith("_changelist")]


def staff_list(world, route):
    return next(role for role in world.users if role in (allowed(route.name, "GET") or ()))


def test_every_list_of_staff_asks_the_same_for_more_rows(client, world):
    """The world holds more than one row of everything; then it holds more."""
    before = {}
    watched = [(route, url) for route in lists() for _name, url in cells(route, world) if allowed(route.name, "GET")]
    watched.append((next(route for route in routes() if route.name == "admin:index"), "/admin/"))
    for route, url in watched:
        client.force_login(world.user(staff_list(world, route)))
        before[url] = len(questions(client, url))
    for name in ("Nia", "Noa"):
        world.adds_more(name)
    grown = {}
    for route, url in watched:
        client.force_login(world.user(staff_list(world, route)))
        if (now := len(questions(client, url))) > before[url]:
            grown[url] = (before[url], now)
    assert grown == {}


@pytest.mark.parametrize("url", ["/training/", "/registry/?q=Nobody+max", "/letters/", "/training/mine/", "/home/"])
def test_every_list_of_people_asks_the_same_for_more_rows(client, world, url):
    client.force_login(world.user(OWNER))
    before = questions(client, url)
    world.adds_more("Max", "Nobody")
    world.adds_to(OWNER)
    assert len(questions(client, url)) <= len(before)


@pytest.mark.parametrize(
    "role", ["fresh account", "pat", "who writes", "who is asked for more", "who is approved", "reviewer"]
)
def test_no_page_of_the_line_asks_more_than_twelve_questions(role, client, world):
    client.force_login(world.user(role))
    many = {}
    for route in routes():
        if route.name.startswith(("account_", "mfa_", "socialaccount", "usersessions", "admin:login", "ready")):
            continue
        for name, url in cells(route, world):
            response = client.get(url)
            if response.status_code == 200 and response.headers["Content-Type"].startswith("text/html"):
                asked = questions(client, url)
                if len(asked) > MOST:
                    many[name] = (len(asked), repeated(asked))
    assert many == {}


def repeated(asked):
    """The tables asked more than once, to point at the cause."""
    tables = [found[1] for sql in asked if (found := re.search(r'FROM "(\w+)"', sql))]
    return {table: tables.count(table) for table in tables if tables.count(table) > 1}


def test_a_list_that_asks_once_for_each_row_is_found(world):
    """The control: asking for the person of each application, one by one, grows with the rows."""
    from applications.models import Application

    def ask():
        with CaptureQueriesContext(connection) as asked:
            [str(application.person) for application in Application.objects.all()]
        return len(asked)

    before = ask()
    world.adds_more("Nia")
    assert ask() > before
