"""Finance sees the money that must go back, and notes when it did."""

import pytest
from django.test import Client
from django.urls import reverse

from certification import payments
from certification.models import Charge
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def charge(pat):
    made = payments.charge_for(pat, "application", pat, 10_000)
    payments.record(made, by=None, why="test", paid_at=factories.timezone.now(), gateway_reference="pi_1")
    payments.return_money(made, why="test")
    return made


def signed_in(user):
    client = Client()
    client.force_login(user)
    return client


def test_money_to_return_waits_on_the_desk_until_it_went_back(fin, charge):
    client = signed_in(fin)
    assert "Payments to return" in client.get(reverse("admin:index")).content.decode()
    assert (
        "application fee"
        in client.get(reverse("admin:certification_charge_changelist"), {"refund_due_at__isempty": 0}).content.decode()
    )
    page = client.get(reverse("admin:certification_charge_change", args=[charge.pk])).content.decode()
    address = reverse("admin:certification_charge_returned", args=[charge.pk])
    assert address in page
    client.post(address)
    client.post(address)
    assert Charge.objects.get().refunded_at
    assert charge.history.filter(history_change_reason="money returned").count() == 1


def test_who_is_not_of_finance_cannot_note_it(rae, charge):
    assert signed_in(rae).post(reverse("admin:certification_charge_returned", args=[charge.pk])).status_code == 403
    assert not Charge.objects.get().refunded_at
