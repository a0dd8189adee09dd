"""What a person reads of where they stand: whose move it is, who is ahead, what is usual, and how late we are."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format

from applications import actions
from applications.models import Application
from applications.tracker import way
from certification.models import Person
from certification.signing import signed
from certification.steps import NotReady
from tests import factories
from tests.applications.cases import approve, hold, propose, refuse

pytestmark = pytest.mark.django_db
S = Application.Status


@pytest.fixture(autouse=True)
def noon(time_machine):
    time_machine.move_to(timezone.localtime().replace(hour=12))


@pytest.fixture
def later(time_machine):
    """Go to so many days after now."""
    now = timezone.localtime()
    return lambda days: time_machine.move_to(now + timedelta(days=days))


@pytest.fixture
def filed(pat):
    return factories.filed_application(pat)


@pytest.fixture
def claimed(filed, rae):
    actions.claim(filed, by=rae)
    return filed


def stages(application):
    return {stage.title: stage for stage in way(Application.objects.get(pk=application.pk))}


def states(application):
    return [stage.state or "done" for stage in way(Application.objects.get(pk=application.pk))]


def decided(count, days):
    """So many decisions of today, each so many days after it was sent."""
    now = timezone.now()
    sent = now - timedelta(days=days)
    with signed(None, "test"):
        Application.objects.bulk_create(
            Application(
                person=Person.objects.create(),
                status=S.DENIED,
                filed_on=timezone.localdate(sent),
                submitted_at=sent,
                decided_at=now,
            )
            for _each in range(count)
        )


# --- while it waits ------------------------------------------------------------------------------------------------
def test_who_is_alone_in_the_line_is_next(filed):
    assert stages(filed)["We check it"].lines == ("It waits for a reviewer.", "Yours is next.")


def test_who_waits_reads_how_many_are_ahead_and_where_we_are(filed, max, later):
    first = date_format(filed.filed_on)
    later(3)
    second = factories.filed_application(max)
    later(5)
    third = factories.filed_application(factories.person("Third", "Waits"))
    where = f"We are now on those that came in on {first}."
    assert stages(second)["We check it"].lines[1:] == ("1 application is ahead of yours.", where)
    assert stages(third)["We check it"].lines[1:] == ("2 applications are ahead of yours.", where)


def test_once_a_reviewer_has_it_nobody_is_ahead(filed, max, rae, later):
    later(1)
    second = factories.filed_application(max)
    actions.claim(second, by=rae)
    assert stages(second)["We check it"].lines == ("A reviewer has it on their desk.",)


def test_what_is_usual_is_said_only_where_enough_was_decided(filed):
    rest = "If we approve it, you have 12 months for the rest."
    decided(10, 19)
    assert stages(filed)["We tell you the decision"].lines == (rest,)
    decided(1, 40)
    usual = "Lately half of the people waited 19 days or less, and nine of ten waited 19 or less."
    assert stages(filed)["We tell you the decision"].lines == (usual, rest)


def test_until_our_last_day_there_is_a_day_and_after_it_the_days_we_are_late(filed, later):
    due = date_format(filed.filed_on + timedelta(days=30))
    later(30)
    assert stages(filed)["We check it"].when == f"By {due}"
    later(31)
    assert stages(filed)["We check it"].when == ""
    assert stages(filed)["We check it"].lines[-1] == "We are 1 day past our own limit."
    later(35)
    assert stages(filed)["We check it"].lines[-1] == "We are 5 days past our own limit."


def test_who_is_asked_for_more_has_the_next_step_and_reads_of_no_lateness(claimed, rae, later):
    refuse(claimed, "id-unreadable", rae)
    for requirement in claimed.requirements.filter(status="waiting"):
        actions.accept_requirement(requirement, by=rae)
    actions.ask_for_more(claimed, by=rae)
    later(200)
    found = way(Application.objects.get())
    assert [(stage.title, stage.state) for stage in found[1:3]] == [
        ("You send what is missing", "now"),
        ("We tell you the decision", "ahead"),
    ]
    assert not any("past our own limit" in line for stage in found for line in stage.lines)


# --- after it ------------------------------------------------------------------------------------------------------
def test_a_decision_that_came_late_says_by_how_many_days(claimed, rae, later):
    later(34)
    approve(claimed, rae)
    later(90)
    assert stages(claimed)["We approved it"].lines == ("We took 4 days longer than our own limit.",)
    assert states(claimed) == ["done", "done", "now", "ahead", "ahead"]


def test_a_decision_in_time_says_nothing_of_days(claimed, rae, later):
    later(30)
    approve(claimed, rae)
    assert stages(claimed)["We approved it"].lines == ()


def test_who_was_denied_reads_the_day_and_how_late_it_came(claimed, rae, lee, later):
    later(31)
    denial = propose(claimed, rae)
    actions.decide_denial(denial, by=lee, agreed=True)
    no = stages(claimed)["We said no"]
    assert (no.state, no.lines) == ("now", ("We took 1 day longer than our own limit.",))


def test_a_pass_that_meets_a_hold_and_then_the_certificate(claimed, rae, lee):
    approve(claimed, rae)
    factories.accepted_training(claimed.person)
    opened = hold(claimed.person, lee)
    with pytest.raises(NotReady):
        actions.complete(claimed, by=None)
    assert list(stages(claimed))[2:] == ["You passed the exam", "You get your certificate"]
    actions.end_hold(opened, by=lee, reason="seen")
    assert list(stages(claimed))[2:] == ["Your certificate was issued"]


def test_what_was_taken_back_ends_there(filed):
    actions.withdraw(filed, by=filed.person.user)
    assert list(stages(filed)) == ["You sent your application", "You withdrew it"]


def test_what_was_never_sent_has_no_way(pat):
    draft = factories.draft(pat)
    actions.withdraw(draft, by=pat.user)
    assert way(Application.objects.get()) == []


# --- the page ------------------------------------------------------------------------------------------------------
def test_the_page_shows_the_way_with_its_words(client, filed, max):
    client.force_login(max.user)
    second = factories.filed_application(max)
    html = client.get(reverse("applications:apply")).content.decode()
    for stage in way(second):
        for words in (stage.title, stage.when, *stage.lines):
            assert words in html
    assert html.count('aria-current="step"') == 1


def test_the_page_asks_the_same_for_three_who_wait_as_for_one(client, filed, max):
    factories.filed_application(max)
    client.force_login(max.user)

    def asked():
        client.get(reverse("applications:apply"))
        with CaptureQueriesContext(connection) as questions:
            client.get(reverse("applications:apply"))
        return len(questions)

    once = asked()
    for number in range(2):
        factories.filed_application(factories.person("More", f"Waits{number}"))
    decided(30, 20)
    assert asked() == once
