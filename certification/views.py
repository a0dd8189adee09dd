"""Pages that belong to no other app: the person's home, their letters, readiness, and what is shown when something fails."""

import sys

from allauth.account.utils import get_next_redirect_url
from django.contrib.auth.decorators import login_not_required
from django.core.files.storage import default_storage
from django.db import DatabaseError, InterfaceError, OperationalError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.http import require_safe
from kombu.exceptions import OperationalError as BrokerError

from .cards import home_of
from .celery import app
from .certificates import active_term, certificate_pdf, wallet_card_pdf
from .context import site
from .letters import file_name, paper_of, parts_of
from .models import Canary, Notice
from .paper import as_pdf
from .standards import standards_on


@login_not_required
@require_safe
def front(request):
    """What this is, and the doors: apply, look someone up, complain."""
    return render(request, "certification/front.html")


@login_not_required
@require_safe
def complaints(request):
    """How to complain about a peer, a provider or us, how to appeal, and by when one hears from us."""
    standards = standards_on(timezone.localdate())
    filing_days = None if standards.is_assumed("appeal_filing_days") else standards.appeal_filing_days
    return render(request, "certification/complaints.html", {"standards": standards, "filing_days": filing_days})


@require_safe
def home(request):
    """Where a signed-in person finds everything they have with us."""
    person = getattr(request.user, "person", None)
    cards, timeline = home_of(request.user)
    return render(request, "certification/home.html", {"person": person, "cards": cards, "timeline": timeline})


@require_safe
def certificate(request, number):
    """The certificate as paper, for its holder, while it is active."""
    return _paper(request, number, certificate_pdf, number)


@require_safe
def wallet_card(request, number):
    """The same as a card for the wallet."""
    return _paper(request, number, wallet_card_pdf, f"{number}-card")


def _paper(request, number, drawn, name):
    term = active_term(request.user, number)
    if term is None:
        raise Http404
    return as_pdf(drawn(term, language=request.user.language), name)


@require_safe
def letters(request):
    return render(
        request,
        "certification/letters.html",
        {"letters": Notice.objects.visible_to(request.user).exclude(handed_over_at=None).order_by("-created_at")},
    )


@require_safe
def letter(request, public_id):
    """A notice as a page, as it was said."""
    notice = _own_letter(request, public_id)
    return render(request, "certification/letter.html", {"notice": notice, "parts": parts_of(notice)})


@require_safe
def letter_pdf(request, public_id):
    """The same as paper; with ``?large`` in large print."""
    notice = _own_letter(request, public_id)
    return as_pdf(paper_of(notice, large="large" in request.GET), file_name(notice))


def _own_letter(request, public_id):
    letters = Notice.objects.visible_to(request.user).exclude(handed_over_at=None)
    return get_object_or_404(letters.select_related("recipient__person"), public_id=public_id)


@login_not_required
@require_safe
def ready(request):
    """503 only when the database is away or behind its migrations; the rest is told in the body."""
    executor = MigrationExecutor(connection)
    behind = bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))
    newest = Canary.objects.exclude(returned_at=None).order_by("-returned_at").first()
    body = {
        "database": "behind its migrations" if behind else "ok",
        "broker": _works(lambda: app.connection_for_write().ensure_connection(max_retries=1, timeout=2)),
        "storage": _works(lambda: default_storage.exists("ready")),
        "unsent_notices": Notice.objects.unsent().count(),
        "canary_age_seconds": round((timezone.now() - newest.returned_at).total_seconds()) if newest else None,
    }
    return JsonResponse(body, status=503 if behind else 200)


def _works(look):
    try:
        look()
    except (BrokerError, OSError) as error:
        return f"away: {type(error).__name__}"
    return "ok"


@require_safe
def sign_in_again(request):
    """Before a change to how one signs in, for who has neither password nor second step: sign out, and in again with a code."""
    back = get_next_redirect_url(request) or reverse("account_email")
    code_page = f"{reverse('account_request_login_code')}?{urlencode({'next': back})}"
    return render(request, "certification/sign_in_again.html", {"code_page": code_page})


def slow_down(request):
    """Answers 429 to whoever asks too often, with when to try again."""
    response = render(request, "429.html", status=429)
    response.headers["Retry-After"] = "60"
    return response


def failed(request):
    """Answers what nothing else caught: 503 when the database is away, otherwise 500. Touches neither database nor session."""
    error = sys.exc_info()[1]
    away = isinstance(error, DatabaseError | InterfaceError) and (_was_cut_off(error) or not _database_answers())
    status, headers = (503, {"Retry-After": "30"}) if away else (500, {})
    return HttpResponse(render_to_string(f"{status}.html", site(request)), status=status, headers=headers)


def unreadable(request, exception):
    """Answers 400 to what could not be read; like ``failed`` it loads nothing but the ways to reach us."""
    return HttpResponse(render_to_string("400.html", site(request)), status=400)


def _was_cut_off(error):
    """Whether the connection was refused or lost (SQLSTATE 08, 57P), even if a database that starts again answers by now."""
    state = getattr(error.__cause__, "sqlstate", None) or "08"
    return isinstance(error, OperationalError | InterfaceError) and state.startswith(("08", "57P"))


def _database_answers():
    """Asked on a connection of its own: the request's may be broken, or inside a transaction that is not ours to end."""
    asked = connection.copy()
    try:
        with asked.cursor() as cursor:
            cursor.execute("SELECT 1")
    except (DatabaseError, InterfaceError):
        return False
    finally:
        asked.close()
    return True
