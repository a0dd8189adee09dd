"""The public list of who may teach, and a person's own training."""

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.db import transaction
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from certification.documents import Unacceptable, received
from certification.models import Document
from certification.queries import today
from certification.standards import standards_on
from certification.steps import Refused

from . import actions
from .forms import ProviderFilterForm, TrainingForm
from .models import TrainingRecord, TrainingType
from .queries import approvals_today, records_of
from .rules import sending_problems


@require_safe
@login_not_required
def providers(request):
    """Who is approved today."""
    form = ProviderFilterForm(request.GET.dict())
    found = {}
    for approval in approvals_today(**form.wanted()):
        same = (approval.training_type, approval.language, approval.delivery)
        found.setdefault(approval.provider, {}).setdefault(same, approval)
    context = {
        "form": form,
        "found": [(provider, approvals.values()) for provider, approvals in found.items()],
        "standards": standards_on(today()),
    }
    return render(request, "training_providers/list.html", context)


@require_safe
def mine(request):
    """Everything a person sent us about training, and what to do next."""
    person = getattr(request.user, "person", None)
    records = list(records_of(request.user))
    context = {
        "records": records,
        "code": person and not any(one.status == one.Status.ACCEPTED for one in records) and person.portal_code,
        "problems": sending_problems(person, TrainingType.CORE),
        "standards": standards_on(today()),
    }
    return render(request, "training_providers/mine.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@transaction.non_atomic_requests
def send(request):
    """Say what the training was and send its certificate."""
    person = getattr(request.user, "person", None)
    if sending_problems(person, TrainingType.CORE):
        return redirect("training_providers:mine")
    form = TrainingForm(request.POST or None, request.FILES or None)
    if form.is_valid() and _taken(request, form, person, actions.submit_record, person):
        messages.success(request, _("We have your training certificate."))
        return redirect("training_providers:mine")
    return render(request, "training_providers/send.html", {"form": form, "standards": standards_on(today())})


@require_http_methods(["GET", "HEAD", "POST"])
@transaction.non_atomic_requests
def answer(request, pk):
    """Answer what the training desk asked."""
    training = get_object_or_404(records_of(request.user), pk=pk)
    if training.status != TrainingRecord.Status.MORE_ASKED:
        return redirect("training_providers:mine")
    known = {name: getattr(training, name) for name in ("provider", "language", "starts", "ends", "hours")}
    form = TrainingForm(
        request.POST or None,
        request.FILES or None,
        initial=known,
        training_type=training.training_type,
        has_certificate=True,
    )
    if form.is_valid() and _taken(request, form, training.person, actions.answer, training):
        messages.success(request, _("We have your answer."))
        return redirect("training_providers:mine")
    context = {"form": form, "training": training, "standards": standards_on(training.filed_on)}
    return render(request, "training_providers/answer.html", context)


@require_POST
def not_me(request, pk):
    """The person says that a training, which a provider told us of, is not theirs."""
    training = get_object_or_404(records_of(request.user), pk=pk)
    try:
        actions.disown(training, by=request.user)
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("Thank you. This training does not count for you any more."))
    return redirect("training_providers:mine")


def _taken(request, form, person, action, subject):
    """Store the certificate first, then act in one short transaction; a refusal is said on the form."""
    facts = dict(form.cleaned_data)
    uploaded = facts.pop("certificate")
    try:
        with received(person, Document.Kind.TRAINING, uploaded, by=request.user) as document:
            action(subject, document=document, by=request.user, **facts)
    except Refused as refusal:
        form.add_error("certificate" if isinstance(refusal, Unacceptable) else None, str(refusal))
        return False
    return True
