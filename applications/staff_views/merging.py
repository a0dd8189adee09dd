"""Second accounts: who may have one, asking both, and the plan of a merge, proposed by one and decided by another; and the same way back."""

from functools import partial

from django.contrib import messages
from django.contrib.admin import site
from django.contrib.auth.decorators import permission_required
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from certification.audit import audit
from certification.rules import second_person_problems

from .. import actions, queries
from ..models import AccountPair, Merge
from ..rules import Two, deciding_problems, kind_in_words, merge_problems, undoing_problems
from .files import acted, opened, to_case


def _page(request, name, model, **context):
    context |= site.each_context(request) | {"opts": model._meta}
    return render(request, f"admin/applications/{name}.html", context)


def _note_looks(request, *people):
    """What is shown of two accounts is shown to their people as a look."""
    for person in people:
        audit(request.user, "opened record", person)


# --- asking --------------------------------------------------------------------------------------------------------
@permission_required(actions.PROPOSE_MERGE, raise_exception=True)
@opened
def possible_accounts(request, application):
    """The accounts that are like this one, and a button that asks both whether they are of one person."""
    alike = queries.possible_duplicates(application.person)
    if request.method == "POST":
        other = next((one for one in alike if str(one.pk) == request.POST.get("other")), None)
        if other is None:
            messages.error(request, _("These two are not alike, or were asked already."))
            return to_case(application.pk)
        ask = partial(actions.ask_about_accounts, application.person, other, by=request.user)
        acted(
            request,
            ask,
            _("Both are asked, each by a letter that says nothing of the other. Nothing waits for the answers."),
        )
        return to_case(application.pk)
    return _page(
        request,
        "accounts",
        type(application),
        title=_("Possible second accounts"),
        application=application,
        alike=alike,
    )


# --- the answers, and the plan -------------------------------------------------------------------------------------
def _pair(request, pk):
    pairs = queries.pairs_for(request.user).with_answers()
    return get_object_or_404(pairs.select_related("first__user", "second__user", "asked_by"), pk=pk)


@require_safe
@permission_required("applications.view_accountpair", raise_exception=True)
def pair(request, pk):
    """What each of the two said, and the two ways to make them one."""
    pair = _pair(request, pk)
    _note_looks(request, pair.first, pair.second)
    sides = [
        (pair.first, _said(pair.first_has, pair.first_names == pair.second_id)),
        (pair.second, _said(pair.second_has, pair.second_names == pair.first_id)),
    ]
    return _page(request, "pair", AccountPair, title=str(pair), pair=pair, sides=sides)


def _said(has_another, names_the_other):
    if has_another is None:
        return _("no answer yet")
    if not has_another:
        return _("this is the only account")
    return _("both are mine, and named the other") if names_the_other else _("there is another, but not this one")


@permission_required(actions.PROPOSE_MERGE, raise_exception=True)
def plan(request, pk, kept_pk):
    """What would move, or what stands in the way; and a button that proposes it to a second person."""
    pair = _pair(request, pk)
    kept, merged = (pair.first, pair.second) if kept_pk == pair.first_id else (pair.second, pair.first)
    if kept.pk != kept_pk:
        raise Http404
    if request.method == "POST":
        propose = partial(actions.propose_merge, kept, merged, by=request.user)
        if acted(request, propose, _("Proposed. A second person decides.")):
            return redirect("admin:applications_merge_changelist")
        return redirect("admin:applications_accountpair_change", pk)
    _note_looks(request, kept, merged)
    two = Two(kept, merged)
    problems = merge_problems(two, request.user)
    moves = None if problems else _in_words(two.plan())
    return _page(
        request,
        "plan",
        AccountPair,
        title=_("Plan"),
        pair=pair,
        kept=kept,
        merged=merged,
        problems=problems,
        moves=moves,
    )


def _in_words(plan):
    """What moves, kind by kind, and how many of each."""
    return [(kind_in_words(kind), len(pks)) for kind, pks in sorted(plan["moves"].items())]


# --- the decision, and the way back --------------------------------------------------------------------------------
def _merge(request, pk):
    merges = queries.merges_for(request.user)
    people = ("kept__user", "merged__user", "undoes", "proposed_by", "decided_by")
    return get_object_or_404(merges.select_related(*people), pk=pk)


@require_safe
@permission_required("applications.view_merge", raise_exception=True)
def merge(request, pk):
    """One merge, or one undoing: its plan, and what keeps it from being decided or, later, undone."""
    merge = _merge(request, pk)
    _note_looks(request, merge.kept, merge.merged)
    two = Two(merge.kept, merge.merged)
    problems = second_person_problems(merge, request.user)
    return _page(
        request,
        "merge",
        Merge,
        title=str(merge),
        proposal=merge,
        moves=_in_words(merge.undoes.plan if merge.undoes_id else merge.plan),
        may_decide=not problems,
        problems=problems or deciding_problems(merge, two, request.user),
        undo_problems=undoing_problems(merge, two, request.user) if merge.agreed else None,
    )


@require_POST
@permission_required(actions.DECIDE_MERGE, raise_exception=True)
def decide_merge(request, pk):
    agreed = "agree" in request.POST
    acted(request, partial(actions.decide_merge, _merge(request, pk), agreed=agreed, by=request.user), _("Decided."))
    return redirect("admin:applications_merge_change", pk)


@require_POST
@permission_required(actions.PROPOSE_MERGE, raise_exception=True)
def propose_undoing(request, pk):
    propose = partial(actions.propose_undoing, _merge(request, pk), by=request.user)
    acted(request, propose, _("Proposed. A second person decides."))
    return redirect("admin:applications_merge_change", pk)
