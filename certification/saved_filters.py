"""Lists of the desk as a member of staff narrowed and ordered them, kept under a name."""

from urllib.parse import urlencode

from django import forms
from django.apps import apps
from django.contrib import messages
from django.contrib.admin import site
from django.contrib.admin.views.main import PAGE_VAR, SEARCH_VAR
from django.core.exceptions import PermissionDenied
from django.http import Http404, QueryDict
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from .models import SavedFilter

NOT_KEPT = {SEARCH_VAR, PAGE_VAR}


class SaveForm(forms.ModelForm):
    class Meta:
        model = SavedFilter
        fields = ["name", "query"]

    def clean_query(self):
        return kept_of(QueryDict(self.cleaned_data["query"]))


def kept_of(asked):
    """What of the question of a list is kept: all but the page, and what was searched for."""
    return urlencode(sorted((name, value) for name, value in asked.items() if name not in NOT_KEPT))


def filters_of(request, model):
    """What the list of ``model`` shows of them: those of the reader, each with its address and whether it is on show, and what to keep now."""
    now, page = kept_of(request.GET), address_of(model)
    rows = [
        {"filter": row, "url": f"{page}?{row.query}", "current": row.query == now}
        for row in request.user.saved_filters.filter(of_list=model._meta.label_lower)
    ]
    return {"saved_filters": rows, "kept_now": now, "is_kept": any(row["current"] for row in rows)}


def address_of(model):
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")


@require_POST
def save(request, label):
    """Keep the list as it is on show; under a name that is there already, in its place."""
    model = _listed(request, label)
    form = SaveForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Give it a name of at most 40 letters."))
        return redirect(address_of(model))
    kept = form.cleaned_data
    SavedFilter.objects.update_or_create(
        user=request.user, of_list=label, name=kept["name"], defaults={"query": kept["query"]}
    )
    return redirect(f"{address_of(model)}?{kept['query']}")


@require_POST
def forget(request, pk):
    row = get_object_or_404(request.user.saved_filters, pk=pk)
    model = apps.get_model(row.of_list)
    row.delete()
    return redirect(address_of(model))


def _listed(request, label):
    """The model whose list the reader may see."""
    model = next((model for model in site._registry if model._meta.label_lower == label), None)
    if model is None:
        raise Http404
    if not site._registry[model].has_view_permission(request):
        raise PermissionDenied
    return model
