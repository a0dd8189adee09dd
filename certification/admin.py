"""The records of money, for finance."""

from django.contrib import admin, messages
from django.shortcuts import get_object_or_404, redirect
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from . import payments
from .models import Charge
from .queries import money_to_return
from .staff import RecordAdmin
from .steps import Refused
from .templatetags.portal import dollars

LIST = "admin:certification_charge_changelist"


class StateFilter(admin.SimpleListFilter):
    title = gettext_lazy("state")
    parameter_name = "state"

    def lookups(self, request, model_admin):
        return [("due", _("to be returned")), ("paid", _("paid")), ("open", _("not paid"))]

    def queryset(self, request, queryset):
        if self.value() == "due":
            return queryset.filter(pk__in=money_to_return())
        if self.value() in ("paid", "open"):
            return queryset.filter(paid_at__isnull=self.value() == "open")
        return queryset


@admin.register(Charge)
class ChargeAdmin(RecordAdmin):
    """Fees and payments. Finance returns money at the payment service, and notes here that it went back."""

    change_form_template = "admin/certification/charge.html"
    list_display = ["key", "purpose", "amount", "paid_at", "refund_due_at", "refunded_at"]
    list_filter = [StateFilter, "purpose"]
    search_fields = ["key", "gateway_reference"]
    ordering = ["-opened_at"]
    list_per_page = 50

    @admin.display(description=gettext_lazy("amount"))
    def amount(self, charge):
        return dollars(charge.cents)

    def get_urls(self):
        returned = path("<int:pk>/returned/", self.admin_site.admin_view(money_returned), name="money_returned")
        return [returned, *super().get_urls()]

    def render_change_form(self, request, context, *args, obj=None, **kwargs):
        context["may_return"] = (
            obj and obj.refund_due_at and not obj.refunded_at and request.user.has_perm(payments.RETURN_MONEY)
        )
        return super().render_change_form(request, context, *args, obj=obj, **kwargs)


@require_POST
def money_returned(request, pk):
    """Note that the money of a charge went back."""
    charge = get_object_or_404(Charge, pk=pk)
    try:
        payments.money_returned(charge, by=request.user)
        messages.success(request, _("Noted."))
    except Refused as refused:
        messages.warning(request, str(refused))
    return redirect(LIST)
