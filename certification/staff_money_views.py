"""Staff pages of finance: fees that people asked back, and vouchers."""

import csv

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from . import refunds, vouchers
from .audit import audit
from .models import Charge, FeeRequest, Refund, VoucherBatch
from .queries import today
from .staff_views import page
from .steps import NotReady


# --- fees asked back -----------------------------------------------------------------------------------------------
class KeepForm(forms.Form):
    answer = forms.CharField(
        label=gettext_lazy("What the person will read"),
        help_text=gettext_lazy(
            "Say why the fee stays. Name no illness, and repeat nothing that the person wrote of one."
        ),
        widget=forms.Textarea(attrs={"rows": 4}),
        max_length=2000,
    )


def fee_requests(user):
    """Fees asked back that a member of staff may look at: never their own."""
    return FeeRequest.objects.exclude(charge__person__user=user)


@require_safe
@permission_required("certification.view_feerequest", raise_exception=True)
def fee_request(request, pk):
    """What a person asked back and why, for the eyes of finance alone; every look is written down."""
    return _fee_request_page(request, _fee_request(request, pk))


@require_POST
@permission_required(refunds.DECIDE, raise_exception=True)
def keep_fee(request, pk):
    """Say no, in the words that the person reads."""
    asked = _fee_request(request, pk)
    form = KeepForm(request.POST)
    if not form.is_valid():
        return _fee_request_page(request, asked, form)
    try:
        refunds.keep(asked, **form.cleaned_data, by=request.user)
    except NotReady as refused:
        for problem in refused.problems:
            messages.error(request, problem)
    else:
        messages.success(request, _("The fee stays. The person has been told how to appeal."))
    return redirect("admin:certification_feerequest_change", pk)


def _fee_request(request, pk):
    return get_object_or_404(fee_requests(request.user).select_related("charge__person", "decided_by"), pk=pk)


def _fee_request_page(request, asked, form=None):
    audit(request.user, "opened record", asked)
    charge = asked.charge
    return page(
        request,
        "fee_request",
        FeeRequest,
        title=str(asked),
        asked=asked,
        charge=charge,
        returned=charge.refunds.order_by("-pk").first(),
        may_propose=not refunds.refund_problems(charge, Refund.Cause.ASKED, request.user),
        may_keep=not refunds.keeping_problems(asked, request.user),
        form=form or KeepForm(),
    )


# --- vouchers ------------------------------------------------------------------------------------------------------
class VoucherBatchForm(forms.Form):
    purpose = forms.ChoiceField(
        label=gettext_lazy("Fee"),
        choices=[(fee.value, fee.label) for fee in (Charge.Purpose.APPLICATION, Charge.Purpose.EXAM)],
    )
    payer = forms.CharField(
        label=gettext_lazy("Who pays"),
        max_length=120,
        help_text=gettext_lazy("A county, a provider, or we ourselves. It stands on the receipt."),
    )
    count = forms.IntegerField(label=gettext_lazy("How many"), min_value=1, max_value=vouchers.MOST)
    valid_through = forms.DateField(label=gettext_lazy("Good through"), widget=forms.DateInput(attrs={"type": "date"}))
    note = forms.CharField(
        label=gettext_lazy("Note, for finance"),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("A contract or an invoice. Name nobody who gets a code."),
    )

    def clean_valid_through(self):
        day = self.cleaned_data["valid_through"]
        if day < today():
            raise forms.ValidationError(_("This day is over."))
        return day


@permission_required(vouchers.ISSUE, raise_exception=True)
def make_vouchers(request):
    """Make a batch; the answer is the list of its codes, which is shown this once."""
    form = VoucherBatchForm(request.POST or None)
    if form.is_valid():
        batch, codes = vouchers.make(**form.cleaned_data, by=request.user)
        return _list_of_codes(batch, codes)
    return page(
        request,
        "propose",
        VoucherBatch,
        form=form,
        title=_("Make vouchers"),
        intro=_(
            "Each pays one fee in full. You get the codes once, as a list to hand out: nobody can look them up later. If you lose it, withdraw the batch and make another."
        ),
        submit=_("Make them and get the list"),
    )


def _list_of_codes(batch, codes):
    name = f"vouchers-{batch.pk}.csv"
    response = HttpResponse(
        content_type="text/csv; charset=utf-8", headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )
    rows = csv.writer(response)
    rows.writerow([_("Code"), _("Fee"), _("Good through")])
    rows.writerows([code, batch.get_purpose_display(), batch.valid_through] for code in codes)
    return response


@require_POST
@permission_required(vouchers.ISSUE, raise_exception=True)
def withdraw_vouchers(request, pk):
    vouchers.withdraw(get_object_or_404(VoucherBatch, pk=pk), by=request.user)
    messages.success(request, _("The unused vouchers are withdrawn."))
    return redirect("admin:certification_voucherbatch_change", pk)
