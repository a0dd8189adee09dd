"""What a person paid, and the paper that says so."""

from datetime import timedelta
from uuid import uuid4

import pypdfium2
import pytest
from django.urls import reverse
from django.utils import timezone

from certification.models import Charge
from certification.receipts import receipt_pdf
from certification.steps import record
from tests import factories


@pytest.fixture
def paid(pat):
    factories.filed_application(pat)
    return Charge.objects.get(person=pat)


def words(charge, language="en"):
    return pypdfium2.PdfDocument(receipt_pdf(charge, language=language))[0].get_textpage().get_text_range()


def test_the_page_leads_to_a_receipt_for_each_fee(client, pat, paid):
    client.force_login(pat.user)
    assert reverse("certification:fees") in client.get(reverse("certification:home")).content.decode()
    page = client.get(reverse("certification:fees")).content.decode()
    receipt = reverse("certification:receipt", args=[paid.public_id])
    assert "$100" in page
    assert receipt in page
    answer = client.get(receipt)
    assert (answer.headers["Content-Type"], answer.content[:4]) == ("application/pdf", b"%PDF")


def test_a_receipt_says_who_what_when_and_how_much(pat, paid):
    said = words(paid)
    for part in ("Pat Doe", "Application fee", "$100", paid.gateway_reference, "Paid in full"):
        assert part in said
    assert "Recibo" in words(paid, "es")


def test_a_fee_that_went_back_is_no_paid_fee_any_more(client, pat, paid):
    now = timezone.now()
    record(paid, by=None, why="test", refund_due_at=now, refunded_at=now + timedelta(days=1))
    assert "went back" in words(paid)
    client.force_login(pat.user)
    assert "Given back on" in client.get(reverse("certification:fees")).content.decode()


def test_what_is_not_paid_or_not_theirs_has_no_receipt(client, pat, max, paid, fin):
    draft = factories.draft(max)
    open_one = factories.applications.open_checkout(draft, by=max.user)
    for user, charge_id in ((max.user, paid.public_id), (max.user, open_one.public_id), (fin, paid.public_id)):
        client.force_login(user)
        assert client.get(reverse("certification:receipt", args=[charge_id])).status_code == 404
    client.force_login(max.user)
    assert client.get(reverse("certification:receipt", args=[uuid4()])).status_code == 404
    assert "paid no fee" in client.get(reverse("certification:fees")).content.decode()
