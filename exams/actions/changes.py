"""Changes in orientation, training, check-in or exam: the question everyone answers, and what the accommodation desk decides."""

from django.db import transaction
from django.utils import timezone

from applications.actions import add_days, exam_ended, exam_opened
from applications.models import Application
from certification.notices import notify
from certification.steps import NotReady, Step, lock, record, take

from ..models import AccommodationRequest
from ..rules import accommodation_of, answer_problems, days_taken, decision_problems, is_under_way, request_problems

S = AccommodationRequest.Status
DECIDE = "exams.decide_accommodationrequest"

REQUEST = Step("request", frozenset({S.NOT_NEEDED}), S.REQUESTED, problems=request_problems)
GRANT = Step("grant", frozenset({S.REQUESTED, S.REFUSED}), S.GRANTED, DECIDE, decision_problems)
REFUSE = Step("refuse", frozenset({S.REQUESTED}), S.REFUSED, DECIDE, decision_problems)

CHANGE_STEPS = (REQUEST, GRANT, REFUSE)


@transaction.atomic
def answer_change_question(application, *, needed, by, text="", document=None):
    """Keep the answer to "must anything change?"; a yes goes to the accommodation desk. A no can later become a yes."""
    lock(application)
    if problems := answer_problems(application):
        raise NotReady(problems)
    request = accommodation_of(application)
    if request is None:
        request = AccommodationRequest(application=application, status=S.NOT_NEEDED)
        record(request, by=by, why="answer about changes")
    if needed:
        take(REQUEST, request, by=by, text=text, document=document, answered_at=timezone.now())
        if application.status == Application.Status.APPROVED:  # the approval does not run out while we decide
            exam_opened(application, by=None)
        _tell(request, "accommodation-requested")
    return request


@transaction.atomic
def grant(request, *, decision, vendor_codes, by):
    """Grant what was asked, as ``decision`` says it to the person; the days we took are given back."""
    _decide(GRANT, request, decision=decision, vendor_codes=vendor_codes, by=by)
    _tell(request, "accommodation-granted", decision=decision)


@transaction.atomic
def refuse(request, *, decision, by):
    """Refuse what was asked, and why; the person may appeal. The days we took are given back."""
    _decide(REFUSE, request, decision=decision, by=by)
    _tell(request, "accommodation-refused", decision=decision)


def _decide(step, request, *, by, **changes):
    first = request.decided_at is None
    application = request.application
    lock(application)
    take(step, request, by=by, decided_at=timezone.now(), decided_by=by, **changes)
    if application.exam_open and not is_under_way(application):
        exam_ended(application, by=None)
    if first and (days := days_taken(request)):
        # The application's history is read by reviewers: it says that days were added, not by which desk.
        add_days(application, days, why="days we took are given back")


def _tell(request, name, **context):
    key = f"{name}:{request.pk}:{request.history.count()}"
    notify(request.application.person.user, name, context, key=key)
