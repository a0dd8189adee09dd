"""What a person paid, and the paper that says so."""

from django.conf import settings

from .models import Charge
from .paper import draw


def paid_by(user):
    """The fees that ``user`` paid, the newest first."""
    paid = Charge.objects.visible_to(user).filter(paid_at__isnull=False)
    return paid.select_related("person", "voucher__batch").order_by("-paid_at")


def receipt_pdf(charge, *, language):
    """The bytes of the receipt of a paid ``charge``, for an employer or a county that pays it back; it says who gave a voucher."""
    sender = settings.PROGRAM_ADDRESS.split(", ", 1)
    return draw("paper/receipt.html", {"charge": charge, "sender": sender}, language=language)
