"""Appeals as staff read them, with their clocks."""

from functools import cache

from django.contrib import admin
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from certification.staff import RecordAdmin

from . import queries, rules
from .models import Appeal, ChangeAppeal


@admin.register(Appeal)
class AppealAdmin(RecordAdmin):
    """Who decides it comes with the work on appeals; nobody who took part in the decision may."""

    list_select_related = ["person", "notice"]
    list_per_page = 50
    search_fields = ["person__given_name", "person__family_name"]
    fields = ["person", "about", "filed_at", "acknowledge_by", "decide_by", "text", "late_reason", "paper"]
    readonly_fields = fields

    def get_readonly_fields(self, request, obj=None):
        return self.fields

    def get_list_display(self, request):
        """The clocks are read once for each day of filing, however many appeals came in on it."""
        clocks = cache(rules.clocks_of)

        @admin.display(description=_("say that it came in by"))
        def acknowledge_by(appeal):
            return clocks(timezone.localdate(appeal.filed_at))[0]

        @admin.display(description=_("decide by"))
        def decide_by(appeal):
            return clocks(timezone.localdate(appeal.filed_at))[1]

        return ["person", "about", "filed_at", acknowledge_by, decide_by]

    def get_queryset(self, request):
        return queries.appeals_for(request.user)

    @admin.display(description=_("about"))
    def about(self, appeal):
        return appeal.notice.subject or appeal.notice.name

    @admin.display(description=_("say that it came in by"))
    def acknowledge_by(self, appeal):
        return rules.acknowledge_by(appeal)

    @admin.display(description=_("decide by"))
    def decide_by(self, appeal):
        return rules.decide_by(appeal)

    @admin.display(description=_("paper"))
    def paper(self, appeal):
        if appeal.document is None:
            return "–"
        url = reverse("certification:document", args=[appeal.document.public_id])
        return format_html('<a href="{}">{}</a>', url, appeal.document)


@admin.register(ChangeAppeal)
class ChangeAppealAdmin(AppealAdmin):
    """The same for the accommodation desk; the history stays with the appeal itself."""

    def get_queryset(self, request):
        return queries.change_appeals_for(request.user)
