"""How a record of training moves, and how providers and approvals come to be."""

from django.db import transaction
from django.utils import timezone

from certification.notices import notify
from certification.queries import today
from certification.steps import NotReady, Step, lock, record, take

from .models import TrainingRecord, TrainingType
from .rules import acceptance_problems, approval_end_problems, days_waited, own_record_problems, sending_problems

S = TrainingRecord.Status
REVIEW = "training_providers.review_trainingrecord"

ACCEPT = Step("accept", frozenset({S.SUBMITTED}), S.ACCEPTED, REVIEW, acceptance_problems)
ASK = Step("ask for more", frozenset({S.SUBMITTED}), S.MORE_ASKED, REVIEW, own_record_problems)
ANSWER = Step("answer", frozenset({S.MORE_ASKED}), S.SUBMITTED)
DECLINE = Step("decline", frozenset({S.SUBMITTED}), S.DECLINED, REVIEW, own_record_problems)

TRAINING_STEPS = (ACCEPT, ASK, ANSWER, DECLINE)


@transaction.atomic
def submit_record(person, *, provider, language, starts, ends, hours, document, by, training_type=TrainingType.CORE):
    """Take in what ``person`` says of a training, with its certificate; returns the record. Raises ``NotReady``."""
    lock(person)
    if problems := sending_problems(person, training_type):
        raise NotReady(problems)
    sent = TrainingRecord(
        person=person,
        provider=provider,
        training_type=training_type,
        language=language,
        starts=starts,
        ends=ends,
        hours=hours,
        document=document,
        filed_on=today(),
        submitted_at=timezone.now(),
    )
    record(sent, by=by, why="send training certificate")
    _tell(sent, "training-received")
    return sent


@transaction.atomic
def accept(training, *, by):
    """The training counts; the person may go on to the exam once their application is approved."""
    take(ACCEPT, training, by=by, decided_at=timezone.now(), decided_by=by, words="")
    _tell(training, "training-accepted")


@transaction.atomic
def ask(training, *, words, by):
    """Ask the person for more, in ``words``; the record waits for them."""
    take(ASK, training, by=by, words=words)
    _tell(training, "training-more-asked", words=words)


@transaction.atomic
def answer(training, *, by, document=None, **facts):
    """Put the person's mended facts, and a new certificate if they sent one, before the desk again."""
    lock(training)
    if document:
        facts["document"] = document
    paused = training.paused_days + days_waited(training)
    take(ANSWER, training, by=by, submitted_at=timezone.now(), paused_days=paused, **facts)
    _tell(training, "training-answer-received")


@transaction.atomic
def decline(training, *, words, by):
    """Say that this training does not count, and why; the person may appeal, or send another one."""
    take(DECLINE, training, by=by, decided_at=timezone.now(), decided_by=by, words=words)
    _tell(training, "training-declined", words=words)


def _tell(training, name, **more):
    """The one notice of a step; a record may be asked about more than once, so the key counts what happened to it."""
    context = {
        "provider": training.provider.name,
        "starts": training.starts.isoformat(),
        "ends": training.ends.isoformat(),
        "hours": training.hours,
    }
    key = f"{name}:{training.pk}:{training.history.count()}"
    notify(training.person.user, name, context | more, key=key)


# --- who may teach ------------------------------------------------------------------------------------------------
def save_provider(provider, *, by):
    changes = {name: getattr(provider, name) for name in ("name", "website", "phone", "email")}
    record(provider, by=by, why="save provider", **changes)


def add_approval(approval, *, by):
    """Let a provider teach one type of training in one language from a day on."""
    record(approval, by=by, why="approve")


@transaction.atomic
def end_approval(approval, *, ends, by):
    """Set the last day of an approval; never one in the past, for people relied on the list."""
    lock(approval)
    if problems := approval_end_problems(approval, ends):
        raise NotReady(problems)
    record(approval, by=by, why="end approval", ends=ends)
