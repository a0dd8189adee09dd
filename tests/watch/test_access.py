"""Every address, role and method from one table (``table.py``): what it does not allow is denied, changes nothing and tells nothing."""

import os
import re
from collections import Counter
from http.cookies import SimpleCookie

import pytest
from django.apps import apps
from django.contrib.auth.models import AnonymousUser
from django.db import connection, transaction
from django.urls import reverse

from applications import actions
from applications.models import Application, Recusal, Requirement, SecondReading
from applications.rules import may_open
from certification.models import Notice, Person
from certification.staff import queues_for
from certification.steps import record
from exams.models import AccommodationRequest
from tests import factories
from tests.watch.mutants import APPS
from tests.watch.routes import routes, unnamed
from tests.watch.table import (
    ACTS,
    ANONYMOUS,
    CANARIES,
    OPEN,
    OWNER,
    ROLES,
    SEES,
    STAFF,
    UNNAMED,
    allowed,
    arguments,
    cells,
    row,
)
from tests.watch.world import BOOKING

MAY_CHANGE = {"certification_auditevent", "django_session", "usersessions_usersession"}
FORM = "application/x-www-form-urlencoded"
# What the view pg_stat_xact_user_tables says, at half its price.
WRITTEN = """
SELECT relname,
       pg_stat_get_xact_tuples_inserted(oid) + pg_stat_get_xact_tuples_updated(oid) + pg_stat_get_xact_tuples_deleted(oid)
  FROM pg_class
 WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace
"""


def test_every_address_stands_in_the_table(world):
    names = {name for route in routes() for name, _url in cells(route, world)}
    assert {name for name in names if row(name) is None} == set()
    assert unnamed() <= UNNAMED


def test_the_open_addresses_are_these_and_no_others(client, world):
    client.raise_request_exception = False
    answered = {
        name
        for route in routes()
        for name, url in cells(route, world)
        if not name.startswith("admin:") and not denied(client.get(url), anonymous=True)
    }
    assert answered == OPEN


def test_pages_are_read_and_forms_are_sent_and_nothing_else(client, world):
    world.enter("administrator", client)
    for route in routes():
        for _name, url in cells(route, world):
            for method in ("PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND"):
                assert client.generic(method, url).status_code == 405


@pytest.mark.parametrize("role", ROLES)
def test_the_table_holds_for(role, client, world):
    assert "\n".join(wrong_cells(role, client, world)) == ""


@pytest.mark.parametrize("model", [model for model in apps.get_models() if hasattr(model.objects, "visible_to")])
def test_who_sees_the_rows_of_others(model, world):
    """``visible_to`` by itself, whatever stands before it: to everyone their own rows, and those of others to whom the policy names."""
    names = {field.name for field in model._meta.concrete_fields}
    whose = next(name for name in ("recipient", "person", "owner", "application", "id") if name in names)
    pat = world.people["pat"]
    of_pat = model.objects.filter(
        **{"application__person" if whose == "application" else whose: pat.user if whose == "recipient" else pat.pk}
    )
    assert of_pat.exists()
    for role in ROLES:
        seen = of_pat.visible_to(world.user(role) or AnonymousUser())
        assert seen.exists() is (role == "pat" or role in SEES.get(model._meta.model_name, ())), role


@pytest.mark.parametrize("role", sorted(STAFF))
def test_the_desk_sees_only_queues_it_may_open(role, client, world):
    world.enter(role, client)
    for queue in queues_for(world.user(role)):
        assert client.get(queue["url"]).status_code == 200, queue["label"]


def test_who_lost_the_role_sees_no_case_they_had(client, world):
    case = Application.objects.filter(status="in_review").first()
    record(case, by=None, why="test", reviewer=world.user("reporting"))
    world.enter("reporting", client)
    assert str(case.person) not in client.get("/admin/").content.decode()


def test_who_reviews_nothing_sees_not_even_that_nothing_waits(client, world):
    user = world.user("reporting")
    Recusal.objects.bulk_create([Recusal(application=one, user=user) for one in Application.objects.sent()])
    world.enter("reporting", client)
    assert client.post(reverse("admin:applications_application_next")).status_code == 403


