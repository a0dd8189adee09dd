"""What every letter and every page for people must have: a way to a person, and links that lead somewhere."""

import re

import pytest
from django.conf import settings
from django.utils import timezone

from certification import notices
from certification.models import Notice
from tests.watch.forms import is_for_people
from tests.watch.table import BROWSED, STAFF

HELP = ("711", "interpreter", "large print, braille or audio", "Another language?")


def lacking(text):
    return [words for words in (*HELP, settings.PROGRAM_PHONE) if words not in text]


def letters():
    """One of each kind, with the text that its reader gets in English."""
    for notice in (
        Notice.objects.filter(helps_until=None).order_by("name", "pk").distinct("name").select_related("recipient")
    ):
        notice.language = "en"
        yield notice, notices.render(notice, timezone.localdate())[1]


def test_every_page_for_people_says_how_to_reach_a_person(walked):
    found = {}
    for role in [role for role in BROWSED if role not in STAFF]:
        for url, html in walked[role]:
            if is_for_people(url) and lacking(html):
                found[f"{role} {url}"] = lacking(html)
    assert found == {}


def test_every_letter_says_how_to_reach_a_person(world):
    assert {notice.name: lacking(body) for notice, body in letters() if lacking(body)} == {}


def test_every_link_in_a_letter_leads_somewhere(client, world):
    led, dead = 0, {}
    for notice, body in letters():
        client.force_login(notice.recipient)
        for address in re.findall(re.escape(settings.SITE_URL) + r"(/\S*?)[.,]?(?=\s|$)", body):
            led += 1
            if (answer := client.get(address, follow=True)).status_code != 200:
                dead[f"{notice.name} {address}"] = answer.status_code
    assert dead == {}
    assert led > 10


@pytest.mark.parametrize("words", [*HELP, settings.PROGRAM_PHONE])
def test_a_page_that_leaves_people_alone_is_found(words):
    assert lacking(" ".join((*HELP, settings.PROGRAM_PHONE)).replace(words, "")) == [words]
