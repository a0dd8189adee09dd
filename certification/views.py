"""The public pages of the program itself, and the pages for when something fails."""

from django.contrib.auth.decorators import login_not_required
from django.shortcuts import render
from django.template.loader import render_to_string
from django.http import HttpResponse
from django.utils import timezone

from .context import site
from .standards import standards_on


@login_not_required
def front(request):
    """What this is, and the doors: apply, look someone up, complain."""
    return render(request, "certification/front.html")


@login_not_required
def complaints(request):
    """How to complain about a peer, a provider or us, how to appeal, and by when one hears from us."""
    standards = standards_on(timezone.localdate())
    filing_days = None if standards.is_assumed("appeal_filing_days") else standards.appeal_filing_days
    return render(request, "certification/complaints.html", {"standards": standards, "filing_days": filing_days})


@login_not_required
def bad_request(request, exception):
    """What was sent could not be read. Touches neither database nor session: the request's own context is not loaded."""
    return HttpResponse(render_to_string("400.html", site(request)), status=400)
