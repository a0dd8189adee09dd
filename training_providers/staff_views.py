"""Pages of the training desk: one record, its certificate beside what the person says and what the rules say of it; and the rosters of providers."""

from django.contrib import messages
from django.contrib.admin import site
from django.contrib.auth.decorators import permission_required
from django.core import signing
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from certification.audit import audit
from certification.queries import today
from certification.standards import standards_on
from certification.steps import Refused

from . import actions
from .forms import RosterForm, WordsForm
from .models import Provider, TrainingRecord
from .queries import judge, people_on_rosters, rows_to_confirm
from .rosters import packed, unpacked
from .rules import Fate, acceptance_problems, fate_of, own_record_problems, training_problems

S = TrainingRecord.Status
TONES = {S.SUBMITTED: "todo", S.MORE_ASKED: "warn", S.ACCEPTED: "good", S.DISOWNED: "warn", S.DECLINED: "bad"}
VIEW = "training_providers.view_trainingrecord"


@require_safe
def case(request, pk):
    training = _found(request, pk)
    audit(request.user, "opened record", training)
    return _page(request, training)


@require_POST
def accept(request, pk):
    training = _found(request, pk)
    return _act(request, training, _("Accepted. The person has been told."), actions.accept, by=request.user)


@require_POST
def ask(request, pk):
    return _say(request, pk, "ask_form", actions.ask, _("The person has been asked."))


@require_POST
def decline(request, pk):
    return _say(request, pk, "decline_form", actions.decline, _("Declined. The person has been told how to appeal."))


@require_POST
def take_off(request, pk):
    training = _found(request, pk)
    return _act(
        request, training, _("Taken off. The person knows that it does not count."), actions.take_off, by=request.user
    )


def _found(request, pk):
    if not request.user.has_perm(VIEW):
        raise PermissionDenied(VIEW)
    return get_object_or_404(TrainingRecord.objects.select_related("person", "provider", "document"), pk=pk)


def _say(request, pk, name, action, done):
    training = _found(request, pk)
    form = WordsForm(request.POST, prefix=name)
    if not form.is_valid():
        return _page(request, training, **{name: form})
    return _act(request, training, done, action, words=form.cleaned_data["words"], by=request.user)


def _act(request, training, done, action, **details):
    try:
        action(training, **details)
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect("admin:training_providers_trainingrecord_change", training.pk)
    messages.success(request, done)
    return redirect("admin:training_providers_trainingrecord_changelist")


def _page(request, training, **forms):
    context = site.each_context(request) | {
        "title": f"{training.person}: {training}",
        "training": training,
        "tone": TONES[training.status],
        "paper": training.document and {"document": training.document, "pages": range(1, training.document.pages + 1)},
        "problems": training_problems(training),
        "own": own_record_problems(training, request.user),
        "may_accept": actions.ACCEPT.open_to(request.user, training),
        "may_ask": actions.ASK.open_to(request.user, training),
        "may_decline": actions.DECLINE.open_to(request.user, training),
        "may_take_off": actions.TAKE_OFF.open_to(request.user, training),
        "ask_form": WordsForm(prefix="ask_form"),
        "decline_form": WordsForm(prefix="decline_form"),
        "past": training.history.select_related("history_user").order_by("-history_date"),
    }
    return render(request, "admin/training_providers/case.html", context | forms)


# --- rosters ------------------------------------------------------------------------------------------------------
SALT, HOURS_TO_CONFIRM = "a roster on its way from the preview to its confirmation", 4
VIEW_ROW = "training_providers.view_rosterrow"
FATES = {Fate.CLOSES: "good", Fate.ASKS: "todo", Fate.WAITS: "quiet", Fate.KNOWN: "quiet", Fate.REFUSED: "bad"}


