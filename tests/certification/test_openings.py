"""Who opened my file: every look of staff, by role, and nothing of anybody else's."""

import re
from datetime import timedelta

import pytest
from django.conf import settings
from django.contrib.auth.models import Group
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from applications import actions as applications
from certification import documents
from certification.audit import audit
from certification.dossier import is_personal, parts, subjects_of
from certification.models import AuditEvent, Document, Hold
from certification.openings import LAST, OPENED, PAGE, ROLES, _events, all_openings_of, openings_of
from certification.queries import today
from certification.roles import ROLES as STAFF_ROLES
from certification.steps import record
from tests import factories
from tests.watch.routes import routes
from tests.watch.table import ADMIN, allowed, arguments, model_of
from tests.watch.world import OWNER, STRANGER

ADDRESS = "/openings/"


def seen(user):
    return [(opening.what, opening.who) for opening in openings_of(user)]


def open_case(application):
    return reverse("admin:applications_application_change", args=[application.pk])


@pytest.fixture
def filed(pat):
    return factories.filed_application(pat)


# --- what is shown -------------------------------------------------------------------------------------------------
def test_a_look_at_the_case_and_at_a_paper_is_shown(client, pat, rae, filed):
    paper = pat.documents.get(kind=Document.Kind.IDENTITY)
    applications.deal(by=rae)
    client.force_login(rae)
    client.get(open_case(filed))
    client.get(reverse("certification:document", args=[paper.public_id]))
    assert seen(pat.user) == [("Photo ID", "a reviewer"), ("Your applications", "a reviewer")]
    client.force_login(pat.user)
    page = client.get(ADDRESS).content.decode()
    assert "Photo ID" in page
    assert "a reviewer" in page
    assert rae.email not in page


def test_the_persons_own_look_says_so(client, pat, filed):
    client.force_login(pat.user)
    client.get(reverse("certification:document", args=[pat.documents.first().public_id]))
    assert [who for _what, who in seen(pat.user)] == ["you"]


def test_a_look_into_an_accommodation_file_is_shown_to_the_person(client, world):
    asked = world.rows()["accommodationrequest"]
    before = len(openings_of(world.user(OWNER), most=500))
    client.force_login(world.user("accommodation desk"))
    client.get(reverse("admin:exams_accommodationrequest_change", args=[asked.pk]))
    client.get(reverse("certification:document", args=[asked.document.public_id]))
    newest = openings_of(world.user(OWNER), most=500)
    assert len(newest) == before + 2
    assert [(one.what, one.who) for one in newest[:2]] == [
        ("Paper about a change in the exam", "the desk for changes in the exam"),
        ("Changes in the exam", "the desk for changes in the exam"),
    ]


def test_an_appeal_about_a_change_is_shown_as_the_appeal_it_is(client, world):
    appeal = world.rows()["changeappeal"]
    client.force_login(world.user("accommodation desk"))
    client.get(reverse("admin:discipline_changeappeal_change", args=[appeal.pk]))
    assert seen(world.user(OWNER))[0] == ("Your appeals", "the desk for changes in the exam")


PERSONAL_PAGES = re.compile(r"admin:(\w+?)_(change|simple_history|history|post)$")


def test_every_page_of_staff_about_one_record_is_written_down(client, world):
    """Found by the resolver: whatever page a role may open of a record in a file, its person sees that it was opened."""
    silent, looked = [], 0
    for route in routes():
        named = PERSONAL_PAGES.match(route.name)
        readers = (allowed(route.name, "GET") or set()) if named and named[1] in ADMIN else set()
        if not readers or not is_personal(model_of(named[1])):
            continue
        client.force_login(world.user(sorted(readers)[0]))
        before = [openings_of(world.user(owner), most=1) for owner in (OWNER, STRANGER)]
        assert client.get(route.url(**arguments(route, world))).status_code == 200
        looked += 1
        if [openings_of(world.user(owner), most=1) for owner in (OWNER, STRANGER)] == before:
            silent.append(route.name)
    assert silent == []
    assert looked > 15


def test_what_somebody_did_or_was_refused_is_no_look(pat, filed, rae):
    audit(rae, "signed in", pat.user)
    audit(rae, "refused", filed)
    documents.erase(pat.documents.first(), by=rae, reason="test")
    assert seen(pat.user) == []


def test_a_look_at_a_hold_a_letter_to_post_and_the_account_are_shown(client, pat, lee, ann, filed):
    hold = Hold(person=pat, kind="facts", note="?", opened_by=lee, review_on=today() + timedelta(days=3))
    record(hold, by=lee, why="test")
    client.force_login(lee)
    client.get(reverse("admin:certification_hold_change", args=[hold.pk]))
    client.force_login(ann)
    client.get(reverse("admin:certification_user_change", args=[pat.user.pk]))
    assert seen(pat.user) == [("Your account", "an administrator"), ("Holds", "a lead reviewer")]


# --- whose ---------------------------------------------------------------------------------------------------------
def test_nobody_sees_looks_into_the_files_of_others(world):
    """What both lives hold is different, record by record, and no look is shown to both."""
    pat, max = world.user(OWNER), world.user(STRANGER)
    assert set(subjects_of(pat)) & set(subjects_of(max)) == set()
    reviewer = world.user("reviewer")
    for row in world.rows(STRANGER).values():
        audit(reviewer, "opened record", row)
    before = {one.key for one in all_openings_of(pat)}
    assert before & {one.key for one in all_openings_of(max)} == set()


