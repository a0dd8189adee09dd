"""Every step of every table: taken from its sources alone, by those the policy names, told exactly once, and once however many try at once."""

from functools import partial
from threading import Barrier, Thread

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection, transaction

from applications import actions as applications
from applications.models import Application, Reason
from applications.rules import REQUIREMENTS
from certification import payments
from certification.models import Charge, Notice
from certification.steps import NotReady, Refused, WrongState, record, take
from tests import factories
from tests.watch.steps import name_of, steps
from tests.watch.table import ROLES, STEPS, TOLD
from tests.watch.world import OWNER

STEPPED = steps()


@pytest.mark.parametrize("pair", STEPPED, ids=name_of)
def test_a_step_is_taken_from_its_sources_and_refused_from_everywhere_else(pair, world):
    model, step = pair
    row = stepped_row(model, world)
    by = next((world.user(role) for role in STEPS[name_of(pair)] or ()), None)
    for status in model.Status:
        with transaction.atomic():
            put(row, status)
            try:
                take(step, row, by=by)
            except WrongState:
                assert status not in step.sources
            except NotReady:
                assert status in step.sources
            else:
                assert status in step.sources
                assert row.status == step.target
            transaction.set_rollback(True)


@pytest.mark.parametrize("pair", STEPPED, ids=name_of)
def test_a_step_belongs_to_those_the_policy_names(pair, world):
    """A step without roles in the policy is the person's own or the clock's; one with roles is never the clock's."""
    _model, step = pair
    named = STEPS[name_of(pair)]
    assert {role for role in ROLES if step.allows(world.user(role))} == (set(ROLES) if named is None else named)
    assert step.allows(None) is (named is None)


@pytest.mark.parametrize("pair", [pair for pair in STEPPED if pair[1].permission], ids=name_of)
def test_who_lacks_the_permission_changes_nothing(pair, world):
    model, step = pair
    row = stepped_row(model, world)
    put(row, next(iter(step.sources)))
    before = row.history.count()
    for by in (world.user("reporting"), world.user(OWNER), None):
        with pytest.raises(PermissionDenied):
            take(step, row, by=by)
    assert row.history.count() == before


def test_the_policy_knows_every_step_and_what_it_tells():
    names = {name_of(pair) for pair in STEPPED}
    assert set(STEPS) == names
    assert set(TOLD) == names


@pytest.mark.parametrize("pair", STEPPED, ids=name_of)
def test_a_step_tells_the_person_exactly_once(pair, world):
    """In everybody's life so far, each step that was taken has its own letter, and no letter came without one."""
    told = TOLD[name_of(pair)]
    model, _step = pair
    sharing = [step for other, step in STEPPED if other is model and TOLD[name_of((other, step))] == told]
    taken = [
        reason
        for reason in model.history.values_list("history_change_reason", flat=True)
        if any(reason == step.name or (reason or "").startswith(f"{step.name}: ") for step in sharing)
    ]
    assert Notice.objects.filter(name__in=told).count() == (len(taken) if told else 0)


def stepped_row(model, world):
    rows = world.rows()
    if model._meta.model_name == "requirement":
        return rows["application"].requirements.get(kind=next(iter(REQUIREMENTS)))
    return rows[model._meta.model_name]


def put(row, status):
    """Set a status as no action would, with every fixed choice made, so that a step can be tried from it."""
    row.refresh_from_db()
    choices = {
        field.name: field.choices[0][0]
        for field in row._meta.concrete_fields
        if field.choices and field.blank and not getattr(row, field.name)
    }
    record(row, by=None, why="test", status=status, **choices)


# --- many at once --------------------------------------------------------------------------------------------------
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("story", ["payment", "checkout", "approve_or_withdraw", "decide_denial"])
@pytest.mark.parametrize(
    ("at_once", "times"),
    [pytest.param(20, 2, id="20-at-once"), pytest.param(50, 200, id="50-at-once", marks=pytest.mark.long)],
)
def test_of_many_at_once_one_has_an_effect(story, at_once, times):
    for _each in range(times):
        STORIES[story](at_once)


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


def race(acts):
    """Do all ``acts`` at the same moment, each in a thread with its own connection; returns what each answered, or its refusal."""
    barrier, answers = Barrier(len(acts)), [None] * len(acts)

    def run(place, act):
        barrier.wait()
        try:
            answers[place] = act()
        except Refused as refused:
            answers[place] = refused
        except Exception as error:  # kept for the assertion below
            answers[place] = error
        finally:
            connection.close()

    threads = [Thread(target=run, args=pair) for pair in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [answer for answer in answers if isinstance(answer, Exception) and not isinstance(answer, Refused)] == []
    return answers


def fresh(row):
    return type(row).objects.get(pk=row.pk)


def letters(application, name):
    return Notice.objects.filter(recipient=application.person.user, name=name).count()
