"""Pages of applicants and of reviewers within twelve queries each, all told: session, account and rights too.

Every statement that reads or writes is counted, on a signed-in session that has been used before. Opening and closing of transactions is not:
inside a test they are savepoints.
"""

import time

import pytest
from allauth.mfa.models import Authenticator
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from applications import actions as applications
from applications.models import Application
from applications.rules import PAGES
from certification.models import Hold
from exams import actions as exams
from tests import factories
from tests.watch.world import APPROVED, ASKED, OWNER, WRITING

pytestmark = pytest.mark.django_db

MOST = 12
TRANSACTIONS = ("SAVEPOINT", "RELEASE SAVEPOINT", "ROLLBACK TO SAVEPOINT", "BEGIN", "COMMIT")
APPLICANT = (
    "certification:home", "certification:letters",
    "applications:apply", "applications:check", "applications:pay", "applications:sent", "applications:answer",
    "applications:withdraw",
    "training_providers:list", "training_providers:mine", "training_providers:send",
    "exams:home", "exams:changes", "exams:pay", "exams:paid",
    "account_email", "mfa_index", "usersessions_list",
)  # fmt: skip
HOMES = ("/apply/", "/exam/", "/training/mine/")  # where a page that is closed now sends people
LISTS = ("", "?whose=mine", "?whose=nobody", "?whose=overdue", "?whose=denial&status=all", "?q=Doe")


@pytest.fixture(autouse=True)
def as_in_production(settings):
    settings.SECOND_FACTOR_FOR_STAFF = True


@pytest.mark.parametrize("who", [OWNER, WRITING, ASKED, APPROVED, "who waits"])
def test_pages_of_an_applicant(who, client, world):
    person = world.people[who]
    sign_in(client, person.user)
    addresses = [reverse(name) for name in APPLICANT]
    addresses += [reverse("applications:page", args=[page.slug]) for page in PAGES]
    addresses += [reverse("certification:letter", args=[letter.public_id]) for letter in person.user.notices.all()]
    addresses += [reverse("training_providers:answer", args=[sent.pk]) for sent in person.training_records.all()]
    assert too_many(client, addresses) == []


def test_pages_with_something_to_pay(client, world):
    person = factories.person("Zoe", "Ready")
    sign_in(client, person.user)
    factories.draft(person)
    assert too_many(client, [reverse(f"applications:{name}") for name in ("apply", "check", "pay")]) == []
    ready = factories.ready_for_exam(person)
    assert too_many(client, [reverse("certification:home"), reverse("exams:home"), reverse("exams:pay")]) == []
    exams.open_checkout(ready, by=person.user)
    assert too_many(client, [reverse("exams:paid")]) == []


@pytest.mark.parametrize("role", ["reviewer", "lead reviewer"])
def test_pages_of_a_reviewer(role, client, world):
    sign_in(client, world.user(role))
    cases = Application.objects.exclude(status="draft").values_list("pk", flat=True)
    addresses = [reverse("admin:index")]
    addresses += [reverse("admin:applications_application_changelist") + query for query in LISTS]
    addresses += [reverse("admin:applications_application_change", args=[pk]) for pk in cases]
    assert too_many(client, addresses) == []


def test_the_case_page_at_every_turn_of_a_review(client, world, monkeypatch):
    """The busiest page: a lead reviewer's own case, with a hold open, marked for more, then for a denial, then with a denial proposed."""
    lee, application = world.user("lead reviewer"), world.people["who waits"].applications.get()
    sign_in(client, lee)
    page = [reverse("admin:applications_application_change", args=[application.pk])]
    applications.open_hold(
        application.person, kind=Hold.Kind.FACTS, note="?", review_on=application.filed_on.replace(year=2999), by=lee
    )
    applications.claim(application, by=lee)
    monkeypatch.setattr(world, "rae", lee)
    world.refuse(application, "id-unreadable", "Please send another one.")
    assert too_many(client, page) == []
    world.accept_the_rest(application)
    assert too_many(client, page) == []
    world.refuse(application, "diploma-not-equal", "")
    assert too_many(client, page) == []
    applications.propose_denial(application, by=lee, grounds="No diploma.")
    assert too_many(client, page) == []
    other = world.user("reviewer")
    sign_in(client, other)
    assert too_many(client, page) == []


def sign_in(client, user):
    """As in a session in use; staff have shown their second factor."""
    client.force_login(user)
    if user.is_staff:
        Authenticator.objects.get_or_create(user=user, type=Authenticator.Type.TOTP, data={})
        session = client.session
        session["account_authentication_methods"] = [{"method": "mfa", "type": "totp", "at": time.time()}]
        session["account_authentication_methods_user"] = str(user.pk)
        session.save()
    client.get(reverse("certification:letters"))


def too_many(client, addresses):
    """The addresses that ask the database too much, each with what it asked."""
    return [(address, *asked) for address in addresses if len(asked := queries(client, address)) > MOST]


def queries(client, address):
    with CaptureQueriesContext(connection) as seen:
        response = client.get(address)
    assert response.status_code == 200 or response["Location"].startswith(HOMES), address
    return [query["sql"] for query in seen if not query["sql"].startswith(TRANSACTIONS)]
