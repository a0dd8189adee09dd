"""Many write at once, with real threads on a real database: each thing is said once, and whoever comes second is told."""

import uuid

import pytest

from applications import actions
from applications.models import Message
from certification.models import Notice
from certification.steps import NotReady
from tests import factories
from tests.applications.test_review_races import at_once, fresh

pytestmark = pytest.mark.django_db(transaction=True)


def asked(person):
    return actions.write_to_office(person, "When?", mark=uuid.uuid4())


def test_a_form_sent_fifty_times_at_once_is_one_message():
    person, mark = factories.person(), uuid.uuid4()
    outcomes = at_once(*[lambda: actions.write_to_office(fresh(person), "When?", mark=mark)] * 50)
    assert outcomes == [None] * 50
    assert Message.objects.count() == 1


def test_of_many_messages_at_once_no_more_than_a_day_takes(settings):
    settings.MESSAGES_PER_DAY = 5
    person = factories.person()
    outcomes = at_once(*[lambda: asked(fresh(person))] * 12)
    assert outcomes.count(None) == Message.objects.count() == 5
    assert sum(isinstance(outcome, NotReady) for outcome in outcomes) == 7


def test_of_many_who_answer_at_once_one_does():
    person = factories.person()
    seen = asked(person).pk
    desk = [factories.staff("reviewer") for _each in range(8)]

    def answer(by):
        return lambda: actions.write_to_person(fresh(person), f"By {by}.", mark=uuid.uuid4(), seen=seen, by=by)

    def settle(by):
        return lambda: actions.need_no_answer(fresh(person), "spoken", mark=uuid.uuid4(), seen=seen, by=by)

    outcomes = at_once(*(act(by) for by in desk for act in (answer, settle)))
    assert outcomes.count(None) == 1
    assert sum(isinstance(outcome, NotReady) for outcome in outcomes) == 15
    answers = Message.objects.filter(kind="answer").count()
    assert Message.objects.exclude(kind="question").count() == 1
    assert Notice.objects.filter(name="message-received").count() == answers


def test_who_clicks_often_answers_once():
    person, rae, mark = factories.person(), factories.staff("reviewer"), uuid.uuid4()
    seen = asked(person).pk
    outcomes = at_once(
        *[lambda: actions.write_to_person(fresh(person), "Soon.", mark=mark, seen=seen, by=rae)] * 20,
    )
    assert outcomes == [None] * 20
    assert Message.objects.filter(kind="answer").count() == 1
    assert Notice.objects.filter(name="message-received").count() == 1


def test_an_answer_and_another_question_at_once_leave_no_question_unread():
    """Either the answer came first and the question waits, or the question did and the answer was refused."""
    rae = factories.staff("reviewer")
    for _time in range(10):
        person = factories.person()
        seen = asked(person).pk
        outcomes = at_once(
            lambda person=person: asked(fresh(person)),
            lambda person=person, seen=seen: actions.write_to_person(
                fresh(person), "Soon.", mark=uuid.uuid4(), seen=seen, by=rae
            ),
        )
        assert outcomes[0] is None
        waiting = person.messages.waiting().count()
        assert waiting == (1 if outcomes[1] is None else 2)
