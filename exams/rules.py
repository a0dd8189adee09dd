"""Questions about one application on its way through the exam, and about one attempt, answered in words."""

from datetime import timedelta

from django.db.models import Q
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from applications.models import Application
from applications.rules import valid_through
from certification.models import Charge, Refund
from certification.queries import today
from certification.refunds import asking_problems
from certification.standards import add_months
from training_providers.queries import accepted_core

from .models import AccommodationRequest, Attempt, Order

S = Attempt.Status
ASKED_IN = set(Application.OPEN) - {
    Application.Status.DRAFT
}  # training may come first, so the question may be answered before approval


def approval_ends(application):
    """The last day of the approval; counted from today while its notice is still on the way, so never too late."""
    if known := valid_through(application):
        return known
    months = application.standards.application_valid_months
    return add_months(today(), months) + timedelta(days=application.extra_days)


def attempts_left(application):
    """How many attempts remain."""
    standards = application.standards
    used = sum(uses_up_one(attempt, standards) for attempt in application.attempts.all())
    return max(0, standards.exam_max_attempts - used)


def uses_up_one(attempt, standards):
    """Whether ``attempt`` is one of those that an application allows: what was sat is; not coming only where the program says so."""
    return attempt.status in (S.PASSED, S.FAILED) or (was_missed(attempt) and standards.exam_no_show_counts)


def was_missed(attempt):
    """Whether the person did not come to the exam, or was turned away at its door: then the fee is lost, and may be asked for."""
    return attempt.void in (Attempt.Void.NO_SHOW, Attempt.Void.TURNED_AWAY)


def exam_problems(application):
    """What keeps a person from an authorization to sit the exam, whatever was paid."""
    if application.status == Application.Status.COMPLETED:
        return [_("You have passed. Your certificate is issued.")]
    problems = []
    if application.status != Application.Status.APPROVED:
        problems.append(_("Your application is not approved."))
    elif approval_ends(application) < today():
        ended = date_format(approval_ends(application), "DATE_FORMAT")
        problems.append(_("Your approval ended on %(day)s.") % {"day": ended})
    if accepted_core(application.person, application.standards) is None:
        problems.append(_("Your training certificate is not accepted yet."))
    attempts = list(application.attempts.all())
    if any(attempt.status == S.PASSED for attempt in attempts):
        problems.append(_("You have passed the exam."))
    elif any(attempt.status == S.AUTHORIZED for attempt in attempts):
        problems.append(_("You are authorized already. Book your exam."))
    elif attempts_left(application) == 0:
        problems.append(_("You have used all your attempts."))
    elif (free := first_day_for_retake(application, attempts)) > today():
        problems.append(_("You can ask for the next attempt from %(day)s.") % {"day": date_format(free, "DATE_FORMAT")})
    return problems


def is_over(application):
    """Whether no certificate can come of a sent ``application`` any more: it ended, or allows no further attempt."""
    if application.status != Application.Status.APPROVED:
        return application.status not in (*Application.OPEN, Application.Status.COMPLETED)
    passed = any(attempt.status == S.PASSED for attempt in application.attempts.all())
    return attempts_left(application) == 0 and not passed


def first_day_for_retake(application, attempts):
    wait = timedelta(days=application.standards.exam_retake_wait_days)
    return max([attempt.sat_on + wait for attempt in attempts if attempt.sat_on], default=today())


def change_problems(application):
    """What is still open about changes in the exam; it holds payment and authorization."""
    request = accommodation_of(application)
    if request is None:
        return [_("Tell us first if anything must change for you.")]
    if request.status == AccommodationRequest.Status.REQUESTED:
        return [_("We are deciding about the change you asked for. You pay after that.")]
    return []


def payment_problems(application):
    return exam_problems(application) or change_problems(application)


def authorization_problems(attempt, by):
    return payment_problems(attempt.application)


def is_under_way(application):
    """Whether a sitting may still bring a result, or a change in the exam waits for our decision."""
    asked = AccommodationRequest.objects.filter(application=application, status=AccommodationRequest.Status.REQUESTED)
    return application.attempts.filter(status=S.AUTHORIZED).exists() or asked.exists()


def accommodation_of(application):
    """The answer about changes, or None while the question was not answered."""
    return getattr(application, "accommodation_request", None)


