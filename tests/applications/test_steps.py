"""All statuses by all steps, generated from the tables: a step is taken from its sources and refused from everywhere else."""

from uuid import uuid4

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from applications.actions.steps import APPLICATION_STEPS, REQUIREMENT_STEPS
from applications.models import Application, Requirement
from certification.models import Notice
from certification.steps import NotReady, WrongState, record, take
from tests import factories

S = Application.Status


@pytest.fixture
def application(pat):
    return factories.filed_application(pat)


def put(application, status, reviewer):
    """Set a status as no action would, so that a step can be tried from it."""
    notice = Notice.objects.create(
        recipient=application.person.user, name="application-approved", language="en", key=str(uuid4())
    )
    now = timezone.now()
    record(application, by=None, why="test", status=status, reviewer=reviewer, decided_at=now, approval_notice=notice)
    return application


@pytest.mark.parametrize("step", APPLICATION_STEPS, ids=lambda step: step.name)
def test_an_application_takes_a_step_only_from_its_sources(application, lee, step):
    for status in S:
        put(application, status, lee)
        try:
            take(step, application, by=lee)
        except WrongState:
            assert status not in step.sources
        except NotReady:
            assert status in step.sources
        else:
            assert status in step.sources
            assert application.status == step.target
            assert application.history.first().history_change_reason == step.name


@pytest.mark.parametrize("step", [step for step in APPLICATION_STEPS if step.permission], ids=lambda step: step.name)
def test_a_step_with_a_permission_is_not_for_others_nor_for_the_clock(application, max, step):
    for by in (max.user, None, factories.staff("training desk")):
        put(application, next(iter(step.sources)), None)
        with pytest.raises(PermissionDenied):
            take(step, application, by=by)


@pytest.mark.parametrize("step", REQUIREMENT_STEPS, ids=lambda step: step.name)
def test_a_line_takes_a_step_only_from_its_sources(application, lee, step):
    put(application, S.IN_REVIEW, lee)
    line = application.requirements.first()
    for status in Requirement.Status:
        record(line, by=None, why="test", status=status)
        try:
            take(step, line, by=lee)
        except WrongState:
            assert status not in step.sources
        else:
            assert status in step.sources
            assert line.status == step.target


def test_every_status_is_reached_and_every_open_one_is_left():
    assert {step.target for step in APPLICATION_STEPS} == set(S) - {S.DRAFT}
    assert {source for step in APPLICATION_STEPS for source in step.sources} == set(Application.OPEN)
