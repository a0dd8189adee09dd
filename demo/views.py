"""The pages that only the demonstration has."""

import os
from datetime import UTC
from email.utils import parsedate_to_datetime
from itertools import islice
from pathlib import Path

from django.contrib.auth.decorators import login_not_required
from django.core import signing
from django.db import transaction
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from certification import payments
from certification.models import Charge

from . import logins
from .mail import received
from .payments import SALT
from .personas import PEOPLE, STAFF

SHOWN = 30  # messages


@login_not_required
@require_safe
@never_cache
def people(request):
    """Who is who, and the password of all of them."""
    return render(request, "demo/people.html", {"staff": STAFF, "people": PEOPLE, "password": logins.password()})


@login_not_required
@require_safe
@never_cache
def mail(request):
    """What the portal sent, newest first: sign-in codes among it."""
    folder = os.environ.get("MAIL_DIR")
    messages = [
        {
            "subject": message["Subject"],
            "to": message["To"],
            "at": parsedate_to_datetime(message["Date"]).replace(tzinfo=UTC),  # which is what Django writes
            "text": message.get_content(),
        }
        for message in islice(received(Path(folder)), SHOWN)
    ] if folder else None  # fmt: skip
    return render(request, "demo/mail.html", {"mail": messages})


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
        payments.confirm(charge, reference=f"pretended-{charge.public_id}", cents=charge.cents)
        return redirect(return_url)
    return render(request, "demo/pay.html", {"charge": charge, "cancel_url": cancel_url})
