"""What the buttons of a case do: its steps, the marks on its checklist, and a denial by two."""

from functools import partial

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from .. import actions
from ..models import Reason
from .files import acted, find, may_look, opened, to_case

VERBS = {
    "claim": (actions.claim, gettext_lazy("This case is yours now.")),
    "release": (actions.release, gettext_lazy("The case is back in the queue.")),
    "undo": (actions.undo, gettext_lazy("Undone. Nothing has left.")),
}
LEAVES_SOON = gettext_lazy("The letter leaves in a minute. Until then you can undo it.")
VERBS |= {verb: (partial(actions.propose, verb=verb), LEAVES_SOON) for verb in ("ask", "approve", "close")}


@require_POST
@may_look
@opened
def act(request, application, verb):
    """Take one of the steps that need nothing but a click."""
    if verb not in VERBS:
        raise Http404
    action, done = VERBS[verb]
    acted(request, lambda: action(application, by=request.user), done)
    return to_case(application.pk, "#decision")


class MarkForm(forms.Form):
    """Why a line is not accepted: a reason of that line, whose outcome says whether more is asked or it is declined."""

    reason = forms.SlugField()
    note = forms.CharField(max_length=1000, required=False)

    def __init__(self, *args, kind, **kwargs):
        super().__init__(*args, **kwargs)
        self.kind = kind

    def clean_reason(self):
        reason = Reason.objects.filter(code=self.cleaned_data["reason"], requirement=self.kind, active=True).first()
        if reason is None:
            raise forms.ValidationError(_("Choose a reason."))
        return reason


@require_POST
@may_look
def mark(request, pk, kind):
    """Accept a line of the checklist, or give the reason why not."""
    application = find(request, pk)
    requirement = get_object_or_404(application.requirements, kind=kind)
    form = MarkForm(request.POST, kind=kind)
    if "accept" in request.POST:
        acted(request, lambda: actions.accept_requirement(requirement, by=request.user), _("Accepted."))
    elif form.is_valid():
        reason, note = form.cleaned_data["reason"], form.cleaned_data["note"]
        acted(
            request,
            lambda: actions.refuse_requirement(requirement, reason, note=note, by=request.user),
            _("Marked. Nothing is sent yet."),
        )
    else:
        messages.error(request, _("Choose a reason. A note may have 1,000 letters."))
    return to_case(pk, f"#{kind}")


class LateForm(forms.Form):
    reason = forms.CharField(max_length=500)


@require_POST
@permission_required("applications.allow_late_request", raise_exception=True)
@opened
def allow_late(request, application, kind):
    """Say why something is asked late; the reviewer may then send the letter."""
    requirement = get_object_or_404(application.requirements, kind=kind)
    form = LateForm(request.POST)
    if form.is_valid():
        reason = form.cleaned_data["reason"]
        acted(
            request,
            lambda: actions.allow_late_request(requirement, by=request.user, reason=reason),
            _("Kept. The reviewer may ask for it now."),
        )
    else:
        messages.error(request, _("Say why, in at most 500 letters."))
    return to_case(application.pk, f"#{kind}")


class DenialForm(forms.Form):
    grounds = forms.CharField(
        label=gettext_lazy("Why, in words the person will read"),
        widget=forms.Textarea(attrs={"rows": 4}),
        max_length=2000,
    )


@require_POST
@may_look
def propose_denial(request, pk):
    application = find(request, pk)
    form = DenialForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Write why, in at most 2,000 letters."))
    else:
        grounds = form.cleaned_data["grounds"]
        acted(
            request,
            lambda: actions.propose_denial(application, by=request.user, grounds=grounds),
            _("Proposed. A second person decides; the person is told nothing yet."),
        )
    return to_case(pk, "#decision")


@require_POST
@permission_required("applications.decide_denial", raise_exception=True)
@opened
def decide_denial(request, application):
    denial = get_object_or_404(application.denials.filter(decided_at=None))
    if "agree" in request.POST:
        acted(request, lambda: actions.propose(denial.application, "deny", by=request.user), LEAVES_SOON)
    else:
        done = _("Not agreed. The case is back with its reviewer.")
        acted(request, lambda: actions.decide_denial(denial, by=request.user, agreed=False), done)
    return to_case(application.pk)
