"""A minute to undo: what waits, who sees it, and what the clock makes of it."""

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse

from applications import actions
from applications.models import Application, Proposal, Requirement
from certification.models import Notice
from certification.steps import NotReady, WrongState
from tests import factories
from tests.applications.cases import a_minute_passes, accept_all, letters, propose, refuse

S = Application.Status


@pytest.fixture(autouse=True)
def signed_in_with_one_factor(settings):
    settings.SECOND_FACTOR_FOR_STAFF = False


@pytest.fixture
def accepted(pat, rae):
    """An application in review whose every line is accepted."""
    application = factories.filed_application(pat)
    actions.claim(application, by=rae)
    accept_all(application, rae)
    return application


def test_a_decision_waits_a_minute_and_is_then_taken_in_the_name_of_its_maker(accepted, rae):
    before = Notice.objects.count()
    actions.propose(accepted, "approve", by=rae)
    actions.take_proposals()
    accepted.refresh_from_db()
    assert (accepted.status, Notice.objects.count()) == (S.IN_REVIEW, before)
    a_minute_passes()
    accepted.refresh_from_db()
    assert (accepted.status, letters(accepted, "application-approved").count()) == (S.APPROVED, 1)
    assert accepted.history.latest().history_user == rae
    a_minute_passes()
    assert letters(accepted, "application-approved").count() == 1


def test_what_is_tried_leaves_nothing_behind(accepted, rae, django_capture_on_commit_callbacks):
    rows = accepted.history.count()
    with django_capture_on_commit_callbacks() as sent:
        actions.propose(accepted, "approve", by=rae)
    assert not sent
    assert accepted.history.count() == rows


def test_undone_is_as_if_it_never_was(accepted, rae):
    actions.propose(accepted, "approve", by=rae)
    actions.undo(accepted, by=rae)
    a_minute_passes()
    accepted.refresh_from_db()
    assert accepted.status == S.IN_REVIEW
    assert letters(accepted, "application-approved").count() == 0
    actions.propose(accepted, "approve", by=rae)


def test_it_is_undone_by_its_maker_and_in_time(accepted, rae, lee):
    actions.propose(accepted, "approve", by=rae)
    with pytest.raises(WrongState):
        actions.undo(accepted, by=lee)
    a_minute_passes()
    with pytest.raises(WrongState, match="too late"):
        actions.undo(accepted, by=rae)


def test_what_could_not_be_done_now_is_refused_now(accepted, rae, lee):
    with pytest.raises(NotReady):
        actions.propose(accepted, "ask", by=rae)
    with pytest.raises(NotReady):
        actions.propose(accepted, "approve", by=lee)
    with pytest.raises(PermissionDenied):
        actions.propose(accepted, "approve", by=factories.staff("training desk"))
    assert not Proposal.objects.exists()


def test_one_decision_at_a_time(accepted, rae):
    actions.propose(accepted, "approve", by=rae)
    with pytest.raises(WrongState, match="already"):
        actions.propose(accepted, "approve", by=rae)


def test_while_it_waits_the_case_stands_still(accepted, rae):
    actions.propose(accepted, "approve", by=rae)
    for act in (
        lambda: refuse(accepted, "id-unreadable", rae),
        lambda: actions.release(accepted, by=rae),
        lambda: actions.hand_on(accepted, by=rae),
    ):
        with pytest.raises(NotReady, match="Undo it first"):
            act()


def test_a_case_that_changed_in_between_is_not_decided(accepted, rae):
    actions.propose(accepted, "approve", by=rae)
    actions.withdraw(accepted, by=accepted.person.user)
    a_minute_passes()
    accepted.refresh_from_db()
    assert accepted.status == S.WITHDRAWN
    assert letters(accepted, "application-approved").count() == 0
    assert not Proposal.objects.exists()


def test_who_lost_the_role_in_between_decides_nothing(accepted, rae):
    actions.propose(accepted, "approve", by=rae)
    rae.groups.clear()
    a_minute_passes()
    accepted.refresh_from_db()
    assert accepted.status == S.IN_REVIEW
    assert not Proposal.objects.exists()


def test_one_that_is_refused_stops_no_other(accepted, rae):
    actions.propose(accepted, "approve", by=rae)
    other = factories.filed_application(factories.person("Ann"))
    actions.claim(other, by=rae)
    accept_all(other, rae)
    actions.propose(other, "approve", by=rae)
    actions.withdraw(accepted, by=accepted.person.user)
    a_minute_passes()
    other.refresh_from_db()
    assert other.status == S.APPROVED


def test_one_that_breaks_stops_no_other_and_is_tried_again(accepted, rae):
    actions.propose(accepted, "approve", by=rae)
    other = factories.filed_application(factories.person("Ann"))
    actions.claim(other, by=rae)
    accept_all(other, rae)
    actions.propose(other, "approve", by=rae)
    Proposal.objects.filter(application=accepted).update(verb="nothing")
    a_minute_passes()
    other.refresh_from_db()
    assert other.status == S.APPROVED
    assert Proposal.objects.get().application == accepted


def test_a_denial_by_two_may_be_undone_too(pat, rae, lee):
    application = factories.filed_application(pat)
    actions.claim(application, by=rae)
    denial = propose(application, rae)
    with pytest.raises(NotReady):
        actions.propose(application, "approve", by=rae)
    actions.propose(application, "deny", by=lee)
    denial.refresh_from_db()
    assert denial.decided_at is None
    a_minute_passes()
    denial.refresh_from_db()
    application.refresh_from_db()
    assert (denial.agreed, denial.decided_by, application.status) == (True, lee, S.DENIED)
    assert letters(application, "application-denied").count() == 1


def test_only_its_maker_sees_it(client, accepted, rae, lee):
    case = reverse("admin:applications_application_change", args=[accepted.pk])
    client.force_login(rae)
    client.post(reverse("admin:applications_application_act", args=[accepted.pk, "approve"]))
    page = client.get(case).content.decode()
    assert "You decided: <b>approve</b>" in page
    assert "Accept</button>" not in page
    actions.open_by_name(accepted, by=lee, reason="check")
    client.force_login(lee)
    assert "You decided" not in client.get(case).content.decode()
    client.force_login(rae)
    client.post(reverse("admin:applications_application_act", args=[accepted.pk, "undo"]))
    assert "Approve and send the letter" in client.get(case).content.decode()
    assert not Requirement.objects.exclude(status="accepted").exists()
