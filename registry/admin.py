"""The registrar's reading room: every fact of certification, with its history; nothing is changed here."""

from django.contrib import admin

from certification.models import Certification, Death, Overturning, Reissue, Revocation, Surrender, Suspension, Term
from certification.staff import RecordAdmin, SimpleHistoryAdmin


@admin.register(Certification)
class CertificationAdmin(RecordAdmin):
    list_display = ["number", "person", "issued_at"]
    list_select_related = ["person"]
    search_fields = ["=number"]


class FactAdmin(RecordAdmin):
    """A fact is never changed, so it has no history but itself: that page is Django's own."""

    list_select_related = ["certification"]
    search_fields = ["=certification__number"]

    def history_view(self, request, object_id, extra_context=None):
        response = super(SimpleHistoryAdmin, self).history_view(request, object_id, extra_context)
        self.note_look(request, self.get_object(request, object_id))
        return response


@admin.register(Term)
class TermAdmin(FactAdmin):
    list_display = ["certification", "printed_name", "starts", "expires_on", "recorded_at"]


@admin.register(Reissue)
class ReissueAdmin(FactAdmin):
    list_display = ["certification", "printed_name", "recorded_at"]


@admin.register(Suspension)
class SuspensionAdmin(FactAdmin):
    list_display = ["certification", "starts", "ends", "public_reason", "recorded_at"]


@admin.register(Revocation)
class RevocationAdmin(FactAdmin):
    list_display = ["certification", "on", "public_reason", "recorded_at"]


@admin.register(Surrender, Death)
class EndAdmin(FactAdmin):
    list_display = ["certification", "on", "recorded_at"]


@admin.register(Overturning)
class OverturningAdmin(FactAdmin):
    list_display = ["__str__", "reason", "recorded_at"]
    list_select_related = list(Overturning.FACTS)
    search_fields = []
