"""The public page of waiting times: what it says, what it keeps to itself, and what it costs."""

import re
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.formats import date_format

from applications import actions
from applications.models import Application
from certification.models import Person, Standard
from certification.queries import today
from certification.signing import signed
from certification.steps import record
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("fresh_cache")]
S = Application.Status
SMALL = 11


@pytest.fixture(autouse=True)
def noon(time_machine):
    time_machine.move_to(timezone.localtime().replace(hour=12))


def applications(count, status, *, sent=0, decided=None, paused=0):
    """That many, sent and decided so many days ago."""
    sent_at = timezone.now() - timedelta(days=sent)
    with signed(None, "test"):
        Application.objects.bulk_create(
            Application(
                person=Person.objects.create(),
                status=status,
                filed_on=timezone.localdate(sent_at),
                submitted_at=sent_at,
                decided_at=None if decided is None else timezone.now() - timedelta(days=decided),
                paused_days=paused,
            )
            for _each in range(count)
        )


def page(client=None):
    return (client or Client()).get(reverse("reporting:service_times")).content.decode()


def rows(html):
    """The lines of the tables: what stands first, and what stands beside it."""
    found = re.findall(r'<tr><th scope="row">(.*?)</th>(.*?)</tr>', html)
    return {label: re.findall(r"<td.*?>(.*?)</td>", cells) for label, cells in found}


def test_an_empty_portal_has_nothing_to_say():
    assert rows(page()) == {
        "Applications": ["–", "nobody"],
        "Training certificates": ["–", "nobody"],
        "Application, all days": ["too few to say", "–"],
        "Application, days with us": ["too few to say", "30 days"],
        "Training certificate, all days": ["too few to say", "–"],
        "Training certificate, days with us": ["too few to say", "14 days"],
        "From our yes to your certificate": ["too few to say", "12 months"],
    }


def test_it_tells_what_the_records_say():
    applications(9, S.DENIED, sent=31, decided=10, paused=20)
    applications(2, S.DENIED, sent=51, decided=10)
    applications(SMALL, S.SUBMITTED, sent=7)
    said = rows(page())
    assert said["Application, all days"] == ["21 days", "41 days", "–"]
    assert said["Application, days with us"] == ["1 day", "41 days", "30 days"]
    assert said["Applications"] == [date_format(today() - timedelta(days=7)), "11"]


@pytest.mark.parametrize("count", [1, 2, SMALL - 1])
def test_a_small_number_is_never_shown(count):
    applications(count, S.SUBMITTED, sent=7)
    applications(count, S.DENIED, sent=31, decided=10)
    said = rows(page())
    assert said["Applications"][1] == "fewer than 11"
    assert said["Application, all days"][0] == "too few to say"


def test_drafts_and_cases_in_hand_wait_for_nobody(pat, max, rae):
    factories.draft(pat)
    actions.claim(factories.filed_application(max), by=rae)
    assert rows(page())["Applications"] == ["–", "nobody"]


def test_a_limit_that_no_rule_sets_is_called_our_practice():
    said = {"unit": "days", "citation": "none found", "basis": "assumed", "effective_from": today()}
    record(Standard(key="application.review_days", value="25", **said), by=None, why="set")
    assert rows(page())["Application, days with us"][-1] == "25 days (our practice)"


def test_a_limit_that_is_not_set_is_said_not_to_be():
    said = {"unit": "days", "citation": "none found", "basis": "must be set", "effective_from": today()}
    record(Standard(key="application.training_review_days", value="", **said), by=None, why="set")
    assert rows(page())["Training certificate, days with us"][-1] == "not set"


def test_the_period_is_the_one_of_the_program():
    said = {"unit": "days", "citation": "none found", "basis": "assumed", "effective_from": today()}
    record(Standard(key="service_times.window_days", value="5", **said), by=None, why="set")
    applications(SMALL, S.DENIED, sent=31, decided=6)
    html = page()
    assert "in the last 5 days" in html
    assert rows(html)["Application, all days"][0] == "too few to say"


def test_it_names_nobody(pat):
    application = factories.filed_application(pat)
    html = page()
    for private in ("Pat", "Doe", pat.user.email, str(application.public_id)):
        assert private not in html


# --- who reads it --------------------------------------------------------------------------------------------------
def test_it_is_linked_from_the_front_page_and_the_tracker(client, pat):
    factories.filed_application(pat)
    address = reverse("reporting:service_times")
    assert f'href="{address}"' in client.get(reverse("certification:front")).content.decode()
    client.force_login(pat.user)
    assert f'href="{address}"' in client.get(reverse("applications:apply")).content.decode()


def test_it_is_there_in_spanish():
    with translation.override("es"):
        address = reverse("reporting:service_times")
    answer = Client().get(address)
    assert (address, answer.status_code) == ("/es/service-times/", 200)
    assert 'lang="es"' in answer.content.decode()


# --- what it costs -------------------------------------------------------------------------------------------------
def questions(client):
    with CaptureQueriesContext(connection) as asked:
        page(client)
    return [query["sql"] for query in asked if "SAVEPOINT" not in query["sql"]]


def test_it_is_counted_once_a_minute_however_many_look(client):
    first = questions(client)
    assert len(questions(client)) == len(questions(Client())) == 1  # the program's numbers
    assert not any("applications_application" in sql for sql in questions(client))
    assert sum("percentile_disc" in sql for sql in first) == 3


def test_a_figure_is_kept_for_a_minute_at_most():
    page()
    left = cache._cache.get_client().ttl(cache.make_key("service-times"))
    assert 0 < left <= 60


def test_it_asks_the_same_for_three_rows_as_for_one(client):
    applications(1, S.SUBMITTED, sent=3)
    one = len(questions(client))
    applications(3, S.SUBMITTED, sent=2)
    applications(30, S.DENIED, sent=31, decided=1)
    cache.delete("service-times")
    assert len(questions(client)) == one


def test_it_is_there_while_redis_is_away(no_redis):
    assert rows(page())["Applications"] == ["–", "nobody"]
