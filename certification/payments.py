"""Fees. Card data never touches us: a person pays on the gateway's page, and the gateway tells us, once or many times, soon or late."""

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from .models import Charge
from .notices import notify
from .steps import Refused, lock, record


class NotPaid(Exception):
    """The gateway does not say that this charge is paid."""


class NoAnswer(Refused):
    """The gateway does not answer just now; nothing is charged, and the text says to try again."""


class NotReturned(Exception):
    """The gateway will not give this payment back; somebody must look there."""


class StripeGateway:
    """Stripe's hosted checkout. The description on the card and the metadata say nothing of lived experience."""

    def open(self, charge, *, return_url, cancel_url):
        """The address of the page where ``charge`` is paid."""
        import stripe

        try:
            session = self._create(charge, return_url, cancel_url)
        except stripe.StripeError as error:
            raise NoAnswer(
                _("The payment page does not answer just now. Please try again in a few minutes.")
            ) from error
        return session.url

    def _create(self, charge, return_url, cancel_url):
        return self._stripe().v1.checkout.sessions.create(
            params={
                "mode": "payment",
                "client_reference_id": str(charge.public_id),
                "line_items": [
                    {
                        "quantity": 1,
                        "price_data": {
                            "currency": "usd",
                            "unit_amount": charge.cents,
                            "product_data": {"name": "Fee"},
                        },
                    }
                ],
                "metadata": {"charge": str(charge.public_id)},
                # Money that comes days later would leave people waiting without a word; a card is paid or not.
                "payment_method_types": ["card"],
                "payment_intent_data": {
                    "statement_descriptor_suffix": "FEE",
                    "metadata": {"charge": str(charge.public_id)},
                },
                "success_url": return_url,
                "cancel_url": cancel_url,
            },
            options={"idempotency_key": f"checkout:{charge.public_id}:{charge.cents}:{return_url}"},
        )

    def heard(self, request):
        """``(public id of the charge, reference, cents)`` from a genuine webhook that reports a payment; None for other news.

        Raises ``NotPaid`` when the signature is not the gateway's.
        """
        import stripe

        try:
            event = stripe.Webhook.construct_event(
                request.body, request.headers.get("Stripe-Signature", ""), settings.STRIPE_WEBHOOK_SECRET
            )
        except (ValueError, stripe.SignatureVerificationError) as error:
            raise NotPaid from error
        session = event["data"]["object"]
        if event["type"] != "checkout.session.completed" or session["payment_status"] != "paid":
            return None
        return session["client_reference_id"], session["payment_intent"], session["amount_total"]

    def give_back(self, charge, *, key):
        """Return all of a payment to whoever paid it, once for each ``key``; returns the reference of the return.

        Raises ``NoAnswer`` where it is worth trying again, and ``NotReturned`` where it is not.
        """
        import stripe

        try:
            refund = self._stripe().v1.refunds.create(
                params={"payment_intent": charge.gateway_reference, "amount": charge.cents},
                options={"idempotency_key": key},
            )
        except stripe.InvalidRequestError as error:
            raise NotReturned(error.code or "") from error
        except stripe.StripeError as error:
            raise NoAnswer from error
        return refund.id

    def _stripe(self):
        import stripe

        return stripe.StripeClient(settings.STRIPE_SECRET_KEY)


def gateway():
    return import_string(settings.PAYMENT_GATEWAY)()


@transaction.atomic
def charge_for(person, purpose, subject, cents):
    """The charge for ``subject``, made the first time it is asked for. One whose money must go back does not count: then the next is a charge of its own.

    While it is unpaid it follows the fee of the day. Call it with the case locked.
    """
    earlier = Charge.objects.filter(purpose=purpose, subject_id=subject.pk)
    if found := earlier.filter(refund_due_at=None).first():
        if not found.paid_at and found.cents != cents:
            record(found, by=person.user, why="the fee changed", cents=cents)
        return found
    key = f"{purpose}:{subject.pk}:{earlier.count() + 1}"
    charge = Charge(person=person, purpose=purpose, subject_id=subject.pk, key=key, cents=cents)
    return record(charge, by=person.user, why="open checkout")


@transaction.atomic
def confirm(charge, *, reference, cents, voucher=None):
    """Count a payment exactly once, and let the app that asked for the fee go on, in the same transaction; returns whether this call did it.

    Paying twice under different references, or another amount, counts for nothing: that money goes back. With a ``voucher`` no money comes.
    """
    lock(charge)
    if Charge.objects.filter(gateway_reference=reference).exists():
        return False
    if charge.paid_at or cents != charge.cents:
        _give_back(charge, reference, cents)
        return False
    paid = {"paid_at": timezone.now(), "gateway_reference": reference, "voucher": voucher}
    record(charge, by=None, why="payment confirmed", **paid)
    import_string(settings.PAYMENT_PURPOSES[charge.purpose])(charge)
    return True


def _give_back(charge, reference, cents):
    """Keep a payment that no fee asked for as one to return; finance sees it in their queue, and the person is told."""
    now = timezone.now()
    kept = Charge(person=charge.person, purpose=Charge.Purpose.MISTAKEN, subject_id=charge.subject_id, cents=cents)
    kept.key = f"mistaken:{kept.public_id}"
    record(kept, by=None, why="paid by mistake", gateway_reference=reference, paid_at=now, refund_due_at=now)
    context = {"cents": cents, "fee_is_paid": bool(charge.paid_at)}
    notify(charge.person.user, "paid-by-mistake", context, key=f"paid-by-mistake:{kept.pk}")


@transaction.atomic
def return_money(charge, *, why):
    """Mark a payment as one that must go back; finance sees it in their queue."""
    record(charge, by=None, why=why, refund_due_at=timezone.now())
