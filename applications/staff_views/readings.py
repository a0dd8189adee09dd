"""Reading a file as its second reader, and settling what the two see differently."""

from django import forms
from django.contrib import messages
from django.contrib.admin import site
from django.contrib.auth.decorators import permission_required
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from certification.audit import audit

from .. import actions, queries
from ..models import Application, Requirement
from ..rules import REQUIREMENTS
from .case import answered_lines, papers
from .files import acted, find, opened, to_case

R = Requirement.Status
PLACES = [
    (R.ACCEPTED, gettext_lazy("Accept")),
    (R.MORE_ASKED, gettext_lazy("Ask for more")),
    (R.DECLINED, gettext_lazy("Decline")),
]


class ReadingForm(forms.Form):
    """Where the reader puts each line, and a word for the lead."""

    note = forms.CharField(
        label=gettext_lazy("What a lead should know, if you two differ (optional; stays with staff)"),
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=1000,
        required=False,
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for kind, check in REQUIREMENTS.items():
            self.fields[kind] = forms.ChoiceField(label=check.label, choices=PLACES, widget=forms.RadioSelect)

    def marks(self):
        return {kind: self.cleaned_data[kind] for kind in REQUIREMENTS}


@require_POST
def deal_second(request):
    """The second reading that waits the longest; the action asks whether one may."""
    reading = actions.deal_second(by=request.user)
    if reading is None:
        messages.info(request, _("Nothing waits for you."))
        return redirect("admin:index")
    return redirect("admin:applications_application_second", reading.application_id)


@permission_required("applications.review_application", raise_exception=True)
def second(request, pk):
    """The papers and answers of a file, and nothing of how it was read before. Looking at it is audited."""
    reading = queries.readings_for(request.user).filter(application=pk, reader=request.user).first()
    if reading is None:
        messages.info(request, _("This file was not dealt to you, or you have read it."))
        return redirect("admin:index")
    application, form = find(request, pk), ReadingForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        note = form.cleaned_data["note"]
        done = _("Thank you. Your reading is kept.")
        if acted(request, lambda: actions.read_second(reading, form.marks(), note=note, by=request.user), done):
            return redirect("admin:index")
    audit(request.user, "opened case", application)
    context = site.each_context(request) | {
        "title": _("Second reading"),
        "application": application,
        "opts": Application._meta,
        "documents": papers(application),
        "lines": [(line, form[line.kind]) for line in answered_lines(application)],
        "form": form,
    }
    return render(request, "admin/applications/second.html", context)


@require_POST
@permission_required("applications.settle_reading", raise_exception=True)
@opened
def settle(request, application):
    first_stands = "first" in request.POST
    done = (
        _("Settled. The letter of the reviewer leaves.")
        if first_stands
        else _("The file is back with its reviewer. Nothing leaves.")
    )
    acted(request, lambda: actions.settle(application, first_stands=first_stands, by=request.user), done)
    return to_case(application.pk)
