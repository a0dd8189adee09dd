"""A paper that somebody else sends: the person's page to ask for it, and the page at the other end, which knows nothing but what the mail said."""

from functools import wraps

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.cache import cache
from django.db import transaction
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from certification.documents import Unacceptable, received
from certification.models import Notice
from certification.notices import preview
from certification.sealed import fingerprint
from certification.steps import Refused
from registry.limits import source_of

from . import actions
from .forms import AskOtherForm, OnePaperForm
from .models import UploadLink
from .queries import latest_application
from .rules import asking_other_problems, page_named, writable_pages
from .views import closed

get_or_post = require_http_methods(["GET", "HEAD", "POST"])


# --- the person ----------------------------------------------------------------------------------------------------
def of_a_paper(view):
    """The person's own page about the paper that a page of their application takes; nothing where it takes none, or is closed."""

    @wraps(view)
    def found(request, slug):
        page, application = page_named(slug), latest_application(request.user)
        if page is None or not page.paper or application is None:
            raise Http404
        if page not in writable_pages(application):
            return closed(request)
        return view(request, application, page)

    return found


@get_or_post
@of_a_paper
def ask(request, application, page):
    """Ask somebody else for a paper: who, then the message as they get it, then yes. While somebody is asked, who, and a way to stop it."""
    context = {"page": page, "application": application}
    if link := application.upload_links.open().filter(page=page.slug).first():
        mail = Notice.objects.filter(key=f"document-asked:{link.pk}").first()
        return render(request, "applications/asked.html", context | {"link": link, "mail": mail})
    form = AskOtherForm(request.POST if request.method == "POST" else None, user=request.user)
    context |= {"form": form, "problems": asking_other_problems(application)}
    if context["problems"] or not form.is_valid():
        return render(request, "applications/ask.html", context)
    asked = form.cleaned_data
    if "send" not in request.POST:
        letter = preview(None, *actions.asking_mail(application, page), language=asked["language"])
        return render(request, "applications/ask_preview.html", context | asked | {"letter": letter})
    try:
        actions.ask_other(application, page, asked["address"], language=asked["language"], by=request.user)
        messages.success(request, _("The message is on its way. We tell you when the document is here."))
    except Refused as refused:
        messages.warning(request, str(refused))
    return redirect("applications:apply")


@require_POST
@of_a_paper
def ask_no_longer(request, application, page):
    actions.ask_no_longer(application, page, by=request.user)
    messages.success(request, _("The link is ended."))
    return redirect("applications:page", page.slug)


# --- whoever was asked ---------------------------------------------------------------------------------------------
@login_not_required
@get_or_post
@csrf_exempt
@never_cache
@transaction.non_atomic_requests
def upload(request, token):
    """A page for who holds its address and nobody else: found by no search engine, kept by no cache, told to no other site.

    Nobody is asked who they are, the address is all that counts: so there is no session that a form on another site could use.
    """
    response = _answer(request, token)
    response.headers["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


def _answer(request, token):
    """What the mail said, and one form. A link that was used or has ended is answered as one that never was."""
    if cache.get(_tries_of(request), 0) >= settings.WRONG_LINKS_PER_MINUTE:
        return _too_many(request)
    opened = UploadLink.objects.open().select_related("application__person__user")
    link = opened.filter(fingerprint=fingerprint(token)).first()
    if link is None:
        return _ended(request)
    form = OnePaperForm(*((request.POST, request.FILES) if request.method == "POST" else ()))
    if form.is_valid():
        page = page_named(link.page)
        try:
            with received(link.application.person, page.paper, form.cleaned_data["file"], by=None) as document:
                actions.take_from_other(link, document)
            return render(request, "applications/uploaded.html")
        except Unacceptable as refused:
            form.add_error("file", str(refused))
        except Refused:  # somebody was quicker, or the person has stopped it
            return _ended(request)
    _name, content = actions.asking_mail(link.application, page_named(link.page))
    return render(request, "applications/upload.html", {"form": form, "link": link, **content})


def _too_many(request):
    response = render(request, "applications/upload_wait.html", status=429)
    response.headers["Retry-After"] = "60"
    return response


def _ended(request):
    tries = _tries_of(request)
    cache.set(tries, cache.get(tries, 0) + 1, timeout=60)
    return render(request, "applications/upload_ended.html", status=404)


def _tries_of(request):
    """Where wrong links of one source are counted, by a fingerprint of its address."""
    return f"wrong-link:{fingerprint(source_of(request))}"
