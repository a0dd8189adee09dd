"""Pages of figures."""

from typing import NamedTuple

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from applications.models import Application
from certification.queries import today
from certification.service_times import Usual
from certification.standards import standards_on

from . import queries
from .actions import keep_demographics
from .forms import DemographicsForm
from .models import Demographics


class Row(NamedTuple):
    """One line of the table of usual times; ``usual`` is None where there is too little to say, ``limit`` is ours, in words."""

    label: str
    usual: Usual | None
    limit: str = ""


@login_not_required
@require_safe
def service_times(request):
    """How long people wait for us, beside our own limits: for everyone, and about nobody."""
    standards = standards_on(today())
    found = queries.service_times(standards)
    context = {
        "at": found["at"],
        "window": standards.service_times_window_days,
        "small": standards.reporting_small_cell,
        "times": _times(found, standards),
        "lines": [
            (_("Applications"), found["waiting_review"]),
            (_("Training certificates"), found["waiting_training"]),
        ],
    }
    return render(request, "reporting/service_times.html", context)


def _times(found, standards):
    review = _limit(standards, "application_review_days", _days)
    training = _limit(standards, "application_training_review_days", _days)
    months = _limit(standards, "application_valid_months", _months)
    return [
        Row(_("Application, all days"), found["review"]["elapsed"]),
        Row(_("Application, days with us"), found["review"]["ours"], review),
        Row(_("Training certificate, all days"), found["training"]["elapsed"]),
        Row(_("Training certificate, days with us"), found["training"]["ours"], training),
        Row(_("From our yes to your certificate"), found["certificate"]["elapsed"], months),
    ]


def _limit(standards, name, in_words):
    """A limit of ours in words; one that no rule sets is said to be our practice."""
    if not standards.is_set(name):
        return _("not set")
    words = in_words(getattr(standards, name))
    return _("%(limit)s (our practice)") % {"limit": words} if standards.is_assumed(name) else words


def _days(count):
    return ngettext("%(days)s day", "%(days)s days", count) % {"days": count}


def _months(count):
    return ngettext("%(months)s month", "%(months)s months", count) % {"months": count}


@require_http_methods(["GET", "HEAD", "POST"])
def about_you(request):
    """What people may tell about themselves, once they sent an application. Whoever decides about it never sees this."""
    person = getattr(request.user, "person", None)
    if person is None or not Application.objects.sent().filter(person=person).exists():
        return redirect("certification:home")
    known = Demographics.objects.filter(person=person).first()
    form = DemographicsForm(request.POST or None, initial=known.answers if known else {})
    if form.is_valid():
        keep_demographics(person, form.cleaned_data)
        messages.success(
            request, _("Saved. Thank you.") if any(form.cleaned_data.values()) else _("We keep nothing of this.")
        )
        return redirect("certification:home")
    standards = standards_on(today())
    return render(request, "reporting/about_you.html", {"form": form, "fewest": standards.reporting_small_cell})