def test_a_number_that_begins_alike_is_another_record(pat, filed, rae):
    for subject in (
        f"applications.application:{filed.pk}0",
        f"applications.application:{filed.pk} ",
        "",
        "applications.application:",
    ):
        AuditEvent.objects.create(actor_id=rae.pk, action="opened case", subject=subject)
    assert seen(pat.user) == []


def test_what_is_in_a_file(pat, max, filed):
    named = subjects_of(pat.user)
    assert len(named) == len(set(named))
    assert {
        f"applications.application:{filed.pk}",
        f"certification.user:{pat.user.pk}",
        f"certification.person:{pat.pk}",
    } <= set(named)
    assert {name.partition(":")[0] for name in named} <= {part.model._meta.label_lower for part in parts()}
    assert f"certification.person:{max.pk}" in subjects_of(max.user)


# --- who -----------------------------------------------------------------------------------------------------------
def test_every_role_has_words():
    assert set(ROLES) == set(STAFF_ROLES)


def test_roles_are_those_of_today(pat, rae, filed):
    audit(rae, "opened case", filed)
    rae.groups.add(Group.objects.get(name="finance"))
    assert "a reviewer" in seen(pat.user)[0][1]
    assert "the payments desk" in seen(pat.user)[0][1]
    rae.groups.set([Group.objects.create(name="a group of no role")])
    assert seen(pat.user) == [("Your applications", "somebody of staff")]


@pytest.mark.parametrize("actor", [None, 999_999])
def test_an_actor_who_is_nobody_is_no_error(pat, filed, actor):
    AuditEvent.objects.create(actor_id=actor, action="opened case", subject=f"applications.application:{filed.pk}")
    assert seen(pat.user) == [("Your applications", "somebody of staff")]


# --- page by page --------------------------------------------------------------------------------------------------
def test_all_looks_are_shown_once_the_newest_first(client, pat, rae, filed):
    for _number in range(2 * PAGE + 3):
        audit(rae, "opened case", filed)
    client.force_login(pat.user)
    keys, address, pages = [], ADDRESS, 0
    while address:
        page = client.get(address)
        keys += [opening.key for opening in page.context["openings"]]
        pages += 1
        older = re.search(r'href="(\?before=\d+)"', page.content.decode())
        address = older and ADDRESS + older[1]
    assert pages == 3
    assert keys == sorted(keys, reverse=True)
    assert keys == [opening.key for opening in all_openings_of(pat.user)]
    assert len(set(keys)) == 2 * PAGE + 3


def test_a_full_page_has_nothing_older(client, pat, rae, filed):
    for _number in range(PAGE):
        audit(rae, "opened case", filed)
    client.force_login(pat.user)
    assert client.get(ADDRESS).context["older"] is None


@pytest.mark.parametrize("before", ["", "x", "-1", "9" * 19, "9" * 400, "\0", "٣", "1.5", str(LAST), str(LAST + 1)])
def test_a_place_that_is_none_is_no_error(client, pat, rae, filed, before):
    audit(rae, "opened case", filed)
    client.force_login(pat.user)
    assert client.get(ADDRESS, {"before": before}).status_code == 200


def test_the_page_asks_the_same_for_many_looks(client, pat, rae, filed):
    client.force_login(pat.user)
    counts = []
    for looks in (1, 20):
        for _number in range(looks):
            audit(rae, "opened case", filed)
            audit(factories.staff("lead reviewer"), "opened document", pat.documents.first())
        client.get(ADDRESS)
        with CaptureQueriesContext(connection) as asked:
            client.get(ADDRESS)
        counts.append(len(asked))
    assert counts[0] == counts[1] <= 12


def test_a_long_log_is_not_read_through(pat, rae, filed):
    """With a hundred thousand looks into other files the index of one subject answers."""
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE certification_auditevent DISABLE TRIGGER USER")
        cursor.execute(
            "INSERT INTO certification_auditevent (at, actor_id, action, subject, detail, chained)"
            " SELECT now(), 5, 'opened document', 'certification.document:' || (1000000 + number % 30000), '{}', ''"
            " FROM generate_series(1, 100000) number"
        )
        cursor.execute("ALTER TABLE certification_auditevent ENABLE TRIGGER USER")
        cursor.execute("ANALYZE certification_auditevent")
    audit(rae, "opened case", filed)
    plan = _events(subjects_of(pat.user), LAST)[:PAGE].explain()
    assert "audit_of_one_subject" in plan
    assert "Seq Scan" not in plan
    assert len(openings_of(pat.user)) == 1


def test_the_looks_named_are_looks_that_are_written():
    """No name stands in the list that nothing writes."""
    code = "".join(
        path.read_text()
        for app in ("certification", "applications", "exams", "discipline", "training_providers")
        for path in (settings.BASE_DIR / app).rglob("*.py")
        if path.name != "openings.py"
    )
    assert [action for action in OPENED if f'"{action}"' not in code] == []


def test_home_leads_there(client, pat):
    client.force_login(pat.user)
    assert f'"{ADDRESS}"' in client.get("/home/").content.decode()
