"""How a record of training moves, and how providers and approvals come to be."""

from collections import Counter
from contextlib import suppress

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from certification.audit import audit
from certification.names import fold
from certification.notices import notify
from certification.queries import today
from certification.sealed import fingerprint
from certification.standards import standards_on
from certification.steps import NotReady, Step, WrongState, lock, record, take

from .models import RosterRow, TrainingRecord, TrainingType
from .queries import judge, people_on_rosters
from .rules import (
    Fate,
    acceptance_problems,
    approval_end_problems,
    days_waited,
    disowning_problems,
    fate_of,
    is_too_old,
    own_record_problems,
    sending_problems,
)

S = TrainingRecord.Status
REVIEW = "training_providers.review_trainingrecord"
CONFIRM_ROSTER = "training_providers.confirm_roster"

ACCEPT = Step("accept", frozenset({S.SUBMITTED}), S.ACCEPTED, REVIEW, acceptance_problems)
ASK = Step("ask for more", frozenset({S.SUBMITTED}), S.MORE_ASKED, REVIEW, own_record_problems)
ANSWER = Step("answer", frozenset({S.MORE_ASKED}), S.SUBMITTED)
DECLINE = Step("decline", frozenset({S.SUBMITTED}), S.DECLINED, REVIEW, own_record_problems)
CONFIRM = Step("confirm", frozenset({S.SUBMITTED, S.MORE_ASKED}), S.ACCEPTED, CONFIRM_ROSTER, acceptance_problems)
DISOWN = Step("disown", frozenset({S.ACCEPTED}), S.DISOWNED, problems=disowning_problems)
TAKE_OFF = Step("take off", frozenset({S.DISOWNED}), S.DECLINED, REVIEW, own_record_problems)

TRAINING_STEPS = (ACCEPT, ASK, ANSWER, DECLINE, CONFIRM, DISOWN, TAKE_OFF)


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


@transaction.atomic
def disown(training, *, by):
    """The person says that this training, which only a provider told us of, is not theirs: it counts no more, and the desk looks into it."""
    lock(training.person)
    take(DISOWN, training, by=by, decided_at=timezone.now())


@transaction.atomic
def take_off(training, *, by):
    """The desk has looked into a training that the person says is not theirs; they know, so no letter leaves."""
    take(TAKE_OFF, training, by=by, decided_by=by)


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


# --- rosters ------------------------------------------------------------------------------------------------------
def take_roster(lines, *, provider, language, mark, by):
    """Settle the rows of a roster that ``by`` has confirmed, each in a transaction of its own; returns how many had which ``Fate``.

    The requirement of who is named by code and name closes; what staff must say, and who has not applied yet, is kept as ``RosterRow``. The same roster
    twice has the effect of one. ``mark`` tells the audit log which file it was.
    """
    of = {"provider": provider, "language": language, "by": by}
    fates = Counter()
    for judged in judge(lines, **of):
        fate = _take_line(judged, **of) if judged.person else judged.fate
        fates[fate.value] += 1
    audit(by, "confirmed roster", provider, file=mark, **fates)
    return fates


@transaction.atomic
def _take_line(judged, *, provider, language, by):
    line, person = judged.line, judged.person
    _hold(person)
    fate, _reasons = fate_of(line, person, by_code=judged.by_code, by=by, standards=standards_on(today()))
    facts = {"provider": provider, "language": language, "starts": line.starts, "ends": line.ends, "hours": line.hours}
    if fate == Fate.CLOSES and not _closes(person, by=by, **facts):
        fate = Fate.ASKS
    if fate in (Fate.ASKS, Fate.WAITS):
        mark = fingerprint("|".join(map(str, (person.pk, fold(line.name), *facts.values()))))
        kept = facts | {"person": person, "by_code": judged.by_code, "name": line.name, "confirmed_by": by}
        RosterRow.objects.get_or_create(mark=mark, defaults=kept)
    return fate


@transaction.atomic
def confirm_row(row, *, by):
    """Staff say that a row is about its person: the training counts. Raises ``Refused`` where it does not, or somebody else settled the row."""
    person = people_on_rosters().get(pk=row.person_id)
    _hold(person)
    _claim(row)
    fate, reasons = fate_of(row, person, by_code=row.by_code, by=by, standards=standards_on(today()))
    if fate in (Fate.KNOWN, Fate.WAITS):
        raise NotReady(reasons or [_("They have not applied yet.")])
    _close(person, by=by, **_facts(row))
    _drop(row, by, "confirmed row of a roster")


@transaction.atomic
def dismiss_row(row, *, by):
    """Staff say that a row is not about its person, or that nothing can be made of it: it is deleted."""
    if not CONFIRM.allows(by):
        raise PermissionDenied(CONFIRM.permission)
    _claim(row)
    _drop(row, by, "dismissed row of a roster")


def look_again(rows):
    """Settle those of ``rows`` whose person has applied, or is trained, since; delete what would be too old for anybody."""
    for row in rows.select_related("provider", "confirmed_by").iterator(chunk_size=100):
        with suppress(WrongState):  # staff were quicker
            _look_again(row)


@transaction.atomic
def _look_again(row):
    by, standards = row.confirmed_by, standards_on(today())
    person = people_on_rosters().get(pk=row.person_id)
    _hold(person)
    _claim(row)
    fate, _reasons = fate_of(row, person, by_code=row.by_code, by=by, standards=standards)
    if is_too_old(row, standards) or fate == Fate.KNOWN:
        _drop(row, None, "deleted row of a roster")
    elif fate == Fate.CLOSES and CONFIRM.allows(by) and _closes(person, by=by, **_facts(row)):
        _drop(row, by, "confirmed row of a roster")


def _hold(person):
    """Lock the person and what they sent, so that nothing about their training changes meanwhile."""
    lock(person)
    list(person.training_records.select_for_update(no_key=True))


def _claim(row):
    """Lock the row, which somebody else may have settled meanwhile."""
    try:
        lock(row)
    except RosterRow.DoesNotExist as gone:
        raise WrongState(_("Somebody has settled this row.")) from gone


def _drop(row, by, act):
    audit(by, act, row)
    row.delete()


def _facts(row):
    return {name: getattr(row, name) for name in ("provider", "language", "starts", "ends", "hours")}


def _closes(person, *, by, **facts):
    """Whether the training counts by rule; where it does not after all, it is for staff to say why."""
    try:
        with transaction.atomic():
            _close(person, by=by, **facts)
    except NotReady:
        return False
    return True


def _close(person, *, by, **facts):
    """Accept the training that a provider told us of, in the name of ``by``, who confirmed it. A certificate of theirs that waits is answered by it."""
    waiting = person.training_records.filter(training_type=TrainingType.CORE, status__in=CONFIRM.sources).first()
    training = waiting or TrainingRecord(person=person, filed_on=today(), submitted_at=timezone.now())
    paused = training.paused_days + (days_waited(training) if training.status == S.MORE_ASKED else 0)
    record(training, by=by, why="told by the provider", by_roster=True, paused_days=paused, **facts)
    take(CONFIRM, training, by=by, decided_at=timezone.now(), decided_by=by, words="")
    _tell(training, "training-by-provider")


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
