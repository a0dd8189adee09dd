"""Who may go on to the exam, what everyone is asked first, and what it costs."""

from datetime import date, timedelta

import pytest
import time_machine
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from applications import actions as applications
from applications.models import Application
from applications.rules import valid_through
from certification import notices, payments
from certification.models import Charge, Notice, Standard
from certification.standards import add_months, standards_on
from certification.steps import NotReady, WrongState, record, take
from exams import actions, rules
from exams.actions import CHANGE_STEPS
from exams.models import AccommodationRequest, Attempt
from exams.queries import requests_to_decide
from tests import factories
from training_providers.queries import accepted_core
from training_providers.rules import sending_problems

S = AccommodationRequest.Status


@pytest.fixture
def approved(pat):
    return factories.approved_application(pat)


@pytest.fixture
def ready(pat):
    return factories.ready_for_exam(pat)


def fresh(application):
    return Application.objects.get(pk=application.pk)


def told(person, name):
    return Notice.objects.filter(recipient=person.user, name=name)


# --- eligibility ---------------------------------------------------------------------------------------------------
def test_approved_and_trained_and_asked_is_eligible(ready):
    assert rules.payment_problems(ready) == []


def test_a_filed_application_is_not_yet_eligible(pat):
    assert "not approved" in rules.exam_problems(factories.filed_application(pat))[0]


def test_without_accepted_training_nobody_is_eligible(pat, approved):
    factories.sent_training(pat)
    assert rules.exam_problems(approved) == ["Your training certificate is not accepted yet."]


def test_a_training_too_old_for_a_later_application_is_taken_again(pat, ready):
    """Two years from its last day (program training certificate page): who comes back later, takes it again."""
    training = pat.training_records.get()
    months = ready.standards.training_certificate_valid
    on_its_last_day = standards_on(add_months(training.ends, months))
    assert accepted_core(pat, on_its_last_day) == training
    assert accepted_core(pat, on_its_last_day.on(on_its_last_day.day + timedelta(days=1))) is None
    with time_machine.travel(timezone.now() + timedelta(days=31 * months)):
        assert sending_problems(pat, "core") == []
    assert "already accepted" in sending_problems(pat, "core")[0]


def test_on_the_last_day_of_the_approval_one_may_still_be_authorized(ready, time_machine_to):
    time_machine_to(valid_through(ready))
    assert rules.exam_problems(fresh(ready)) == []


def test_the_day_after_nobody_is_authorized(ready, time_machine_to):
    time_machine_to(valid_through(ready) + timedelta(days=1))
    assert "ended on" in rules.exam_problems(fresh(ready))[0]


def test_an_approval_of_29_february_ends_on_28_february(pat, time_machine_to):
    time_machine_to(date(2028, 2, 29))
    application = factories.approved_application(pat)
    assert rules.approval_ends(application) == date(2029, 2, 28)


def test_while_the_letter_of_approval_is_on_its_way_the_end_counts_from_today(pat, ready):
    notice = ready.approval_notice
    notice.bounced_at = timezone.now()
    notice.save(update_fields=["bounced_at"])
    attempt = factories.authorized_attempt(fresh(ready))
    assert valid_through(fresh(ready)) is None
    assert attempt.authorized_until > timezone.localdate()


def test_the_authorization_never_ends_after_the_approval(ready):
    assert factories.authorized_attempt(ready).authorized_until == valid_through(ready)


# --- the question --------------------------------------------------------------------------------------------------
def test_nobody_pays_before_the_question_is_answered(pat, approved):
    factories.accepted_training(pat)
    with pytest.raises(NotReady, match="Tell us first"):
        actions.open_checkout(approved, by=pat.user)


def test_a_yes_holds_payment_until_it_is_decided(pat, approved, ada):
    factories.accepted_training(pat)
    asked = actions.answer_change_question(approved, needed=True, text="More time", by=pat.user)
    with pytest.raises(NotReady, match="deciding"):
        actions.open_checkout(fresh(approved), by=pat.user)
    actions.grant(asked, decision="You get half as much time again.", vendor_codes="ET50", by=ada)
    assert actions.open_checkout(fresh(approved), by=pat.user).cents == 15000
    assert told(pat, "accommodation-requested").count() == told(pat, "accommodation-granted").count() == 1


