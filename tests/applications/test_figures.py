"""How the queue as a whole stands, as a lead sees it."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from applications import actions, figures
from applications.models import Application
from applications.queries import waiting_for_review
from certification.charts import bars
from certification.models import Standard
from certification.standards import standards_on
from certification.steps import record
from tests import factories
from tests.applications.cases import accept_all, approve, propose, refuse

pytestmark = pytest.mark.django_db


def filed(days_ago=0, **person):
    """An application that was sent so many days ago."""
    application = factories.filed_application(factories.person(**person))
    sent = timezone.now() - timedelta(days=days_ago)
    return record(application, by=None, why="test", submitted_at=sent, filed_on=timezone.localdate(sent))


def decided(rae, days_ago=0, **person):
    application = filed(days_ago, **person)
    actions.claim(application, by=rae)
    return approve(application, rae)


def numbers(pairs):
    return [number for _label, number in pairs]


def test_bars_are_as_long_as_their_share_of_the_longest():
    assert [bar.share for bar in bars([("a", 4), ("b", 1), ("c", 0)])] == [100, 25, 0]
    assert [bar.share for bar in bars([("a", 0)])] == [0]
    assert bars([]) == []


def test_what_waits_is_counted_by_age_and_by_clock(pat, rae):
    for days_ago in (0, 7, 8, 22, 31, 100):
        filed(days_ago)
    decided(rae)
    ages, clocks = figures.ages_and_clocks()
    assert numbers(ages) == [2, 1, 0, 1, 2]
    assert numbers(clocks) == [2, 0, 4]  # the review takes 30 days
    filed(25)
    assert numbers(figures.ages_and_clocks()[1]) == [2, 1, 4]


def test_a_week_counts_what_was_sent_from_monday_to_sunday(time_machine):
    monday = timezone.localtime() - timedelta(days=timezone.localdate().weekday())
    for days_before_monday in (0, 1, 7, 8, 56, 57):
        record(filed(), by=None, why="test", submitted_at=monday - timedelta(days=days_before_monday))
    counted = figures.weekly("submitted_at")
    assert len(counted) == figures.WEEKS
    assert numbers(counted) == [1, 0, 0, 0, 0, 0, 1, 2]


@pytest.mark.parametrize(
    ("came", "left", "waiting", "words"),
    [
        (8, 16, 0, "Nothing waits."),
        (8, 16, 3, "in about 3 weeks"),
        (8, 16, 1, "in about 1 week."),
        (80, 8, 5, "grows by about 9 a week"),
        (8, 8, 5, "stays about as long"),
    ],
)
def test_the_forecast_goes_on_as_the_last_weeks_did(came, left, waiting, words):
    def weeks(number):
        return [("week", number / figures.WEEKS)] * figures.WEEKS

    assert words in figures.forecast(weeks(came), weeks(left), waiting)


def test_each_application_counts_once_for_each_reason(rae):
    for _each in range(2):
        application = filed()
        actions.claim(application, by=rae)
        accept_all(application, rae)
        refuse(application, "id-unreadable", rae)
        refuse(application, "id-unreadable", rae, note="again")
    refuse(application, "diploma-unreadable", rae)
    assert numbers(figures.reasons()) == [2, 1]


def test_who_has_how_many(rae):
    for _each in range(2):
        actions.claim(filed(), by=rae)
    assert list(figures.load()) == [(rae.pk, rae.email, 2, 0)]


def test_the_files_of_a_reviewer_who_is_away_go_back_to_their_place(client, rae, lee, settings):
    settings.SECOND_FACTOR_FOR_STAFF = False
    first, second, third = (filed(days_ago) for days_ago in (30, 20, 10))
    for application in (second, third):
        actions.claim(application, by=rae)
    propose(third, rae)
    assert actions.return_all(rae, by=factories.staff("reviewer")) == 0
    client.force_login(lee)
    there = reverse("admin:applications_application_return_all", args=[rae.pk])
    assert there in client.get(reverse("admin:applications_application_figures")).content.decode()
    assert "1 file is back" in client.post(there, follow=True).content.decode()
    assert list(waiting_for_review(lee)) == [first, second]
    third.refresh_from_db()
    assert third.reviewer == rae


def test_a_group_of_few_is_not_shown(rae):
    record(
        Standard(
            key="reporting.small_cell", value="3", unit="people", effective_from=timezone.localdate(), basis="text"
        ),
        by=None,
        why="test",
    )
    for _each in range(3):
        decided(rae, days_ago=10)
    for _each in range(2):
        decided(rae, language="es")
    groups = figures.groups("person__user__language", standards_on(timezone.localdate()))
    assert [(group.label, group.decided, group.denied, group.half) for group in groups] == [("en", 3, 0, 10)]


def test_the_page_is_the_leads(client, rae, lee, settings):
    settings.SECOND_FACTOR_FOR_STAFF = False
    decided(rae)
    actions.claim(filed(40), by=rae)
    there = reverse("admin:applications_application_figures")
    client.force_login(lee)
    assert there in client.get(reverse("admin:index")).content.decode()
    page = client.get(there).content.decode()
    for words in ("more than 30 days", "No group is large", rae.email):
        assert words in page
    other = Client()
    other.force_login(rae)
    assert other.get(there).status_code == 403
    assert there not in other.get(reverse("admin:index")).content.decode()


def test_nothing_to_count_is_no_fault(client, lee, settings):
    settings.SECOND_FACTOR_FOR_STAFF = False
    client.force_login(lee)
    assert not Application.objects.exists()
    assert "Nothing waits." in client.get(reverse("admin:applications_application_figures")).content.decode()
