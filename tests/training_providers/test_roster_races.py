"""A roster, an upload, the desk and the clock at the same moment: one effect each. Real threads on a real database."""

import pytest

from certification.models import AuditEvent, Notice
from tests import factories
from tests.factories import confirmed_roster, on_roster
from tests.racing import race
from training_providers import actions
from training_providers.models import RosterRow, TrainingRecord

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("connections_end")]
TURNS, AT_ONCE = 4, 3
ACCEPTED = TrainingRecord.Status.ACCEPTED


@pytest.fixture
def provider(db):
    return factories.provider()


@pytest.fixture
def filed(pat):
    return factories.filed_application(pat)


def letters(person):
    names = ["training-accepted", "training-by-provider"]
    return Notice.objects.filter(recipient=person.user, name__in=names).count()


def test_the_same_roster_many_times(pat, max, filed, provider, tia):
    rows = [on_roster(pat), on_roster(max)]
    race([lambda: confirmed_roster(provider, *rows, by=tia)] * 8)
    assert (pat.training_records.count(), letters(pat), RosterRow.objects.count()) == (1, 1, 1)


def test_a_roster_and_an_upload(provider, tia):
    for _turn in range(TURNS):
        person = factories.person()
        factories.filed_application(person)
        paper = factories.document(person, "training")
        roster = [on_roster(person)]
        upload = {"provider": provider, "document": paper}
        acts = [
            lambda roster=roster: confirmed_roster(provider, *roster, by=tia),
            lambda person=person, upload=upload: factories.sent_training(person, **upload),
        ]
        race(acts * AT_ONCE)
        assert person.training_records.get().history.filter(status=ACCEPTED).count() == letters(person) == 1
        assert not RosterRow.objects.exists()


def test_a_roster_and_the_desk_that_accepts_the_upload(provider, tia):
    for _turn in range(TURNS):
        person = factories.person()
        factories.filed_application(person)
        sent, roster = factories.sent_training(person, provider=provider), [on_roster(person)]
        acts = [
            lambda roster=roster: confirmed_roster(provider, *roster, by=tia),
            lambda sent=sent: actions.accept(TrainingRecord.objects.get(pk=sent.pk), by=tia),
        ]
        race(acts * AT_ONCE)
        assert person.training_records.get().history.filter(status=ACCEPTED).count() == letters(person) == 1
        assert not RosterRow.objects.exists()


def test_two_of_staff_and_the_clock_settle_one_row(pat, filed, provider, tia):
    confirmed_roster(provider, on_roster(pat, given="Patricia"), by=tia)
    row = RosterRow.objects.get()
    acts = [
        lambda: actions.confirm_row(RosterRow(pk=row.pk, person=pat), by=tia),
        lambda: actions.dismiss_row(RosterRow(pk=row.pk, person=pat), by=tia),
        lambda: actions.look_again(RosterRow.objects.all()),
    ]
    race(acts * AT_ONCE)
    assert not RosterRow.objects.exists()
    assert AuditEvent.objects.filter(subject=f"training_providers.rosterrow:{row.pk}").count() == 1
    assert pat.training_records.count() == letters(pat) <= 1


def test_not_me_many_times(pat, filed, provider, tia):
    confirmed_roster(provider, on_roster(pat), by=tia)
    training = pat.training_records.get()
    race([lambda: actions.disown(TrainingRecord.objects.get(pk=training.pk), by=pat.user)] * 6)
    assert training.history.filter(status=TrainingRecord.Status.DISOWNED).count() == 1
