"""What the payment service tells us: genuine, forged, twice, late, early."""

import hashlib
import hmac
import json
import time

import pytest
from django.test import Client
from django.urls import reverse

from applications.models import Application
from certification.models import Charge
from tests import factories

pytestmark = pytest.mark.django_db
SECRET = "whsec_test"


@pytest.fixture(autouse=True)
def _stripe(settings):
    settings.PAYMENT_GATEWAY = "certification.payments.StripeGateway"
    settings.STRIPE_WEBHOOK_SECRET = SECRET


@pytest.fixture
def charge(pat):
    application = factories.draft(pat)
    return factories.applications.open_checkout(application, by=pat.user)


def tell(charge, *, secret=SECRET, kind="checkout.session.completed", reference="pi_1", **session):
    """Send news as Stripe does, signed with ``secret``."""
    session = {
        "object": "checkout.session",
        "payment_status": "paid",
        "client_reference_id": str(charge.public_id),
        "payment_intent": reference,
        "amount_total": charge.cents,
    } | session
    body = json.dumps({"id": "evt_1", "object": "event", "type": kind, "data": {"object": session}})
    now = int(time.time())
    signature = hmac.new(secret.encode(), f"{now}.{body}".encode(), hashlib.sha256).hexdigest()
    return Client(enforce_csrf_checks=True).post(
        reverse("payment_heard"),
        body,
        content_type="application/json",
        headers={"Stripe-Signature": f"t={now},v1={signature}"},
    )


def status():
    return Application.objects.get().status


def test_a_genuine_payment_files_the_application(charge):
    assert tell(charge).status_code == 200
    assert status() == "submitted"


def test_a_forged_one_is_refused_and_changes_nothing(charge):
    assert tell(charge, secret="guessed").status_code == 400
    assert Client().post(reverse("payment_heard"), "{}", content_type="application/json").status_code == 400
    assert status() == "draft"
    assert not Charge.objects.get().paid_at


def test_the_same_news_twice_counts_once(charge):
    tell(charge)
    assert tell(charge).status_code == 200
    assert Charge.objects.get().gateway_reference == "pi_1"


@pytest.mark.parametrize(
    "news",
    [
        {"kind": "checkout.session.expired"},
        {"payment_status": "unpaid"},
        {"client_reference_id": "00000000-0000-4000-8000-000000000000"},
        {"client_reference_id": "not one of ours"},
        {"client_reference_id": None},
        {"amount_total": 1},
    ],
)
def test_other_news_is_taken_and_changes_nothing(charge, news):
    assert tell(charge, **news).status_code == 200
    assert status() == "draft"


def test_it_cannot_be_looked_at(charge):
    assert Client().get(reverse("payment_heard")).status_code == 405
