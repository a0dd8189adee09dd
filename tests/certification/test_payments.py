"""A payment counts exactly once, whatever the gateway says and how often."""

import threading

import pytest
from django.db import connection

from certification.models import Charge, Notice
from certification.notices import deliver
from certification.payments import charge_for, confirm
from certification.staff import queues_for
from tests import factories

paid = []


def note(charge):
    paid.append(charge.pk)


@pytest.fixture(autouse=True)
def _purposes(settings):
    settings.PAYMENT_PURPOSES = {"application": f"{__name__}.note"}
    paid.clear()


@pytest.fixture
def charge(pat):
    return charge_for(pat, "application", pat, 10_000)


def test_a_charge_is_made_once(pat, charge):
    assert charge_for(pat, "application", pat, 10_000) == charge
    assert Charge.objects.count() == 1


def test_an_unpaid_charge_follows_the_fee_and_the_old_amount_goes_back(pat, charge):
    assert charge_for(pat, "application", pat, 12_000) == charge
    charge.refresh_from_db()
    assert charge.cents == 12_000
    assert not confirm(charge, reference="an old page", cents=10_000)
    assert Charge.objects.get(purpose="mistaken").refund_due_at


def test_the_second_word_of_a_payment_changes_nothing(charge):
    assert confirm(charge, reference="pi_1", cents=10_000)
    assert not confirm(charge, reference="pi_1", cents=10_000)
    assert paid == [charge.pk]


def test_who_pays_twice_gets_the_second_payment_back_and_is_told(charge, pat):
    confirm(charge, reference="pi_1", cents=10_000)
    for _word in range(3):
        assert not confirm(charge, reference="pi_2", cents=10_000)
    assert paid == [charge.pk]
    second = waits_to_go_back()
    assert (second.person, second.gateway_reference, second.cents) == (pat, "pi_2", 10_000)
    letter = handed_over("paid-by-mistake")
    assert "$100" in letter.body
    assert "stays paid" in letter.body


def test_another_amount_does_not_count_and_goes_back(charge):
    assert not confirm(charge, reference="pi_1", cents=1)
    charge.refresh_from_db()
    assert (charge.paid_at, paid) == (None, [])
    assert waits_to_go_back().cents == 1
    assert "still to be paid" in handed_over("paid-by-mistake").body
    assert confirm(charge, reference="pi_2", cents=10_000)


def waits_to_go_back():
    """The one payment in the queue of finance."""
    assert [queue["waiting"] for queue in queues_for(factories.staff("finance")) if "charge" in queue["url"]] == [1]
    return Charge.objects.get(refund_due_at__isnull=False, refunded_at=None)


def handed_over(name):
    notice = Notice.objects.get(name=name)
    deliver(notice.pk)
    notice.refresh_from_db()
    return notice


def test_when_what_follows_fails_the_payment_is_not_lost_to_half_a_state(charge, settings):
    settings.PAYMENT_PURPOSES = {"application": "builtins.int"}
    with pytest.raises(TypeError):
        confirm(charge, reference="pi_1", cents=10_000)
    charge.refresh_from_db()
    assert charge.paid_at is None


@pytest.mark.django_db(transaction=True)
def test_twenty_words_at_once_count_once(charge):
    barrier = threading.Barrier(20)

    def webhook():
        barrier.wait()
        confirm(Charge.objects.get(pk=charge.pk), reference="pi_1", cents=10_000)
        connection.close()

    threads = [threading.Thread(target=webhook) for _ in range(20)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert paid == [charge.pk]
