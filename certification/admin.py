"""Records of the lowest app, each to the roles in ``roles.py`` and no further."""

from collections.abc import Callable, Sequence

from django.contrib import admin
from django.urls import path
from django.utils.translation import gettext_lazy as _

from . import refunds, staff_money_views, staff_name_views, staff_views, vouchers
from .letters import address_of
from .models import (
    AuditEvent,
    Charge,
    County,
    EducationKind,
    FeeRequest,
    Hold,
    Holiday,
    IdentityKind,
    NameChange,
    Notice,
    Plan,
    RecordsHold,
    Recovery,
    Refund,
    RoleChange,
    Standard,
    User,
    VoucherBatch,
)
from .staff import ListAdmin, RecordAdmin


class WithPages:
    """A record whose acts have pages of their own: ``pages`` maps the end of the address and of its name to a view."""

    pages: Sequence[tuple[str, str, Callable]] = ()

    def get_urls(self):
        base = f"{self.opts.app_label}_{self.opts.model_name}"
        own = [path(end, self.admin_site.admin_view(view), name=f"{base}_{name}") for end, name, view in self.pages]
        return own + super().get_urls()

    def has_add_permission(self, request):
        return request.user.has_perm(self.add_with)


@admin.register(Standard)
class StandardAdmin(WithPages, RecordAdmin):
    """A value is never edited; the next one is added, from a day to come."""

    add_with = "certification.add_standard"
    pages = [("add/", "add", staff_views.add_standard)]
    list_display = ["key", "value", "unit", "effective_from", "basis", "citation"]
    list_filter = ["basis"]
    search_fields = ["key", "citation"]


@admin.register(IdentityKind, EducationKind)
class KindAdmin(ListAdmin):
    list_display = ["label_en", "label_es", "active", "position"]


@admin.register(Holiday)
class HolidayAdmin(ListAdmin):
    """The days that no clock of business days counts."""

    list_display = ["day", "name"]
    ordering = ["-day"]


@admin.register(Hold)
class HoldAdmin(RecordAdmin):
    """Holds are opened and ended on the case page."""

    list_display = ["person", "kind", "opened_at", "review_on", "ended_at"]
    list_filter = [("ended_at", admin.EmptyFieldListFilter), "kind"]
    list_select_related = ["person"]

    def get_queryset(self, request):
        return super().get_queryset(request).exclude(person__user=request.user)


@admin.register(RecordsHold)
class RecordsHoldAdmin(RecordAdmin):
    """Records holds are opened and ended from the case page."""

    list_display = ["person", "opened_at", "opened_by", "ended_at"]
    list_filter = [("ended_at", admin.EmptyFieldListFilter)]
    list_select_related = ["person", "opened_by"]

    def get_queryset(self, request):
        return super().get_queryset(request).exclude(person__user=request.user)


@admin.register(AuditEvent)
class AuditEventAdmin(RecordAdmin):
    list_display = ["at", "actor_id", "action", "subject", "detail"]
    search_fields = ["=actor_id", "=subject", "=action"]
    ordering = ["-pk"]


@admin.register(Notice)
class NoticeAdmin(WithPages, RecordAdmin):
    """That something was said and when; what it says only as paper to be posted. Nothing about changes in the exam outside their desk."""

    change_form_template = "admin/certification/notice.html"
    pages = [("<int:pk>/post/", "post", staff_views.letter_to_post)]
    list_display = ["name", "recipient", "language", "created_at", "handed_over_at", "bounced_at"]
    list_filter = [("handed_over_at", admin.EmptyFieldListFilter), ("bounced_at", admin.EmptyFieldListFilter)]
    list_select_related = ["recipient"]
    search_fields = ["=recipient__email"]
    ordering = ["-created_at"]
    fields = ["name", "recipient", "language", "helps_until", "created_at", "handed_over_at", "bounced_at"]

    def get_queryset(self, request):
        return super().get_queryset(request).known_to_staff()

    def has_add_permission(self, request):
        return False

    def render_change_form(self, request, context, *args, obj=None, **kwargs):
        if obj and Notice.objects.to_post().filter(pk=obj.pk).exists():
            context |= {"may_post": True, "address": address_of(getattr(obj.recipient, "person", None))}
        return super().render_change_form(request, context, *args, obj=obj, **kwargs)


