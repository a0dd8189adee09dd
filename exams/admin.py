from django.contrib import admin
from django.urls import path

from certification.staff import RecordAdmin

from . import staff_views
from .models import AccommodationRequest, Attempt, OrderFile, ResultRow


@admin.register(AccommodationRequest)
class AccommodationRequestAdmin(RecordAdmin):
    """The accommodation desk's list; a case opens on a page of its own."""

    list_display = ["person", "status", "answered_at", "decided_at"]
    list_filter = ["status"]
    list_select_related = ["application__person"]
    ordering = ["answered_at"]

    @admin.display(description="person")
    def person(self, request):
        return request.application.person

    def get_queryset(self, request):
        return super().get_queryset(request).visible_to(request.user)

    def get_urls(self):
        page, name = self.admin_site.admin_view, "exams_accommodationrequest"
        return [
            path("<int:pk>/change/", page(staff_views.change_case), name=f"{name}_change"),
            path("<int:pk>/grant/", page(staff_views.grant), name=f"{name}_grant"),
            path("<int:pk>/refuse/", page(staff_views.refuse), name=f"{name}_refuse"),
            *super().get_urls(),
        ]


@admin.register(Attempt)
class AttemptAdmin(RecordAdmin):
    list_display = ["candidate_number", "person", "number", "status", "authorized_until", "sat_on"]
    list_filter = ["status"]
    list_select_related = ["application__person"]
    ordering = ["-requested_at"]
    search_fields = ["candidate_number"]

    @admin.display(description="person")
    def person(self, attempt):
        return attempt.application.person

    def get_urls(self):
        page, name = self.admin_site.admin_view, "exams_attempt"
        return [
            path("<int:pk>/change/", page(staff_views.attempt_case), name=f"{name}_change"),
            path("<int:pk>/void/", page(staff_views.void), name=f"{name}_void"),
            *super().get_urls(),
        ]


@admin.register(OrderFile)
class OrderFileAdmin(RecordAdmin):
    """What the vendor was told, and the way to tell them what is new."""

    list_display = ["__str__", "made_at", "made_by"]
    list_select_related = ["made_by"]
    ordering = ["-made_at"]
    change_list_template = "admin/exams/orderfile_list.html"

    def has_view_permission(self, request, obj=None):
        return request.user.has_perm("exams.send_orders")

    def has_module_permission(self, request):
        return self.has_view_permission(request)

    def get_urls(self):
        page, name = self.admin_site.admin_view, "exams_orderfile"
        return [
            path("make/", page(staff_views.make_order_file), name=f"{name}_make"),
            path("<int:pk>/change/", page(staff_views.order_file), name=f"{name}_change"),
            path("<int:pk>/download/", page(staff_views.download_order_file), name=f"{name}_download"),
            *super().get_urls(),
        ]


@admin.register(ResultRow)
class ResultRowAdmin(RecordAdmin):
    """What came in the vendor's files, and what of it still needs a person."""

    list_display = ["candidate_number", "file", "line", "problem", "settled_at"]
    list_filter = [("settled_at", admin.EmptyFieldListFilter)]
    list_select_related = ["file"]
    ordering = ["-file", "line"]
    search_fields = ["candidate_number"]
    change_list_template = "admin/exams/resultrow_list.html"

    def has_view_permission(self, request, obj=None):
        return request.user.has_perm("exams.import_results")

    def has_module_permission(self, request):
        return self.has_view_permission(request)

    def get_urls(self):
        page, name = self.admin_site.admin_view, "exams_resultrow"
        return [
            path("import/", page(staff_views.import_results), name=f"{name}_import"),
            path("<int:pk>/change/", page(staff_views.row_case), name=f"{name}_change"),
            path("<int:pk>/again/", page(staff_views.row_again), name=f"{name}_again"),
            path("<int:pk>/settle/", page(staff_views.row_settle), name=f"{name}_settle"),
            *super().get_urls(),
        ]
