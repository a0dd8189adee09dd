"""Whether two accounts may become one, what then moves, and what keeps that from being undone. Words are for staff.

What hangs on a person is found by the models themselves, so what a new app hangs on people is seen here, and refused until somebody says that it moves.
"""

from collections import Counter, defaultdict
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from typing import NamedTuple

from django.apps import apps
from django.db.models import (
    BooleanField,
    Case,
    CharField,
    Exists,
    ExpressionWrapper,
    F,
    Func,
    OuterRef,
    Value,
    When,
)
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from rapidfuzz import fuzz

from certification.models import Charge, Document, Hold, Person, RecordsHold
from certification.names import fold
from training_providers.models import TrainingRecord

from ..models import AccountAnswer, Application, Denial, Merge, Message, Proposal, Recusal
from .filing import certificate_problems, wait_problems

S = Application.Status
# What moves, and by which column. Standing on the registry never does: an account with a certificate is the one that stays.
MOVED = {
    Application: "person",
    TrainingRecord: "person",
    Message: "person",
    Document: "owner",
    Charge: "person",
    Hold: "person",
    RecordsHold: "person",
}
# Stays where it is: what somebody told for counts alone, of which nobody of staff learns even that it was told.
NOT_WEIGHED = {"reporting.demographics"}
CLOSE = 90  # of 100, as rapidfuzz counts: one letter in a name of ten


def close_names(one, other):
    """Whether two names, given and family, are nearly the same: any order, one surname of two, and a slip of the pen are tolerated."""
    names = [fold(name) for name in (one, other)]
    return all(names) and fuzz.token_set_ratio(*names) >= CLOSE


# --- what hangs on people ------------------------------------------------------------------------------------------
class Row(NamedTuple):
    """One row that hangs on a person: its kind as ``app.model``, on whom, its number, its state, and a mark that changes with it."""

    kind: str
    whose: int
    pk: int
    state: str
    mark: str


SELF, OPEN = "self", "open"


class _Mark(Func):
    """A mark of a row as it stands: another as soon as anything in it is."""

    output_field = CharField()

    def as_sql(self, compiler, connection, **context):
        return f"md5({connection.ops.quote_name(compiler.query.get_initial_alias())}::text)", []


_STATES = {
    Application: F("status"),
    TrainingRecord: F("status"),
    RecordsHold: Case(When(ended_at=None, then=Value(OPEN)), default=Value(""), output_field=CharField()),
}


def rows_of(kept, merged):
    """All that hangs on two people, whatever app it is of, and the two themselves (``SELF``); one question to the database."""
    related = [one for one in Person._meta.related_objects if one.related_model._meta.label_lower not in NOT_WEIGHED]
    relations = [(one.related_model, one.field.name) for one in related]
    parts = [_rows(model, name, model._meta.label_lower, [kept.pk, merged.pk]) for model, name in relations]
    own = _rows(Person, "pk", SELF, [kept.pk, merged.pk])
    return sorted(Row(*row) for row in own.union(*parts, all=True))


def _rows(model, name, kind, people):
    rows = model._base_manager.filter(**{f"{name}__in": people}).order_by()
    state = _STATES.get(model, Value("", CharField()))
    return rows.annotate(
        row_kind=Value(kind, CharField()), row_of=F(name), row_pk=F("pk"), row_state=state, row_mark=_Mark()
    ).values_list("row_kind", "row_of", "row_pk", "row_state", "row_mark")


def mark_of(rows):
    """A mark of all ``rows``: what was proposed over them is void once it is another."""
    return sha256(repr(rows).encode()).hexdigest()


def kind_in_words(kind):
    """What staff call a kind of rows."""
    return str(capfirst(apps.get_model(kind)._meta.verbose_name))


def _numbers(rows):
    found = defaultdict(list)
    for row in rows:
        found[row.kind].append(row.pk)
    return dict(found)


