"""What holds for every request, before and after any view."""

from datetime import timedelta

from django.conf import settings
from django.contrib.auth import logout
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.cache import add_never_cache_headers

from .audit import audit


class Alive:
    """Answers ``/healthz`` first of all and touches nothing: the process lives."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if request.path == "/healthz":
            return HttpResponse("ok", content_type="text/plain")
        return self.get_response(request)


class ReadAndPost:
    """Pages are read and forms are sent; nothing here answers to any other method, whatever a library's view might do with it."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if request.method not in ("GET", "HEAD", "POST"):
            return HttpResponseNotAllowed(["GET", "HEAD", "POST"])
        return self.get_response(request)


class PrivatePages:
    """Pages of signed-in people are kept by no cache; no page may use the device's sensors."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        if getattr(request, "user", None) is not None and request.user.is_authenticated:
            add_never_cache_headers(response)
            response.headers["Cache-Control"] = "no-store, private"
        response.headers.setdefault("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        return response


class SecondFactor:
    """Staff see nothing until a second factor is set up, and nobody stays signed in on a page left alone."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if request.user.is_authenticated:
            if self._idle_too_long(request):
                logout(request)
                return redirect("account_login")
            if self._must_enrol(request):
                return redirect("mfa_index")
        return self.get_response(request)

    def _idle_too_long(self, request):
        now, seen = timezone.now().timestamp(), request.session.get("seen")
        limit = settings.SESSION_IDLE_STAFF if request.user.is_staff else settings.SESSION_IDLE_PUBLIC
        if seen and now - seen > limit.total_seconds():
            return True
        if not seen or now - seen > timedelta(minutes=1).total_seconds():
            request.session["seen"] = now
        return False

    def _must_enrol(self, request):
        if not (settings.SECOND_FACTOR_FOR_STAFF and request.user.is_staff):
            return False
        from allauth.mfa.utils import is_mfa_enabled

        return not request.path.startswith(("/accounts/", "/es/accounts/", "/static/")) and not is_mfa_enabled(
            request.user
        )


class Refusals:
    """A refusal is audited after the rollback of the request that met it."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        if getattr(request, "refused", None):
            audit(request.user, "refused", detail_code=request.refused)
        return response

    def process_exception(self, request, exception):
        if isinstance(exception, PermissionDenied):
            request.refused = str(exception) or request.resolver_match.view_name
