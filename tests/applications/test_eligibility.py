"""The eligibility check: no account, one question at a time, nothing kept."""

import re
from urllib.parse import quote

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse

from applications.rules import QUESTIONS
from certification.models import Standard
from certification.steps import record
from tests import factories
from training_providers.models import Approval, Provider

pytestmark = pytest.mark.django_db
NAMES = [question.name for question in QUESTIONS]


@pytest.fixture
def client():
    return Client()


def ask(client, *answered, asked=None, **more):
    typed = dict.fromkeys(answered, "yes") | more
    return client.post(reverse("applications:eligibility"), typed | ({"asked": asked} if asked else {}))


def test_six_times_yes_ends_in_you_can_apply(client):
    page = ask(client)
    for number, name in enumerate(NAMES):
        assert page.context["question"].name == name
        page = ask(client, *NAMES[:number], asked=name, answer="yes")
    assert "You can apply" in page.content.decode()


def test_the_path_names_its_rules_and_is_kept_through_the_sign_up(client):
    page = ask(client, *NAMES).content.decode()
    for words in ("This is your path", "WIC 14045.15(a)", "WIC 14045.15(b)", "80 hours", "3 attempts"):
        assert words in page
    way = re.search(r'href="(/apply/[^"]*)"', page)[1]
    door = client.get(way)
    assert "next=" + quote(way) in door.url
    client.force_login(factories.user())
    assert "You need not answer that again." in client.get(way).content.decode()
    assert "First see if you qualify" in client.get(reverse("applications:apply")).content.decode()


@pytest.mark.parametrize("name", NAMES)
def test_a_no_says_what_is_missing_and_keeps_nothing(client, name):
    page = ask(client, *NAMES[: NAMES.index(name)], asked=name, answer="no")
    assert "Not yet" in page.content.decode()
    assert not Session.objects.exists()
    assert not set(page.cookies) - {"csrf", "csrftoken"}


def test_who_is_too_young_reads_when_they_may_come(client):
    words = ask(client, asked="age", answer="no").content.decode()
    assert "from the day you turn 18" in words


def test_the_age_is_the_programs_number(client):
    record(
        Standard(
            key="eligibility.min_age",
            value="21",
            unit="years",
            effective_from="2020-01-01",
            citation="test",
            basis="text",
        ),
        by=None,
        why="test",
    )
    Standard.objects.filter(key="eligibility.min_age").order_by("effective_from")
    assert "18 or older" in ask(client).content.decode()
    record(
        Standard(
            key="eligibility.min_age",
            value="21",
            unit="years",
            effective_from="2023-01-01",
            citation="test",
            basis="text",
        ),
        by=None,
        why="test",
    )
    assert "21 or older" in ask(client).content.decode()


def test_a_question_without_an_answer_says_so_at_the_field(client):
    page = ask(client, asked="age")
    assert page.context["form"].errors["answer"]


@pytest.mark.parametrize("answer", ["maybe", "", "\x00", "yes" * 5000, "<script>"])
def test_a_wrong_answer_is_asked_again(client, answer):
    page = ask(client, asked="age", answer=answer)
    assert page.status_code == 200
    assert page.context["question"].name == "age"


def test_back_returns_to_the_question_before(client):
    assert ask(client, "age", "education", back="1").context["question"].name == "education"


def test_an_unset_exam_language_is_to_be_asked_for_and_all_fees_are_shown(client):
    words = client.get(reverse("applications:eligibility")).content.decode()
    assert "Exam: ask us before you pay" in words
    assert "$100" in words
    assert "$150" in words
    assert "$80" in words


def test_the_languages_are_those_of_today(client):
    provider = Provider.objects.create(name="Peer School")
    for language, ends in (("es", None), ("en", "2023-01-01")):
        record(
            Approval(
                provider=provider,
                training_type="core",
                language=language,
                delivery="online",
                starts="2022-01-01",
                ends=ends,
            ),
            by=None,
            why="test",
        )
    record(
        Standard(
            key="exam.languages",
            value="en es",
            unit="languages",
            effective_from="2024-01-01",
            citation="test",
            basis="text",
        ),
        by=None,
        why="test",
    )
    words = client.get(reverse("applications:eligibility")).content.decode()
    assert "Training: Spanish" in words
    assert "Exam: English, Spanish" in words


@pytest.mark.parametrize("word", ["diagnos", "convict", "arrest", "citizen", "visa"])
def test_it_never_asks_what_is_nobodys_business(client, word):
    pages = [client.get(reverse("applications:eligibility"))]
    pages += [ask(client, *NAMES[:number]) for number in range(len(NAMES) + 1)]
    assert not [page for page in pages if word in page.content.decode().lower()]
