"""A roster in a real browser without scripts, on a desk and on a phone: the desk brings it in, the person says "this is not me"."""

import pytest
from django.test import Client
from django.urls import reverse

from tests import factories
from tests.browser import DESK, PHONE
from tests.factories import on_roster, roster
from training_providers.models import TrainingRecord

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def page_of(live_server, browser, settings):
    """A page of that user on a screen of that size."""
    settings.SECOND_FACTOR_FOR_STAFF = False
    opened = []

    def page(user, screen):
        client = Client()
        client.force_login(user)
        context = browser.new_context(base_url=live_server.url, viewport=screen, java_script_enabled=False)
        cookies = client.cookies.items()
        context.add_cookies([{"name": key, "value": one.value, "url": live_server.url} for key, one in cookies])
        opened.append(context)
        return context.new_page()

    yield page
    for context in opened:
        context.close()


@pytest.mark.parametrize("screen", [DESK, PHONE], ids=["desk", "phone"])
def test_the_desk_brings_in_a_roster_and_the_person_says_not_me(page_of, pat, tia, screen):
    factories.filed_application(pat)
    provider = factories.provider()
    raw = roster(on_roster(pat), on_roster(pat, code="", given="Unknown"), on_roster(pat, hours=20))

    desk = page_of(tia, screen)
    desk.goto(reverse("admin:training_providers_rosterrow_changelist"))
    desk.locator(f'a[href="{reverse("admin:training_providers_rosterrow_import")}"]').first.click()
    desk.select_option("[name=provider]", str(provider.pk))
    desk.set_input_files("[name=file]", {"name": "roster.csv", "mimeType": "text/csv", "buffer": raw})
    desk.locator("button.go").click()
    assert desk.locator(".checklist > li").count() == 3
    assert_fits(desk, screen)
    desk.locator("button.go").click()
    assert "1 training counts now." in desk.content()

    person = page_of(pat.user, screen)
    person.goto(reverse("training_providers:mine"))
    person.locator("main details summary").first.click()
    assert_fits(person, screen)
    person.locator("main details button").click()
    assert pat.training_records.get().status == TrainingRecord.Status.DISOWNED
    assert pat.portal_code in person.content()


def assert_fits(page, screen):
    assert page.evaluate("document.documentElement.scrollWidth") <= screen["width"]
