"""The days a person must not miss: on their page, and in a calendar that others may see."""

import re
from datetime import date, datetime, time, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from icalendar import Calendar

from applications import actions as applications
from applications.models import Reason
from applications.rules import valid_through
from certification import actions, notices
from certification.dates import Day, calendar_file, days_of
from certification.models import Standard, Suspension, Term
from certification.queries import today
from certification.signing import signed
from certification.standards import standards_on
from certification.steps import record
from tests import factories

PAGE, FILE = "/dates/", "/dates.ics"


def at(time_machine, day):
    time_machine.move_to(timezone.make_aware(datetime.combine(day, time(12))))


@pytest.fixture
def term(pat):
    return Term.objects.get(certification=actions.issue(pat, by=None, why="test"))


def asked(person, rae):
    """An application of ``person`` in which something more is asked for."""
    application = factories.filed_application(person)
    applications.claim(application, by=rae)
    reason = Reason.objects.get(code="id-unreadable")
    applications.refuse_requirement(application.requirements.get(kind=reason.requirement), reason, note="", by=rae)
    for requirement in application.requirements.filter(status="waiting"):
        applications.accept_requirement(requirement, by=rae)
    applications.ask_for_more(application, by=rae)
    notices.deliver(application.asked_notice_id)
    return application


def kept(user):
    return [(day.key.partition(" ")[0], day.on) for day in days_of(user)]


# --- which days ----------------------------------------------------------------------------------------------------
def test_who_has_nothing_open_has_no_days(client, max):
    assert days_of(max.user) == []
    client.force_login(max.user)
    assert "no day you must keep in mind" in client.get(PAGE).content.decode()
    assert client.get(FILE).status_code == 404


def test_a_certificate_brings_its_end_and_the_time_to_renew(pat, term):
    opens = term.expires_on - timedelta(days=standards_on(today()).renewal_window_days)
    assert kept(pat.user) == [("renewal", opens), ("expiry", term.expires_on)]


def test_the_day_itself_is_still_shown_and_the_day_after_is_not(pat, term, time_machine):
    at(time_machine, term.expires_on)
    assert kept(pat.user) == [("expiry", term.expires_on)]
    at(time_machine, term.expires_on + timedelta(days=1))
    assert kept(pat.user) == []


def test_a_suspended_certificate_brings_none(pat, term):
    with signed(None, "test"):
        Suspension.objects.create(certification=term.certification, starts=today(), public_reason="safety")
    assert kept(pat.user) == []


def test_a_window_that_is_only_assumed_is_not_shown(pat, term):
    with signed(None, "test"):
        Standard.objects.create(
            key="renewal.window_days", value="90", unit="days", effective_from=today(), citation="?", basis="assumed"
        )
    assert kept(pat.user) == [("expiry", term.expires_on)]


def test_an_approval_brings_its_last_day_once_the_letter_is_out(pat, rae):
    application = factories.filed_application(pat)
    applications.claim(application, by=rae)
    for requirement in application.requirements.all():
        applications.accept_requirement(requirement, by=rae)
    applications.approve(application, by=rae)
    assert kept(pat.user) == []
    notices.deliver(application.approval_notice_id)
    application = type(application).objects.get(pk=application.pk)
    assert kept(pat.user) == [("approval", valid_through(application))]


def test_an_exam_brings_the_last_day_to_take_it(pat):
    attempt = factories.authorized_attempt(factories.ready_for_exam(pat))
    assert ("exam", attempt.authorized_until) in kept(pat.user)
    with signed(None, "test"):
        record(attempt, by=None, why="test", status="passed")
    assert "exam" not in dict(kept(pat.user))


def test_a_request_for_more_brings_its_day_and_says_whether_it_is_a_rule(pat, max, rae):
    asked(pat, rae)
    assert kept(pat.user) == [("answer", today() + timedelta(days=60))]
    assert [day.what for day in days_of(pat.user)] == ["We usually wait for your answer until this day"]
    with signed(None, "test"):
        Standard.objects.create(
            key="application.revision_reply_days", value="50", unit="days", effective_from=today(), citation="rule", basis="text"
        )  # fmt: skip
    asked(max, rae)
    assert kept(max.user) == [("answer", today() + timedelta(days=50))]
    assert [day.what for day in days_of(max.user)] == ["Answer our request by this day"]