def test_a_yes_after_paying_was_begun_returns_the_money(pat, approved, ada):
    factories.accepted_training(pat)
    actions.answer_change_question(approved, needed=False, by=pat.user)
    charge = actions.open_checkout(fresh(approved), by=pat.user)
    actions.answer_change_question(fresh(approved), needed=True, text="Large print", by=pat.user)
    factories.pay(charge)
    charge.refresh_from_db()
    assert charge.refund_due_at
    assert told(pat, "exam-fee-returned").count() == 1
    assert approved.attempts.get().status == Attempt.Status.REQUESTED
    assert "change" not in charge.history.first().history_change_reason  # finance reads it
    actions.grant(AccommodationRequest.objects.get(), decision="Yes.", vendor_codes="LP", by=ada)
    again = actions.open_checkout(fresh(approved), by=pat.user)
    assert again != charge
    factories.pay(again)
    assert approved.attempts.get().status == Attempt.Status.AUTHORIZED


def test_the_days_we_take_are_added_to_the_approval_and_name_no_desk(pat, approved, ada, time_machine_to):
    asked = actions.answer_change_question(approved, needed=True, text="More time", by=pat.user)
    before = valid_through(fresh(approved))
    time_machine_to(timezone.localdate() + timedelta(days=12))
    actions.grant(asked, decision="Yes.", vendor_codes="ET50", by=ada)
    after = fresh(approved)
    assert (after.extra_days, valid_through(after)) == (12, before + timedelta(days=12))
    event = after.history.first()
    assert event.history_user is None
    assert "change" not in event.history_change_reason


def test_an_approval_does_not_run_out_while_we_decide(pat, approved, ada, time_machine_to):
    ends = valid_through(approved)
    time_machine_to(ends - timedelta(days=3))
    asked = actions.answer_change_question(fresh(approved), needed=True, text="More time", by=pat.user)
    time_machine_to(ends + timedelta(days=9))
    assert applications.close_run_out_approvals() == 0
    actions.grant(asked, decision="Yes.", vendor_codes="", by=ada)
    assert valid_through(fresh(approved)) == ends + timedelta(days=12)
    time_machine_to(ends + timedelta(days=13))
    assert applications.close_run_out_approvals() == 1


def test_nothing_is_decided_once_the_application_has_ended(pat, approved, ada):
    asked = actions.answer_change_question(approved, needed=True, text="More time", by=pat.user)
    assert list(requests_to_decide()) == [asked]
    applications.withdraw(fresh(approved), by=pat.user)
    asked = AccommodationRequest.objects.get()
    with pytest.raises(NotReady, match="has ended"):
        actions.refuse(asked, decision="No.", by=ada)
    assert list(requests_to_decide()) == []


def test_days_before_the_approval_are_not_added(pat, ada, time_machine_to):
    filed = factories.filed_application(pat)
    asked = actions.answer_change_question(filed, needed=True, text="More time", by=pat.user)
    time_machine_to(timezone.localdate() + timedelta(days=12))
    actions.grant(asked, decision="Yes.", vendor_codes="ET50", by=ada)
    assert fresh(filed).extra_days == 0


def test_a_refusal_leaves_with_its_reason_and_may_still_be_granted(pat, approved, ada):
    asked = actions.answer_change_question(approved, needed=True, text="Another exam", by=pat.user)
    actions.refuse(asked, decision="The exam must stay the same exam.", by=ada)
    notice = told(pat, "accommodation-refused").get()
    notices.deliver(notice.pk)
    notice.refresh_from_db()
    assert "must stay the same exam" in notice.body
    assert f"/appeals/{notice.public_id}/" in notice.body
    actions.grant(asked, decision="On appeal: yes.", vendor_codes="X1", by=ada)
    assert asked.status == S.GRANTED


def test_a_no_can_become_a_yes_until_one_is_authorized(pat, ready):
    factories.authorized_attempt(ready)
    with pytest.raises(NotReady, match="Call us"):
        actions.answer_change_question(fresh(ready), needed=True, text="More time", by=pat.user)