def answer_problems(application):
    """What keeps a person from answering, or from changing the answer, about changes in the exam."""
    if application.status not in ASKED_IN:
        return [_("We ask this while your application is with us.")]
    request = accommodation_of(application)
    if request and request.status != AccommodationRequest.Status.NOT_NEEDED:
        return [_("We have your answer already.")]
    if any(attempt.status == S.AUTHORIZED for attempt in application.attempts.all()):
        return [_("You are authorized already. Call us if something must change.")]
    return []


def days_taken(request):
    """How many days of a running approval our decision took: they are given back."""
    application = request.application
    if application.status != Application.Status.APPROVED:
        return 0
    waiting_since = max(request.answered_at, application.decided_at)
    return max(0, (today() - timezone.localdate(waiting_since)).days)


def request_problems(request, by):
    return answer_problems(request.application)


def decision_problems(request, by):
    """What keeps ``by`` from deciding about a change in the exam."""
    over = request.application.status not in ASKED_IN
    ended = [_("The application has ended. Nothing is to be decided.")] if over else []
    return ended + own_problems(request.application, by)


def own_attempt_problems(attempt, by):
    return own_problems(attempt.application, by)


def own_problems(application, by):
    """Nobody on a desk decides about themself."""
    own = by is not None and application.person.user_id == by.pk
    return [_("This is your own record. Someone else must decide.")] if own else []


def fee_cents(application):
    """What the next attempt costs, in cents: the exam fee, then the fee of a retake; nothing after an attempt that we spoiled."""
    attempts = application.attempts.exclude(status=S.REQUESTED)
    spoiled = attempts.filter(void=Attempt.Void.IRREGULARITY).count()
    if spoiled > made_good(application):
        return 0
    standards = application.standards
    return standards.fee_exam_retake if attempts.exists() else standards.fee_exam


def made_good(application):
    """How many attempts were free because we had spoiled an earlier one."""
    paid = Charge.objects.filter(purpose=Charge.Purpose.EXAM, paid_at__isnull=False)
    # A fee that was rightly paid and then given back had paid for its attempt all the same.
    given_back = Q(refunds__agreed=True, refunds__cause__in=[Refund.Cause.ALLOWED, Refund.Cause.ASKED])
    paid_for = paid.filter(Q(refund_due_at=None) | given_back).values("subject_id")
    return application.attempts.exclude(status=S.REQUESTED).exclude(pk__in=paid_for).count()


def fee_back_problems(charge):
    """What keeps a person from asking for ``charge`` back: it is not the fee of an exam that they missed, or it goes back already."""
    attempt = Attempt.objects.filter(pk=charge.subject_id).first()
    if charge.purpose != Charge.Purpose.EXAM or attempt is None or not was_missed(attempt):
        return [_("You can ask for a fee back when you missed the exam.")]
    return asking_problems(charge)


def result_problems(attempt, by):
    """What keeps a result from counting: the attempt is over, or so is the application."""
    if attempt.status == S.VOIDED and attempt.void != Attempt.Void.RAN_OUT:
        return [_("This attempt is voided (%(kind)s).") % {"kind": attempt.get_void_display()}]
    if attempt.application.status != Application.Status.APPROVED:
        return [_("The application is %(status)s.") % {"status": attempt.application.get_status_display()}]
    return []


def sitting_problems(attempt, sat_on):
    """What is wrong with the day of a sitting: it must lie within the authorization, and in the past."""
    if sat_on > today():
        return [_("The day of the exam has not come yet.")]
    if sat_on > attempt.authorized_until:
        return [_("The exam was after the authorization had ended.")]
    if sat_on < timezone.localdate(attempt.authorized_at):
        return [_("The exam was before the authorization.")]
    return []


def may_sit(attempt):
    """Whether the vendor should let the person sit: authorized, and the application still stands."""
    return attempt.status == S.AUTHORIZED and attempt.application.status == Application.Status.APPROVED


def order_for(attempt, said, last):
    """What to ask of the vendor about an authorized ``attempt``, or None: ``said`` is the fingerprint of its row now, ``last`` the last order about it."""
    told = last is not None and last.kind != Order.Kind.CANCEL
    if not may_sit(attempt):
        return Order.Kind.CANCEL if told else None
    if not told:
        return Order.Kind.ADD
    return Order.Kind.UPDATE if last.said != said else None
