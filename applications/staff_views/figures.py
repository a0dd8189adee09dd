"""How the queue as a whole stands, for a lead; and the files of a reviewer who is away."""

from django.contrib import messages
from django.contrib.admin import site
from django.contrib.auth.decorators import permission_required
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from certification.models import User

from .. import actions
from ..figures import all_figures
from ..models import Application


@require_safe
@permission_required("applications.view_figures", raise_exception=True)
def figures(request):
    context = site.each_context(request) | {"title": _("How the queue stands"), "opts": Application._meta}
    return render(request, "admin/applications/figures.html", context | all_figures())


@require_POST
@permission_required("applications.release_any_application", raise_exception=True)
def return_all(request, reviewer_pk):
    """Give the files of somebody who is away back to the queue."""
    returned = actions.return_all(get_object_or_404(User, pk=reviewer_pk, is_staff=True), by=request.user)
    words = ngettext("%(number)s file is back in the queue.", "%(number)s files are back in the queue.", returned)
    messages.success(request, words % {"number": returned})
    return redirect("admin:applications_application_figures")
