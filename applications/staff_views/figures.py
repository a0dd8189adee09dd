"""How the queue as a whole stands, for a lead."""

from django.contrib.admin import site
from django.contrib.auth.decorators import permission_required
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from ..figures import all_figures
from ..models import Application


@require_safe
@permission_required("applications.view_figures", raise_exception=True)
def figures(request):
    context = site.each_context(request) | {"title": _("How the queue stands"), "opts": Application._meta}
    return render(request, "admin/applications/figures.html", context | all_figures())
