"""Two accounts of one person: asked about, answered by each alone, made one by two of staff, and apart again.

What hangs on the account that closes moves to the one that stays, row by row and with a history; the account itself stays as a shell whose sign-in
is closed. So every page, letter and rule goes on as if there had been one account, and nothing has to know of merges.
"""

from django.apps import apps
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _

from certification.actions import decide
from certification.audit import audit
from certification.models import Charge, Person, User
from certification.notices import notify
from certification.signing import signed
from certification.steps import NotReady, record

from ..models import AccountAnswer, AccountPair, Application, Merge
from ..queries import possible_duplicates
from ..rules import (
    MOVED,
    Two,
    deciding_problems,
    mark_of,
    merge_problems,
    pair_problems,
    second_merge_problems,
    undoing_problems,
)

PROPOSE_MERGE, DECIDE_MERGE = "applications.propose_merge", "applications.decide_merge"


# --- the person is asked first -------------------------------------------------------------------------------------
@transaction.atomic
def ask_about_accounts(person, other, *, by):
    """Ask ``person`` and ``other``, each by a letter that says nothing of the other, whether they have a second account. Nothing waits for the answers."""
    _may(PROPOSE_MERGE, by)
    _lock_people(person, other)
    if problems := pair_problems(person, other, by):
        raise NotReady(problems)
    if other not in possible_duplicates(person):
        raise NotReady([_("These two are not alike, or were asked already.")])
    pair = _note_pair(person, other, by=by)
    for one in (person, other):
        notify(one.user, "second-account-asked", {}, key=f"second-account-asked:{pair.pk}:{one.pk}")
    audit(by, "asked about a second account", pair)
    return pair


@transaction.atomic
def answer_about_accounts(person, *, has_another, address=""):
    """Keep what a person says about a second account. Whoever names an address learns nothing of it; only when both named each other may staff go on."""
    named = Person.objects.filter(user__email=address.lower()).exclude(pk=person.pk).first() if has_another else None
    _lock_people(person, named or person)  # of two who name each other at once, the second sees the first
    said = AccountAnswer(person=person, has_another=has_another, other=named)
    last = _last_answer(person)
    if last and (last.has_another, last.other_id) == (said.has_another, said.other_id):
        return
    with signed(person.user, "answer about accounts"):
        said.save(force_insert=True)
    answered = named and _last_answer(named)
    if answered and answered.other_id == person.pk:
        _note_pair(person, named, by=None)


def _last_answer(person):
    return AccountAnswer.objects.filter(person=person).order_by("-pk").first()


def _note_pair(one, other, *, by):
    first, second = sorted((one, other), key=lambda person: person.pk)
    with signed(by or one.user, "note pair"):
        pair, _made = AccountPair.objects.get_or_create(first=first, second=second, defaults={"asked_by": by})
    return pair


# --- two people make them one --------------------------------------------------------------------------------------
@transaction.atomic
def propose_merge(kept, merged, *, by):
    """Ask a second person to close the account ``merged`` and move to ``kept`` what hangs on it. The proposal keeps the plan it was made for."""
    _may(PROPOSE_MERGE, by)
    _lock(kept, merged)
    two = Two(kept, merged)
    if problems := merge_problems(two, by) or second_merge_problems(two):
        raise NotReady(problems)
    return record(Merge(kept=kept, merged=merged, plan=two.plan(), proposed_by=by), by=by, why="propose merge")


@transaction.atomic
def propose_undoing(merge, *, by):
    """Ask a second person to take two accounts apart again, as they were."""
    _may(PROPOSE_MERGE, by)
    two = Two(merge.kept, merge.merged)
    _lock(two.kept, two.merged)
    if problems := undoing_problems(merge, two, by) or second_merge_problems(two):
        raise NotReady(problems)
    undoing = Merge(kept=two.kept, merged=two.merged, undoes=merge, plan={"mark": mark_of(two.rows)}, proposed_by=by)
    return record(undoing, by=by, why="propose undoing")


@transaction.atomic
def decide_merge(merge, *, agreed, by):
    """Agree, and it is done, and both addresses are told; or not, and all stays. Void where anything that the plan names has changed: then it must be proposed anew."""
    _may(DECIDE_MERGE, by)
    _lock(merge.kept, merge.merged)
    decide(merge, agreed=agreed, by=by)
    audit(by, "decided merge", merge, agreed=agreed)
    if not agreed:
        return
    if problems := deciding_problems(merge, Two(merge.kept, merge.merged), by):
        raise NotReady(problems)
    (_take_apart if merge.undoes_id else _make_one)(merge, by=by)


def _make_one(merge, *, by):
    why = f"merge {merge.pk}"
    _move(merge.plan["moves"], to=merge.kept, by=by, why=why)
    record(merge.merged, by=by, why=why, merged_into=merge.kept)
    record(merge.merged.user, by=by, why=why, is_active=False)
    _tell(merge, "accounts-joined", by=by, action="merged persons")


def _take_apart(undoing, *, by):
    why = f"undo merge {undoing.undoes_id}"
    _move(undoing.undoes.plan["moves"], to=undoing.merged, by=by, why=why)
    record(undoing.merged, by=by, why=why, merged_into=None)
    record(undoing.merged.user, by=by, why=why, is_active=True)
    _tell(undoing, "accounts-apart", by=by, action="took merged persons apart")


def _move(numbers, *, to, by, why):
    for kind, pks in sorted(numbers.items()):
        model = apps.get_model(kind)
        for row in model._base_manager.filter(pk__in=pks).order_by("pk"):
            record(row, by=by, why=why, **{MOVED[model]: to})


def _tell(merge, letter, *, by, action):
    draft_stays = merge.merged.applications.filter(status=Application.Status.DRAFT).exists()
    for person in (merge.kept, merge.merged):
        audit(by, action, person, merge=merge.pk)
        told = {"closed": person.pk == merge.merged_id, "draft_stays": draft_stays}
        notify(person.user, letter, told, key=f"{letter}:{merge.pk}:{person.pk}")


def _may(permission, by):
    if not by.has_perm(permission):
        raise PermissionDenied(permission)


def _lock(kept, merged):
    """Lock what may change under a merge, in the order in which those who begin, pay and file lock it, and by number: nobody waits in a circle.

    The people last and wholly: whoever hangs something new on one of them waits for us, or we for them, and then it is seen.
    """
    both = [kept.pk, merged.pk]
    for rows in (
        User.objects.filter(person__in=both),
        Charge.objects.filter(person__in=both),
        Application.objects.filter(person__in=both),
    ):
        list(rows.order_by("pk").select_for_update(of=("self",), no_key=True))
    list(Person.objects.filter(pk__in=both).order_by("pk").select_for_update(of=("self",)))
    kept.refresh_from_db()
    merged.refresh_from_db()


def _lock_people(*people):
    rows = Person.objects.filter(pk__in=[person.pk for person in people])
    list(rows.order_by("pk").select_for_update(of=("self",), no_key=True))
