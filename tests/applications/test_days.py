"""Days given back to an approval that we were late for: who may, when, how many, and what the person reads."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format

from applications import actions
from applications.models import Application, Extension
from applications.rules import days_to_give_back, valid_through
from certification.models import Standard
from certification.queries import today
from certification.signing import signed
from certification.steps import NotReady, record
from tests import factories
from tests.applications.cases import approve, hand_over, letters
from tests.applications.test_review_races import at_once
from training_providers import actions as training

pytestmark = pytest.mark.django_db
LATE = 12  # days


@pytest.fixture(autouse=True)
def noon(time_machine):
    time_machine.move_to(timezone.localtime().replace(hour=12))


@pytest.fixture
def approved(pat, rae, time_machine):
    """Approved today, twelve days after our own last day."""
    return approved_late(pat, rae, time_machine)


def approved_late(person, reviewer, time_machine):
    now = timezone.localtime()
    time_machine.move_to(now - timedelta(days=30 + LATE))
    application = factories.filed_application(person)
    time_machine.move_to(now)
    actions.claim(application, by=reviewer)
    approve(application, reviewer)
    hand_over(application.approval_notice)
    return Application.objects.get(pk=application.pk)


def allow(value="yes"):
    """The program sets whether an approval may be extended, from today on."""
    said = {"unit": "yes or no", "citation": "program rule", "basis": "text", "effective_from": today()}
    record(Standard(key="application.extension", value=value, **said), by=None, why="set")


@pytest.fixture
def allowed(db, noon):
    allow()


def extend(application, days, by):
    actions.extend_approval(application, days, reason="Our scanner was broken.", by=by)


# --- whether -------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("value", [None, "no", ""])
def test_where_the_program_does_not_allow_it_nothing_is_added(approved, lee, value):
    if value is not None:
        allow(value)
    with pytest.raises(NotReady, match="does not let us"):
        extend(approved, 1, lee)
    assert Application.objects.get().extra_days == 0
    assert not letters(approved, "approval-extended").exists()


def test_today_decides_whether_it_is_allowed_and_not_the_day_of_filing(approved, lee):
    assert not approved.standards.application_extension
    allow()
    extend(Application.objects.get(), 1, lee)
    assert Application.objects.get().extra_days == 1


def test_only_the_lead_adds_days(approved, allowed, rae, ann):
    for by in (rae, ann, approved.person.user):
        with pytest.raises(PermissionDenied):
            extend(approved, 1, by)


def test_nobody_adds_days_to_their_own_approval(approved, allowed, lee):
    record(approved.person, by=None, why="test", user=lee)
    with pytest.raises(NotReady, match="your own"):
        extend(Application.objects.get(), 1, lee)


@pytest.mark.parametrize("end", ["withdraw", "complete"])
def test_what_has_ended_is_not_extended(approved, allowed, lee, end):
    if end == "withdraw":
        actions.withdraw(approved, by=approved.person.user)
    else:
        factories.accepted_training(approved.person)
        actions.complete(approved, by=None)
    with pytest.raises(NotReady, match="not approved"):
        extend(Application.objects.get(), 1, lee)


def test_who_was_not_late_gives_nothing_back(pat, allowed, rae, lee):
    application = factories.approved_application(pat)
    with pytest.raises(NotReady, match="no late days"):
        extend(application, 1, lee)


# --- how many ------------------------------------------------------------------------------------------------------
def test_never_more_than_the_days_we_used_and_never_twice(approved, allowed, lee):
    before = valid_through(approved)
    for days in (-1, 0, LATE + 1, 40_000):
        with pytest.raises(NotReady, match=f"At most {LATE} days"):
            extend(approved, days, lee)
    extend(approved, LATE - 1, lee)
    with pytest.raises(NotReady, match="At most 1 day "):
        extend(approved, 2, lee)
    extend(approved, 1, lee)
    with pytest.raises(NotReady, match="no late days"):
        extend(approved, 1, lee)
    after = Application.objects.get()
    assert (after.extra_days, valid_through(after)) == (LATE, before + timedelta(days=LATE))
    assert letters(approved, "approval-extended").count() == 2


def test_days_a_training_certificate_waited_too_long_count_too(approved, allowed, tia, lee, time_machine):
    now = timezone.localtime()
    sent = factories.sent_training(approved.person)
    time_machine.move_to(now + timedelta(days=3))
    training.ask(sent, words="Page 2 is missing.", by=tia)
    time_machine.move_to(now + timedelta(days=103))
    assert days_to_give_back(Application.objects.get()) == LATE
    training.answer(sent, by=approved.person.user)
    time_machine.move_to(now + timedelta(days=103 + 11))
    assert days_to_give_back(Application.objects.get()) == LATE
    time_machine.move_to(now + timedelta(days=103 + 16))
    training.accept(sent, by=tia)
    time_machine.move_to(now + timedelta(days=103 + 60))
    assert days_to_give_back(Application.objects.get()) == LATE + 5


def test_what_was_late_for_an_earlier_application_is_not_given_back_with_a_later_one(
    approved, allowed, rae, tia, lee, time_machine
):
    sent = factories.sent_training(approved.person)
    time_machine.move_to(timezone.localtime() + timedelta(days=40))
    training.decline(sent, words="Not this one.", by=tia)
    actions.withdraw(approved, by=approved.person.user)
    again = factories.filed_application(approved.person)
    actions.claim(again, by=rae)
    approve(again, rae)
    assert days_to_give_back(again) == 0


def test_days_given_back_for_another_cause_use_nothing_up(approved, allowed, lee):
    actions.add_days(approved, 9, why="days we took are given back")
    assert days_to_give_back(approved) == LATE
    extend(approved, LATE, lee)
    assert Application.objects.get().extra_days == 9 + LATE


@pytest.mark.django_db(transaction=True)
def test_two_leads_at_once_do_not_give_the_same_days_twice(time_machine):
    application = approved_late(factories.person(), factories.staff("reviewer"), time_machine)
    allow()
    leads = [factories.staff("lead reviewer") for _each in range(2)]
    found = at_once(*(lambda by=by: extend(Application.objects.get(), LATE, by) for by in leads))
    assert found.count(None) == 1
    assert Application.objects.get().extra_days == LATE
    assert letters(application, "approval-extended").count() == Extension.objects.count() == 1


# --- what is kept and told -----------------------------------------------------------------------------------------
def test_the_letter_says_how_many_why_and_until_when(approved, allowed, lee):
    extend(approved, LATE, lee)
    letter = hand_over(letters(approved, "approval-extended").get())
    until = valid_through(Application.objects.get())
    assert "12 days" in letter.subject
    assert "We added 12 days" in letter.body
    assert "Our scanner was broken." in letter.body
    assert f"valid through {date_format(until)}" in letter.body


def test_before_the_approval_is_handed_over_the_letter_names_no_day(pat, allowed, rae, lee, time_machine):
    now = timezone.localtime()
    time_machine.move_to(now - timedelta(days=31))
    application = factories.filed_application(pat)
    time_machine.move_to(now)
    actions.claim(application, by=rae)
    approve(application, rae)
    extend(application, 1, lee)
    letter = hand_over(letters(application, "approval-extended").get())
    assert "We added 1 day to your approval." in letter.body
    assert "valid through" not in letter.body


def test_what_was_added_is_never_changed_or_removed(approved, allowed, lee):
    extend(approved, 1, lee)
    with signed(lee, "test"):
        for change in (
            lambda: Extension.objects.update(days=2),
            lambda: Extension.objects.all().delete(),
            lambda: Extension.objects.create(application=approved, days=0, reason="", added_by=lee),
        ):
            with pytest.raises(DatabaseError), transaction.atomic():
                change()


# --- the page ------------------------------------------------------------------------------------------------------
@pytest.fixture
def leads(client, approved, lee, settings):
    settings.SECOND_FACTOR_FOR_STAFF = False
    actions.open_by_name(approved, by=lee, reason="check")
    client.force_login(lee)
    return client


def case(application):
    return reverse("admin:applications_application_change", args=[application.pk])


def test_the_lead_adds_days_on_the_case_page(leads, approved, allowed):
    assert f'value="{LATE}"' in leads.get(case(approved)).content.decode()
    there = reverse("admin:applications_application_extend", args=[approved.pk])
    after = leads.post(there, {"days": "5", "reason": "Our <b>scanner</b> was broken."}, follow=True).content.decode()
    assert "Our &lt;b&gt;scanner&lt;/b&gt; was broken." in after
    assert "We used 7 days beyond our own clocks" in after
    for wrong in ({}, {"days": "8", "reason": "More"}, {"days": "x", "reason": "More"}, {"days": "1", "reason": " "}):
        assert leads.post(there, wrong, follow=True).status_code == 200
    assert Application.objects.get().extra_days == 5


def test_the_page_says_why_no_day_can_be_added_and_offers_no_form(leads, approved):
    said = leads.get(case(approved)).content.decode()
    assert "does not let us add days" in said
    assert "/extend/" not in said


def test_what_was_given_back_still_stands_on_the_page_when_the_application_has_ended(leads, approved, allowed, lee):
    extend(approved, 3, lee)
    factories.accepted_training(approved.person)
    actions.complete(Application.objects.get(), by=None)
    said = leads.get(case(approved)).content.decode()
    assert "<b>3 days</b>" in said
    assert "The application is not approved." in said
    assert "/extend/" not in said


def test_a_reviewer_sees_nothing_of_it_and_cannot_send_it(client, approved, allowed, rae, lee, settings):
    settings.SECOND_FACTOR_FOR_STAFF = False
    extend(approved, 3, lee)
    client.force_login(rae)
    said = client.get(case(approved)).content.decode()
    assert "Days we were late" not in said
    assert "scanner" not in said
    there = reverse("admin:applications_application_extend", args=[approved.pk])
    assert client.post(there, {"days": "1", "reason": "More"}).status_code == 403


def test_days_of_the_accommodation_desk_show_on_no_case_page(leads, approved, allowed):
    """Whoever reviews must not learn that there was one: only late days are spoken of."""
    before = leads.get(case(approved)).content.decode()
    actions.add_days(approved, 9, why="days we took are given back")
    token = 'name="csrfmiddlewaretoken"'
    after = leads.get(case(approved)).content.decode()
    strip = lambda html: [line for line in html.splitlines() if token not in line and "nonce" not in line]  # noqa: E731
    assert strip(after) == strip(before)


def test_the_case_page_asks_the_same_however_many_were_given(leads, approved, allowed, lee):
    def asked():
        leads.get(case(approved))
        with CaptureQueriesContext(connection) as questions:
            leads.get(case(approved))
        return len(questions)

    extend(approved, 1, lee)
    once = asked()
    extend(approved, 1, lee)
    extend(approved, 1, lee)
    assert asked() == once
