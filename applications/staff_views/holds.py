"""Holds, opened, renewed and ended by a lead, each with its letter; and records holds, which keep papers from being erased."""

from functools import partial

from django import forms
from django.contrib import messages
from django.contrib.admin import site
from django.contrib.auth.decorators import permission_required
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from certification import actions as certification_actions
from certification.actions import RECORDS
from certification.models import Hold, RecordsHold
from certification.queries import today

from .. import actions, queries
from ..models import Application
from .files import acted, opened, to_case


class HoldForm(forms.Form):
    kind = forms.ChoiceField(label=gettext_lazy("What must be checked"), choices=Hold.Kind)
    note = forms.CharField(
        label=gettext_lazy("Note for staff"), widget=forms.Textarea(attrs={"rows": 3}), max_length=2000
    )
    review_on = forms.DateField(
        label=gettext_lazy("Look at it again on"), widget=forms.DateInput(attrs={"type": "date"})
    )

    def clean_review_on(self):
        day = self.cleaned_data["review_on"]
        if not today() < day <= today() + timezone.timedelta(days=366):
            raise forms.ValidationError(_("Choose a day within a year from now."))
        return day


@permission_required("certification.manage_holds", raise_exception=True)
@opened
def open_hold(request, application):
    """A page of its own: what a hold does, and the letter that leaves with it."""
    form = HoldForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        act = partial(actions.open_hold, application.person, by=request.user, **form.cleaned_data)
        if acted(request, act, _("The hold is open. The person is told, with how to appeal.")):
            return to_case(application.pk, "#holds")
    context = site.each_context(request) | {
        "title": _("Open a hold"),
        "application": application,
        "opts": Application._meta,
        "form": form,
    }
    return render(request, "admin/applications/hold.html", context)


@permission_required("certification.manage_holds", raise_exception=True)
@opened
def renew_hold(request, application, hold_pk):
    """Let a hold go on until another day; the letter that leaves with it says how to appeal."""
    hold = get_object_or_404(Hold, person=application.person, pk=hold_pk, ended_at=None)
    form = HoldForm(request.POST or None, initial={"kind": hold.kind, "note": hold.note})
    del form.fields["kind"]
    if request.method == "POST" and form.is_valid():
        act = partial(actions.renew_hold, hold, by=request.user, **form.cleaned_data)
        if acted(request, act, _("The hold goes on. The person is told, with how to appeal.")):
            return to_case(application.pk, "#holds")
    context = site.each_context(request) | {
        "title": _("Renew the hold"),
        "application": application,
        "opts": Application._meta,
        "form": form,
        "renewed": hold,
    }
    return render(request, "admin/applications/hold.html", context)


class EndHoldForm(forms.Form):
    reason = forms.CharField(max_length=500)


@require_POST
@permission_required("certification.manage_holds", raise_exception=True)
@opened
def end_hold(request, application, hold_pk):
    hold = get_object_or_404(Hold, person=application.person, pk=hold_pk, ended_at=None)
    form = EndHoldForm(request.POST)
    if form.is_valid():
        reason = form.cleaned_data["reason"]
        acted(request, lambda: actions.end_hold(hold, by=request.user, reason=reason), _("The hold has ended."))
    else:
        messages.error(request, _("Say why the hold ends."))
    return to_case(application.pk, "#holds")


class RecordsForm(forms.Form):
    reason = forms.CharField(
        label=gettext_lazy("Why, for staff"), widget=forms.Textarea(attrs={"rows": 3}), max_length=500
    )


@permission_required(RECORDS, raise_exception=True)
@opened
def hold_records(request, application):
    """A page of its own: whether all papers of the person are kept, since when and why."""
    form = RecordsForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        act = partial(certification_actions.hold_records, application.person, by=request.user, **form.cleaned_data)
        if acted(request, act, _("All papers of this person are kept.")):
            return to_case(application.pk)
    context = site.each_context(request) | {
        "title": _("Keep all papers"),
        "application": application,
        "opts": Application._meta,
        "form": form,
        "holds": queries.records_holds(application.person),
    }
    return render(request, "admin/applications/records.html", context)


@require_POST
@permission_required(RECORDS, raise_exception=True)
@opened
def release_records(request, application, records_pk):
    hold = get_object_or_404(RecordsHold, person=application.person, pk=records_pk)
    form = RecordsForm(request.POST)
    if form.is_valid():
        act = partial(certification_actions.release_records, hold, by=request.user, **form.cleaned_data)
        acted(request, act, _("Papers are erased again when their time has come."))
        return to_case(application.pk)
    messages.error(request, _("Say why they need not be kept any more."))
    return redirect("admin:applications_application_hold_records", application.pk)
