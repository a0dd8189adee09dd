"""Every step of every table: taken from its sources alone, by those the policy names, told exactly once, and once however many try at once."""

from threading import Barrier, Thread

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection, transaction

from applications import actions as applications
from applications.models import Application
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
    choices = {
        field.name: field.choices[0][0]
        for field in row._meta.concrete_fields
        if field.choices and field.blank and not getattr(row, field.name)
    }
    record(row, by=None, why="test", status=status, **choices)


# --- many at once --------------------------------------------------------------------------------------------------
SHORT = [pytest.param(20, 2, id="20-at-once")]
LONG = [pytest.param(50, 200, id="50-at-once", marks=pytest.mark.long)]
many = pytest.mark.parametrize(("at_once", "times"), SHORT + LONG)


@many
@pytest.mark.django_db(transaction=True)
def test_a_payment_told_many_times_at_once_files_one_application(at_once, times):
    for _each in range(times):
        application = factories.draft(factories.person())
        charge = applications.open_checkout(application, by=application.person.user)
        done = race([lambda: payments.confirm(fresh(charge), reference="one", cents=charge.cents)] * at_once)
        assert sum(answer is True for answer in done) == 1
        assert letters(application, "application-submitted") == 1
        assert fresh(application).requirements.count() == len(REQUIREMENTS)
        record(charge, by=None, why="test", gateway_reference=f"one-{charge.pk}")


@many
@pytest.mark.django_db(transaction=True)
def test_checkout_opened_many_times_at_once_asks_for_one_fee(at_once, times):
    for _each in range(times):
        application = factories.draft(factories.person())
        race([lambda: applications.open_checkout(fresh(application), by=application.person.user)] * at_once)
        assert Charge.objects.filter(person=application.person).count() == 1


@many
@pytest.mark.django_db(transaction=True)
def test_approving_and_taking_back_at_once_leave_one_story(at_once, times):
    rae = factories.staff("reviewer")
    for _each in range(times):
        application = factories.filed_application(factories.person())
        applications.claim(application, by=rae)
        for requirement in application.requirements.all():
            applications.accept_requirement(requirement, by=rae)
        person = application.person
        acts = [
            lambda: applications.approve(fresh(application), by=rae),
            lambda: applications.withdraw(fresh(application), by=person.user),
        ]
        race(acts * (at_once // 2))
        told = [letters(application, name) for name in ("application-approved", "application-withdrawn")]
        assert fresh(application).status == Application.Status.WITHDRAWN
        assert told == [application.history.filter(status="approved").count(), 1]
        assert told[0] <= 1


@many
@pytest.mark.django_db(transaction=True)
def test_a_denial_decided_by_many_at_once_is_decided_once(at_once, times):
    from applications.models import Reason

    rae, leads = factories.staff("reviewer"), [factories.staff("lead reviewer") for _each in range(2)]
    for _each in range(times):
        application = factories.filed_application(factories.person())
        applications.claim(application, by=rae)
        reason = Reason.objects.get(code="diploma-not-equal")
        applications.refuse_requirement(application.requirements.get(kind="education"), reason, by=rae)
        denial = applications.propose_denial(application, by=rae, grounds="It is none.")
        acts = [
            lambda: applications.decide_denial(fresh(denial), by=leads[0], agreed=True),
            lambda: applications.decide_denial(fresh(denial), by=leads[1], agreed=False),
        ]
        race(acts * (at_once // 2))
        agreed = fresh(denial).agreed
        assert letters(application, "application-denied") == int(agreed)
        assert fresh(application).status == (Application.Status.DENIED if agreed else Application.Status.IN_REVIEW)
        assert denial.history.exclude(decided_at=None).count() == 1


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
