"""Every list asks the database the same number of questions for three rows as for one, and no page of the line asks more than twelve.

Twelve all told: reading the session, who is signed in and their rights, and writing down who looked, are counted too. Only the marks around a
transaction are not: inside a test they are savepoints. Staff have shown their second factor, and the session has been used before.
"""

import re
import time

import pytest
from allauth.mfa.models import Authenticator
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from applications import actions as applications
from applications.rules import PAGES
from certification.models import Hold
from exams import actions as exams
from tests import factories
from tests.watch.forms import is_for_people, is_page
from tests.watch.routes import routes
from tests.watch.table import allowed, cells
from tests.watch.world import ANONYMOUS, APPROVED, ASKED, OWNER, WRITING

MOST = 12
MARK = re.compile(r"(RELEASE |ROLLBACK TO )?SAVEPOINT|BEGIN|COMMIT")


@pytest.fixture(autouse=True)
def second_factor_for_staff(settings):
    settings.SECOND_FACTOR_FOR_STAFF = True


def sign_in(client, user):
    client.force_login(user)
    if user.is_staff:
        Authenticator.objects.get_or_create(user=user, type=Authenticator.Type.TOTP, data={})
        session = client.session
        session["account_authentication_methods"] = [{"method": "mfa", "type": "totp", "at": time.time()}]
        session["account_authentication_methods_user"] = str(user.pk)
        session.save()


def questions(client, url):
    """The questions one page asks."""
    client.get(url)
    with CaptureQueriesContext(connection) as asked:
        response = client.get(url)
    assert response.status_code == 200, url
    return [query["sql"] for query in asked if not MARK.match(query["sql"])]


def too_many(client, urls):
    """The pages that ask too much: how much, and which tables more than once."""
    found = {url: asked for url in urls if len(asked := questions(client, url)) > MOST}
    return {url: (len(asked), repeated(asked)) for url, asked in found.items()}


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
        sign_in(client, world.user(staff_list(world, route)))
        before[url] = len(questions(client, url))
    for name in ("Nia", "Noa"):
        world.adds_more(name)
    grown = {}
    for route, url in watched:
        sign_in(client, world.user(staff_list(world, route)))
        if (now := len(questions(client, url))) > before[url]:
            grown[url] = (before[url], now)
    assert grown == {}


def test_every_page_of_people_asks_the_same_for_more_rows(client, world, walked):
    """Whatever the walk came upon, and a search that finds them: with one more of everybody, and more of their own."""
    sign_in(client, world.user(OWNER))
    pages = dict.fromkeys(url for role in (ANONYMOUS, OWNER) for url, _html in walked[role] if is_for_people(url))
    urls = ["/registry/?q=Nobody+max", *(url for url in pages if client.get(url).status_code == 200)]
    before = {url: len(questions(client, url)) for url in urls}
    world.adds_more("Max", "Nobody")
    world.adds_to(OWNER)
    after = {url: len(questions(client, url)) for url in urls}
    assert {url: (before[url], after[url]) for url in urls if after[url] > before[url]} == {}


@pytest.mark.parametrize(
    "role", ["fresh account", OWNER, WRITING, ASKED, APPROVED, "who waits", "reviewer", "lead reviewer"]
)
def test_no_page_of_the_line_asks_more_than_twelve_questions(role, client, world):
    sign_in(client, world.user(role))
    urls = [url for route in routes() if not route.name.startswith(OTHERS) for _name, url in cells(route, world)]
    assert too_many(client, [url for url in urls if is_page(client.get(url))]) == {}


OTHERS = ("account_", "mfa_", "socialaccount", "usersessions", "admin:login", "ready")


@pytest.mark.parametrize(("who", "slugs"), [(WRITING, [page.slug for page in PAGES]), (ASKED, ["identity"])])
def test_no_page_of_an_application_asks_more(who, slugs, client, world):
    sign_in(client, world.people[who].user)
    assert too_many(client, [reverse("applications:page", args=[slug]) for slug in slugs]) == {}


def test_no_page_about_money_asks_more(client, world):
    person = factories.person("Zoe", "Ready")
    sign_in(client, person.user)
    factories.draft(person)
    assert too_many(client, [reverse(f"applications:{name}") for name in ("apply", "check", "pay", "sent")]) == {}
    ready = factories.ready_for_exam(person)
    assert too_many(client, [reverse("certification:home"), reverse("exams:home"), reverse("exams:pay")]) == {}
    exams.open_checkout(ready, by=person.user)
    assert too_many(client, [reverse("exams:paid")]) == {}


def test_the_case_page_asks_no_more_at_any_turn_of_a_review(client, world, monkeypatch):
    """The busiest page: a lead reviewer's own case with a hold open; marked for more, then for a denial, then with a denial proposed."""
    lee, application = world.user("lead reviewer"), world.people["who waits"].applications.get()
    monkeypatch.setattr(world, "rae", lee)
    sign_in(client, lee)
    page = [reverse("admin:applications_application_change", args=[application.pk])]
    review_on = application.filed_on.replace(day=1, year=application.filed_on.year + 1)
    applications.open_hold(application.person, kind=Hold.Kind.FACTS, note="?", review_on=review_on, by=lee)
    applications.claim(application, by=lee)
    world.refuse(application, "id-unreadable", "Please send another one.")
    assert too_many(client, page) == {}
    world.accept_the_rest(application)
    assert too_many(client, page) == {}
    world.refuse(application, "diploma-not-equal", "")
    assert too_many(client, page) == {}
    applications.propose_denial(application, by=lee, grounds="No diploma.")
    assert too_many(client, page) == {}
    sign_in(client, world.user("reviewer"))
    assert too_many(client, page) == {}


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
