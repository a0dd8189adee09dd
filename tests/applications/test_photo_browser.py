"""A photo is seen, and can be turned, before it is sent."""

import pytest
from django.test import Client
from django.urls import reverse

from certification import documents
from certification.models import Document
from tests import factories
from tests.browser import Visitor

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_photo_is_shown_and_turned_before_it_is_sent(live_server, browser, pat):
    factories.draft(pat, without=("education",))
    client = Client()
    client.force_login(pat.user)
    visitor = Visitor(browser, live_server)
    visitor.page.context.add_cookies(
        [{"name": name, "value": cookie.value, "url": live_server.url} for name, cookie in client.cookies.items()]
    )
    visitor.opens(reverse("applications:page", args=["education"]))
    assert visitor.number_of("canvas") == 0
    visitor.fills_in(kind="high-school", file=factories.picture())
    shown = visitor.page.locator("canvas")
    shown.wait_for()
    assert shown.evaluate("it => it.width > it.height")
    assert visitor.page.locator("main").bounding_box()["width"] >= shown.bounding_box()["width"]
    visitor.page.locator('[data-act="turn"]').click()
    visitor.page.locator('input[type="file"]').evaluate(
        "async it => { while (it.files[0].type !== 'image/jpeg') await new Promise(requestAnimationFrame); }"
    )
    assert shown.evaluate("it => it.width < it.height")
    visitor.sends()
    sent = Document.objects.get(owner=pat, kind=Document.Kind.EDUCATION)
    picture = documents.checked(sent)
    assert factories.Image.open(factories.io.BytesIO(picture)).size == (600, 800)
    assert visitor.faults == []
