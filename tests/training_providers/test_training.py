"""A training from the certificate a person sends to the word of the training desk."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.utils import DatabaseError
from django.utils import timezone

from certification import notices
from certification.models import Notice, Standard
from certification.queries import today
from certification.signing import signed
from certification.standards import standards_on
from certification.steps import NotReady, WrongState, record, take
from tests import factories
from training_providers import actions, rules
from training_providers.actions import TRAINING_STEPS
from training_providers.models import Provider, TrainingRecord
from training_providers.queries import accepted_core, approvals_today

S = TrainingRecord.Status


@pytest.fixture
def filed(pat):
    return factories.filed_application(pat)


@pytest.fixture
def sent(pat, filed):
    return factories.sent_training(pat)


def told(person, name):
    return Notice.objects.filter(recipient=person.user, name=name)


# --- sending -------------------------------------------------------------------------------------------------------
def test_nothing_can_be_sent_before_the_application(pat):
    with pytest.raises(NotReady, match="application first"):
        factories.sent_training(pat)


def test_a_certificate_is_taken_in_and_the_person_is_told(pat, sent):
    assert (sent.status, sent.filed_on) == (S.SUBMITTED, timezone.localdate())
    assert told(pat, "training-received").count() == 1


def test_one_certificate_waits_at_a_time(pat, sent):
    with pytest.raises(NotReady, match="already sent"):
        factories.sent_training(pat)


def test_after_a_declined_training_another_can_be_sent(pat, sent, tia):
    actions.decline(sent, words="It had 60 hours.", by=tia)
    assert factories.sent_training(pat).status == S.SUBMITTED


def test_after_an_accepted_training_no_other_is_taken(pat, sent, tia):
    actions.accept(sent, by=tia)
    with pytest.raises(NotReady, match="already accepted"):
        factories.sent_training(pat)


# --- what counts ---------------------------------------------------------------------------------------------------
def test_eighty_hours_with_a_provider_approved_on_the_first_day_count(sent):
    assert rules.training_problems(sent) == []


def test_one_hour_too_few_does_not_count(pat, filed):
    assert "79 hours" in rules.training_problems(factories.sent_training(pat, hours=79))[0]


@pytest.mark.parametrize(
    ("from_first_day", "until_first_day", "counts"),
    [(0, 0, True), (1, 90, False), (-90, -1, False), (-1, 0, True), (0, None, True)],
)
def test_the_first_day_decides_whether_the_provider_was_approved(pat, filed, from_first_day, until_first_day, counts):
    first = timezone.localdate() - timedelta(days=60)
    provider = factories.provider(
        starts=first + timedelta(days=from_first_day),
        ends=None if until_first_day is None else first + timedelta(days=until_first_day),
    )
    sent = factories.sent_training(pat, provider=provider, starts=first, ends=first + timedelta(days=10))
    assert (rules.training_problems(sent) == []) is counts


def test_an_approval_for_another_language_does_not_count(pat, filed):
    assert "not approved" in rules.training_problems(factories.sent_training(pat, language="es"))[0]


def test_an_approval_for_another_training_does_not_count(pat, filed):
    provider = factories.provider("Elsewhere", training_type="crisis")
    assert "not approved" in rules.training_problems(factories.sent_training(pat, provider=provider))[0]


def test_a_training_that_ended_before_the_program_does_not_count(pat, filed):
    provider = factories.provider(starts=date(2022, 1, 1))
    sent = factories.sent_training(pat, provider=provider, starts=date(2022, 6, 1), ends=date(2022, 6, 30))
    assert "Ended" not in rules.training_problems(sent)[0]
    assert "ended before" in " ".join(rules.training_problems(sent))


def test_a_training_is_too_old_the_day_after_its_months_are_over(pat, filed):
    sent = factories.sent_training(pat)
    for filed_on, fine in ((date(2026, 2, 28), True), (date(2026, 3, 1), False)):
        # 24 months after 29 February 2024 is 28 February 2026
        record(sent, by=None, why="test", starts=date(2024, 2, 1), ends=date(2024, 2, 29), filed_on=filed_on)
        assert (rules.training_problems(sent) == []) is fine


def test_a_later_change_of_the_hours_does_not_touch_what_was_filed_before(sent, tia):
    row = Standard(
        key="training.core_hours",
        value="100",
        unit="hours",
        effective_from=timezone.localdate() + timedelta(days=1),
        citation="test",
        basis="text",
    )
    record(row, by=None, why="test")
    actions.accept(sent, by=tia)
    assert sent.status == S.ACCEPTED


# --- steps ---------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("status", S)
@pytest.mark.parametrize("step", TRAINING_STEPS, ids=lambda step: step.name)
def test_a_step_is_taken_from_its_statuses_and_from_no_other(sent, tia, step, status):
    without_paper = {"document": None, "by_roster": True}  # what a person may say is not theirs
    record(sent, by=None, why="test", status=status, decided_at=timezone.now(), **without_paper)
    if status in step.sources:
        take(step, sent, by=tia)
        assert sent.status == step.target
    else:
        with pytest.raises(WrongState):
            take(step, sent, by=tia)
        assert TrainingRecord.objects.get().status == status


@pytest.mark.parametrize("role", ["reviewer", "exam desk", "accommodation desk", "registrar", "administrator"])
def test_only_the_training_desk_decides(sent, role):
    other = factories.staff(role)
    for act in (
        lambda: actions.accept(sent, by=other),
        lambda: actions.ask(sent, words="?", by=other),
        lambda: actions.decline(sent, words="?", by=other),
    ):
        with pytest.raises(PermissionDenied):
            act()


def test_nobody_decides_about_their_own_training(pat, sent, tia):
    record(pat, by=None, why="test", user=tia)
    with pytest.raises(NotReady, match="your own"):
        actions.accept(sent, by=tia)


def test_what_does_not_count_cannot_be_accepted(pat, filed, tia):
    with pytest.raises(NotReady, match="40 hours"):
        actions.accept(factories.sent_training(pat, hours=40), by=tia)


def test_asking_and_answering_tell_the_person_each_time(pat, sent, tia):
    for turn in (1, 2):
        actions.ask(sent, words="Page 2 is missing.", by=tia)
        actions.answer(sent, hours=80 + turn, by=pat.user)
        assert told(pat, "training-more-asked").count() == told(pat, "training-answer-received").count() == turn
    assert (sent.status, sent.hours, accepted_core(pat, standards_on(today()))) == (S.SUBMITTED, 82, None)


def test_an_accepted_training_is_the_one_the_exam_asks_for(pat, sent, tia):
    actions.accept(sent, by=tia)
    assert accepted_core(pat, standards_on(today())) == sent
    assert sent.decided_by == tia


def test_a_declined_training_leaves_with_its_reason_and_the_way_to_appeal(pat, sent, tia):
    actions.decline(sent, words="The certificate is about “something else” & not ours.", by=tia)
    notice = told(pat, "training-declined").get()
    notices.deliver(notice.pk)
    notice.refresh_from_db()
    assert "“something else” & not ours" in notice.body
    assert f"/appeals/{notice.public_id}/" in notice.body


@pytest.mark.parametrize("name", ["received", "accepted", "by-provider", "more-asked", "answer-received", "declined"])
@pytest.mark.parametrize("language", ["en", "es"])
def test_every_letter_about_training_can_be_written(pat, name, language):
    pat.user.language = language
    context = {"provider": "Bright", "starts": "2026-01-02", "ends": "2026-02-03", "hours": 80, "words": "Page 2."}
    notice = notices.notify(pat.user, f"training-{name}", context, key=name)
    subject, body = notices.render(notice, timezone.localdate())
    assert subject
    assert "Bright" in body


def test_an_unsigned_write_is_refused(sent):
    with pytest.raises(DatabaseError, match="unsigned"), transaction.atomic():
        TrainingRecord.objects.update(status="accepted", decided_at=timezone.now())


# --- who may teach -------------------------------------------------------------------------------------------------
def test_the_list_of_today_has_no_provider_whose_approval_is_over_or_to_come(db):
    today = timezone.localdate()
    factories.provider("Now", starts=today, ends=today)
    factories.provider("Over", ends=today - timedelta(days=1))
    factories.provider("To come", starts=today + timedelta(days=1))
    assert [approval.provider.name for approval in approvals_today()] == ["Now"]


def test_online_and_in_person_is_found_under_both(db):
    approval = factories.provider().approvals.get()
    record(approval, by=None, why="test", delivery="both")
    for delivery in ("online", "in person"):
        assert approvals_today(delivery=delivery).count() == 1


def test_an_approval_is_not_ended_in_the_past(tia, db):
    approval = factories.provider().approvals.get()
    with pytest.raises(NotReady, match="not in the past"):
        actions.end_approval(approval, ends=timezone.localdate() - timedelta(days=1), by=tia)
    actions.end_approval(approval, ends=timezone.localdate(), by=tia)
    assert approval.history.first().history_user == tia


def test_an_approval_needs_a_signature(db):
    provider = Provider.objects.create(name="Unsigned")
    with pytest.raises(DatabaseError, match="unsigned"), transaction.atomic():
        provider.approvals.create(training_type="core", language="en", delivery="online", starts=date(2026, 1, 1))
    with signed(None, "test"):
        provider.approvals.create(training_type="core", language="en", delivery="online", starts=date(2026, 1, 1))
