"""Every step of every table: taken from its sources alone, by those the policy names, told exactly once, and once however many try at once."""

import pytest
from django.core.exceptions import PermissionDenied
from django.db import transaction

from applications import actions as applications
from applications.rules import REQUIREMENTS
from certification import payments
from certification.models import Notice
from certification.steps import NotReady, WrongState, record, take
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


def test_an_action_asks_for_the_permission_of_the_policy_itself(world):
    """Behind every page: whoever calls these acts without the right is refused there too."""
    lacking = world.user("reporting")
    rows = world.rows()
    payments.return_money(rows["charge"], why="test")
    denied = world.people["who may be denied"].applications.get()
    acts = [
        lambda: applications.propose_denial(denied, by=lacking, grounds="No."),
        lambda: applications.decide_denial(denied.denials.get(), by=lacking, agreed=True),
        lambda: applications.open_hold(rows["person"], kind="identity", note="", review_on=None, by=lacking),
        lambda: applications.end_hold(rows["hold"], by=lacking, reason="No."),
        lambda: payments.money_returned(rows["charge"], by=lacking),
    ]
    for act_of in acts:
        with pytest.raises(PermissionDenied):
            act_of()


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
