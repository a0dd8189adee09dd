"""Figures for those who report to the state."""

from django.contrib.admin import site
from django.contrib.auth.decorators import permission_required
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from certification.queries import today
from certification.standards import standards_on

from .forms import DemographicsForm
from .queries import who_applies, years_of_applications


@require_safe
@permission_required("reporting.count_demographics", raise_exception=True)
def demographics(request):
    """Who applies and who is certified, as far as people chose to tell; nobody alone, and no small group."""
    years, asked = years_of_applications(), request.GET.get("year", "")
    year = int(asked) if asked in map(str, years) else today().year
    fewest = standards_on(today()).reporting_small_cell
    labels = {name: field.label for name, field in DemographicsForm.base_fields.items()}
    tables = [(labels[question], rows) for question, rows in who_applies(year, fewest).items()]
    context = {"title": _("Who applies"), "year": year, "years": years, "fewest": fewest, "tables": tables}
    return render(request, "admin/reporting/demographics.html", site.each_context(request) | context)
