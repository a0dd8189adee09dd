"""Fifty people, or fifty messages, at the same moment: one effect. Real threads on a real database."""

from dataclasses import replace
from functools import partial

import pytest

from applications import actions as applications
from applications.models import Application, Reason
from applications.rules import REQUIREMENTS
from certification import payments
from certification.models import Charge, Notice
from certification.steps import WrongState, no_problems, take
from tests import factories
from tests.racing import MOST, race
from tests.watch.steps import name_of, put, stepped_row, steps
from tests.watch.table import STEPS

pytestmark = pytest.mark.usefixtures("connections_end")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("story", ["payment", "checkout", "approve_or_withdraw", "decide_denial"])
@pytest.mark.parametrize(
    ("at_once", "times"),
    [pytest.param(20, 2, id="20-at-once"), pytest.param(MOST, 200, id="50-at-once", marks=pytest.mark.long)],
)
def test_of_many_at_once_one_has_an_effect(story, at_once, times):
    for _each in range(times):
        STORIES[story](at_once)


MARKED_AGAIN = {"requirement: ask", "requirement: decline"}  # a reviewer may change the reason


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "at_once", [pytest.param(8, marks=pytest.mark.short), pytest.param(MOST, marks=pytest.mark.long)]
)
def test_of_many_who_take_any_step_at_once_one_does(at_once, committed_world):
    leading_on = [pair for pair in steps() if pair[1].target not in pair[1].sources]
    assert {name_of(pair) for pair in steps()} - set(map(name_of, leading_on)) == MARKED_AGAIN
    for model, step in leading_on:
        row = stepped_row(model, committed_world)
        put(row, sorted(step.sources)[0])
        before = row.history.count()
        by = next((committed_world.user(role) for role in STEPS[name_of((model, step))] or ()), None)
        free = replace(step, problems=no_problems)
        answers = race([lambda row=row, free=free, by=by: take(free, fresh(row), by=by)] * at_once)
        assert row.history.count() - before == 1, step
        assert sum(isinstance(answer, WrongState) for answer in answers) == at_once - 1, step


def payment(at_once):
    """The payment service tells of one payment many times: it files one application."""
    application = factories.draft(factories.person())
    charge = applications.open_checkout(application, by=application.person.user)
    reference = f"paid-{charge.pk}"
    done = race([lambda: payments.confirm(fresh(charge), reference=reference, cents=charge.cents)] * at_once)
    assert sum(answer is True for answer in done) == 1
    assert letters(application, "application-submitted") == 1
    assert fresh(application).requirements.count() == len(REQUIREMENTS)


def checkout(at_once):
    """Going to pay in many tabs asks for one fee."""
    application = factories.draft(factories.person())
    race([lambda: applications.open_checkout(fresh(application), by=application.person.user)] * at_once)
    assert Charge.objects.filter(person=application.person).count() == 1


def approve_or_withdraw(at_once):
    """Approving and taking back: one story, and one letter for each thing that happened in it."""
    rae = factories.staff("reviewer")
    application = factories.filed_application(factories.person())
    applications.claim(application, by=rae)
    for requirement in application.requirements.all():
        applications.accept_requirement(requirement, by=rae)
    approve = partial(act, applications.approve, application, by=rae)
    withdraw = partial(act, applications.withdraw, application, by=application.person.user)
    race([approve, withdraw] * (at_once // 2))
    assert fresh(application).status == Application.Status.WITHDRAWN
    assert letters(application, "application-withdrawn") == 1
    assert letters(application, "application-approved") == application.history.filter(status="approved").count() <= 1


def decide_denial(at_once):
    """Two leads decide one denial, one each way: the first counts."""
    rae, agrees, disagrees = (
        factories.staff("reviewer"),
        factories.staff("lead reviewer"),
        factories.staff("lead reviewer"),
    )
    application = factories.filed_application(factories.person())
    applications.claim(application, by=rae)
    requirement, reason = application.requirements.get(kind="education"), Reason.objects.get(code="diploma-not-equal")
    applications.refuse_requirement(requirement, reason, by=rae)
    denial = applications.propose_denial(application, by=rae, grounds="It is none.")
    yes = partial(act, applications.decide_denial, denial, by=agrees, agreed=True)
    no = partial(act, applications.decide_denial, denial, by=disagrees, agreed=False)
    race([yes, no] * (at_once // 2))
    agreed = fresh(denial).agreed
    assert letters(application, "application-denied") == int(agreed)
    assert fresh(application).status == (Application.Status.DENIED if agreed else Application.Status.IN_REVIEW)
    assert denial.history.exclude(decided_at=None).count() == 1


STORIES = {story.__name__: story for story in (payment, checkout, approve_or_withdraw, decide_denial)}


def act(action, row, **details):
    return action(fresh(row), **details)


def fresh(row):
    return type(row).objects.get(pk=row.pk)


def letters(application, name):
    return Notice.objects.filter(recipient=application.person.user, name=name).count()