@dataclass(frozen=True)
class Two:
    """The account that stays, the one that closes, and what hangs on them as it stood when each was first asked for."""

    kept: Person
    merged: Person

    @cached_property
    def rows(self):
        return rows_of(self.kept, self.merged)

    @cached_property
    def _applications(self):
        denial = Denial.objects.filter(application=OuterRef("pk"), decided_at=None)
        waits = Exists(denial) | Exists(Proposal.objects.filter(application=OuterRef("pk")))
        applications = Application.objects.filter(person__in=[self.kept, self.merged])
        return list(applications.annotate(decision_waits=ExpressionWrapper(waits, BooleanField())))

    @property
    def ours(self):
        return [one for one in self._applications if one.person_id == self.kept.pk]

    @property
    def theirs(self):
        return [one for one in self._applications if one.person_id == self.merged.pk]

    @property
    def draft_stays(self):
        """Whether the draft of the account that closes is left where it lies: it was never sent, and the other has an application that is open."""
        never_sent = all(one.submitted_at is None for one in self.theirs)
        return never_sent and any(one.status in Application.OPEN for one in self.ours)

    def plan(self):
        """What a merge does, as it is kept with its proposal: which rows of which kind move, what is there already, and a mark of how all of it stands."""
        left = {model._meta.label_lower for model in (Application, Document)} if self.draft_stays else set()
        moving = [row for row in self.rows if row.whose == self.merged.pk and row.kind not in {SELF, *left}]
        return {
            "moves": _numbers(moving),
            "stays": _numbers(row for row in self.rows if row.whose == self.kept.pk and row.kind != SELF),
            "states": {f"{row.kind}:{row.pk}": row.state for row in moving},
            "mark": mark_of(self.rows),
        }


# --- there ---------------------------------------------------------------------------------------------------------
def pair_problems(one, other, by):
    """What keeps ``by`` from handling these two accounts at all."""
    if by.pk in (one.user_id, other.user_id):
        return [_("This is your own file. Somebody else must handle it.")]
    if Recusal.objects.filter(application__person__in=[one, other], user=by).exists():
        return [_("You handed this file on.")]
    if one.user_id is None or other.user_id is None:
        return [_("One of the two has no sign-in. Nobody can be asked.")]
    if one.user.is_staff or other.user.is_staff:
        return [_("One of the two works here. Their account cannot be closed this way.")]
    return []


def merge_problems(two, by):
    """What keeps one account from becoming one with the other. What is not told apart here is refused rather than guessed."""
    if two.kept.merged_into_id or two.merged.merged_into_id:
        return [_("One of the two is closed already.")]
    if problems := pair_problems(two.kept, two.merged, by) or _unproven(two):
        return problems
    return [
        *_facts_that_differ(two),
        *_what_cannot_move(two),
        *[problem for one in two.theirs for problem in _decided(one)],
        *_two_at_once(two),
        *_two_open_applications(two),
        *_questions_that_wait(two),
    ]


def _unproven(two):
    """Each must have named the address of the other, signed in: who has only one of the two accounts cannot do that, nor make the other do it unawares."""
    said = AccountAnswer.objects.filter(person__in=[two.kept, two.merged]).order_by("person", "-pk").distinct("person")
    named_by = dict(said.values_list("person", "other"))
    if named_by == {two.kept.pk: two.merged.pk, two.merged.pk: two.kept.pk}:
        return []
    return [_("Not both accounts have named the other. Until they do, both stay as they are.")]


def _facts_that_differ(two):
    days = {two.kept.birth_date_mac, two.merged.birth_date_mac} - {""}
    return [_("The birth dates differ.")] if len(days) > 1 else []


def _what_cannot_move(two):
    moving = {model._meta.label_lower for model in MOVED}
    kinds = Counter(row.kind for row in two.rows if row.whose == two.merged.pk and row.kind not in {SELF, *moving})
    return [
        _("The account that closes has what cannot be moved: %(what)s. Keep that account.")
        % {"what": kind_in_words(kind)}
        for kind in sorted(kinds)
    ]


def _decided(application):
    """What was decided stays under the account to which it was told; what is being decided waits until it is."""
    if application.decision_waits:
        return [_("A decision about application %(number)s is on its way.") % {"number": application.pk}]
    undecided = {S.SUBMITTED, S.IN_REVIEW, S.MORE_ASKED, S.WITHDRAWN}
    if application.submitted_at is None or (application.status in undecided and not application.decided_at):
        return []
    words = _("Application %(number)s of the account that closes was decided. Keep that account.")
    return [words % {"number": application.pk}]


