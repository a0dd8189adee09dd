"""A new legal name: asked for with a paper, looked at by somebody else, printed and found from then on."""

import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client
from django.urls import reverse

from certification import name_changes
from certification.actions import issue
from certification.certificates import certificate_pdf, name_on, newest_term
from certification.models import Document, NameChange, Notice, Person, Reissue, SearchName
from certification.steps import NotReady, WrongState, record
from tests import factories
from tests.racing import race

pytestmark = pytest.mark.django_db
S = NameChange.Status


@pytest.fixture
def change(pat):
    return factories.asked_name_change(pat)


def told(person, name):
    return Notice.objects.filter(recipient=person.user, name=name).count()


def keys(person):
    return set(SearchName.objects.filter(person=person).values_list("key", flat=True))


def test_a_new_name_counts_once_it_is_accepted(pat, change, roy):
    assert (Person.objects.get(pk=pat.pk).legal_name, change.old_name) == ("Pat Doe", "Pat Doe")
    name_changes.accept(change, by=roy)
    assert Person.objects.get(pk=pat.pk).legal_name == "Pat New"
    assert (change.status, change.decided_by) == (S.ACCEPTED, roy)
    assert (told(pat, "name-asked"), told(pat, "name-changed")) == (1, 1)


def test_the_certificate_is_printed_again_under_its_number(pat, roy):
    certification = issue(pat, by=None, why="test")
    term = newest_term(certification)
    before = certificate_pdf(term, language="en")
    name_changes.accept(factories.asked_name_change(pat), by=roy)
    term = newest_term(certification)
    assert (term.printed_name, name_on(term), term.certification.number) == ("Pat Doe", "Pat New", certification.number)
    assert certificate_pdf(term, language="en") != before
    assert {key.partition("\x1f")[0] for key in keys(pat)} == {"new"}


def test_who_is_not_certified_gets_no_certificate_and_no_place_on_the_registry(pat, change, roy):
    name_changes.accept(change, by=roy)
    assert (Reissue.objects.count(), keys(pat)) == (0, set())


def test_a_certificate_issued_later_shows_the_name_of_its_day(pat, change, roy):
    name_changes.accept(change, by=roy)
    certification = issue(Person.objects.get(pk=pat.pk), by=None, why="test")
    assert name_on(newest_term(certification)) == "Pat New"


def test_a_second_new_name_replaces_the_first(pat, roy):
    certification = issue(pat, by=None, why="test")
    for family in ("New", "Newer"):
        name_changes.accept(factories.asked_name_change(Person.objects.get(pk=pat.pk), family_name=family), by=roy)
    assert name_on(newest_term(certification)) == "Pat Newer"


def test_a_declined_name_changes_nothing_and_may_be_appealed(pat, change, roy):
    name_changes.decline(change, reason=NameChange.Reason.NOT_SHOWN, by=roy)
    assert Person.objects.get(pk=pat.pk).legal_name == "Pat Doe"
    letter = Notice.objects.get(recipient=pat.user, name="name-declined")
    client = Client()
    client.force_login(pat.user)
    assert client.get(reverse("discipline:appeal", args=[letter.public_id])).status_code == 200
    assert name_changes.ask(pat, parts={"given_name": "Pia"}, document=change.document, by=pat.user).status == S.ASKED


def test_one_is_asked_for_at_a_time(pat, change):
    with pytest.raises(NotReady, match="already"):
        factories.asked_name_change(pat)


def test_the_name_we_have_is_no_new_name(pat):
    with pytest.raises(NotReady, match="have already"):
        factories.asked_name_change(pat, family_name="Doe")


def test_who_never_said_their_name_asks_for_none(db):
    nobody = factories.person("", "")
    with pytest.raises(NotReady, match="in your application"):
        factories.asked_name_change(nobody, given_name="Nia")


def test_what_is_taken_back_leaves_no_paper(pat, change, roy):
    name_changes.take_back(change, by=pat.user)
    assert change.status == S.TAKEN_BACK
    assert Document.objects.get(pk=change.document_id).deleted_at
    with pytest.raises(WrongState):
        name_changes.accept(change, by=roy)


def test_only_the_registrar_decides_and_never_about_themself(pat, change, roy, rae):
    for act in (name_changes.accept, lambda change, by: name_changes.decline(change, reason="unreadable", by=by)):
        with pytest.raises(PermissionDenied):
            act(change, by=rae)
    own = factories.asked_name_change(
        record(Person(user=roy, given_name="Roy", family_name="Doe"), by=roy, why="begin")
    )
    with pytest.raises(NotReady, match="your own"):
        name_changes.accept(own, by=roy)


def test_a_registrar_finds_neither_their_own_change_nor_its_paper(roy, client):
    own = factories.asked_name_change(
        record(Person(user=roy, given_name="Roy", family_name="Doe"), by=roy, why="begin")
    )
    client.force_login(roy)
    page = reverse("admin:certification_namechange_change", args=[own.pk])
    assert client.get(page).status_code == 404
    assert client.post(reverse("admin:certification_namechange_accept", args=[own.pk])).status_code == 404
    assert page not in client.get(reverse("admin:certification_namechange_changelist")).content.decode()


def test_the_registrar_sees_both_names_and_the_paper_and_the_look_is_written_down(change, roy, client):
    client.force_login(roy)
    page = client.get(reverse("admin:certification_namechange_change", args=[change.pk])).content.decode()
    for shown in ("Pat Doe", "Pat New", str(change.document.public_id), "Accept and send the letter"):
        assert shown in page
    person = Client()
    person.force_login(change.person.user)
    assert "new name" in person.get(reverse("certification:openings")).content.decode().lower()


def test_the_registrar_accepts_and_declines_on_the_page(pat, change, roy, client):
    client.force_login(roy)
    client.post(reverse("admin:certification_namechange_decline", args=[change.pk]), {"reason": "no such reason"})
    assert NameChange.objects.get(pk=change.pk).status == S.ASKED
    client.post(reverse("admin:certification_namechange_decline", args=[change.pk]), {"reason": "unreadable"})
    assert NameChange.objects.get(pk=change.pk).status == S.DECLINED
    again = factories.asked_name_change(pat)
    client.post(reverse("admin:certification_namechange_accept", args=[again.pk]))
    assert NameChange.objects.get(pk=again.pk).status == S.ACCEPTED


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("connections_end")
def test_of_two_who_decide_at_once_one_does(pat, change):
    desks = [factories.staff("registrar") for _time in range(2)]
    acts = [
        lambda: name_changes.accept(NameChange.objects.get(pk=change.pk), by=desks[0]),
        lambda: name_changes.decline(NameChange.objects.get(pk=change.pk), reason="unreadable", by=desks[1]),
    ]
    assert [type(answer) for answer in race(acts) if answer] == [WrongState]
    assert told(pat, "name-changed") + told(pat, "name-declined") == 1
