"""The case page in a real browser: papers zoomed and turned in place, and keys that do what the buttons do."""

import pytest
from django.test import Client
from django.urls import reverse

from applications import actions
from applications.models import Requirement
from tests import factories
from tests.browser import DESK

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def desk(live_server, browser, settings, pat, rae):
    """The page of a case in the hands of rae; ``faults`` gathers what its scripts and its policy complain of."""
    settings.SECOND_FACTOR_FOR_STAFF = False
    application = factories.filed_application(pat)
    actions.claim(application, by=rae)
    client = Client()
    client.force_login(rae)
    context = browser.new_context(base_url=live_server.url, viewport=DESK)
    context.add_cookies(
        [{"name": name, "value": cookie.value, "url": live_server.url} for name, cookie in client.cookies.items()]
    )
    page = context.new_page()
    page.faults = []
    page.on("console", lambda message: page.faults.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: page.faults.append(str(error)))
    page.goto(reverse("admin:applications_application_change", args=[application.pk]))
    yield page
    assert page.faults == []
    context.close()


def accepted():
    return Requirement.objects.filter(status=Requirement.Status.ACCEPTED).count()


def width(desk):
    return desk.locator(".paper img").first.bounding_box()["width"]


def test_a_paper_is_zoomed_and_turned_in_place(desk):
    before = width(desk)
    desk.locator('[data-act="nearer"]').first.click()
    assert width(desk) == pytest.approx(1.5 * before, rel=0.02)
    desk.locator('[data-act="farther"]').first.click()
    assert width(desk) == pytest.approx(before, rel=0.02)
    paper = desk.locator(".paper").first
    desk.locator('[data-act="turn"]').first.click()
    assert "paper--sideways" in paper.get_attribute("class")
    inside, around = desk.locator(".paper img").first.bounding_box(), paper.bounding_box()
    assert inside["height"] > inside["width"]  # the picture is wider than high
    assert inside["width"] <= around["width"]
    assert desk.evaluate("document.documentElement.scrollWidth") <= DESK["width"]


def test_keys_do_nothing_until_they_are_switched_on(desk):
    for key in "ja":
        desk.keyboard.press(key)
    assert accepted() == 0


def test_keys_walk_the_checklist_and_accept(desk):
    desk.locator(".keys summary").click()
    desk.locator("#use-keys").check()
    for _line in range(2):
        desk.keyboard.press("j")
    assert desk.evaluate("document.activeElement.id") == "name"
    with desk.expect_navigation():
        desk.keyboard.press("a")
    assert Requirement.objects.get(kind="name").status == Requirement.Status.ACCEPTED
    assert accepted() == 1
    desk.keyboard.press("j")  # they stay switched on
    assert desk.evaluate("document.activeElement.id") == "identity"


def test_letters_that_are_typed_are_letters(desk):
    desk.locator(".keys summary").click()
    desk.locator("#use-keys").check()
    desk.locator("#identity summary").click()
    desk.locator("#note-identity").fill("")
    desk.locator("#note-identity").press_sequentially("a jar")
    assert desk.locator("#note-identity").input_value() == "a jar"
    assert accepted() == 0