@pytest.mark.parametrize("status", S)
@pytest.mark.parametrize("step", CHANGE_STEPS, ids=lambda step: step.name)
def test_a_step_about_a_change_is_taken_from_its_statuses_and_from_no_other(pat, approved, ada, step, status):
    asked = actions.answer_change_question(approved, needed=False, by=pat.user)
    record(asked, by=None, why="test", status=status, decided_at=timezone.now())
    if status in step.sources:
        take(step, asked, by=ada)
        assert asked.status == step.target
    else:
        with pytest.raises(WrongState):
            take(step, asked, by=ada)


@pytest.mark.parametrize(
    "role", ["reviewer", "lead reviewer", "training desk", "exam desk", "registrar", "administrator"]
)
def test_only_the_accommodation_desk_decides(pat, approved, role):
    asked = actions.answer_change_question(approved, needed=True, text="More time", by=pat.user)
    with pytest.raises(PermissionDenied):
        actions.grant(asked, decision="Yes.", vendor_codes="X", by=factories.staff(role))
    with pytest.raises(PermissionDenied):
        actions.refuse(asked, decision="No.", by=factories.staff(role))


def test_nobody_decides_about_their_own_change(pat, approved, ada):
    asked = actions.answer_change_question(approved, needed=True, text="More time", by=pat.user)
    record(pat, by=None, why="test", user=ada)
    with pytest.raises(NotReady, match="your own"):
        actions.grant(AccommodationRequest.objects.get(pk=asked.pk), decision="Yes.", vendor_codes="X", by=ada)


# --- the fee -------------------------------------------------------------------------------------------------------
def test_the_fee_authorizes_the_person_and_tells_them_what_to_bring(pat, ready, mail_sink):
    charge = actions.open_checkout(ready, by=pat.user)
    assert (charge.subject_id, charge.cents) == (ready.attempts.get().pk, 15000)
    factories.pay(charge)
    attempt = ready.attempts.get()
    assert (attempt.status, fresh(ready).exam_open) == ("authorized", True)
    notices.deliver(told(pat, "exam-authorized").get().pk)
    body = told(pat, "exam-authorized").get().body
    assert attempt.candidate_number in body
    assert "Pat Doe" in body
    assert "photo ID" in body


def test_paying_twice_authorizes_once(pat, ready):
    charge = actions.open_checkout(ready, by=pat.user)
    again = actions.open_checkout(fresh(ready), by=pat.user)
    assert charge == again
    assert payments.confirm(charge, reference="one", cents=15000)
    assert not payments.confirm(charge, reference="one", cents=15000)
    assert ready.attempts.count() == told(pat, "exam-authorized").count() == 1


def test_an_authorized_person_cannot_pay_again(pat, ready):
    factories.authorized_attempt(ready)
    with pytest.raises(NotReady, match="authorized already"):
        actions.open_checkout(fresh(ready), by=pat.user)


def test_a_fee_that_comes_after_the_approval_ended_goes_back(pat, ready, time_machine_to):
    charge = actions.open_checkout(ready, by=pat.user)
    time_machine_to(valid_through(ready) + timedelta(days=1))
    factories.pay(charge)
    charge.refresh_from_db()
    assert charge.paid_at
    assert charge.refund_due_at
    assert ready.attempts.get().status == "requested"


def test_a_fee_for_a_withdrawn_application_goes_back(pat, ready):
    charge = actions.open_checkout(ready, by=pat.user)
    applications.withdraw(fresh(ready), by=pat.user)
    factories.pay(charge)
    charge.refresh_from_db()
    assert charge.refund_due_at


def test_a_fee_that_changes_later_does_not_touch_what_was_said_before_paying(pat, ready):
    charge = actions.open_checkout(ready, by=pat.user)
    row = Standard(
        key="fee.exam",
        value="20000",
        unit="cents",
        effective_from=timezone.localdate() + timedelta(days=1),
        citation="test",
        basis="text",
    )
    record(row, by=None, why="test")
    assert actions.open_checkout(fresh(ready), by=pat.user).cents == charge.cents == 15000
    assert Charge.objects.filter(purpose="exam").count() == 1