def _two_at_once(two):
    """Things of which a person may have only one open."""
    problems = []
    for model, states in ((TrainingRecord, {"submitted", "more_asked"}), (RecordsHold, {OPEN})):
        label = model._meta.label_lower
        if len({row.whose for row in two.rows if row.kind == label and row.state in states}) > 1:
            problems.append(
                _("Both have this open: %(what)s. One of them must end first.") % {"what": kind_in_words(label)}
            )
    return problems


def _two_open_applications(two):
    going_on = [one for one in two.theirs if one.status in Application.OPEN]
    if not going_on or two.draft_stays:
        return []
    if any(one.status in Application.OPEN for one in two.ours):
        return [_("Both have an open application. The person must withdraw one.")]
    problems = certificate_problems(two.kept)
    if any(one.used_up_on for one in two.ours):
        problems += wait_problems(two.kept)
    if any(one.submitted_at for one in going_on) and fold(two.kept.legal_name) != fold(two.merged.legal_name):
        problems.append(_("The legal names differ, and the name of the account that stays would be certified."))
    return problems


def _questions_that_wait(two):
    """Between the entries of another thread a question would count as answered."""
    if Message.objects.filter(person__in=[two.kept, two.merged]).waiting().exists():
        return [_("A message waits for an answer. Answer it first.")]
    return []


def second_merge_problems(two):
    """What is proposed over either of the two must be decided before the next."""
    waiting, both = Merge.objects.filter(decided_at=None), [two.kept, two.merged]
    if waiting.filter(kept__in=both).exists() or waiting.filter(merged__in=both).exists():
        return [_("Something is proposed about one of the two already.")]
    return []


# --- and back ------------------------------------------------------------------------------------------------------
def undoing_problems(merge, two, by):
    """What keeps ``merge`` from being undone: nothing new may hang on the account that stayed, and what moved must stand as it did."""
    if two.merged.merged_into_id != two.kept.pk or merge.pk != _newest_merge(two.merged):
        return [_("There is nothing to undo here.")]
    if problems := pair_problems(two.kept, two.merged, by):
        return problems
    now = _numbers(row for row in two.rows if row.whose == two.kept.pk and row.kind not in {SELF, _PERSON})
    moves, stays = merge.plan["moves"], merge.plan["stays"]
    problems = []
    for kind in sorted({*now, *moves}):
        there, moved = set(now.get(kind, ())), set(moves.get(kind, ()))
        if new := len(there - moved - set(stays.get(kind, ()))):
            told = {"what": kind_in_words(kind), "count": new}
            problems.append(_("New since the merge, and of either account: %(what)s (%(count)s).") % told)
        if not there >= moved:
            problems.append(_("What moved is not all here any more: %(what)s.") % {"what": kind_in_words(kind)})
    states = {f"{row.kind}:{row.pk}": row.state for row in two.rows}
    changed = {key.partition(":")[0] for key, state in merge.plan["states"].items() if states.get(key) != state}
    return problems + [
        _("It moved on since the merge: %(what)s.") % {"what": kind_in_words(kind)} for kind in sorted(changed)
    ]


_PERSON = Person._meta.label_lower


def _newest_merge(merged):
    made = Merge.objects.filter(merged=merged, undoes=None, agreed=True).order_by("-pk")
    return made.values_list("pk", flat=True).first()


# --- the second person ---------------------------------------------------------------------------------------------
def deciding_problems(proposal, two, by):
    """What keeps a merge, or the undoing of one, from being agreed to now. It is void once anything stands otherwise than when it was proposed."""
    if proposal.undoes_id:
        problems = undoing_problems(proposal.undoes, two, by)
    else:
        problems = merge_problems(two, by)
    if problems or mark_of(two.rows) == proposal.plan["mark"]:
        return problems
    return [_("Something has changed since this was proposed. Do not agree; then it can be proposed anew.")]
