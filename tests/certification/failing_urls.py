"""The portal's addresses and some that go wrong in every way."""

from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.db import connection, transaction
from django.http import HttpResponse
from django.urls import path
from django.utils import timezone

from certification.models import Canary, User
from certification.urls import handler400, handler500, urlpatterns  # noqa: F401


def boom(request):
    raise RuntimeError("Zenobia Quux <zenobia@example.org> born 1971-03-04")


def twice(request):
    User.objects.create_user("zenobia@example.org")
    User.objects.create_user("zenobia@example.org")


def refused(request, number=0):
    Canary.objects.create(sent_at=timezone.now())
    raise PermissionDenied(request.GET.get("why", ""))


def suspicious(request):
    raise SuspiciousOperation("zenobia@example.org")


def asks_the_database(request):
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return HttpResponse("ok")


def is_cut_off(request):
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")


@transaction.non_atomic_requests
def is_cut_off_afterwards(request):
    """The database goes away after all is done, and only the session is still to be kept."""
    request.session["seen"] = True
    other = connection.copy()
    with other.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s)", [connection.connection.info.backend_pid])
    other.close()
    return HttpResponse("ok")


for view in (boom, twice, refused, suspicious, asks_the_database, is_cut_off, is_cut_off_afterwards):
    view.login_required = False

urlpatterns = [
    path("boom/", boom),
    path("twice/", twice),
    path("refused/", refused),
    path("refused/<int:number>/", refused, name="refused"),
    path("suspicious/", suspicious),
    path("asks/", asks_the_database),
    path("is-cut-off/", is_cut_off),
    path("is-cut-off-afterwards/", is_cut_off_afterwards),
    *urlpatterns,
]
