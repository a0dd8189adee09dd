"""The pages that only the demonstration has."""

from uuid import uuid4

from django.core import signing
from django.db import transaction
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from certification import payments
from certification.models import Charge

from .payments import SALT


@require_http_methods(["GET", "HEAD", "POST"])
@transaction.non_atomic_requests
def pay(request):
    """The stand-in payment page."""
    try:
        public_id, return_url, cancel_url = signing.loads(request.GET.get("ticket", ""), salt=SALT)
    except signing.BadSignature as error:
        raise Http404 from error
    charge = get_object_or_404(Charge.objects.visible_to(request.user), public_id=public_id)
    if request.method == "POST":
        payments.confirm(charge, reference=f"pretended-{uuid4()}", cents=charge.cents)
        return redirect(return_url)
    return render(request, "demo/pay.html", {"charge": charge, "cancel_url": cancel_url})