@admin.register(User)
class UserAdmin(RecordAdmin):
    list_display = ["email", "is_staff", "roles", "is_active", "date_joined"]
    list_filter = ["is_staff", "is_active", "groups"]
    search_fields = ["=email"]
    fields = ["email", "language", "is_staff", "roles", "is_active", "date_joined", "last_login"]

    def get_queryset(self, request):
        return super().get_queryset(request).prefetch_related("groups")

    def get_readonly_fields(self, request, obj=None):
        return self.fields

    @admin.display(description=_("roles"))
    def roles(self, user):
        return ", ".join(group.name for group in user.groups.all()) or "–"


class ProposalAdmin(WithPages, RecordAdmin):
    list_display = ["__str__", "proposed_by", "proposed_at", "decided_by", "decided_at", "agreed"]
    list_filter = [("decided_at", admin.EmptyFieldListFilter)]
    list_select_related = ["user", "proposed_by", "decided_by"]
    ordering = ["-proposed_at"]


@admin.register(RoleChange)
class RoleChangeAdmin(ProposalAdmin):
    add_with = "certification.propose_rolechange"
    pages = [
        ("add/", "add", staff_views.propose_role_change),
        ("<int:pk>/change/", "change", staff_views.role_change),
        ("<int:pk>/decide/", "decide", staff_views.decide_role_change),
    ]


@admin.register(Recovery)
class RecoveryAdmin(ProposalAdmin):
    add_with = "certification.propose_recovery"
    pages = [
        ("add/", "add", staff_views.propose_recovery),
        ("<int:pk>/change/", "change", staff_views.recovery),
        ("<int:pk>/decide/", "decide", staff_views.decide_recovery),
    ]


class ReturningFilter(admin.SimpleListFilter):
    title = _("to be returned")
    parameter_name = "returning"

    def lookups(self, request, model_admin):
        return [("due", _("to be proposed"))]

    def queryset(self, request, queryset):
        return queryset.filter(pk__in=refunds.due(request.user).values("pk")) if self.value() else queryset


@admin.register(Charge)
class ChargeAdmin(WithPages, RecordAdmin):
    """What was paid. A payment goes back by a proposal that a second person agrees to."""

    change_form_template = "admin/certification/charge.html"
    pages = [("<int:pk>/refund/", "refund", staff_views.propose_refund)]
    list_display = ["person", "purpose", "cents", "paid_at", "refund_due_at", "refunded_at"]
    list_filter = ["purpose", ReturningFilter]
    list_select_related = ["person"]

    def has_add_permission(self, request):
        return False

    def render_change_form(self, request, context, *args, obj=None, **kwargs):
        context["may_propose"] = obj and not refunds.refund_problems(obj, refunds.cause_of(obj), request.user)
        return super().render_change_form(request, context, *args, obj=obj, **kwargs)


class RefundStateFilter(admin.SimpleListFilter):
    title = _("state")
    parameter_name = "state"

    def lookups(self, request, model_admin):
        return [("open", _("to be decided")), ("refused", _("refused by the payment service"))]

    def queryset(self, request, queryset):
        rows = {"open": refunds.to_decide, "refused": refunds.refused}.get(self.value())
        return queryset.filter(pk__in=rows(request.user).values("pk")) if rows else queryset


