"""Reads about training used by pages, desks and the apps above."""

from collections import defaultdict
from datetime import timedelta

from django.db.models import Exists, F, OuterRef
from django.db.models.functions import Coalesce, TruncDate
from django.utils.translation import gettext as _

from certification.models import Charge, Person
from certification.names import alike, fold
from certification.queries import today
from certification.service_times import days, usual_times
from certification.standards import standards_on

from .models import Approval, Provider, RosterRow, TrainingRecord, TrainingType
from .rules import APPLICATION_PAID, Fate, Judged, fate_of, line_problems


def approvals_today(*, training_type="", language="", delivery=""):
    """What may be taught today, by name of the provider; "both" is found under online and under in person."""
    approvals = (
        Approval.objects.on(today()).select_related("provider").order_by("provider__name", "training_type", "language")
    )
    if training_type:
        approvals = approvals.filter(training_type=training_type)
    if language:
        approvals = approvals.filter(language=language)
    if delivery:
        approvals = approvals.filter(delivery__in=[delivery, Approval.Delivery.BOTH])
    return approvals


def providers_ever(training_type):
    """Whoever may have taught this training at any time: a person picks theirs, and the record is judged by its first day."""
    return Provider.objects.filter(approvals__training_type=training_type).distinct().order_by("name")


def records_of(user):
    """A person's own records, newest first."""
    return TrainingRecord.objects.filter(person__user=user).select_related("provider").order_by("-submitted_at", "-pk")


def sent_core(user):
    """Whether the person ever sent a certificate of the core training."""
    return TrainingRecord.objects.filter(person__user=user, training_type=TrainingType.CORE).exists()


def accepted_core(person, standards):
    """The accepted core training of ``person`` that counts on the day of ``standards``, or None."""
    return person.training_records.filter(training_type=TrainingType.CORE).counting(standards).first()


def waiting_records():
    """What the training desk has to look at, oldest first."""
    return TrainingRecord.objects.filter(status=TrainingRecord.Status.SUBMITTED).order_by("submitted_at")


def overdue_records():
    """What waits longer than the program promises."""
    promised = timedelta(days=standards_on(today()).application_training_review_days)
    return waiting_records().filter(submitted_at__date__lt=today() - promised)


def review_times(standards):
    """Usual days from sending a training certificate to our decision: ``elapsed`` for the person, ``ours`` without those on which we waited for them."""
    elapsed = days("filed_on", TruncDate("decided_at"))
    reviewed = TrainingRecord.objects.filter(by_roster=False)
    return usual_times(reviewed, "decided_at", standards, elapsed=elapsed, ours=elapsed - F("paused_days"))


# --- rosters ------------------------------------------------------------------------------------------------------
def people_on_rosters():
    """Whoever a row can be about, each with whether they ``applied`` (and can be written to)."""
    paid = Charge.objects.filter(APPLICATION_PAID, person=OuterRef("pk"), person__user__isnull=False)
    return Person.objects.annotate(applied=Exists(paid)).prefetch_related("training_records")


def judge(lines, *, provider, language, by):
    """What comes of each of ``lines`` today, one ``Judged`` after the other; a fixed number of questions to the database."""
    standards = standards_on(today())
    approvals = list(provider.approvals.filter(training_type=TrainingType.CORE, language=language))
    problems = {line: line_problems(line, provider, approvals, standards) for line in lines}
    whole = [line for line in lines if not problems[line]]
    coded = _found_by_code({line.code for line in whole if line.code})
    named = _found_by_name([line.name for line in whole if line.code not in coded])
    closing = {}
    for line in lines:
        person, by_code = coded.get(line.code) or named.get(line.name), line.code in coded
        if problems[line] or person is None:
            yield Judged(line, Fate.REFUSED, problems[line] or [_unknown(line)])
            continue
        fate, reasons = fate_of(line, person, by_code=by_code, by=by, standards=standards)
        if fate == Fate.CLOSES and closing.setdefault(person, line) is not line:
            words = _("It is the same person as in row %(row)s.") % {"row": closing[person].number}
            fate, reasons = Fate.KNOWN, [words]
        yield Judged(line, fate, reasons, person, by_code)


def _found_by_code(codes):
    """Who is meant by each of ``codes``; where the account of a code was closed as a second one, the account that stays."""
    coded = Person.objects.filter(portal_code__in=codes)
    stays = dict(coded.values_list("portal_code", Coalesce("merged_into", "pk")))
    people = people_on_rosters().in_bulk(stays.values())
    return {code: people[pk] for code, pk in stays.items()}


def _unknown(line):
    if not line.typed:
        return _("There is no portal code, and the name fits nobody, or more than one.")
    if line.code is None:
        return _("The portal code is mistyped. Ask the provider to look again.")
    return _("Nobody has this portal code. Ask the provider to look again.")


def _found_by_name(names):
    """Who has applied, has no training that counts, and is the only one of such a name; by each of ``names`` that fits somebody."""
    if not names:
        return {}
    trained = TrainingRecord.objects.filter(training_type=TrainingType.CORE).counting(standards_on(today()))
    waiting = people_on_rosters().filter(applied=True).exclude(training_records__in=trained)
    legal, with_word = {}, defaultdict(set)
    columns = ("pk", "given_name", "middle_name", "family_name", "suffix")
    for pk, *parts in waiting.values_list(*columns):
        legal[pk] = " ".join(filter(None, parts))
        for word in fold(legal[pk]).split():
            with_word[word].add(pk)
    found = {}
    for name in names:
        near = set().union(*(with_word.get(word, ()) for word in fold(name).split()))
        alone = [pk for pk in near if alike(name, legal[pk])]
        if len(alone) == 1:
            found[name] = alone[0]
    people = people_on_rosters().in_bulk(found.values())
    return {name: people[pk] for name, pk in found.items()}


def rows_to_confirm():
    """Rows of rosters about people who have applied, the oldest first: the desk says whether they are theirs."""
    applied = people_on_rosters().filter(applied=True).values("pk")
    return RosterRow.objects.filter(person__in=applied).select_related("person", "provider").order_by("received_at")


def disowned_records():
    """Trainings of which the person said "not me", the oldest first."""
    return TrainingRecord.objects.filter(status=TrainingRecord.Status.DISOWNED).order_by("decided_at")
