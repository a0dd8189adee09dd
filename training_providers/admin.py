from django.contrib import admin
from django.db.models import URLField
from django.urls import path

from certification.staff import ListAdmin, RecordAdmin

from . import actions, staff_views
from .forms import EndApprovalForm
from .models import Approval, Provider, RosterRow, TrainingRecord
from .queries import rows_to_confirm


@admin.register(Provider)
class ProviderAdmin(ListAdmin):
    list_display = ["name", "website", "phone"]
    search_fields = ["name"]
    formfield_overrides = {URLField: {"assume_scheme": "https"}}

    def save_model(self, request, obj, form, change):
        actions.save_provider(obj, by=request.user)


@admin.register(Approval)
class ApprovalAdmin(ListAdmin):
    """Approvals are added; of one that stands only the last day can be set."""

    list_display = ["provider", "training_type", "language", "delivery", "starts", "ends"]
    list_filter = ["training_type", "language", "delivery"]
    list_select_related = ["provider"]
    ordering = ["provider__name", "training_type", "language", "-starts"]
    search_fields = ["provider__name"]

    def get_form(self, request, obj=None, change=False, **kwargs):
        return super().get_form(request, obj, change, **kwargs | ({"form": EndApprovalForm} if obj else {}))

    def get_readonly_fields(self, request, obj=None):
        return ["provider", "training_type", "language", "delivery", "starts"] if obj else []

    def save_model(self, request, obj, form, change):
        if change:
            actions.end_approval(obj, ends=obj.ends, by=request.user)
        else:
            actions.add_approval(obj, by=request.user)


@admin.register(TrainingRecord)
class TrainingRecordAdmin(RecordAdmin):
    """The training desk's list; opening a record gives its case page."""

    list_display = ["person", "training_type", "provider", "status", "submitted_at"]
    list_filter = ["status", "training_type"]
    list_select_related = ["person", "provider"]
    ordering = ["submitted_at"]
    search_fields = ["person__family_name", "person__given_name"]

    def get_urls(self):
        page = self.admin_site.admin_view
        name = "training_providers_trainingrecord"
        return [
            path("<int:pk>/change/", page(staff_views.case), name=f"{name}_change"),
            path("<int:pk>/accept/", page(staff_views.accept), name=f"{name}_accept"),
            path("<int:pk>/ask/", page(staff_views.ask), name=f"{name}_ask"),
            path("<int:pk>/decline/", page(staff_views.decline), name=f"{name}_decline"),
            path("<int:pk>/take-off/", page(staff_views.take_off), name=f"{name}_take_off"),
            *super().get_urls(),
        ]


@admin.register(RosterRow)
class RosterRowAdmin(RecordAdmin):
    """Rows of rosters of which the desk must say whether they are theirs; those of people who have not applied are shown to nobody."""

    list_display = ["written", "person", "provider", "received_at"]
    list_select_related = ["person", "provider"]
    ordering = ["received_at"]
    change_list_template = "admin/training_providers/rosterrow_list.html"

    @admin.display(description="name on the roster")
    def written(self, row):
        return row.name

    def get_queryset(self, request):
        return rows_to_confirm()

    def get_urls(self):
        page, name = self.admin_site.admin_view, "training_providers_rosterrow"
        return [
            path("import/", page(staff_views.import_roster), name=f"{name}_import"),
            path("<int:pk>/change/", page(staff_views.row_case), name=f"{name}_change"),
            path("<int:pk>/confirm/", page(staff_views.row_confirm), name=f"{name}_confirm"),
            path("<int:pk>/dismiss/", page(staff_views.row_dismiss), name=f"{name}_dismiss"),
            *super().get_urls(),
        ]