def test_only_a_lead_sees_how_to_allow_a_late_request(client, world, settings):
    settings.SECOND_FACTOR_FOR_STAFF = False
    late = Requirement.objects.get(late=True, late_allowed_by=None)
    button = reverse("admin:applications_application_allow_late", args=[late.application_id, late.kind])
    for by, shown in ((factories.staff("reviewer"), False), (world.lee, True)):
        actions.open_by_name(late.application, by=by, reason="check")
        client.force_login(by)
        page = client.get(reverse("admin:applications_application_change", args=[late.application_id]))
        assert (page.status_code, button in page.content.decode()) == (200, shown)


def test_who_decides_nothing_sees_no_file_that_waits_for_a_decision(world):
    reviewer = factories.staff("reviewer")
    late = Requirement.objects.get(late=True, late_allowed_by=None).application
    differing = SecondReading.objects.get(agrees=False, settled_at=None).application
    for case in ("who may be denied", "who never answers", late.person, differing.person):
        person = world.people.get(case, case)
        waiting = person.applications.latest("begun_at")
        assert (may_open(waiting, reviewer), may_open(waiting, world.lee)) == (False, True), case


def test_only_a_lead_sees_what_two_read_differently(client, world, settings):
    settings.SECOND_FACTOR_FOR_STAFF = False
    case = SecondReading.objects.get(agrees=False, settled_at=None).application
    changelist = reverse("admin:applications_application_changelist")
    for by, shown in ((factories.staff("reviewer"), False), (world.lee, True)):
        actions.open_by_name(case, by=by, reason="check")
        client.force_login(by)
        page = client.get(reverse("admin:applications_application_change", args=[case.pk]))
        assert (page.status_code, "Second reader" in page.content.decode()) == (200, shown)
        listed = client.get(changelist, {"whose": "differing"}).context["cl"].queryset
        assert (list(listed) == [case]) is shown


def test_a_reviewer_sees_not_even_whether_a_denial_waits(client, world):
    world.enter("reviewer", client)
    for case in ("pat", "who may be denied"):
        pk = world.people[case].applications.latest("begun_at").pk
        page = reverse("admin:applications_application_decide_denial", args=[pk])
        assert client.post(page, {"agree": "1"}).status_code == 403


def test_the_accommodation_desk_sees_nobody_who_needs_no_change(client, world):
    world.enter("accommodation desk", client)
    unneeded = AccommodationRequest.objects.get(application__person=world.people[BOOKING])
    page = reverse("admin:exams_accommodationrequest_change", args=[unneeded.pk])
    assert client.get(page).status_code == 404
    assert page not in client.get(reverse("admin:exams_accommodationrequest_changelist")).content.decode()


@pytest.mark.parametrize("role", sorted(STAFF))
def test_who_may_not_act_learns_not_even_whether_a_row_is_there(role, client, world):
    world.enter(role, client)
    told = []
    for route in (route for route in routes() if route.name in ACTS):
        values = arguments(route, world)
        nowhere = route.url(**{name: 987_654_321 if isinstance(own, int) else own for name, own in values.items()})
        for method in ("GET", "POST"):
            refused = allowed(route.name, method) and role not in allowed(route.name, method)
            if refused and nowhere != route.url(**values):
                answer = client.generic(method, nowhere, content_type=FORM)
                told += [f"{method} {route.name}: {answer.status_code}"] if answer.status_code != 403 else []
    assert told == []


@pytest.mark.parametrize("role", ["reviewer", "lead reviewer"])
def test_nobody_of_staff_finds_their_own_case(role, client, world):
    user = world.user(role)
    own = factories.filed_application(
        record(Person(user=user, given_name="Sam", family_name="Staff"), by=user, why="begin")
    )
    client.force_login(user)
    assert client.get(f"/admin/applications/application/{own.pk}/change/").status_code == 404
    assert client.post(f"/admin/applications/application/{own.pk}/act/claim/").status_code == 404
    assert "Sam Staff" not in client.get("/admin/applications/application/?status=all").content.decode()


