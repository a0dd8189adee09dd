"""What people chose to tell about themselves: after they sent their application, for counts alone, and theirs to take back."""

import pytest
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from applications import actions as applications
from applications.models import Application
from certification.notices import notify
from certification.steps import record
from reporting.actions import keep_demographics
from reporting.models import Demographics
from reporting.queries import who_applies
from reporting.rules import safe_counts, safe_parts
from tests import factories

pytestmark = pytest.mark.django_db
PAGE = reverse("reporting:about_you")
ANSWERS = {"ancestry": ["asian", "white"], "gender": "woman", "veteran": "no"}


@pytest.fixture
def me(client, pat):
    factories.filed_application(pat)
    client.force_login(pat.user)
    return client


def test_it_is_asked_only_after_the_application_was_sent(client, pat):
    factories.draft(pat)
    client.force_login(pat.user)
    assert client.get(PAGE).headers["Location"] == reverse("certification:home")
    client.post(PAGE, ANSWERS)
    assert not Demographics.objects.exists()


def test_what_is_told_is_kept_shown_again_and_changed(me, pat):
    me.post(PAGE, ANSWERS)
    assert Demographics.objects.get(person=pat).answers == ANSWERS
    assert me.get(PAGE).content.decode().count(" checked") == 4
    me.post(PAGE, {"gender": "man"})
    assert Demographics.objects.get(person=pat).answers == {"ancestry": [], "gender": "man", "veteran": ""}


def test_all_of_it_may_be_taken_back(me):
    me.post(PAGE, ANSWERS)
    me.post(PAGE, {"gender": "", "veteran": ""})
    assert not Demographics.objects.exists()


def test_what_is_no_answer_is_not_kept(me):
    assert me.post(PAGE, {"gender": "robot"}).status_code == 200
    assert not Demographics.objects.exists()


def test_it_is_sealed(me):
    me.post(PAGE, ANSWERS)
    with connection.cursor() as cursor:
        cursor.execute("SELECT answers FROM reporting_demographics")
        assert b"woman" not in bytes(cursor.fetchone()[0])


def test_who_reviews_sees_nothing_of_it(me, pat, rae, client):
    me.post(PAGE, ANSWERS)
    application = Application.objects.get(person=pat)
    applications.claim(application, by=rae)
    client.force_login(rae)
    page = client.get(reverse("admin:applications_application_change", args=[application.pk])).content.decode()
    assert "Asian" not in page
    assert client.get(reverse("admin:who_applies")).status_code == 403


# --- counts ----------------------------------------------------------------------------------------------------------
def test_small_counts_are_hidden_and_cannot_be_worked_out():
    assert safe_counts({"a": 40, "b": 25, "c": 3}, 11) == {"a": 40, "b": None, "c": None}
    assert safe_counts({"a": 40, "b": 3, "c": 3}, 11) == {"a": 40, "b": None, "c": None}
    assert safe_counts({"a": 40, "b": 11}, 11) == {"a": 40, "b": 11}
    assert safe_counts({"a": 0}, 11) == {"a": None}


def test_a_part_is_hidden_where_what_is_left_is_small():
    wholes = {"a": 40, "b": 30, "c": None}
    assert safe_parts({"a": 20, "b": 25, "c": 20}, wholes, 11) == {"a": 20, "b": None, "c": None}


def test_those_of_a_year_are_counted_and_of_them_the_certified():
    for number in range(4):
        person = factories.person(f"P{number}")
        keep_demographics(person, {"ancestry": ["asian"], "gender": "man" if number else "woman", "veteran": "no"})
        application = factories.filed_application(person)
        if number < 2:
            letter = notify(person.user, "application-approved", {}, key=f"test:{number}")
            changes = {"status": "completed", "decided_at": timezone.now(), "approval_notice": letter}
            record(application, by=None, why="test", **changes)
    year = timezone.localdate().year
    tables = who_applies(year, 1)
    assert tables["ancestry"][1] == ("Asian", 4, 2)
    assert tables["gender"][:2] == [("Woman", 1, None), ("Man", 3, 1)]
    assert all(applied is None for _answer, applied, _done in who_applies(year - 1, 1)["gender"])


def test_the_page_shows_the_year_asked_for(client):
    client.force_login(factories.staff("reporting"))
    page = client.get(reverse("admin:who_applies"), {"year": "nonsense"}).content.decode()
    assert str(timezone.localdate().year) in page
    assert "Native Hawaiian or Pacific Islander" in page
