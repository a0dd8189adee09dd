"""Who gets which file: dealt in order, opened by name with a reason, handed on without one."""

from datetime import timedelta
from threading import Barrier, Thread

import pytest
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, connection, transaction
from django.urls import reverse
from django.utils import timezone

from applications import actions
from applications.models import Application, Opening, Recusal
from applications.queries import cases_for
from certification.models import AuditEvent, Person
from certification.steps import NotReady, record
from tests import factories
from tests.applications.cases import propose

S = Application.Status


@pytest.fixture(autouse=True)
def signed_in_with_one_factor(settings):
    settings.SECOND_FACTOR_FOR_STAFF = False


@pytest.fixture
def filed(pat):
    return factories.filed_application(pat)


def in_line(*names):
    """Applications of people with these names, filed in this order."""
    return [factories.filed_application(factories.person(name)) for name in names]


def url(name, application=None):
    return reverse(f"admin:applications_application_{name}", args=[application.pk] if application else [])


# --- next ----------------------------------------------------------------------------------------------------------
def test_next_deals_the_oldest_first(db, rae):
    line = in_line("Ann", "Ben", "Cat")
    assert [actions.deal(by=rae) for _each in line] == line
    assert actions.deal(by=rae) is None
    assert all(Application.objects.get(pk=each.pk).reviewer == rae for each in line)


def test_a_file_that_comes_back_keeps_its_place(db, rae):
    first, second = in_line("Ann", "Ben")
    assert actions.deal(by=rae) == first
    actions.release(first, by=rae)
    assert actions.deal(by=factories.staff("reviewer")) == first
    assert actions.deal(by=rae) == second


def test_only_who_reviews_is_dealt_a_file(filed):
    with pytest.raises(PermissionDenied):
        actions.deal(by=factories.staff("training desk"))


def test_nobody_is_dealt_their_own_file(db, rae):
    own = record(Person(user=rae, given_name="Rae"), by=rae, why="begin")
    factories.filed_application(own)
    other = in_line("Ann")[0]
    assert actions.deal(by=rae) == other
    assert actions.deal(by=rae) is None


@pytest.mark.django_db(transaction=True)
def test_many_who_ask_for_the_next_at_once_get_different_files():
    line, reviewers = in_line("Ann", "Ben", "Cat", "Dot"), [factories.staff("reviewer") for _each in range(8)]
    barrier, dealt = Barrier(len(reviewers)), []

    def ask(reviewer):
        barrier.wait()
        try:
            dealt.append(actions.deal(by=reviewer))
        finally:
            connection.close()

    threads = [Thread(target=ask, args=[reviewer]) for reviewer in reviewers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(dealt) == len(reviewers)
    got = [application.pk for application in dealt if application]
    assert len(got) == len(set(got))
    # Who was passed by while the last was being taken asks again, and nothing is left lying.
    while application := actions.deal(by=reviewers[0]):
        got.append(application.pk)
    assert sorted(got) == sorted(each.pk for each in line)


def test_the_desk_deals_the_next(client, filed, rae):
    client.force_login(rae)
    desk = client.get(reverse("admin:index")).content.decode()
    assert f'action="{url("next")}"' in desk
    assert client.post(url("next"))["Location"] == url("change", filed)
    filed.refresh_from_db()
    assert filed.reviewer == rae
    assert "Nothing waits for you." in client.post(url("next"), follow=True).content.decode()


# --- by name -------------------------------------------------------------------------------------------------------
def test_a_file_that_was_not_dealt_opens_with_a_reason_for_the_day(client, filed, rae, time_machine):
    time_machine.move_to(timezone.localtime().replace(hour=12))
    client.force_login(rae)
    before = client.get(url("change", filed)).content.decode()
    assert "Why do you open it?" in before
    assert "Checklist" not in before
    assert not AuditEvent.objects.filter(action="opened case").exists()
    client.post(url("open", filed), {"reason": "asked"})
    assert "Checklist" in client.get(url("change", filed)).content.decode()
    logged = AuditEvent.objects.get(action="opened case by name")
    assert (logged.actor_id, logged.detail) == (rae.pk, {"reason": "asked"})
    time_machine.move_to(timezone.localtime() + timedelta(days=1))
    client.force_login(rae)
    assert "Checklist" not in client.get(url("change", filed)).content.decode()


def test_a_reason_of_one_opens_nothing_for_another(client, filed, rae):
    actions.open_by_name(filed, by=rae, reason="asked")
    client.force_login(factories.staff("reviewer"))
    assert "Checklist" not in client.get(url("change", filed)).content.decode()


@pytest.mark.parametrize("reason", ["", "because", "asked\0"])
def test_a_reason_is_one_of_the_list(client, filed, rae, reason):
    client.force_login(rae)
    assert "Why do you open it?" in client.post(url("open", filed), {"reason": reason}).content.decode()
    assert not Opening.objects.exists()


def test_without_a_reason_nobody_claims_past_the_line(client, filed, rae):
    client.force_login(rae)
    client.post(reverse("admin:applications_application_act", args=[filed.pk, "claim"]))
    filed.refresh_from_db()
    assert filed.status == S.SUBMITTED


def test_what_waits_for_a_second_person_lies_open_before_them(client, filed, rae, lee):
    actions.claim(filed, by=rae)
    propose(filed, rae)
    client.force_login(lee)
    assert "Checklist" in client.get(url("change", filed)).content.decode()
    client.force_login(factories.staff("reviewer"))
    assert "Checklist" not in client.get(url("change", filed)).content.decode()


def test_an_opening_is_never_changed_or_removed(filed, rae):
    actions.open_by_name(filed, by=rae, reason="asked")
    for act in (lambda: Opening.objects.update(reason="check"), lambda: Opening.objects.all().delete()):
        with pytest.raises(DatabaseError), transaction.atomic():
            act()


# --- handed on -----------------------------------------------------------------------------------------------------
def test_who_knows_the_person_hands_the_file_on_and_never_gets_it_again(client, filed, rae):
    actions.deal(by=rae)
    client.force_login(rae)
    assert "I know this person" in client.get(url("change", filed)).content.decode()
    assert client.post(url("hand_on", filed))["Location"] == reverse("admin:index")
    filed.refresh_from_db()
    assert (filed.status, filed.reviewer) == (S.SUBMITTED, None)
    assert actions.deal(by=rae) is None
    assert not cases_for(rae).exists()
    assert client.get(url("change", filed)).status_code == 404
    with pytest.raises(NotReady, match="handed this file on"):
        actions.claim(filed, by=rae)
    assert actions.deal(by=factories.staff("reviewer")) == filed


def test_handing_on_twice_is_handing_on(filed, rae):
    actions.deal(by=rae)
    filed.refresh_from_db()
    actions.hand_on(filed, by=rae)
    actions.hand_on(filed, by=rae)
    assert Recusal.objects.count() == 1


def test_who_only_opened_a_file_hands_on_what_is_not_theirs_to_give_back(filed, rae):
    actions.claim(filed, by=rae)
    other = factories.staff("reviewer")
    actions.hand_on(filed, by=other)
    filed.refresh_from_db()
    assert filed.reviewer == rae
    assert not cases_for(other).exists()


def test_while_a_denial_is_proposed_its_reviewer_keeps_the_file(filed, rae):
    actions.claim(filed, by=rae)
    propose(filed, rae)
    with pytest.raises(NotReady, match="denial is proposed"):
        actions.hand_on(filed, by=rae)
    assert not Recusal.objects.exists()
