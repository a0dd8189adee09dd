"""Longer text is kept while it is typed: for its writer alone, on any device, and never over what another window wrote."""

from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from applications import actions as applications
from certification import unsent
from certification.models import Notice, UnsentText
from discipline.models import Appeal
from tests import factories
from tests.applications.cases import hand_over, hold
from tests.browser import Visitor
from tests.racing import race
from tests.watch.test_secrets import dump, found_in

pytestmark = pytest.mark.django_db
WORDS = "My diploma shows my old name."


@pytest.fixture
def pats(pat):
    return signed_in(pat.user)


def signed_in(user):
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def page():
    return reverse("applications:messages")


def types(client, page, text=WORDS, *, writer="one", seen="", field="text"):
    return client.post(page, {"keep": field, "text": text, "writer": writer, "seen": seen}).status_code


def seen_on(client, page):
    return client.get(page).context["form"].fields["text"].widget.attrs["data-seen"]


def shown_on(client, page):
    return client.get(page).context["form"]["text"].value() or ""


def sends(client, page, text):
    return client.post(page, {"text": text})


# --- one window ----------------------------------------------------------------------------------------------------
def test_what_is_typed_is_there_on_another_device_and_is_not_sent(pats, pat, page):
    assert types(pats, page) == 204
    assert types(pats, page, WORDS + " What now?") == 204
    elsewhere = signed_in(pat.user)
    assert shown_on(elsewhere, page) == WORDS + " What now?"
    assert "We kept it for you." in elsewhere.get(page).content.decode()
    assert not pat.messages.exists()


def test_what_is_sent_is_kept_no_longer(pats, pat, page):
    types(pats, page)
    assert sends(pats, page, WORDS).status_code == 302
    assert shown_on(pats, page) == ""
    assert UnsentText.objects.get().text is None
    assert pat.messages.get().body == WORDS


@pytest.mark.parametrize("before", [True, False])
def test_what_arrives_after_the_form_does_not_come_back(pats, page, before):
    if before:
        types(pats, page)
    sends(pats, page, WORDS)
    assert types(pats, page) == 409
    assert shown_on(pats, page) == ""


def test_the_next_text_is_kept_as_the_first_was(pats, page):
    types(pats, page)
    sends(pats, page, WORDS)
    assert types(pats, page, "And then?", writer="two", seen=seen_on(pats, page)) == 204
    assert shown_on(pats, page) == "And then?"


def test_a_text_that_is_refused_stays_and_is_kept_on(pats, page, settings):
    settings.MESSAGES_PER_DAY = 0
    types(pats, page)
    answer = sends(pats, page, WORDS + " Please.")
    assert answer.context["form"]["text"].value() == WORDS + " Please."
    assert (
        types(pats, page, "More.", writer="two", seen=answer.context["form"].fields["text"].widget.attrs["data-seen"])
        == 204
    )


def test_an_emptied_text_is_kept_empty(pats, page):
    types(pats, page)
    assert types(pats, page, "") == 204
    assert "We kept it for you." not in pats.get(page).content.decode()


# --- two windows ---------------------------------------------------------------------------------------------------
def test_of_two_windows_the_second_to_write_is_told_and_replaces_nothing(pats, page):
    assert types(pats, page, "First.", writer="one") == 204
    assert types(pats, page, "Second.", writer="two") == 409
    assert shown_on(pats, page) == "First."


def test_a_window_opened_later_goes_on_and_the_older_one_is_told(pats, page):
    types(pats, page, "First.", writer="one")
    seen = seen_on(pats, page)
    assert types(pats, page, "First. Second.", writer="two", seen=seen) == 204
    assert types(pats, page, "First again.", writer="one") == 409
    assert shown_on(pats, page) == "First. Second."


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("connections_end")
def test_of_many_windows_at_once_one_writes(pat):
    answers = race(
        [lambda name=str(number): unsent.keep(pat.user, "x:text", name, writer=name, seen="") for number in range(8)]
    )
    assert answers.count(True) == 1
    assert UnsentText.objects.get().text == str(answers.index(True))


# --- whose, and how much -------------------------------------------------------------------------------------------
def test_nobody_reads_or_writes_the_text_of_another(pats, max, page):
    types(pats, page)
    stranger = signed_in(max.user)
    assert shown_on(stranger, page) == ""
    assert types(stranger, page, "Mine.") == 204
    assert shown_on(pats, page) == WORDS


