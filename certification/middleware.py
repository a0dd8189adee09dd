"""What holds for every request, before and after any view."""

import re
import uuid
from datetime import timedelta

import structlog
from allauth.account.adapter import get_adapter
from django.conf import settings
from django.contrib.auth import logout
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.cache import add_never_cache_headers
from django.utils.http import urlencode
from django_structlog.middlewares import RequestMiddleware

from .accounts import second_factor_shown
from .audit import audit


class Alive:
    """Answers ``/healthz`` first of all and touches nothing: the process lives."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if request.path == "/healthz":
            return HttpResponse("ok", content_type="text/plain", headers={"Cache-Control": "no-store"})
        return self.get_response(request)


class ReadAndPost:
    """Pages are read and forms are sent; nothing here answers to any other method, whatever a library's view might do with it."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if request.method not in ("GET", "HEAD", "POST"):
            return HttpResponseNotAllowed(["GET", "HEAD", "POST"])
        return self.get_response(request)


class RequestLog(RequestMiddleware):
    """One line per request, with the pattern of its address: the address itself may name a person, and so may what was searched for."""

    @staticmethod
    def format_request(request):
        match = request.resolver_match
        return f"{request.method} {match.route if match else '-'}"

    @staticmethod
    def bind_user_id(request):
        """The number of who is signed in, if that is known already: a page for when the database is away must not ask it."""
        structlog.contextvars.bind_contextvars(user_id=getattr(request, "signed_in", None))


class PrivatePages:
    """Pages of signed-in people are kept by no cache; no page may use the device's sensors."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        if getattr(request, "signed_in", None):
            add_never_cache_headers(response)
            response.headers["Cache-Control"] = "no-store, private"
        response.headers.setdefault(
            "Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()"
        )
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        return response


class SecondFactor:
    """Staff see nothing until this session has passed a second factor; nobody stays signed in on a page left alone, nor beyond half a day.

    ``request.signed_in`` is the number of who is signed in, for what must not ask the database again.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if not request.user.is_authenticated:
            return self.get_response(request)
        request.signed_in = request.user.pk
        if self._is_over(request):
            logout(request)
            return redirect(f"{redirect('account_login').url}?{urlencode({'next': request.path})}")
        response = self._to_second_factor(request) or self.get_response(request)
        if not request.user.is_authenticated:
            response.headers["Clear-Site-Data"] = '"cache", "cookies", "storage"'
        return response

    def _is_over(self, request):
        """Whether the session was left alone too long, or began too long ago; a page asked for each minute is noted once."""
        now, session = timezone.now().timestamp(), request.session
        begun, seen = session.setdefault("begun", now), session.setdefault("seen", now)
        idle = settings.SESSION_IDLE_STAFF if request.user.is_staff else settings.SESSION_IDLE_PUBLIC
        if now - seen > idle.total_seconds() or now - begun > settings.SESSION_COOKIE_AGE:
            return True
        if now - seen > timedelta(minutes=1).total_seconds():
            session["seen"] = now
        return False

    def _to_second_factor(self, request):
        """Where staff go first: set one up, or show the one they have. The pages on which they do so stay open."""
        if not (settings.SECOND_FACTOR_FOR_STAFF and request.user.is_staff) or _on_account_pages(request):
            return None
        if not request.user.has_second_factor:
            return redirect("mfa_index")
        if second_factor_shown(request):
            return None
        methods = get_adapter(request).get_reauthentication_methods(request.user)
        page = next(method["url"] for method in methods if method["id"].startswith("mfa_reauthenticate"))
        return redirect(f"{page}?{urlencode({'next': request.path})}")


def _on_account_pages(request):
    return re.match(r"/(es/)?accounts/", request.path)


class Refusals:
    """A refusal is audited after the rollback of the request that met it: which view, for want of which right, about which numbers."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        if refused := getattr(request, "refused", None):
            audit(request.user, "refused", **refused)
        return response

    def process_exception(self, request, exception):
        if isinstance(exception, PermissionDenied):
            match, why = request.resolver_match, str(exception)
            request.refused = {
                "view": match.view_name,
                "numbers": {k: str(v) for k, v in match.kwargs.items() if isinstance(v, int | uuid.UUID)},
                "permission": why if re.fullmatch(r"[a-z_]+\.[a-z_]+", why) else "",
                "request": structlog.contextvars.get_contextvars().get("request_id", ""),
            }
