"""Money goes back once, when two people of finance agree, whatever the payment service does meanwhile."""

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.urls import reverse

from certification import refunds
from certification.models import Charge, Notice, Refund, Standard
from certification.payments import NoAnswer, NotReturned, StripeGateway, charge_for, confirm
from certification.queries import today
from certification.steps import NotReady, record
from tests import factories


class Gateway:
    """A payment service that answers, is away, or refuses; it remembers what it paid back under which key."""

    mood, paid_back = "answers", {}

    def give_back(self, charge, *, key):
        if self.mood == "away":
            raise NoAnswer
        if self.mood == "refuses":
            raise NotReturned("charge_disputed")
        self.paid_back[key] = charge.cents
        return f"re_{len(self.paid_back)}"


@pytest.fixture(autouse=True)
def gateway(settings, monkeypatch):
    settings.PAYMENT_GATEWAY = f"{__name__}.Gateway"
    settings.PAYMENT_PURPOSES = {"application": "builtins.id"}
    settings.SECOND_FACTOR_FOR_STAFF = False
    Gateway.mood, Gateway.paid_back = "answers", {}
    return Gateway


@pytest.fixture
def fay(db):
    return factories.staff("finance")


@pytest.fixture
def fred(db):
    return factories.staff("finance")


@pytest.fixture
def paid(pat):
    """A fee that was asked for and paid."""
    charge = charge_for(pat, "application", pat, 10_000)
    confirm(charge, reference="pi_1", cents=10_000)
    return charge


@pytest.fixture
def twice(paid):
    """The second payment of a fee."""
    confirm(paid, reference="pi_2", cents=10_000)
    return Charge.objects.get(purpose="mistaken")


def proposed(charge, by, cause="mistaken"):
    return refunds.propose(charge, cause=cause, why="Paid twice.", by=by)


def returns_are_allowed():
    row = {"key": "fee.refund_allowed", "value": "yes", "unit": "yes or no", "citation": "a schedule", "basis": "text"}
    record(Standard(effective_from=today(), **row), by=None, why="set")


def letters():
    return Notice.objects.filter(name="money-returned").count()


def test_a_second_payment_goes_back_when_two_agree_and_the_person_is_told_then(twice, fay, fred, gateway):
    assert list(refunds.due(fay)) == [twice]
    refund = proposed(twice, fay)
    assert not refunds.due(fay).exists()
    assert list(refunds.to_decide(fred)) == [refund]
    assert not refunds.to_decide(fay).exists()
    refunds.pay_back()
    assert not gateway.paid_back
    refunds.decide_refund(refund, agreed=True, by=fred)
    assert letters() == 0
    for _sweep in range(3):
        refunds.pay_back()
    twice.refresh_from_db()
    refund.refresh_from_db()
    assert list(gateway.paid_back.values()) == [10_000]
    assert (refund.reference, twice.refunded_at is not None, letters()) == ("re_1", True, 1)


def test_one_person_returns_nothing(twice, fay):
    refund = proposed(twice, fay)
    with pytest.raises(NotReady, match="second person"):
        refunds.decide_refund(refund, agreed=True, by=fay)
    with pytest.raises(IntegrityError), transaction.atomic():
        record(refund, by=fay, why="test", decided_by=fay)


def test_only_finance_proposes_and_decides(twice, fay):
    other = factories.staff("administrator")
    with pytest.raises(PermissionDenied):
        proposed(twice, other)
    with pytest.raises(PermissionDenied):
        refunds.decide_refund(proposed(twice, fay), agreed=True, by=other)


def test_nobody_returns_their_own_payment(twice, fay, fred):
    record(twice.person, by=None, why="test", user=fay)
    with pytest.raises(NotReady, match="your own payment"):
        proposed(twice, fay)
    refund = proposed(twice, fred)
    with pytest.raises(NotReady, match="your own payment"):
        refunds.decide_refund(refund, agreed=True, by=fay)
    assert not refunds.due(fay).exists()
    assert not refunds.to_decide(fay).exists()


def test_a_return_that_is_not_agreed_may_be_proposed_again(twice, fay, fred, gateway):
    refunds.decide_refund(proposed(twice, fay), agreed=False, by=fred)
    refunds.pay_back()
    assert not gateway.paid_back
    assert list(refunds.due(fred)) == [twice]
    proposed(twice, fred)


