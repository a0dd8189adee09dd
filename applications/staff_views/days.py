"""Days that we used beyond our own clocks, given back by a lead."""

from functools import partial

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from .. import actions
from .files import acted, opened, to_case


class ExtensionForm(forms.Form):
    days = forms.IntegerField(label=gettext_lazy("Days to add"), min_value=1, max_value=999)
    reason = forms.CharField(
        label=gettext_lazy("Why, in words the person will read"),
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=1000,
    )


@require_POST
@permission_required(actions.EXTEND, raise_exception=True)
@opened
def extend(request, application):
    """Add days to an approval that we were late for."""
    form = ExtensionForm(request.POST)
    if form.is_valid():
        act = partial(actions.extend_approval, application, by=request.user, **form.cleaned_data)
        acted(request, act, _("The days are added. The letter is on its way."))
    else:
        messages.error(request, _("Say how many days, and why in at most 1,000 letters."))
    return to_case(application.pk, "#late")
