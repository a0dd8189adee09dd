"""Which cases lie before whom, by which day, and how long it takes."""

from django.db.models import (
    DateField,
    Exists,
    ExpressionWrapper,
    F,
    IntegerField,
    OuterRef,
    Q,
    Subquery,
    Value,
)
from django.db.models.functions import Cast, Coalesce, NullIf, TruncDate

from certification.models import Hold, RecordsHold, Standard
from certification.queries import today
from certification.service_times import days, line_of, usual_times

from ..models import Application, Denial, Message, Requirement


def cases_for(user):
    """The applications that a member of staff may handle: what was submitted, never their own, and none that they handed on."""
    return Application.objects.sent().exclude(person__user=user).exclude(recusals__user=user)


def waiting():
    """All that nobody has taken for review, in the order in which the desk deals them: what came in first."""
    return Application.objects.filter(status=Application.Status.SUBMITTED).order_by("submitted_at", "pk")


def waiting_for_review(user):
    """What the desk may deal to this member of staff: never their own, what they handed on, or what they read as second reader."""
    others = waiting().exclude(person__user=user).exclude(recusals__user=user)
    return others.exclude(second_reading__reader=user)


def line_before(application):
    """The ``Line`` of those that the desk deals before ``application``, which waits too. One that answered goes back to its reviewer and stands in no line."""
    came = application.submitted_at
    return line_of(waiting().filter(Q(submitted_at__lt=came) | Q(submitted_at=came, pk__lt=application.pk)))


def in_my_hands(user):
    """What this reviewer has claimed: in review, or waiting for the person."""
    return cases_for(user).filter(reviewer=user, status__in=UNDER_REVIEW)


def overdue_reviews(user):
    """What should have been reviewed by now, whoever has it."""
    return with_due_day(cases_for(user)).filter(status__in=REVIEW_IS_OURS, due_on__lt=today())


def proposed_denials(user):
    """Denials that wait for a second person, other than this one."""
    return (
        cases_for(user)
        .filter(status=Application.Status.IN_REVIEW, denials__in=Denial.objects.filter(decided_at=None))
        .exclude(denials__in=Denial.objects.filter(decided_at=None, proposed_by=user))
    )


def late_requests(user):
    """Applications of others in which something is asked late, and a lead must say why."""
    waiting = Requirement.objects.filter(status=Requirement.Status.MORE_ASKED, late=True, late_allowed_by=None)
    cases = cases_for(user).filter(status=Application.Status.IN_REVIEW).exclude(reviewer=user)
    return cases.filter(pk__in=waiting.values("application"))


REVIEW_IS_OURS = (Application.Status.SUBMITTED, Application.Status.IN_REVIEW)
UNDER_REVIEW = (Application.Status.IN_REVIEW, Application.Status.MORE_ASKED)


def with_due_day(applications):
    """Annotate ``due_on``: the last day of the review, by the standards of the day of filing (``rules.review_due`` for a whole list)."""
    days = _days_of_filing_day("application.review_days") + F("paused_days")
    return applications.annotate(due_on=ExpressionWrapper(F("filed_on") + days, output_field=DateField()))


def unanswered(user):
    """Requests for more of others whose usual time to answer is over (``rules.reply_by`` for a whole list), for a lead to decide."""
    reached = cases_for(user).filter(asked_notice__handed_over_at__isnull=False, asked_notice__bounced_at=None)
    counted_from = Coalesce("reply_from", TruncDate("asked_notice__handed_over_at"))
    days = _days_of_filing_day("application.revision_reply_days")
    waiting = reached.filter(status=Application.Status.MORE_ASKED).exclude(reviewer=user)
    return waiting.annotate(
        reply_by=ExpressionWrapper(counted_from + days, output_field=DateField()),
    ).filter(reply_by__lt=today())


def _days_of_filing_day(key):
    """A standard that counts days, as it governs each application: by the day of filing."""
    days = Standard.objects.filter(key=key)
    in_force = days.filter(effective_from__lte=OuterRef("filed_on")).order_by("-effective_from").values("value")[:1]
    oldest = days.order_by("effective_from").values("value")[:1]
    return Cast(NullIf(Coalesce(Subquery(in_force), Subquery(oldest)), Value("")), IntegerField())


def timeline(application):
    """The steps it took, newest first: who and when, never what was said. What was recorded between steps is no business of a reviewer."""
    rows = application.history.select_related("history_user").order_by("-history_date", "-history_id")
    return [row for row in rows if (row.history_change_reason or "").startswith(STEP_NAMES)]


STEP_NAMES = (
    "submit",
    "claim",
    "release",
    "ask for more",
    "answer",
    "approve",
    "deny",
    "withdraw",
    "more time",
    "close",
    "complete",
)


def records_holds(person):
    """The records holds of ``person``: the open one, then those that ended, newest first."""
    holds = RecordsHold.objects.filter(person=person).select_related("opened_by", "ended_by")
    return holds.order_by(F("ended_at").desc(nulls_first=True))


def with_marks(applications):
    """Annotate what else the person should know: ``message_unread``, an answer of ours not seen yet; ``message_waits``, a question for us; ``hold_open``; ``records_held``."""
    said = Message.objects.filter(person=OuterRef("person"))
    held, kept = (model.objects.filter(person=OuterRef("person"), ended_at=None) for model in (Hold, RecordsHold))
    return applications.annotate(
        message_unread=Exists(said.unread()),
        message_waits=Exists(said.waiting()),
        hold_open=Exists(held),
        records_held=Exists(kept),
    )


# --- how long it takes -----------------------------------------------------------------------------------------
def review_times(standards):
    """Usual days from submission to our decision: ``elapsed`` for the person, ``ours`` without those on which we waited for them."""
    elapsed = days("filed_on", TruncDate("decided_at"))
    return usual_times(Application.objects, "decided_at", standards, elapsed=elapsed, ours=elapsed - F("paused_days"))


def certificate_times(standards):
    """Usual days from our approval to the certificate, training and exam included: ``elapsed``."""
    completed = Application.objects.filter(status=Application.Status.COMPLETED)
    return usual_times(completed, "ended_at", standards, elapsed=days(TruncDate("decided_at"), TruncDate("ended_at")))
