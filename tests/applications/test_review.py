"""Reviewing an application: each act, what it needs, and the one letter it sends."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from applications import actions
from applications.models import Application, Denial, Reason
from applications.queries import late_requests, with_due_day
from applications.rules import REQUIREMENTS, page_named, review_due, valid_through
from certification.models import Certification, Hold, Standard
from certification.standards import add_months
from certification.steps import NotReady, WrongState, record
from tests import factories
from tests.applications.cases import accept_all, approve, ask, hand_over, hold, letters, propose, refuse

S = Application.Status


@pytest.fixture
def filed(pat):
    return factories.filed_application(pat)


@pytest.fixture
def claimed(filed, rae):
    actions.claim(filed, by=rae)
    return filed


# --- the checklist -------------------------------------------------------------------------------------------------
def test_a_filed_application_has_a_line_for_every_requirement(filed):
    assert set(filed.requirements.values_list("kind", flat=True)) == set(REQUIREMENTS)


def test_every_requirement_has_a_reason_to_ask_and_a_page_to_reopen(db):
    for kind, check in REQUIREMENTS.items():
        assert Reason.objects.filter(requirement=kind, outcome="ask").exists()
        assert page_named(check.page)
    assert set(Reason.objects.values_list("requirement", flat=True)) <= set(REQUIREMENTS)


def test_only_the_one_who_claimed_marks_the_checklist(claimed):
    other = factories.staff("reviewer")
    with pytest.raises(NotReady):
        actions.accept_requirement(claimed.requirements.first(), by=other)


def test_a_reason_belongs_to_its_own_line(claimed, rae):
    with pytest.raises(NotReady):
        actions.refuse_requirement(
            claimed.requirements.get(kind="ethics"), Reason.objects.get(code="id-unreadable"), by=rae
        )


def test_claiming_and_releasing_tell_nobody(claimed, rae):
    before = letters(claimed).count()
    actions.release(claimed, by=rae)
    assert claimed.status == S.SUBMITTED
    assert claimed.reviewer is None
    assert letters(claimed).count() == before


def test_another_reviewer_cannot_release_but_the_lead_can(claimed, lee):
    with pytest.raises(NotReady):
        actions.release(claimed, by=factories.staff("reviewer"))
    actions.release(claimed, by=lee)


# --- asking for more -----------------------------------------------------------------------------------------------
def test_asking_says_everything_at_once(claimed, rae):
    refuse(claimed, "id-unreadable", rae, note="The left edge is dark.")
    with pytest.raises(NotReady) as refused:
        actions.ask_for_more(claimed, by=rae)
    assert len(refused.value.problems) == len(REQUIREMENTS) - 1
    for requirement in claimed.requirements.filter(status="waiting"):
        actions.accept_requirement(requirement, by=rae)
    refuse(claimed, "name-differs", rae)
    actions.ask_for_more(claimed, by=rae)
    body = hand_over(letters(claimed, "more-asked").get()).body
    assert "We cannot read the photo" in body
    assert "The left edge is dark." in body
    assert "The name is not the same as on the ID" in body
    assert "&#" not in body


def test_asking_twice_sends_two_letters(claimed, rae):
    for _round in range(2):
        for requirement in claimed.requirements.filter(status="waiting"):
            actions.accept_requirement(requirement, by=rae)
        refuse(claimed, "id-unreadable", rae)
        actions.ask_for_more(claimed, by=rae)
        actions.save_page(claimed, page_named("identity"), claimed.answers["identity"], by=claimed.person.user)
        actions.answer(claimed, by=claimed.person.user)
    assert letters(claimed, "more-asked").count() == 2


def test_a_declined_line_is_told_with_the_right_to_appeal(claimed, rae):
    accept_all(claimed, rae)
    refuse(claimed, "id-unreadable", rae)
    refuse(claimed, "diploma-not-equal", rae)
    actions.ask_for_more(claimed, by=rae)
    body = hand_over(letters(claimed, "requirement-declined").get()).body
    assert "We cannot read the photo" in body
    assert "not a high school diploma" in body
    assert "/appeals/" in body
    assert not letters(claimed, "more-asked").exists()


def test_every_step_but_claim_and_release_tells_the_person_exactly_once(filed, rae):
    factories.accepted_training(filed.person)
    told = letters(filed).count()

    def then(act, *, letters_more):
        nonlocal told
        act()
        filed.refresh_from_db()
        told += letters_more
        assert letters(filed).count() == told

    owner = filed.person.user
    then(lambda: actions.claim(filed, by=rae), letters_more=0)
    then(lambda: actions.release(filed, by=rae), letters_more=0)
    then(lambda: actions.claim(filed, by=rae), letters_more=0)
    then(lambda: accept_all(filed, rae), letters_more=0)
    then(lambda: refuse(filed, "id-unreadable", rae), letters_more=0)
    then(lambda: actions.ask_for_more(filed, by=rae), letters_more=1)
    actions.save_page(filed, page_named("identity"), filed.answers["identity"], by=owner)
    then(lambda: actions.answer(filed, by=owner), letters_more=1)
    then(lambda: accept_all(filed, rae), letters_more=0)
    then(lambda: actions.approve(filed, by=rae), letters_more=1)
    then(lambda: actions.complete(filed, by=None), letters_more=1)


# --- a second request for what was on file -------------------------------------------------------------------------
def answered_once(application, by):
    """A better photo ID was asked for, and came."""
    ask(application, by)
    actions.save_page(application, page_named("identity"), application.answers["identity"], by=application.person.user)
    actions.answer(application, by=application.person.user)


def line_of(application, kind):
    return application.requirements.get(kind=kind)


def test_what_was_on_file_is_asked_late_only_with_the_reason_of_a_lead(claimed, rae, lee):
    answered_once(claimed, rae)
    accept_all(claimed, rae)
    refuse(claimed, "diploma-unreadable", rae)
    with pytest.raises(NotReady, match="on file when you asked the first time"):
        actions.ask_for_more(claimed, by=rae)
    assert list(late_requests(lee)) == [claimed]
    with pytest.raises(PermissionDenied):
        actions.allow_late_request(line_of(claimed, "education"), by=rae, reason="It slipped.")
    actions.allow_late_request(line_of(claimed, "education"), by=lee, reason="It slipped.")
    assert not late_requests(lee).exists()
    claimed = Application.objects.get(pk=claimed.pk)
    actions.ask_for_more(claimed, by=rae)
    written = hand_over(letters(claimed, "more-asked").latest("pk")).body
    assert "We should have asked for this the first time. We are sorry." in written
    assert "It slipped." not in written


def test_what_came_with_the_answer_may_be_asked_about_at_once(claimed, rae):
    answered_once(claimed, rae)
    accept_all(claimed, rae)
    refuse(claimed, "name-differs", rae)  # the name as on the new photo ID
    claimed = Application.objects.get(pk=claimed.pk)
    actions.ask_for_more(claimed, by=rae)
    assert "We should have asked" not in hand_over(letters(claimed, "more-asked").latest("pk")).body


def test_the_first_request_is_never_late(claimed, rae, lee):
    refuse(claimed, "diploma-unreadable", rae)
    assert not line_of(claimed, "education").late
    with pytest.raises(NotReady, match="Nothing is asked late"):
        actions.allow_late_request(line_of(claimed, "education"), by=lee, reason="Why not.")


def test_a_reviewer_who_leads_gives_themselves_no_leave(filed, lee):
    actions.claim(filed, by=lee)
    answered_once(filed, lee)
    accept_all(filed, lee)
    refuse(filed, "diploma-unreadable", lee)
    assert not late_requests(lee).exists()
    with pytest.raises(NotReady, match="Another lead"):
        actions.allow_late_request(line_of(filed, "education"), by=lee, reason="It slipped.")


def test_leave_ends_when_the_line_is_marked_anew(claimed, rae, lee):
    answered_once(claimed, rae)
    accept_all(claimed, rae)
    refuse(claimed, "diploma-unreadable", rae)
    actions.allow_late_request(line_of(claimed, "education"), by=lee, reason="It slipped.")
    claimed = Application.objects.get(pk=claimed.pk)
    refuse(claimed, "diploma-other-name", rae)
    with pytest.raises(NotReady, match="A lead must say"):
        actions.ask_for_more(Application.objects.get(pk=claimed.pk), by=rae)


# --- approval ------------------------------------------------------------------------------------------------------
def test_approval_needs_every_line(claimed, rae):
    with pytest.raises(NotReady) as refused:
        actions.approve(claimed, by=rae)
    assert len(refused.value.problems) == len(REQUIREMENTS)
    approve(claimed, rae)
    assert claimed.status == S.APPROVED


def test_an_approval_counts_from_the_day_its_letter_is_handed_over(claimed, rae):
    approve(claimed, rae)
    assert valid_through(claimed) is None
    notice = hand_over(claimed.approval_notice, days_ago=10)
    claimed.refresh_from_db()
    day = timezone.localdate(notice.handed_over_at)
    assert valid_through(claimed) == add_months(day, claimed.standards.application_valid_months)


def test_nobody_reviews_their_own_file(rae):
    own = record(factories.Person(user=rae, given_name="Rae", family_name="Doe"), by=rae, why="begin")
    own.set_birth_date(factories.date(1980, 1, 1))
    own.save()
    application = factories.filed_application(own)
    with pytest.raises(NotReady):
        actions.claim(application, by=rae)
    record(application, by=None, why="forced", status=S.IN_REVIEW, reviewer=rae)
    with pytest.raises(NotReady):
        actions.accept_requirement(application.requirements.first(), by=rae)
    with pytest.raises(NotReady):
        actions.approve(application, by=rae)
    with pytest.raises(NotReady):
        actions.release(application, by=rae)


# --- denial --------------------------------------------------------------------------------------------------------
def test_a_denial_takes_two_people_in_code(claimed, lee):
    actions.release(claimed, by=lee)
    actions.claim(claimed, by=lee)
    denial = propose(claimed, lee)
    before = letters(claimed).count()
    with pytest.raises(NotReady):
        actions.decide_denial(denial, by=lee, agreed=True)
    claimed.refresh_from_db()
    assert claimed.status == S.IN_REVIEW
    assert letters(claimed).count() == before


def test_a_denial_takes_two_people_in_the_database(claimed, rae):
    denial = propose(claimed, rae)
    with pytest.raises(IntegrityError), transaction.atomic():
        record(denial, by=rae, why="alone", decided_by=rae, decided_at=timezone.now(), agreed=True)


def test_a_denial_is_told_with_its_grounds_and_the_right_to_appeal(claimed, rae, lee):
    denial = propose(claimed, rae)
    assert not letters(claimed, "application-denied").exists()
    actions.decide_denial(denial, by=lee, agreed=True)
    claimed.refresh_from_db()
    assert claimed.status == S.DENIED
    body = hand_over(letters(claimed, "application-denied").get()).body
    for words in ("diploma of attendance", "not a high school diploma", "14045.15(a)", "/appeals/", "took no part"):
        assert words in body


def test_a_second_person_may_disagree_and_nobody_is_told(claimed, rae, lee):
    denial = propose(claimed, rae)
    before = letters(claimed).count()
    actions.decide_denial(denial, by=lee, agreed=False)
    claimed.refresh_from_db()
    assert claimed.status == S.IN_REVIEW
    assert letters(claimed).count() == before
    accept_all(claimed, rae)
    actions.approve(claimed, by=rae)


def test_a_reviewer_cannot_decide_denials(claimed, rae):
    denial = propose(claimed, rae)
    with pytest.raises(PermissionDenied):
        actions.decide_denial(denial, by=factories.staff("reviewer"), agreed=True)


def test_the_case_stands_still_while_a_denial_is_proposed(claimed, rae):
    propose(claimed, rae)
    with pytest.raises(NotReady):
        accept_all(claimed, rae)
    for act in (actions.approve, actions.ask_for_more, actions.release):
        with pytest.raises(NotReady):
            act(claimed, by=rae)
    with pytest.raises(NotReady):
        actions.propose_denial(claimed, by=rae, grounds="again")


def test_a_denial_needs_a_declined_line(claimed, rae):
    with pytest.raises(NotReady):
        actions.propose_denial(claimed, by=rae, grounds="no reason")
    assert not Denial.objects.exists()


def test_a_denial_of_a_withdrawn_application_is_refused(claimed, rae, lee):
    denial = propose(claimed, rae)
    actions.withdraw(claimed, by=claimed.person.user)
    with pytest.raises(WrongState):
        actions.decide_denial(denial, by=lee, agreed=True)


# --- holds and the certificate -------------------------------------------------------------------------------------
@pytest.fixture
def approved(claimed, rae):
    factories.accepted_training(claimed.person)
    return approve(claimed, rae)


def test_a_pass_issues_the_certificate(approved):
    certification = actions.complete(approved, by=None)
    assert approved.status == S.COMPLETED
    assert letters(approved, "certificate-issued").count() == 1
    assert certification.number in hand_over(letters(approved, "certificate-issued").get()).body


def test_a_pass_without_a_training_that_counts_waits_for_one(approved, rae):
    training = approved.person.training_records.get()
    record(training, by=None, why="test", status="disowned")
    with pytest.raises(NotReady, match="No training"):
        actions.complete(approved, by=None)
    actions.complete_passed()
    assert not Certification.objects.exists()
    client = Client()
    client.force_login(approved.person.user)
    assert "a training that counts" in client.get("/apply/").content.decode()
    record(training, by=None, why="test", status="accepted")
    for _sweep in range(2):
        actions.complete_passed()
    assert Certification.objects.count() == 1


def test_a_pass_meets_a_hold_and_ending_the_last_one_issues(approved, lee):
    holds = [hold(approved.person, lee, kind) for kind in (Hold.Kind.FACTS, Hold.Kind.IDENTITY)]
    with transaction.atomic(), pytest.raises(NotReady):
        actions.complete(approved, by=None)
    approved.refresh_from_db()
    assert approved.passed_at
    assert approved.status == S.APPROVED
    actions.end_hold(holds[0], by=lee, reason="seen")
    assert not Certification.objects.exists()
    actions.end_hold(holds[1], by=lee, reason="seen")
    approved.refresh_from_db()
    assert approved.status == S.COMPLETED
    assert Certification.objects.count() == 1
    assert letters(approved, "hold-opened").count() == letters(approved, "hold-ended").count() == 2


def test_a_hold_without_a_pass_ends_quietly(approved, lee):
    actions.end_hold(hold(approved.person, lee), by=lee, reason="seen")
    approved.refresh_from_db()
    assert approved.status == S.APPROVED


def test_a_hold_that_nobody_renews_ends_by_itself_and_frees_what_waits(approved, lee, time_machine):
    time_machine.move_to(timezone.localtime())
    hold(approved.person, lee)
    with pytest.raises(NotReady):
        actions.complete(approved, by=None)
    time_machine.move_to(timezone.localtime() + timedelta(days=14))
    actions.end_holds_not_renewed()
    assert not Certification.objects.exists()  # the day itself still counts
    time_machine.move_to(timezone.localtime() + timedelta(days=1))
    for _sweep in range(2):
        actions.end_holds_not_renewed()
    assert Certification.objects.count() == letters(approved, "hold-ended").count() == 1


def test_a_hold_that_cannot_be_ended_stops_no_other(approved, lee, time_machine):
    """Ending the first one issues a certificate, for which a number of the program is not set."""
    time_machine.move_to(timezone.localtime())
    first = hold(approved.person, lee)
    with pytest.raises(NotReady):
        actions.complete(approved, by=None)
    other = hold(factories.person("Ann", "Other"), lee)
    unset = {"key": "certification.term_months", "value": "", "unit": "months", "citation": "none", "basis": "text"}
    record(Standard(effective_from=timezone.localdate(), **unset), by=None, why="test")
    time_machine.move_to(timezone.localtime() + timedelta(days=15))
    actions.end_holds_not_renewed()
    first.refresh_from_db()
    other.refresh_from_db()
    assert (first.ended_at, other.ended_at is not None) == (None, True)
    assert not Certification.objects.exists()


def test_a_renewed_hold_goes_on_and_is_told_with_the_right_to_appeal(approved, lee, rae, time_machine):
    time_machine.move_to(timezone.localtime())
    opened, later = hold(approved.person, lee), timezone.localdate() + timedelta(days=40)
    with pytest.raises(PermissionDenied):
        actions.renew_hold(opened, note="Still open.", review_on=later, by=rae)
    with pytest.raises(NotReady, match="later day"):
        actions.renew_hold(opened, note="Still open.", review_on=opened.review_on, by=lee)
    actions.renew_hold(opened, note="Still open.", review_on=later, by=lee)
    time_machine.move_to(timezone.localtime() + timedelta(days=15))
    actions.end_holds_not_renewed()
    opened.refresh_from_db()
    assert opened.ended_at is None
    body = hand_over(letters(approved, "hold-renewed").get()).body
    assert "/appeals/" in body
    assert "Still open." not in body
    actions.end_hold(opened, by=lee, reason="Seen.")
    with pytest.raises(NotReady, match="has ended"):
        actions.renew_hold(opened, note="Again.", review_on=later + timedelta(days=9), by=lee)


def test_the_person_sees_their_hold_on_their_page(client, approved, lee):
    opened = hold(approved.person, lee)
    client.force_login(approved.person.user)
    page = client.get("/home/").content.decode()
    assert "A hold is open" in page
    assert "Check the diploma." not in page
    actions.end_hold(opened, by=lee, reason="Seen.")
    assert "A hold is open" not in client.get("/home/").content.decode()


def test_two_holds_of_one_kind_are_one(approved, lee):
    hold(approved.person, lee)
    with pytest.raises(NotReady):
        hold(approved.person, lee)


def test_only_the_lead_reviewer_manages_holds(approved, rae, lee):
    with pytest.raises(PermissionDenied):
        hold(approved.person, rae)
    opened = hold(approved.person, lee)
    with pytest.raises(PermissionDenied):
        actions.end_hold(opened, by=rae, reason="seen")


def test_nobody_holds_their_own_certificate_back_or_frees_it(lee):
    own = record(factories.Person(user=lee, given_name="Lee"), by=lee, why="begin")
    with pytest.raises(NotReady):
        hold(own, lee)


# --- the clock -----------------------------------------------------------------------------------------------------
def test_an_approval_that_ran_out_is_closed_once_with_notice(approved):
    hand_over(approved.approval_notice, days_ago=400)
    assert actions.close_run_out_approvals() == 1
    assert actions.close_run_out_approvals() == 0
    approved.refresh_from_db()
    assert approved.status == S.CLOSED
    body = hand_over(letters(approved, "approval-run-out").get()).body
    assert "/appeals/" in body
    assert "12 months" in body


@pytest.mark.parametrize("days", [0, 360])
def test_an_approval_in_time_stays(approved, days):
    hand_over(approved.approval_notice, days_ago=days)
    assert actions.close_run_out_approvals() == 0


def test_the_review_clock_stands_still_while_we_wait_for_the_person(claimed, rae, time_machine):
    due = review_due(claimed, claimed.standards)
    ask(claimed, rae)
    time_machine.move_to(timezone.localtime() + timedelta(days=40))
    person = claimed.person
    answers = factories.answers(person)["identity"]
    actions.save_page(claimed, page_named("identity"), answers, by=person.user)
    actions.answer(claimed, by=person.user)
    again = Application.objects.get(pk=claimed.pk)
    assert review_due(again, again.standards) == due + timedelta(days=40)
    assert with_due_day(Application.objects.filter(pk=claimed.pk)).get().due_on == due + timedelta(days=40)


def test_an_approval_never_told_stays(approved):
    assert actions.close_run_out_approvals() == 0


def test_an_open_exam_or_a_pass_that_waits_keeps_an_approval(approved, lee):
    hand_over(approved.approval_notice, days_ago=400)
    actions.exam_opened(approved, by=None)
    assert actions.close_run_out_approvals() == 0
    actions.exam_ended(approved, by=None)
    hold(approved.person, lee)
    with pytest.raises(NotReady):
        actions.complete(approved, by=None)
    assert actions.close_run_out_approvals() == 0
