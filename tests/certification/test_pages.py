"""The frame of every page, the public pages, and those for when something fails."""

import hashlib
import re
from html import unescape
from pathlib import Path

import pytest
from django.db import OperationalError
from django.template import Context, Template
from django.test import RequestFactory
from django.utils import translation
from django.utils.html import escape
from django_cotton.compiler_regex import CottonCompiler

from certification import views
from certification.models import Standard
from certification.steps import record
from tests.readability import HARDEST_GRADE, grade

VENDOR = Path(__file__).parents[2] / "static/vendor/uswds-3.14.0"


def text_of(html):
    """What a reader reads in the main part of a page, a line for each block."""
    main = re.search(r"<main.*?</main>", html, re.S).group()
    blocks = re.sub(r"</(p|li|h1|h2|h3|dt|dd|div)>", "\n", re.sub(r"\s+", " ", main))
    return unescape(re.sub(r"<[^>]+>", " ", blocks))


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["/", "/complaints/"])
@pytest.mark.parametrize("language", ["en", "es"])
def test_public_pages_are_open_and_framed(client, settings, address, language):
    html = client.get(address if language == "en" else f"/es{address}").content.decode()
    assert f'<html lang="{language}"' in html
    assert len(re.findall("<h1", html)) == 1
    assert re.search(r"<title>[^<]+ – [^<]+</title>", html)
    assert settings.PROGRAM_PHONE in html
    assert 'href="tel:711"' in html
    assert 'hreflang="' in html
    assert "style=" not in html


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["/", "/complaints/", "/nothing-here/"])
def test_public_pages_are_plain(client, address):
    assert grade(text_of(client.get(address).content.decode())) <= HARDEST_GRADE


@pytest.mark.django_db
def test_the_clocks_of_a_complaint_come_from_the_standards(client, pat):
    before = client.get("/complaints/").content.decode()
    assert "Within 5 business days" in before
    assert "within 3 years" in before
    assert "Ask us by when" in before, "the days to appeal are assumed, so none are promised"
    standard = Standard.objects.get(key="complaint.acknowledge_business_days")
    record(standard, by=pat.user, why="a test", value="7")
    assert "Within 7 business days" in client.get("/complaints/").content.decode()


@pytest.mark.django_db
def test_who_is_signed_in_finds_cards_and_letters(client, pat):
    client.force_login(pat.user)
    assert "Hello, Pat" in client.get("/home/").content.decode()
    assert client.get("/letters/").status_code == 200


def test_when_the_database_is_away_the_page_needs_neither_it_nor_a_session(monkeypatch, settings):
    monkeypatch.setattr(views, "_database_answers", lambda: False)
    request = RequestFactory().get("/")
    try:
        raise OperationalError
    except OperationalError:
        answer = views.failed(request)
    assert answer.status_code == 503
    assert answer["Retry-After"]
    assert settings.PROGRAM_PHONE in answer.content.decode()


@pytest.mark.parametrize(("view", "status"), [(lambda r: views.unreadable(r, None), 400), (views.failed, 500)])
@pytest.mark.parametrize("language", ["en", "es"])
def test_pages_for_trouble_come_up_alone(view, status, language):
    with translation.override(language):
        answer = view(RequestFactory().get("/"))
    assert answer.status_code == status
    assert f'lang="{language}"' in answer.content.decode()


def test_vendored_files_are_what_was_built():
    for line in (VENDOR / "SHA256SUMS").read_text().splitlines():
        digest, _, name = line.partition("  ")
        assert hashlib.sha256((VENDOR / name).read_bytes()).hexdigest() == digest, name


HOSTILE = '<script>"O\'Neil" & {{ 1 }}</script>'


@pytest.mark.parametrize(
    "source",
    [
        '<c-summary-row key="{{ text }}" href="/?q={{ text }}">{{ text }}</c-summary-row>',
        '<c-event title="{{ text }}" when="{{ text }}">{{ text }}</c-event>',
        '<c-task title="{{ text }}" hint="{{ text }}" href="{{ text }}" />',
        '<c-alert title="{{ text }}">{{ text }}</c-alert>',
        '<c-panel title="{{ text }}"><p>{{ text }}</p></c-panel>',
        '<c-door title="{{ text }}" href="/">{{ text }}</c-door>',
        '<c-button name="{{ text }}" value="{{ text }}">{{ text }}</c-button>',
    ],
)
def test_components_escape_what_people_wrote_once(source):
    compiled = CottonCompiler().process(source)
    html = Template(compiled).render(Context({"text": HOSTILE}))
    assert "<script>" not in html
    assert "&amp;amp;" not in html
    assert "&amp;lt;" not in html
    assert escape(HOSTILE) in html


def test_an_empty_answer_shows_a_dash():
    compiled = CottonCompiler().process('<c-summary-row key="Name">\n  {{ text }}\n</c-summary-row>')
    assert "<dd>–</dd>" in Template(compiled).render(Context({"text": ""}))
    assert "<dd>Ana</dd>" in Template(compiled).render(Context({"text": "Ana"}))
