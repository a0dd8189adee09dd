"""The training desk's page of one record: the certificate beside what the person says, what the rules say of it, and the steps open here."""

from django.contrib import messages
from django.contrib.admin import site
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from certification.audit import audit
from certification.steps import Refused

from . import actions
from .forms import WordsForm
from .models import TrainingRecord
from .rules import own_record_problems, training_problems

S = TrainingRecord.Status
TONES = {S.SUBMITTED: "todo", S.MORE_ASKED: "warn", S.ACCEPTED: "good", S.DECLINED: "bad"}
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
        "paper": {"document": training.document, "pages": range(1, training.document.pages + 1)},
        "problems": training_problems(training),
        "own": own_record_problems(training, request.user),
        "may_accept": actions.ACCEPT.open_to(request.user, training),
        "may_ask": actions.ASK.open_to(request.user, training),
        "may_decline": actions.DECLINE.open_to(request.user, training),
        "ask_form": WordsForm(prefix="ask_form"),
        "decline_form": WordsForm(prefix="decline_form"),
        "past": training.history.select_related("history_user").order_by("-history_date"),
    }
    return render(request, "admin/training_providers/case.html", context | forms)
