"""What comes of waiting: a draft that rests, a request that nobody answers, and the clocks that close."""

import re
from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from applications import actions
from applications.models import Application
from applications.queries import cases_for, unanswered
from applications.rules import draft_turn, page_named, reply_by
from certification import notices
from certification.models import Document, Notice, Standard
from certification.queries import today
from certification.standards import standards_on
from certification.steps import NotReady, record
from tests import factories
from tests.applications.cases import a_minute_passes, ask, hand_over, letters

S = Application.Status
pytestmark = pytest.mark.django_db


def later(time_machine, days):
    """Go on by ``days``, from where the clock of the test stands."""
    time_machine.move_to(timezone.localtime() + timedelta(days=days))


def swept(application):
    """What the hourly sweeps do, and the worker after them."""
    actions.warn_or_close_drafts()
    actions.remind()
    actions.close_run_out_approvals()
    for notice in Notice.objects.unsent():
        notices.deliver(notice.pk)
    application.refresh_from_db()


def told(application, name):
    return letters(application, name).count()


def becomes_a_rule(**values):
    for key, value in values.items():
        key = f"application.{key}"
        record(
            Standard(key=key, value=value, unit="days", citation="a rule", basis="text", effective_from=today()),
            by=None,
            why="set",
        )


# --- a draft that rests --------------------------------------------------------------------------------------------
def test_a_draft_is_closed_after_two_warnings(pat, time_machine):
    time_machine.move_to(timezone.localtime())
    draft = factories.draft(pat, without=("ethics",))
    seen = []
    for _day in range(182):
        later(time_machine, 1)
        swept(draft)
        seen.append((told(draft, "draft-closing"), draft.status))
    assert [seen.count(each) for each in [(0, S.DRAFT), (1, S.DRAFT), (2, S.DRAFT)]] == [149, 23, 8]
    assert seen[-1] == (2, S.CLOSED)
    assert told(draft, "draft-closed") == 1
    assert not draft.draft_pages.exists()
    assert not Document.objects.filter(owner=pat, deleted_at=None).exists()


def test_a_letter_names_the_day_that_the_rule_keeps(pat, time_machine):
    time_machine.move_to(timezone.localtime())
    draft = factories.draft(pat, without=("ethics",))
    later(time_machine, 150)
    swept(draft)
    turn = draft_turn(draft, standards_on(today()))
    assert turn.closes_on == today() + timedelta(days=30)
    written = letters(draft, "draft-closing").get().body
    assert f"{turn.closes_on:%B} {turn.closes_on.day}, {turn.closes_on.year}" in written


def test_a_clock_that_slept_still_gives_both_warnings_their_time(pat, time_machine):
    time_machine.move_to(timezone.localtime())
    draft = factories.draft(pat, without=("ethics",))
    later(time_machine, 400)
    swept(draft)
    assert (told(draft, "draft-closing"), draft.status) == (1, S.DRAFT)
    later(time_machine, 22)
    swept(draft)
    assert told(draft, "draft-closing") == 1
    later(time_machine, 1)
    swept(draft)
    assert (told(draft, "draft-closing"), draft.status) == (2, S.DRAFT)
    later(time_machine, 7)
    swept(draft)
    assert draft.status == S.DRAFT  # the day that the letter named still counts
    later(time_machine, 1)
    swept(draft)
    assert draft.status == S.CLOSED


def test_a_sweep_twice_says_nothing_twice(pat, time_machine):
    time_machine.move_to(timezone.localtime())
    draft = factories.draft(pat, without=("ethics",))
    later(time_machine, 155)
    swept(draft)
    swept(draft)
    assert told(draft, "draft-closing") == 1


@pytest.mark.parametrize("how", ["keep", "save"])
def test_whoever_keeps_or_saves_a_draft_rests_anew(pat, time_machine, how):
    time_machine.move_to(timezone.localtime())
    draft = factories.draft(pat, without=("ethics",))
    later(time_machine, 160)
    swept(draft)
    client = Client()
    client.force_login(pat.user)
    assert "Keep my application" in client.get(reverse("applications:apply")).content.decode()
    if how == "keep":
        client.post(reverse("applications:keep"))
    else:
        actions.save_page(draft, page_named("name"), {"given_name": "Pat"}, by=pat.user)
    assert "Keep my application" not in client.get(reverse("applications:apply")).content.decode()
    later(time_machine, 149)
    swept(draft)
    assert (told(draft, "draft-closing"), draft.status) == (1, S.DRAFT)


def test_a_warning_that_came_back_closes_nothing(pat, time_machine):
    time_machine.move_to(timezone.localtime())
    draft = factories.draft(pat, without=("ethics",))
    later(time_machine, 150)
    swept(draft)
    letters(draft, "draft-closing").update(bounced_at=timezone.now())
    later(time_machine, 300)
    swept(draft)
    assert (told(draft, "draft-closing"), draft.status) == (1, S.DRAFT)


def test_a_draft_that_was_sent_in_the_meantime_is_let_be(pat, time_machine):
    time_machine.move_to(timezone.localtime())
    application = factories.filed_application(pat)
    later(time_machine, 300)
    swept(application)
    assert application.status == S.SUBMITTED
    assert told(application, "draft-closing") == 0


def test_staff_never_see_a_draft_not_even_one_that_ended(pat, lee, time_machine):
    time_machine.move_to(timezone.localtime())
    draft = factories.draft(pat, without=("ethics",))
    actions.withdraw(draft, by=pat.user)
    assert not cases_for(lee).exists()
    assert not Application.objects.visible_to(lee).exists()


