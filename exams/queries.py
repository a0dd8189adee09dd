"""Reads about exams used by pages, desks and the person's home."""

from django.db.models import OuterRef, Q, Subquery

from applications.models import Application
from certification.models import Charge

from .models import AccommodationRequest, Attempt, Order, ResultRow
from .rules import was_missed


def applications_of(user):
    """The applications that a person sent, with their attempts, newest first."""
    return (
        Application.objects.sent()
        .filter(person__user=user)
        .select_related("person__user", "accommodation_request", "approval_notice")
        .prefetch_related("attempts")
        .order_by("-begun_at")
    )


def application_of(user):
    """The application whose exam a person sees: the newest that was sent, or None."""
    return applications_of(user).first()


def requests_to_decide():
    """Changes asked for by people whose application is still open, the oldest first."""
    asked = AccommodationRequest.objects.filter(status=AccommodationRequest.Status.REQUESTED)
    return asked.filter(application__status__in=Application.OPEN).order_by("answered_at")


def rows_to_settle():
    """Rows of result files that fitted nobody."""
    return ResultRow.objects.filter(settled_at=None).exclude(problem="").order_by("file", "line")


def attempts_to_order():
    """Authorized attempts of which the vendor was never told, or that were told of and may not be sat any more."""
    last = Order.objects.filter(attempt=OuterRef("pk")).order_by("-pk").values("kind")[:1]
    stands = Q(application__status=Application.Status.APPROVED)
    told = Q(last_order__isnull=False) & ~Q(last_order=Order.Kind.CANCEL)
    authorized = Attempt.objects.filter(status=Attempt.Status.AUTHORIZED).annotate(last_order=Subquery(last))
    return authorized.filter((stands & ~told) | (~stands & told))


def last_orders(attempts):
    """The last order about each of ``attempts``, by their number."""
    return {order.attempt_id: order for order in Order.objects.filter(attempt__in=attempts).order_by("pk")}


def lost_fees(attempts):
    """What was paid for those of ``attempts`` that the person missed, and did not go back or was asked back: the oldest first."""
    missed = [attempt.pk for attempt in attempts if was_missed(attempt)]
    if not missed:
        return []
    paid = Charge.objects.filter(purpose=Charge.Purpose.EXAM, subject_id__in=missed, paid_at__isnull=False)
    stood = paid.filter(Q(refund_due_at=None) | Q(fee_request__isnull=False))
    return list(stood.select_related("fee_request").order_by("paid_at"))
