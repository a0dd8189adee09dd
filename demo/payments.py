"""Where fees are paid when there is no payment service: a page of ours that pretends, behind the same door as the real one."""

from django.core import signing
from django.urls import reverse
from django.utils.http import urlencode

from certification.payments import NotPaid

SALT = "stand-in payment page"


class StandInGateway:
    """Takes no money and no card. Its page confirms through ``payments.confirm``, as a webhook does."""

    def open(self, charge, *, return_url, cancel_url):
        """The address of the page where paying ``charge`` is pretended; where to go afterwards is signed, so that nobody is led astray."""
        ticket = signing.dumps([str(charge.public_id), return_url, cancel_url], salt=SALT, compress=True)
        return f"{reverse('demo:pay')}?{urlencode({'ticket': ticket})}"

    def give_back(self, charge, *, key):
        """No money came, so none goes."""
        return f"stand-in-{key}"

    def heard(self, request):
        """Nobody calls from outside."""
        raise NotPaid
