"""Who gets to see which file: the next one, one opened by name with a reason, one that is handed on, and the page of its person."""

from django import forms
from django.contrib import messages
from django.contrib.admin import site
from django.contrib.auth.decorators import permission_required
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from certification.audit import audit

from .. import actions
from ..models import Application, Opening
from ..tracker import page_of
from .files import acted, find, may_look, opened, to_case


@require_safe
@may_look
@opened
def as_person(request, application):
    """The page of the application as its person sees it now, in their language; nothing on it can be pressed."""
    audit(request.user, "opened case", application)
    with translation.override(application.person.user.language):
        return render(request, "applications/tracker.html", page_of(application) | {"read_only": True})


class OpeningForm(forms.Form):
    reason = forms.ChoiceField(
        label=gettext_lazy("Why do you open it?"), choices=Opening.Reason, widget=forms.RadioSelect
    )


def ask_why(request, application, form):
    """What stands before a file that was not dealt to who looks."""
    context = site.each_context(request) | {
        "title": _("Open a file by name"),
        "application": application,
        "opts": Application._meta,
        "form": form,
    }
    return render(request, "admin/applications/why.html", context)


@require_POST
@may_look
def open_by_name(request, pk):
    """Open a file that was not dealt to one: with a reason, and for today."""
    application, form = find(request, pk), OpeningForm(request.POST)
    if not form.is_valid():
        return ask_why(request, application, form)
    actions.open_by_name(application, by=request.user, reason=form.cleaned_data["reason"])
    return to_case(pk)


@require_POST
@permission_required("applications.review_application", raise_exception=True)
def deal(request):
    """The next file: the one that waits the longest."""
    application = actions.deal(by=request.user)
    if application is None:
        messages.info(request, _("Nothing waits for you."))
        return redirect("admin:index")
    return to_case(application.pk)


@require_POST
@may_look
def hand_on(request, pk):
    """Hand on the file of somebody one knows, without a word about why."""
    application = find(request, pk)
    if acted(
        request,
        lambda: actions.hand_on(application, by=request.user),
        _("The file is handed on. You do not see it again."),
    ):
        return redirect("admin:index")
    return to_case(pk)
