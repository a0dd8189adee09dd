"""Every step of every table: taken from its sources alone, by those the policy names, told exactly once, and once however many try at once."""

from collections import defaultdict
from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone

from applications import actions as applications
from applications.models import Application, Requirement
from certification import actions as certification
from certification import name_changes, payments, refunds, vouchers
from certification.models import Notice, Person
from certification.steps import NotReady, WrongState, record, take
from exams import actions as exams
from tests import factories
from tests.watch.steps import name_of, put, stepped_row, steps
from tests.watch.table import ROLES, STEPS, TOLD
from tests.watch.world import OWNER
from training_providers import actions as training

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


@pytest.mark.parametrize("pair", [pair for pair in STEPPED if pair[1].permission], ids=name_of)
def test_nobody_of_staff_takes_a_step_in_their_own_case(pair, world):
    model, step = pair
    by = world.user(min(STEPS[name_of(pair)]))
    row = model.objects.get(pk=stepped_row(model, world).pk)
    record(Person.objects.get(pk=world.people[OWNER].pk), by=None, why="test", user=by)
    put(row, next(iter(step.sources)))
    if model is Requirement:
        put(row.application, "in_review")
    with pytest.raises(NotReady, match="your own"):
        take(step, row, by=by)


def test_the_policy_knows_every_step_and_what_it_tells():
    names = {name_of(pair) for pair in STEPPED}
    assert set(STEPS) == names
    assert set(TOLD) == names


def test_a_step_tells_the_person_exactly_once(world):
    """In everybody's life so far, each step was taken and has its own letter, and no letter came without one."""
    every_way_to_end(world)
    steps_of_letters = defaultdict(list)
    for pair in STEPPED:
        steps_of_letters[frozenset(TOLD[name_of(pair)])].append(pair)
    silent = steps_of_letters.pop(frozenset())
    for told, pairs in steps_of_letters.items():
        taken = [times_taken(pair) for pair in pairs]
        assert all(taken), f"nobody in this world took each of {list(map(name_of, pairs))}: {taken}"
        assert Notice.objects.filter(name__in=told).count() == sum(taken), told
    assert {name_of(pair) for pair in silent} >= {"application: claim", "application: release"}


def times_taken(pair):
    model, step = pair
    reasons = model.history.values_list("history_change_reason", flat=True)
    return sum((reason or "").partition(": ")[0] == step.name for reason in reasons)


def every_way_to_end(world):
    """What the lives of the world do not end in, each with somebody of its own."""
    desk, examiner = world.users["training desk"], world.users["exam desk"]
    denied = world.people["who may be denied"].applications.get()
    applications.decide_denial(denied.denials.get(), by=world.lee, agreed=True)
    gone = factories.filed_application(factories.person("Wim", "Withdrawn"))
    applications.withdraw(gone, by=gone.person.user)
    taught = factories.approved_application(factories.person("Tess", "Taught")).person
    training.decline(factories.sent_training(taught), words="It ended too long ago.", by=desk)
    away = factories.ready_for_exam(factories.person("Abe", "Away"))
    exams.void(factories.authorized_attempt(away), kind="no_show", by=examiner, why="Did not come.")
    with time_machine.travel(timezone.now() - timedelta(days=800)):
        factories.approved_application(factories.person("Rita", "Runout"))
        factories.authorized_attempt(factories.ready_for_exam(factories.person("Lou", "Late")))
        factories.draft(factories.person("Rex", "Resting"))
    applications.close_run_out_approvals()
    for days in (0, 31, 60):  # two warnings, and the end
        with time_machine.travel(timezone.now() + timedelta(days=days)):
            applications.warn_or_close_drafts()
            world.deliver()
    silent = world.people["who never answers"].applications.get()
    applications.close_unanswered(silent, by=world.lee)
    renamed = factories.asked_name_change(factories.person("Nia", "Named"))
    name_changes.accept(renamed, by=world.users["registrar"])
    exams.void_run_out_authorizations()


def test_an_action_asks_for_the_permission_of_the_policy_itself(world):
    """Behind every page: whoever calls these acts without the right is refused there too."""
    lacking = world.user("reporting")
    rows = world.rows()
    payments.return_money(rows["charge"], why="test")
    denied = world.people["who may be denied"].applications.get()
    acts = [
        lambda: applications.propose_denial(denied, by=lacking, grounds="No."),
        lambda: applications.decide_denial(denied.denials.get(), by=lacking, agreed=True),
        lambda: applications.decide_denial(denied.denials.get(), by=lacking, agreed=False),
        lambda: applications.open_hold(rows["person"], kind="identity", note="", review_on=None, by=lacking),
        lambda: applications.renew_hold(rows["hold"], note="", review_on=None, by=lacking),
        lambda: applications.end_hold(rows["hold"], by=lacking, reason="No."),
        lambda: applications.allow_late_request(
            Requirement.objects.filter(late=True).first(), by=lacking, reason="No."
        ),
        lambda: applications.return_all(world.rae, by=lacking),
        lambda: applications.deal_second(by=lacking),
        lambda: applications.settle(rows["application"], first_stands=True, by=lacking),
        lambda: certification.hold_records(rows["person"], reason="No.", by=lacking),
        lambda: certification.release_records(rows["recordshold"], reason="No.", by=lacking),
        lambda: refunds.propose(rows["charge"], cause="mistaken", why="No.", by=lacking),
        lambda: refunds.decide_refund(rows["refund"], agreed=True, by=lacking),
        lambda: refunds.returned_otherwise(rows["refund"], by=lacking),
        lambda: refunds.keep(rows["feerequest"], answer="No.", by=lacking),
        lambda: vouchers.make(purpose="exam", payer="?", count=1, valid_through=None, note="", by=lacking),
        lambda: vouchers.withdraw(rows["voucherbatch"], by=lacking),
        lambda: applications.extend_approval(rows["application"], 1, by=lacking, reason="No."),
        lambda: applications.write_to_person(rows["person"], "No.", mark=uuid4(), seen=None, by=lacking),
        lambda: applications.need_no_answer(rows["person"], "spoken", mark=uuid4(), seen=None, by=lacking),
        lambda: training.dismiss_row(rows["rosterrow"], by=lacking),
        lambda: applications.ask_about_accounts(rows["person"], world.merge.kept, by=lacking),
        lambda: applications.propose_merge(world.pair.first, world.pair.second, by=lacking),
        lambda: applications.propose_undoing(world.merge, by=lacking),
        lambda: applications.decide_merge(world.merge, agreed=True, by=lacking),
    ]
    for act_of in acts:
        with pytest.raises(PermissionDenied):
            act_of()


def test_only_those_of_the_policy_give_back_the_case_of_another(world):
    case = Application.objects.filter(reviewer=world.rae, status="in_review", denials=None).first()
    with pytest.raises(NotReady, match="Somebody else"):
        applications.release(case, by=factories.staff("reviewer"))
    applications.release(case, by=world.lee)