def test_nobody_sees_the_days_of_others(max, term):
    assert days_of(max.user) == []


# --- the page ------------------------------------------------------------------------------------------------------
def test_the_page_says_what_each_day_is_for(client, pat, term):
    client.force_login(pat.user)
    page = client.get(PAGE).content.decode()
    assert "Your certificate is valid through this day" in page
    assert "You can renew from this day on" in page
    assert f'"{FILE}"' in page


# --- the file ------------------------------------------------------------------------------------------------------
def events(data):
    return Calendar.from_ical(data).walk("VEVENT")


DAYS = [Day("expiry 7", date(2027, 3, 1), "Your certificate", "/home/"), Day("renewal 7", date(2027, 1, 1), "Renew", "/home/", opens=True)]  # fmt: skip


def test_the_file_holds_whole_days_with_alarms(client, pat, term):
    client.force_login(pat.user)
    answer = client.get(FILE)
    assert answer.headers["Content-Type"] == "text/calendar; charset=utf-8"
    assert answer.headers["Cache-Control"] == "no-store, private"
    assert [event["dtstart"].dt for event in events(answer.content)] == [day.on for day in days_of(pat.user)]
    for event in events(answer.content):
        assert event["dtend"].dt - event["dtstart"].dt == timedelta(days=1)
        alarms = event.walk("VALARM")
        assert [alarm["trigger"].dt for alarm in alarms] == [timedelta(days=-6, hours=9), timedelta(days=-1, hours=9)]
        assert all(alarm["action"] == "DISPLAY" and alarm["description"] == event["summary"] for alarm in alarms)


def test_the_file_says_nothing_that_others_should_not_see(client, pat, term):
    client.force_login(pat.user)
    for address in (FILE, f"/es{FILE}"):
        said = client.get(address).content.decode().lower().replace("\r\n ", "")
        telling = r"peer|pares?\b|medi|support|recover|exam|renew|renovar|expir|approv|certificate\b|pat\b|doe\b|\d+-.*@|cmpss"
        assert re.findall(telling, said) == []


def test_the_link_leads_to_the_page_that_tells(client, pat, term, settings):
    client.force_login(pat.user)
    for event in events(client.get(FILE).content):
        assert event["url"] == f"{settings.SITE_URL}{PAGE}"
        assert event["url"] in event["description"]


def test_taken_in_again_a_moved_day_is_the_same_event(time_machine):
    at(time_machine, date(2026, 12, 1))
    before = events(calendar_file(DAYS))
    at(time_machine, date(2026, 12, 2))
    after = events(
        calendar_file([Day(day.key, day.on + timedelta(days=5), day.what, day.url, day.opens) for day in DAYS])
    )
    assert [event["uid"] for event in after] == [event["uid"] for event in before]
    assert len({event["uid"] for event in after}) == 2
    for old, new in zip(before, after, strict=True):
        assert new["dtstart"].dt - old["dtstart"].dt == timedelta(days=5)
        assert 0 < old["sequence"] < new["sequence"] < 2**31


def test_first_days_and_last_days_are_told_apart():
    assert [str(event["summary"]).rpartition(": ")[2] for event in events(calendar_file(DAYS))] == [
        "last day",
        "first day",
    ]


def test_the_file_is_written_as_the_standard_wants_it():
    lines = calendar_file(DAYS).split(b"\r\n")
    assert lines[0] == b"BEGIN:VCALENDAR"
    assert lines[-2:] == [b"END:VCALENDAR", b""]
    assert all(len(line) <= 75 and b"\n" not in line for line in lines)
    assert b"METHOD:PUBLISH" in lines
    assert b"VERSION:2.0" in lines
    assert sum(line.startswith(b"UID:") for line in lines) == len(DAYS)


def test_the_page_asks_as_much_for_more_days(client, pat, term, django_assert_max_num_queries):
    client.force_login(pat.user)
    client.get(PAGE)
    with django_assert_max_num_queries(12):
        client.get(PAGE)


def test_home_leads_there(client, pat):
    client.force_login(pat.user)
    assert f'"{reverse("certification:dates")}"' in client.get("/home/").content.decode()
