"""What the payment service tells us. It may come late, early, twice, or from somebody else."""

import logging

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from . import payments
from .models import Charge

log = logging.getLogger(__name__)


@csrf_exempt
@login_not_required
@require_POST
@transaction.non_atomic_requests
def heard(request):
    """Count a genuine payment once. 400 for what is not the gateway's; 200 for all news we need not hear again."""
    try:
        news = payments.gateway().heard(request)
    except payments.NotPaid:
        return HttpResponse(status=400)
    if news is None:
        return HttpResponse()
    public_id, reference, cents = news
    try:
        charge = Charge.objects.get(public_id=public_id)
    except (Charge.DoesNotExist, ValidationError):
        log.error("a payment came in for a charge that is not ours")
        return HttpResponse()
    payments.confirm(charge, reference=reference, cents=cents)
    return HttpResponse()