# --- a request that nobody answers ---------------------------------------------------------------------------------
@pytest.fixture
def asked(pat, rae, time_machine):
    time_machine.move_to(timezone.localtime())
    application = factories.filed_application(pat)
    actions.claim(application, by=rae)
    hand_over(ask(application, rae))
    return application


def test_who_has_not_answered_is_reminded_twice(asked, time_machine):
    seen = []
    for _day in range(90):
        later(time_machine, 1)
        swept(asked)
        seen.append(told(asked, "answer-reminder"))
    assert [seen.count(number) for number in (0, 1, 2)] == [45, 11, 34]
    assert asked.status == S.MORE_ASKED  # no clock closes by our practice


def test_of_several_reminders_overdue_only_the_tightest_is_sent(asked, time_machine):
    later(time_machine, 58)
    swept(asked)
    swept(asked)
    assert told(asked, "answer-reminder") == 1
    assert letters(asked, "answer-reminder").get().key.endswith(":3")


def test_a_reminder_names_no_day_that_is_our_practice_only(asked, time_machine):
    later(time_machine, 50)
    swept(asked)
    assert "Please answer by" not in letters(asked, "answer-reminder").get().body


def test_a_reminder_names_the_day_that_is_a_rule(asked, time_machine):
    becomes_a_rule(revision_reply_days="60")
    later(time_machine, 50)
    swept(asked)
    assert "Please answer by" in letters(asked, "answer-reminder").get().body


def test_one_click_takes_more_time(asked, time_machine):
    later(time_machine, 59)
    swept(asked)
    client = Client()
    client.force_login(asked.person.user)
    page = client.get(reverse("applications:apply")).content.decode()
    assert "It is no rule" in page
    assert "I need more time" in page
    client.post(reverse("applications:more_time"))
    asked = Application.objects.get(pk=asked.pk)
    assert reply_by(asked) == today() + timedelta(days=60)
    later(time_machine, 46)
    swept(asked)
    assert told(asked, "answer-reminder") == 2  # the new day has its own reminders


def test_where_the_time_is_a_rule_the_person_asks_us(asked):
    becomes_a_rule(revision_reply_days="60")
    asked = Application.objects.get(pk=asked.pk)
    with pytest.raises(NotReady, match="call us"):
        actions.more_time(asked, by=asked.person.user)
    client = Client()
    client.force_login(asked.person.user)
    assert "I need more time" not in client.get(reverse("applications:apply")).content.decode()


def test_the_next_request_counts_from_its_own_letter(asked, rae, time_machine):
    later(time_machine, 20)
    actions.more_time(asked, by=asked.person.user)
    later(time_machine, 10)
    answers = factories.answers(asked.person)["identity"]
    actions.save_page(asked, page_named("identity"), answers, by=asked.person.user)
    actions.answer(asked, by=asked.person.user)
    hand_over(ask(asked, rae))
    assert reply_by(Application.objects.get(pk=asked.pk)) == today() + timedelta(days=60)


def test_nobody_is_closed_out_by_an_assumed_number(asked, time_machine):
    later(time_machine, 1000)
    swept(asked)
    assert asked.status == S.MORE_ASKED


def test_a_request_without_answer_is_closed_where_the_program_has_set_a_time(asked, time_machine):
    becomes_a_rule(revision_reply_days="60")
    later(time_machine, 61)
    swept(asked)
    assert asked.status == S.CLOSED
    assert "/appeals/" in letters(asked, "application-closed").get().body


def test_a_lead_closes_what_nobody_answers_once_it_was_reminded(asked, lee, rae, time_machine):
    with pytest.raises(NotReady, match="still time"):
        actions.close_unanswered(asked, by=lee)
    assert not unanswered(lee).exists()
    later(time_machine, 61)
    assert list(unanswered(lee)) == [asked]
    with pytest.raises(NotReady, match="No reminder"):
        actions.close_unanswered(asked, by=lee)
    with pytest.raises(PermissionDenied):
        actions.close_unanswered(asked, by=rae)
    swept(asked)
    actions.close_unanswered(asked, by=lee)
    swept(asked)
    assert (asked.status, asked.ended_at is not None) == (S.CLOSED, True)
    letter = letters(asked, "unanswered-closed").get().body
    assert "/appeals/" in letter
    assert not re.search(r"\b60\b", letter)  # our practice is never written as a rule
    assert not unanswered(lee).exists()


def test_who_asked_for_more_does_not_close(asked, time_machine):
    lead = factories.staff("lead reviewer")
    record(asked, by=None, why="test", reviewer=lead)
    later(time_machine, 61)
    swept(asked)
    with pytest.raises(NotReady, match="second person"):
        actions.close_unanswered(asked, by=lead)
    assert not unanswered(lead).exists()


def test_the_list_and_the_rule_agree_on_the_day(asked, lee, time_machine):
    for days, listed in ((60, False), (1, True)):
        later(time_machine, days)
        assert unanswered(lee).exists() is listed
        assert (reply_by(asked) < today()) is listed


def test_a_lead_closes_from_the_case_page(asked, lee, time_machine):
    actions.open_by_name(asked, by=lee, reason="check")
    client = Client()
    client.force_login(lee)
    page = reverse("admin:applications_application_change", args=[asked.pk])
    assert "There is still time" in client.get(page).content.decode()
    later(time_machine, 61)
    client.force_login(lee)
    swept(asked)
    assert "Close the case: send this letter" in client.get(page).content.decode()
    client.post(reverse("admin:applications_application_act", args=[asked.pk, "close"]))
    a_minute_passes()
    asked.refresh_from_db()
    assert asked.status == S.CLOSED
