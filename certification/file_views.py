"""What people see of their own file, and take from it: the days to keep, what they paid, who opened it, and all of it."""

from allauth.account.decorators import reauthentication_required
from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import get_language
from django.views.decorators.http import require_http_methods, require_safe

from .audit import audit
from .dates import calendar_file, days_of
from .dossier import parts_told_to
from .openings import LAST, PAGE, openings_of
from .own_data import pieces_of
from .paper import as_pdf
from .queries import today
from .receipts import paid_by, receipt_pdf


@require_safe
def dates(request):
    """The days to come, each with what it is for."""
    return render(request, "certification/dates.html", {"days": days_of(request.user)})


@require_safe
def calendar(request):
    """The same as a file for a calendar, which says less; 404 where there is none to come."""
    days = days_of(request.user)
    if not days:
        raise Http404
    headers = {"Content-Disposition": 'attachment; filename="dates.ics"'}
    return HttpResponse(calendar_file(days), content_type="text/calendar; charset=utf-8", headers=headers)


@require_safe
def fees(request):
    """What the person paid, each with its receipt."""
    return render(request, "certification/fees.html", {"charges": paid_by(request.user)})


@require_safe
def receipt(request, charge_id):
    charge = get_object_or_404(paid_by(request.user), public_id=charge_id)
    return as_pdf(receipt_pdf(charge, language=request.user.language), f"receipt-{charge.paid_at:%Y-%m-%d}")


@require_safe
def openings(request):
    """Who opened the person's file, a page at a time; ``before`` names the last one seen."""
    asked = request.GET.get("before", "")
    before = min(int(asked), LAST) if asked.isdecimal() and len(asked) < 20 else LAST
    found = openings_of(request.user, before=before, most=PAGE + 1)
    shown = found[:PAGE]
    older = shown[-1].key if len(found) > PAGE else None
    return render(request, "certification/openings.html", {"openings": shown, "older": older, "first": before == LAST})


@require_http_methods(["GET", "HEAD", "POST"])
@reauthentication_required
def own_data(request):
    """All that we keep of a person, for them to take: what it is, and sent the form, the file. Only shortly after a sign-in."""
    if request.method != "POST":
        return render(request, "certification/own_data.html", {"parts": parts_told_to(request.user)})
    audit(request.user, "downloaded own data", request.user)
    pieces = pieces_of(request.user, language=get_language())
    headers = {"Content-Disposition": f'attachment; filename="{today()}.zip"'}
    return StreamingHttpResponse(pieces, content_type="application/zip", headers=headers)
