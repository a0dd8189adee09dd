"""What every page of a case begins and ends with: finding it, acting, and going back to it."""

from functools import wraps

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.db.models import Prefetch
from django.shortcuts import get_object_or_404, redirect

from certification.steps import Refused

from .. import queries
from ..models import Application, Denial, Requirement
from ..rules import may_open

S = Application.Status
may_look = permission_required("applications.view_application", raise_exception=True)


def find(request, pk):
    """The case, if this member of staff may handle it; nobody finds their own here."""
    cases = queries.with_alike(queries.with_marks(queries.with_due_day(queries.cases_for(request.user))))
    return get_object_or_404(
        cases.select_related(
            "person__user", "person__county", "reviewer", "approval_notice", "proposal", "second_reading__reader"
        ).prefetch_related(
            Prefetch("requirements", Requirement.objects.select_related("reason", "decided_by")),
            Prefetch("denials", Denial.objects.select_related("proposed_by", "decided_by")),
        ),
        pk=pk,
    )


def opened(view):
    """A page behind the page of a case. ``view`` gets the case; before who has not opened it stands the question why."""

    @wraps(view)
    def of_open_case(request, pk, **arguments):
        application = find(request, pk)
        return view(request, application, **arguments) if may_open(application, request.user) else to_case(pk)

    return of_open_case


def acted(request, act, done):
    """Do ``act``; say that it is ``done``, or why not."""
    try:
        act()
    except Refused as refused:
        for problem in getattr(refused, "problems", [str(refused)]):
            messages.error(request, problem)
        return False
    messages.success(request, done)
    return True


def to_case(pk, anchor=""):
    response = redirect("admin:applications_application_change", pk)
    response["Location"] += anchor
    return response