@admin.register(Refund)
class RefundAdmin(WithPages, RecordAdmin):
    pages = [
        ("<int:pk>/change/", "change", staff_views.refund),
        ("<int:pk>/decide/", "decide", staff_views.decide_refund),
        ("<int:pk>/returned/", "returned", staff_views.returned_otherwise),
    ]
    list_display = ["charge", "cause", "proposed_by", "proposed_at", "decided_by", "agreed", "refused_at"]
    list_filter = [RefundStateFilter, "cause"]
    list_select_related = ["charge", "proposed_by", "decided_by"]
    ordering = ["-proposed_at"]

    def get_queryset(self, request):
        return staff_views.refund_cases(request.user)

    def has_add_permission(self, request):
        return False


@admin.register(NameChange)
class NameChangeAdmin(WithPages, RecordAdmin):
    """The list names nobody: a name that is asked for is private until it is accepted."""

    pages = [
        ("<int:pk>/change/", "change", staff_name_views.case),
        ("<int:pk>/accept/", "accept", staff_name_views.accept),
        ("<int:pk>/decline/", "decline", staff_name_views.decline),
    ]
    list_display = ["__str__", "status", "asked_at", "decided_at"]
    list_filter = ["status"]
    ordering = ["asked_at"]

    def get_queryset(self, request):
        return staff_name_views.changes_for(request.user)

    def has_add_permission(self, request):
        return False


class RequestStateFilter(admin.SimpleListFilter):
    title = _("state")
    parameter_name = "state"

    def lookups(self, request, model_admin):
        return [("open", _("to be answered"))]

    def queryset(self, request, queryset):
        return queryset.filter(pk__in=refunds.asked(request.user).values("pk")) if self.value() else queryset


@admin.register(FeeRequest)
class FeeRequestAdmin(WithPages, RecordAdmin):
    """Fees that people asked back. What they wrote stands on the page of each, for finance alone."""

    pages = [
        ("<int:pk>/change/", "change", staff_money_views.fee_request),
        ("<int:pk>/keep/", "keep", staff_money_views.keep_fee),
    ]
    list_display = ["person", "asked_at", "granted", "decided_by", "decided_at"]
    list_filter = [RequestStateFilter]
    list_select_related = ["charge__person", "decided_by"]
    ordering = ["asked_at"]

    @admin.display(description=_("person"))
    def person(self, asked):
        return asked.charge.person

    def get_queryset(self, request):
        return staff_money_views.fee_requests(request.user)

    def has_add_permission(self, request):
        return False


@admin.register(VoucherBatch)
class VoucherBatchAdmin(WithPages, RecordAdmin):
    """What was made for whom, and how much of it is used: counts only, never by whom."""

    add_with = vouchers.ISSUE
    change_form_template = "admin/certification/voucherbatch.html"
    pages = [
        ("add/", "add", staff_money_views.make_vouchers),
        ("<int:pk>/withdraw/", "withdraw", staff_money_views.withdraw_vouchers),
    ]
    list_display = ["payer", "purpose", "made", "used", "valid_through", "withdrawn_at"]
    list_filter = ["purpose", ("withdrawn_at", admin.EmptyFieldListFilter)]
    search_fields = ["payer"]
    ordering = ["-made_at"]
    fields = [
        "payer", "purpose", "made", "used", "valid_through", "note", "made_at", "made_by", "withdrawn_at", "withdrawn_by",
    ]  # fmt: skip

    def get_queryset(self, request):
        return vouchers.counted(super().get_queryset(request))

    def get_readonly_fields(self, request, obj=None):
        return [*super().get_readonly_fields(request, obj), "made", "used"]

    @admin.display(description=_("vouchers"))
    def made(self, batch):
        return batch.made

    @admin.display(description=_("used"))
    def used(self, batch):
        return batch.used


@admin.register(County)
class CountyAdmin(RecordAdmin):
    list_display = ["name", "region", "fips"]
    search_fields = ["name"]


@admin.register(Plan)
class PlanAdmin(RecordAdmin):
    list_display = ["name", "kind", "code"]
    search_fields = ["name"]