def wrong_cells(role, client, world):
    """What the portal does otherwise than the table says, in words."""
    client.raise_request_exception = False
    world.enter(role, client)
    entered = client.cookies.output(header="", sep=";")
    wrong, before, canaries = [], writes(), CANARIES | letters_of(world)
    for name, url in [cell for route in routes() if is_asked(route) for cell in cells(route, world)]:
        for method in ("GET", "POST"):
            client.cookies = SimpleCookie(entered)
            with transaction.atomic():
                response = client.generic(method, url, content_type=FORM)
                before, written = (after := writes()), after - before
                transaction.set_rollback(True)
            wrong += [
                f"{method} {name}: {fault}" for fault in faults(role, response, method, name, set(written), canaries)
            ]
    return wrong


def is_asked(route):
    """Every address is, unless one app or one view is named: then only its own, for a quick look after one of its lines was changed."""
    app, view = os.environ.get("ACCESS_OF", ""), os.environ.get("ACCESS_TO", "")
    if view:
        return route.view == view
    ours = next((app for app in APPS if re.match(f"(admin:)?{app}[:_]", route.name)), "certification")
    return app in ("", ours)


def letters_of(world):
    """The addresses of pat's letters, as canaries: that they came is private too. Not of the one asked for, which a page repeats."""
    letters = Notice.objects.filter(recipient=world.user(OWNER)).exclude(pk=world.rows()["letter"].pk)
    return {f"letter {letter.name} of pat": (str(letter.public_id), {OWNER}) for letter in letters}


def faults(role, response, method, name, written, canaries):
    """What is wrong with this answer to ``role``, in words; ``written`` are the tables it wrote to."""
    changed = written - MAY_CHANGE
    may = role in allowed(name, method)
    if response.status_code >= 500:
        yield f"{response.status_code}"
    elif may and denied(response):
        yield f"{response.status_code}, though the table allows it"
    elif not may and not denied(response, anonymous=role == ANONYMOUS):
        yield f"{response.status_code}, though the table does not allow it"
    elif not may and response.status_code == 404 and is_asked_first(role, name, method):
        yield "404: kept only because nothing was found, and not because nobody may look"
    if not may and changed:
        yield f"refused, but wrote to {sorted(changed)}"
    for leak in leaks(response, role, canaries):
        yield f"shows {leak}"


def is_asked_first(role, name, method):
    """Whether who it is matters before the row is looked for: the sign-in on private pages, a permission on those of staff.

    Django's list of an app only looks what is in it for you.
    """
    if role == ANONYMOUS:
        return name not in OPEN and bool(allowed(name, method))
    return role in STAFF and name.startswith("admin:") and name != "admin:app_list" and bool(allowed(name, method))


def denied(response, *, anonymous=False):
    """Whether this is no answer. Sending somebody who is signed in to prove that again is one."""
    if response.status_code in (301, 302):
        place = response.headers["Location"]
        return bool(re.match(r"(/es)?/(accounts|admin)/login/\?next=", place)) or (
            anonymous and "reauthenticate" in place
        )
    return response.status_code in (401, 403, 404, 405)


def leaks(response, role, canaries):
    """Private words of somebody else in the body or a header, and the addresses of their letters."""
    said = str(response.headers)
    if not response.streaming and response.headers.get("Content-Type", "text/").startswith(
        ("text/", "application/json")
    ):
        said += response.content.decode()
    return [name for name, (text, readers) in canaries.items() if role not in readers and text in said]


def writes():
    """How many rows this transaction has written, table by table, whether or not they were rolled back."""
    with connection.cursor() as cursor:
        cursor.execute(WRITTEN)
        return Counter(dict(cursor.fetchall()))


def test_a_private_word_is_found_where_it_stands(walked):
    """The control of all of the above: the words do stand on the pages of those who may read them."""
    said = "".join(
        html for role in ("pat", "lead reviewer", "accommodation desk", "administrator") for _url, html in walked[role]
    )
    shown = {name for name, (text, _readers) in CANARIES.items() if text in said}
    assert {"preferred of pat", "accommodation of pat", "appeal of pat", "hold-note of pat", "email of pat"} <= shown
