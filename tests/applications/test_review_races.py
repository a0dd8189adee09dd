"""Two people act at once, with real threads on a real database: one effect, and the other is told why not."""

from threading import Barrier, Thread

import pytest
from django.db import connection

from applications import actions
from applications.models import Application, Denial
from certification.models import Certification, Notice
from certification.steps import NotReady, Refused
from tests import factories
from tests.applications.cases import accept_all, approve, hold, propose

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(*acts):
    """Run ``acts`` in threads that start together; returns what each raised, or None."""
    barrier, outcomes = Barrier(len(acts)), [None] * len(acts)

    def run(position, act):
        barrier.wait()
        try:
            act()
        except Refused as refused:
            outcomes[position] = refused
        finally:
            connection.close()

    threads = [Thread(target=run, args=pair) for pair in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes


def fresh(row):
    return type(row).objects.get(pk=row.pk)


def claimed(by):
    application = factories.filed_application(factories.person())
    actions.claim(application, by=by)
    return application


def test_two_reviewers_claim_and_one_has_it():
    application = factories.filed_application(factories.person())
    both = [factories.staff("reviewer") for _each in range(2)]
    outcomes = at_once(*(lambda by=by: actions.claim(fresh(application), by=by) for by in both))
    assert outcomes.count(None) == 1
    assert fresh(application).reviewer == both[outcomes.index(None)]


def test_two_deciders_deny_once():
    rae, leads = factories.staff("reviewer"), [factories.staff("lead reviewer") for _each in range(2)]
    application = claimed(rae)
    denial = propose(application, rae)
    agree, disagree = leads
    outcomes = at_once(
        lambda: actions.decide_denial(fresh(denial), by=agree, agreed=True),
        lambda: actions.decide_denial(fresh(denial), by=disagree, agreed=False),
    )
    assert outcomes.count(None) == 1
    decided = Denial.objects.get()
    assert decided.agreed is (outcomes[0] is None)
    assert (fresh(application).status == Application.Status.DENIED) is decided.agreed
    assert Notice.objects.filter(name="application-denied").count() == int(decided.agreed)


def test_an_approval_is_sent_once():
    rae = factories.staff("reviewer")
    application = claimed(rae)
    accept_all(application, rae)
    outcomes = at_once(*(lambda: actions.approve(fresh(application), by=rae) for _each in range(4)))
    assert outcomes.count(None) == 1
    assert Notice.objects.filter(name="application-approved").count() == 1


def test_a_hold_and_a_pass_at_once_leave_one_truth():
    rae, lee = factories.staff("reviewer"), factories.staff("lead reviewer")
    application = approve(claimed(rae), rae)
    factories.accepted_training(application.person)
    outcomes = at_once(
        lambda: actions.complete(fresh(application), by=None),
        lambda: hold(fresh(application.person), lee),
    )
    assert outcomes[1] is None
    issued = Certification.objects.exists()
    assert issued is (outcomes[0] is None)
    assert issued or isinstance(outcomes[0], NotReady)
    assert fresh(application).passed_at


def test_two_who_end_the_last_hold_issue_one_certificate():
    rae, leads = factories.staff("reviewer"), [factories.staff("lead reviewer") for _each in range(2)]
    application = approve(claimed(rae), rae)
    factories.accepted_training(application.person)
    opened = hold(application.person, leads[0])
    with pytest.raises(NotReady):
        actions.complete(application, by=None)
    at_once(*(lambda by=by: actions.end_hold(fresh(opened), by=by, reason="seen") for by in leads))
    assert Certification.objects.count() == 1
    assert Notice.objects.filter(name="certificate-issued").count() == 1
    assert Notice.objects.filter(name="hold-ended").count() == 1