def test_a_return_is_proposed_once(twice, fay, fred):
    proposed(twice, fay)
    with pytest.raises(NotReady, match="already"):
        proposed(twice, fred)


def test_a_fee_that_was_asked_for_goes_back_only_where_the_schedule_allows(paid, fay, fred):
    with pytest.raises(NotReady, match="no mistake"):
        proposed(paid, fay)
    with pytest.raises(NotReady, match="fee schedule"):
        proposed(paid, fay, cause="allowed")
    returns_are_allowed()
    refunds.decide_refund(proposed(paid, fay, cause="allowed"), agreed=True, by=fred)
    refunds.pay_back()
    paid.refresh_from_db()
    assert paid.refunded_at


def test_nothing_goes_back_that_did_not_come(pat, fay):
    returns_are_allowed()
    with pytest.raises(NotReady):
        proposed(charge_for(pat, "application", pat, 10_000), fay, cause="allowed")


def test_while_the_service_is_away_the_return_waits_and_is_then_made_once(twice, fay, fred, gateway):
    refunds.decide_refund(proposed(twice, fay), agreed=True, by=fred)
    gateway.mood = "away"
    refunds.pay_back()
    assert letters() == 0
    gateway.mood = "answers"
    refunds.pay_back()
    refunds.pay_back()
    assert len(gateway.paid_back) == letters() == 1


def test_one_that_is_refused_stops_no_other_and_becomes_staff_work(twice, fay, fred, gateway):
    refund = proposed(twice, fay)
    refunds.decide_refund(refund, agreed=True, by=fred)
    gateway.mood = "refuses"
    refunds.pay_back()
    refunds.pay_back()
    refund.refresh_from_db()
    assert refund.refused_at
    assert list(refunds.refused(fred)) == [refund]
    assert letters() == 0
    with pytest.raises(NotReady):
        refunds.returned_otherwise(refund, by=fay)
    refunds.returned_otherwise(refund, by=fred)
    assert letters() == 1
    assert not refunds.refused(fred).exists()
    with pytest.raises(NotReady):
        refunds.returned_otherwise(refund, by=fred)


def test_a_refused_return_may_be_proposed_anew(twice, fay, fred, gateway):
    refunds.decide_refund(proposed(twice, fay), agreed=True, by=fred)
    gateway.mood = "refuses"
    refunds.pay_back()
    gateway.mood = "answers"
    assert list(refunds.due(fay)) == [twice]
    refunds.decide_refund(proposed(twice, fay), agreed=True, by=fred)
    refunds.pay_back()
    assert len(gateway.paid_back) == 1


def test_from_the_desk_to_the_money(client, twice, fay, fred):
    client.force_login(fay)
    assert "/refund/" in client.get(reverse("admin:certification_charge_change", args=[twice.pk])).content.decode()
    page = reverse("admin:certification_charge_refund", args=[twice.pk])
    assert "$100" in client.get(page).content.decode()
    client.post(page, {"cause": "mistaken", "why": "Paid twice."})
    refund = Refund.objects.get()
    case = reverse("admin:certification_refund_change", args=[refund.pk])
    assert 'name="agree"' not in client.get(case).content.decode()
    client.force_login(fred)
    assert "Paid twice." in client.get(case).content.decode()
    client.post(reverse("admin:certification_refund_decide", args=[refund.pk]), {"agree": "1"})
    refunds.pay_back()
    twice.refresh_from_db()
    assert twice.refunded_at


def test_what_is_no_mistake_has_no_button(client, paid, fay):
    client.force_login(fay)
    assert "/refund/" not in client.get(reverse("admin:certification_charge_change", args=[paid.pk])).content.decode()


def test_stripe_is_asked_to_pay_back_the_payment_itself_and_once(twice, monkeypatch):
    """The real gateway, up to the wire: what it asks of Stripe's own client."""
    import stripe

    asked = []

    def request(self, method, path, *args, params=None, options=None, **kwargs):
        asked.append((method, path, params, (options or {}).get("idempotency_key")))
        return stripe.Refund.construct_from({"id": "re_9"}, "key")

    monkeypatch.setattr(stripe.RefundService, "_request", request)
    monkeypatch.setattr("django.conf.settings.STRIPE_SECRET_KEY", "sk_test_1")
    assert StripeGateway().give_back(twice, key="refund:1") == "re_9"
    assert asked == [("post", "/v1/refunds", {"payment_intent": "pi_2", "amount": 10_000}, "refund:1")]
