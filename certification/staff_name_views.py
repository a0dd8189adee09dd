"""The registrar's page of one new name: the paper beside both names, and what can be done."""

from django import forms
from django.contrib import messages
from django.contrib.admin import site
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from . import name_changes
from .audit import audit
from .models import NameChange
from .steps import Refused

VIEW = "certification.view_namechange"
S = NameChange.Status
TONES = {S.ASKED: "todo", S.ACCEPTED: "good", S.DECLINED: "bad", S.TAKEN_BACK: "quiet"}


class ReasonForm(forms.Form):
    reason = forms.ChoiceField(
        label=gettext_lazy("Why, as the person will read it"),
        choices=[("", gettext_lazy("Choose a reason")), *NameChange.Reason.choices],
    )


@require_safe
def case(request, pk):
    change = _found(request, pk)
    audit(request.user, "opened record", change)
    return _page(request, change, ReasonForm())


@require_POST
def accept(request, pk):
    return _act(request, _found(request, pk), name_changes.accept, _("Accepted. The person has been told."))


@require_POST
def decline(request, pk):
    change, form = _found(request, pk), ReasonForm(request.POST)
    if not form.is_valid():
        return _page(request, change, form)
    done = _("Declined. The person has been told how to appeal.")
    return _act(request, change, name_changes.decline, done, reason=form.cleaned_data["reason"])


def changes_for(user):
    """New names that a member of staff may look at: never their own."""
    return NameChange.objects.exclude(person__user=user)


def _found(request, pk):
    if not request.user.has_perm(VIEW):
        raise PermissionDenied(VIEW)
    return get_object_or_404(changes_for(request.user).select_related("person", "document"), pk=pk)


def _act(request, change, action, done, **details):
    try:
        action(change, by=request.user, **details)
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect("admin:certification_namechange_change", change.pk)
    messages.success(request, done)
    return redirect("admin:certification_namechange_changelist")


def _page(request, change, form):
    gone = change.document.deleted_at
    context = site.each_context(request) | {
        "title": str(change),
        "change": change,
        "tone": TONES[change.status],
        "paper": None if gone else {"document": change.document, "pages": range(1, change.document.pages + 1)},
        "certified": change.person.certifications.exists(),
        "may_decide": name_changes.ACCEPT.open_to(request.user, change),
        "form": form,
        "past": change.history.select_related("history_user").order_by("-history_date"),
    }
    return render(request, "admin/certification/name_change.html", context)
