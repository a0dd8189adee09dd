"""How long the training desk takes: counted from the records, with the days on which it waited for the person apart."""

from datetime import timedelta

import pytest
from django.utils import timezone

from certification.queries import today
from certification.service_times import Line, Usual, line_of
from certification.signing import signed
from certification.standards import standards_on
from tests import factories
from training_providers import actions
from training_providers.models import TrainingRecord
from training_providers.queries import review_times, waiting_records
from training_providers.rules import days_late

pytestmark = pytest.mark.django_db
SMALL, LIMIT = 11, 14


@pytest.fixture(autouse=True)
def noon(time_machine):
    time_machine.move_to(timezone.localtime().replace(hour=12))


@pytest.fixture
def sent(pat):
    factories.filed_application(pat)
    return factories.sent_training(pat)


@pytest.fixture
def after(time_machine):
    """Go to so many days after now."""
    now = timezone.localtime()
    return lambda days: time_machine.move_to(now + timedelta(days=days))


def alike(record, count):
    """More records like this one, which the figures can count."""
    own = {"id", "seal", "words"}
    same = {field.attname: getattr(record, field.attname) for field in record._meta.fields if field.name not in own}
    with signed(None, "test"):
        TrainingRecord.objects.bulk_create(TrainingRecord(**same) for _each in range(count))


def times():
    return review_times(standards_on(today()))


def test_the_days_of_a_real_review(pat, sent, tia, after):
    """Asked after 3 days, answered 20 later, asked again 2 later and answered at once after 5 more, accepted 4 later: 34 days, 9 with us."""
    for asked, answered in ((3, 23), (25, 30)):
        after(asked)
        actions.ask(sent, words="Page 2 is missing.", by=tia)
        after(answered)
        actions.answer(sent, by=pat.user)
    after(34)
    actions.accept(sent, by=tia)
    assert sent.paused_days == 25
    alike(TrainingRecord.objects.get(), SMALL - 1)
    assert times() == {"elapsed": Usual(34, 34), "ours": Usual(9, 9)}


def test_few_records_and_old_ones_tell_nothing(sent, tia, after):
    after(2)
    actions.decline(sent, words="It had 60 hours.", by=tia)
    alike(TrainingRecord.objects.get(), SMALL - 2)
    assert times() == {"elapsed": None, "ours": None}
    alike(TrainingRecord.objects.first(), 1)
    assert times()["elapsed"] == Usual(2, 2)
    after(2 + 90)
    assert times()["elapsed"] is None


def test_who_answered_stands_at_the_end_of_the_line(pat, sent, tia, after):
    assert line_of(waiting_records()) == Line(1, today())
    actions.ask(sent, words="Page 2 is missing.", by=tia)
    assert line_of(waiting_records()) == Line(0, None)
    after(6)
    actions.answer(sent, by=pat.user)
    assert line_of(waiting_records()) == Line(1, today())


def test_days_late_leave_out_those_on_which_we_waited(pat, sent, tia, after):
    standards = standards_on(sent.filed_on)
    for day, late in ((LIMIT, 0), (LIMIT + 1, 1)):
        after(day)
        assert days_late(sent, standards) == late
    actions.ask(sent, words="Page 2 is missing.", by=tia)
    after(100)
    assert days_late(sent, standards) == 0
    actions.answer(sent, by=pat.user)
    assert days_late(sent, standards) == 1
    after(104)
    actions.accept(sent, by=tia)
    after(200)
    assert days_late(sent, standards) == 5