@require_http_methods(["GET", "HEAD", "POST"])
@permission_required(actions.CONFIRM_ROSTER, raise_exception=True)
@transaction.non_atomic_requests
def import_roster(request):
    """Read a roster and show what will come of each row; nothing is kept before that is confirmed, and the file not even then."""
    if "roster" in request.POST:
        return _confirmed(request)
    form = RosterForm(request.POST or None, request.FILES or None)
    if form.is_valid():
        return _preview(request, **form.cleaned_data)
    context = site.each_context(request) | {"title": _("Bring in a roster"), "form": form}
    return render(request, "admin/training_providers/import.html", context)


def _preview(request, provider, language, file):
    rows = list(judge(file.lines, provider=provider, language=language, by=request.user))
    audit(request.user, "read roster", provider, file=file.mark, rows=len(rows))
    kept = packed(row.line for row in rows if row.person)
    signed = {"provider": provider.pk, "language": language, "mark": file.mark, "rows": kept}
    context = site.each_context(request) | {
        "title": _("What will come of this roster"),
        "provider": provider,
        "rows": [(row, FATES[row.fate]) for row in rows],
        "roster": kept and signing.dumps(signed, salt=SALT, compress=True),
    }
    return render(request, "admin/training_providers/preview.html", context)


def _confirmed(request):
    try:
        said = signing.loads(request.POST["roster"], salt=SALT, max_age=HOURS_TO_CONFIRM * 3600)
    except signing.BadSignature:
        messages.error(request, _("This preview is too old. Please choose the file again."))
        return redirect("admin:training_providers_rosterrow_import")
    fates = actions.take_roster(
        unpacked(said["rows"]),
        provider=Provider.objects.get(pk=said["provider"]),
        language=said["language"],
        mark=said["mark"],
        by=request.user,
    )
    messages.success(request, " ".join(_told(fates)))
    return redirect("admin:training_providers_rosterrow_changelist")


def _told(fates):
    closed, asked, waiting = (fates[fate.value] for fate in (Fate.CLOSES, Fate.ASKS, Fate.WAITS))
    yield ngettext("%(rows)s training counts now.", "%(rows)s trainings count now.", closed) % {"rows": closed}
    if asked:
        yield ngettext("%(rows)s row needs you.", "%(rows)s rows need you.", asked) % {"rows": asked}
    if waiting:
        yield ngettext("%(rows)s row waits.", "%(rows)s rows wait.", waiting) % {"rows": waiting}


@require_safe
def row_case(request, pk):
    """What a provider wrote beside the person it may be about."""
    row = _row(request, pk)
    audit(request.user, "opened row of a roster", row)
    person = people_on_rosters().get(pk=row.person_id)
    standards = standards_on(today())
    fate, reasons = fate_of(row, person, by_code=row.by_code, by=request.user, standards=standards)
    facts = {name: getattr(row, name) for name in ("provider", "language", "starts", "ends", "hours")}
    problems = acceptance_problems(TrainingRecord(person=person, filed_on=standards.day, **facts), request.user)
    context = site.each_context(request) | {
        "title": str(row),
        "row": row,
        "person": person,
        "reasons": dict.fromkeys([*reasons, *problems]),
        "may_confirm": actions.CONFIRM.allows(request.user) and fate != Fate.KNOWN and not problems,
    }
    return render(request, "admin/training_providers/row.html", context)


@require_POST
def row_confirm(request, pk):
    return _settle(request, pk, actions.confirm_row, _("It counts. The person has been told."))


@require_POST
def row_dismiss(request, pk):
    return _settle(request, pk, actions.dismiss_row, _("Dismissed. Nothing of it is kept."))


def _row(request, pk):
    if not request.user.has_perm(VIEW_ROW):
        raise PermissionDenied(VIEW_ROW)
    return get_object_or_404(rows_to_confirm(), pk=pk)


def _settle(request, pk, action, done):
    row = _row(request, pk)
    try:
        action(row, by=request.user)
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, done)
    return redirect("admin:training_providers_rosterrow_changelist")
