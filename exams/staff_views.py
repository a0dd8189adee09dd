"""Pages of the accommodation desk and of the exam desk; neither sees the other's."""

from django.contrib import messages
from django.contrib.admin import site
from django.contrib.auth.decorators import permission_required
from django.db import transaction
from django.db.models import Count
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from certification.audit import audit
from certification.steps import Refused

from . import actions
from .forms import DecisionForm, GrantForm, ResultFileForm, SettleForm, VoidForm
from .models import AccommodationRequest, Attempt, Order, OrderFile, ResultRow
from .rules import decision_problems, own_attempt_problems


def only(permission):
    return permission_required(permission, raise_exception=True)


# --- the accommodation desk ---------------------------------------------------------------------------------------
S = AccommodationRequest.Status
TONES = {S.NOT_NEEDED: "quiet", S.REQUESTED: "todo", S.GRANTED: "good", S.REFUSED: "bad"}
see_requests = only("exams.view_accommodationrequest")


@require_safe
@see_requests
def change_case(request, pk):
    """One request, for the eyes of this desk alone; every look is written down."""
    asked = _asked(request, pk)
    audit(request.user, "read request for a change", asked)
    return _change_page(request, asked)


@require_POST
@see_requests
def grant(request, pk):
    return _decide(request, pk, GrantForm, "grant", actions.grant, _("Granted. The person has been told."))


@require_POST
@see_requests
def refuse(request, pk):
    done = _("Refused. The person has been told how to appeal.")
    return _decide(request, pk, DecisionForm, "refuse", actions.refuse, done)


def _asked(request, pk):
    rows = AccommodationRequest.objects.visible_to(request.user).select_related("application__person", "document")
    return get_object_or_404(rows, pk=pk)


def _decide(request, pk, form_class, name, action, done):
    asked = _asked(request, pk)
    form = form_class(request.POST, prefix=name)
    if not form.is_valid():
        return _change_page(request, asked, **{f"{name}_form": form})
    try:
        action(asked, by=request.user, **form.cleaned_data)
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect("admin:exams_accommodationrequest_change", pk)
    messages.success(request, done)
    return redirect("admin:exams_accommodationrequest_changelist")


def _change_page(request, asked, **forms):
    context = site.each_context(request) | {
        "title": str(asked),
        "asked": asked,
        "person": asked.application.person,
        "tone": TONES[asked.status],
        "paper": asked.document and {"document": asked.document, "pages": range(1, asked.document.pages + 1)},
        "authorized": asked.application.attempts.filter(status=Attempt.Status.AUTHORIZED).first(),
        "problems": decision_problems(asked, request.user),
        "may_grant": actions.GRANT.open_to(request.user, asked),
        "may_refuse": actions.REFUSE.open_to(request.user, asked),
        "grant_form": GrantForm(prefix="grant"),
        "refuse_form": DecisionForm(prefix="refuse"),
    }
    return render(request, "admin/exams/change_case.html", context | forms)


# --- the exam desk ------------------------------------------------------------------------------------------------
@require_http_methods(["GET", "HEAD", "POST"])
@only("exams.import_results")
@transaction.non_atomic_requests
def import_results(request):
    """Take in a file of the vendor; each row is a transaction of its own."""
    form = ResultFileForm(request.POST or None, request.FILES or None)
    if form.is_valid():
        uploaded = form.cleaned_data["file"]
        try:
            file = actions.import_file(uploaded.name, uploaded.read(), by=request.user)
        except Refused as refusal:
            form.add_error("file", str(refusal))
        else:
            rows, open_rows = file.rows.count(), file.rows.filter(settled_at=None).count()
            messages.success(
                request,
                ngettext("%(rows)s row was read.", "%(rows)s rows were read.", rows) % {"rows": rows}
                + " "
                + ngettext("%(open)s needs you.", "%(open)s need you.", open_rows) % {"open": open_rows},
            )
            return redirect("admin:exams_resultrow_changelist")
    context = site.each_context(request) | {"title": _("Bring in results"), "form": form}
    return render(request, "admin/exams/import.html", context)


@require_safe
@only("exams.import_results")
def row_case(request, pk):
    return _row_page(request, get_object_or_404(ResultRow.objects.select_related("file", "attempt"), pk=pk))


@require_POST
@only("exams.import_results")
def row_again(request, pk):
    row = get_object_or_404(ResultRow.objects.select_related("file"), pk=pk)
    actions.apply_again(row, by=request.user)
    if row.settled_at:
        messages.success(request, _("Applied."))
    else:
        messages.warning(request, row.problem)
    return redirect("admin:exams_resultrow_change", pk)


@require_POST
@only("exams.import_results")
def row_settle(request, pk):
    row = get_object_or_404(ResultRow.objects.select_related("file", "attempt"), pk=pk)
    form = SettleForm(request.POST)
    if not form.is_valid():
        return _row_page(request, row, form)
    actions.settle_row(row, by=request.user, why=form.cleaned_data["why"])
    messages.success(request, _("Settled."))
    return redirect("admin:exams_resultrow_changelist")


def _row_page(request, row, form=None):
    context = site.each_context(request) | {"title": str(row), "row": row, "form": form or SettleForm()}
    return render(request, "admin/exams/row.html", context)


@require_safe
@only("exams.view_attempt")
def attempt_case(request, pk):
    attempt = _attempt(pk)
    audit(request.user, "opened record", attempt)
    return _attempt_page(request, attempt)


@require_POST
@only("exams.view_attempt")
def void(request, pk):
    attempt = _attempt(pk)
    form = VoidForm(request.POST)
    if not form.is_valid():
        return _attempt_page(request, attempt, form)
    try:
        actions.void(attempt, by=request.user, **form.cleaned_data)
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("Voided. The person has been told how to appeal."))
    return redirect("admin:exams_attempt_change", pk)


def _attempt(pk):
    return get_object_or_404(Attempt.objects.select_related("application__person"), pk=pk)


def _attempt_page(request, attempt, form=None):
    context = site.each_context(request) | {
        "title": f"{attempt.application.person}: {attempt}",
        "attempt": attempt,
        "may_void": actions.VOID.open_to(request.user, attempt) and not own_attempt_problems(attempt, request.user),
        "form": form or VoidForm(),
        "past": attempt.history.select_related("history_user").order_by("-history_date"),
    }
    return render(request, "admin/exams/attempt.html", context)


# --- files for the vendor -----------------------------------------------------------------------------------------
@require_POST
@only("exams.send_orders")
def make_order_file(request):
    try:
        file = actions.make_order_file(by=request.user)
    except Refused as refusal:
        messages.info(request, str(refusal))
        return redirect("admin:exams_orderfile_changelist")
    return redirect("admin:exams_orderfile_change", file.pk)


@require_safe
@only("exams.send_orders")
def order_file(request, pk):
    file = get_object_or_404(OrderFile, pk=pk)
    counts = file.orders.values_list("kind").annotate(count=Count("pk")).order_by("kind")
    context = site.each_context(request) | {
        "title": str(file),
        "file": file,
        "counts": [(Order.Kind(kind).label, count) for kind, count in counts],
    }
    return render(request, "admin/exams/order_file.html", context)


@require_safe
@only("exams.send_orders")
def download_order_file(request, pk):
    """The file as it was made, to hand to the vendor; that somebody took it is written down."""
    file = get_object_or_404(OrderFile, pk=pk)
    audit(request.user, "took file for the exam vendor", file)
    name = f"candidates-{timezone.localdate(file.made_at)}-{file.pk}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store, private"}
    return HttpResponse(file.raw, content_type="text/csv; charset=utf-8", headers=headers)