def test_a_page_asks_what_it_always_asks(pats, pat, max, page):
    assert Client().post(page, {"keep": "text", "text": WORDS}).url.startswith(reverse("account_login"))
    assert signed_in(factories.user()).post(page, {"keep": "text", "text": WORDS}).status_code == 302  # not begun yet
    assert types(pats, reverse("exams:changes")) == 302  # nothing to answer there now
    letter = appealable(pat)
    assert types(signed_in(max.user), reverse("discipline:appeal", args=[letter.public_id])) == 404
    assert not UnsentText.objects.exists()


def appealable(person):
    hold(person, factories.staff("lead reviewer"))
    return hand_over(Notice.objects.get(recipient=person.user, name="hold-opened"))


def test_only_the_longer_fields_and_no_endless_text(pats, page):
    assert types(pats, page, field="mark") == 400
    assert types(pats, page, field="nothing") == 400
    assert types(pats, page, "x" * (unsent.MOST + 1)) == 413
    assert types(pats, page, "a\0b\ud800".encode("utf-8", "replace").decode()) == 204


def test_it_is_sealed(pats, page):
    types(pats, page)
    assert found_in(dump(), {"text": WORDS}) == set()


def test_what_nobody_touches_for_long_is_forgotten(pats, page):
    types(pats, page)
    with time_machine.travel(timezone.now() + unsent.KEPT - timedelta(hours=1)):
        unsent.forget_old()
        assert UnsentText.objects.exists()
    with time_machine.travel(timezone.now() + unsent.KEPT + timedelta(hours=1)):
        unsent.forget_old()
    assert not UnsentText.objects.exists()


# --- the other long texts ------------------------------------------------------------------------------------------
def test_a_change_in_the_exam_is_kept_until_it_is_asked_for(pat):
    application = factories.approved_application(pat)
    pats, page = signed_in(pat.user), reverse("exams:changes")
    assert types(pats, page, "More time.") == 204
    assert shown_on(pats, page) == "More time."
    assert pats.post(page, {"needed": "yes", "text": "More time."}).status_code == 302
    assert UnsentText.objects.get().text is None
    assert application.accommodation_request.text == "More time."


def test_what_was_typed_beside_an_application_goes_with_it(pat):
    application = factories.approved_application(pat)
    types(signed_in(pat.user), reverse("exams:changes"), "More time.")
    types(signed_in(pat.user), reverse("applications:messages"), "Bye.")
    applications.withdraw(application, by=pat.user)
    assert [row.text for row in UnsentText.objects.all()] == ["Bye."]


def test_an_appeal_is_kept_until_it_is_sent(pats, pat):
    letter = appealable(pat)
    page = reverse("discipline:appeal", args=[letter.public_id])
    assert types(pats, page, "You are wrong.") == 204
    assert shown_on(pats, page) == "You are wrong."
    assert pats.post(page, {"text": "You are wrong."}).status_code == 302
    assert UnsentText.objects.get().text is None
    assert Appeal.objects.get().text == "You are wrong."


# --- in a browser --------------------------------------------------------------------------------------------------
@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_a_text_is_kept_as_it_is_typed_and_two_windows_are_told(live_server, browser, pat, page):
    first, second = (at_messages(live_server, browser, pat, page) for _window in range(2))
    first.fills_in(text=WORDS)
    waits_for(first, "saved")
    assert UnsentText.objects.get().text == WORDS
    second.fills_in(text="Something else.")
    waits_for(second, "elsewhere")
    assert UnsentText.objects.get().text == WORDS
    second.opens(page)
    assert second.page.locator("textarea").input_value() == WORDS
    first.sends()
    assert pat.messages.get().body == WORDS
    assert UnsentText.objects.get().text is None
    assert first.faults == []
    assert [fault for fault in second.faults if "409" not in fault] == []


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_who_is_signed_out_is_told_and_keeps_the_text(live_server, browser, pat, page):
    visitor = at_messages(live_server, browser, pat, page)
    visitor.page.context.clear_cookies()
    visitor.fills_in(text=WORDS)
    waits_for(visitor, "out")
    assert visitor.page.locator("textarea").input_value() == WORDS
    assert not UnsentText.objects.exists()


def at_messages(live_server, browser, person, page):
    client = signed_in(person.user)
    visitor = Visitor(browser, live_server)
    visitor.page.context.add_cookies(
        [{"name": name, "value": cookie.value, "url": live_server.url} for name, cookie in client.cookies.items()]
    )
    visitor.opens(page)
    return visitor


def waits_for(visitor, what):
    visitor.page.wait_for_function(
        "what => { const said = document.getElementById('typing'); return said.textContent === said.dataset[what]; }",
        arg=what,
    )
