"""What a person changes about themself: how they are reached at once, their legal name with a paper."""

import pytest
from django.urls import reverse

from applications import actions as applications
from applications.rules import page_named
from certification.models import County, Document, NameChange, Notice, Person
from tests import factories
from tests.applications.cases import ask

pytestmark = pytest.mark.django_db
CONTACT = {
    "preferred_name": "Patty",
    "phone": "(415) 555-0199",
    "address_line1": "9 Oak Lane",
    "address_line2": "",
    "city": "Fresno",
    "state": "ca",
    "zip_code": "93701",
    "county": "06019",
    "language": "es",
}


@pytest.fixture
def applied(pat):
    """An application of Pat's that was filed."""
    return factories.filed_application(pat)


@pytest.fixture
def me(client, pat):
    client.force_login(pat.user)
    return client


def address(name):
    return reverse(f"certification:{name}")


def fresh(person):
    return Person.objects.get(pk=person.pk)


def letters(person, name):
    return Notice.objects.filter(recipient=person.user, name=name).count()


def test_the_page_says_what_we_know(me, applied):
    page = me.get(address("details")).content.decode()
    for known in ("Pat Doe", "(916) 555-0134", "12 Elm Street", "Sacramento", applied.person.user.email):
        assert known in page


def test_who_has_sent_nothing_is_led_to_the_application(client):
    user = factories.user()
    client.force_login(user)
    assert reverse("applications:apply") in client.get(address("details")).content.decode()
    for name in ("contact", "name"):
        assert client.get(address(name)).headers["Location"] == address("details")
    assert client.post(address("keep_name")).headers["Location"] == address("details")


def test_new_contact_details_count_at_once_and_are_told(me, applied, pat):
    assert me.post(address("contact"), CONTACT).headers["Location"] == address("details")
    person = fresh(pat)
    assert (person.preferred_name, person.city, person.state, person.zip_code) == ("Patty", "Fresno", "CA", "93701")
    assert (person.phone.as_e164, person.county) == ("+14155550199", County.objects.get(fips="06019"))
    assert person.user.language == "es"
    assert letters(pat, "contact-changed") == 1


def test_sent_twice_it_is_told_once(me, applied, pat):
    for _time in range(2):
        me.post(address("contact"), CONTACT)
    assert letters(pat, "contact-changed") == 1
    assert fresh(pat).history.filter(history_change_reason="new contact details").count() == 1


def test_who_has_no_fixed_address_leaves_none(me, applied, pat):
    me.post(address("contact"), {"no_fixed_address": "on", "county": "outside", "language": "en"})
    person = fresh(pat)
    assert (person.no_fixed_address, person.address_line1, person.county) == (True, "", None)
    page = me.get(address("details")).content.decode()
    assert "No fixed address" in page
    assert "Outside California" in page


def test_what_is_missing_is_said_and_nothing_is_changed(me, applied, pat):
    page = me.post(address("contact"), CONTACT | {"city": ""}).content.decode()
    assert "Fill this in, or tick" in page
    assert fresh(pat).preferred_name == ""


def test_an_answer_to_a_request_leaves_a_newer_address_alone(me, applied, pat, rae):
    """The answer is about the page that was asked for; the rest of it says what was so on the day of filing."""
    applications.claim(applied, by=rae)
    ask(applied, rae)
    me.post(address("contact"), CONTACT)
    answers = factories.answers(pat)["identity"]
    applications.save_page(applied, page_named("identity"), answers, by=pat.user)
    applications.answer(applied, by=pat.user)
    assert (fresh(pat).city, fresh(pat).preferred_name) == ("Fresno", "Patty")


# --- the legal name -------------------------------------------------------------------------------------------------
NAME = {"given_name": "Pat", "middle_name": "", "family_name": "Nuñez", "suffix": ""}


def test_a_new_name_is_sent_with_its_paper(me, applied, pat):
    assert me.post(address("name"), NAME | {"paper": factories.picture()}).headers["Location"] == address("details")
    change = NameChange.objects.get(person=pat)
    assert (change.new_name, change.document.kind) == ("Pat Nuñez", Document.Kind.NAME)
    page = me.get(address("details")).content.decode()
    assert "Pat Nuñez" in page
    assert me.get(address("name")).headers["Location"] == address("details")


def test_a_name_without_a_paper_or_with_a_bad_one_is_not_taken(me, applied, pat):
    for paper in ({}, {"paper": factories.upload("a.png", b"no picture", "image/png")}):
        assert me.post(address("name"), NAME | paper).status_code == 200
    assert me.post(address("name"), NAME | {"family_name": "…", "paper": factories.picture()}).status_code == 200
    assert not NameChange.objects.exists()
    assert not Document.objects.filter(kind=Document.Kind.NAME).exists()


def test_the_name_we_have_is_said_to_be_no_new_one_and_the_paper_is_erased(me, applied):
    page = me.post(address("name"), NAME | {"family_name": "Doe", "paper": factories.picture()}).content.decode()
    assert "This is the name we have already." in page
    assert not Document.objects.filter(kind=Document.Kind.NAME, deleted_at=None).exists()


def test_what_was_asked_can_be_taken_back(me, applied, pat):
    factories.asked_name_change(fresh(pat))
    me.post(address("keep_name"))
    assert NameChange.objects.get(person=pat).status == NameChange.Status.TAKEN_BACK
    me.post(address("keep_name"))
    assert me.get(address("name")).status_code == 200
