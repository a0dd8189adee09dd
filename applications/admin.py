"""The queue of applications, the records beside it, and what the desk shows of them."""

from django import forms
from django.conf import settings
from django.contrib import admin
from django.http import Http404
from django.urls import path
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from certification.queries import today
from certification.staff import ListAdmin, RecordAdmin

from . import queries, staff_views
from .models import AccountPair, Application, Merge, Reason, Thread
from .rules import REQUIREMENTS


def due_day(day):
    """A day by which something is due, marked when it is over."""
    return (
        format_html('<span class="{}">{}</span>', "late" if day < today() else "number", date_format(day))
        if day
        else None
    )


class WhoseFilter(admin.SimpleListFilter):
    title = _("whose")
    parameter_name = "whose"

    def lookups(self, request, model_admin):
        return [
            ("mine", _("mine")),
            ("nobody", _("nobody's yet")),
            ("overdue", _("overdue")),
            ("denial", _("denial proposed")),
            ("unanswered", _("no answer came")),
            ("late", _("late request to allow")),
            ("differing", _("read differently")),
        ]

    def queryset(self, request, queryset):
        if self.value() == "mine":
            return queryset.filter(reviewer=request.user)
        if self.value() == "nobody":
            return queryset.filter(reviewer=None, status=Application.Status.SUBMITTED)
        if self.value() == "overdue":
            return queryset.filter(status__in=queries.REVIEW_IS_OURS, due_on__lt=today())
        if self.value() == "denial":
            return queryset.filter(status=Application.Status.IN_REVIEW, denials__decided_at=None, denials__isnull=False)
        if self.value() == "unanswered":
            return queryset.filter(pk__in=queries.unanswered(request.user).values("pk"))
        if self.value() == "late":
            return queryset.filter(pk__in=queries.late_requests(request.user).values("pk"))
        if self.value() == "differing" and request.user.has_perm("applications.settle_reading"):
            return queryset.filter(pk__in=queries.differing(request.user).values("pk"))
        return queryset


class StatusFilter(admin.SimpleListFilter):
    """A queue shows what is open, until one asks for the rest."""

    title = _("status")
    parameter_name = "status"

    def lookups(self, request, model_admin):
        drafts_stay_private = [choice for choice in Application.Status.choices if choice[0] != Application.Status.DRAFT]
        return [*drafts_stay_private, ("all", _("all"))]

    def choices(self, changelist):
        yield {
            "selected": self.value() is None,
            "query_string": changelist.get_query_string(remove=["status"]),
            "display": _("in work"),
        }
        yield from list(super().choices(changelist))[1:]

    def queryset(self, request, queryset):
        if self.value() not in dict(self.lookup_choices):
            return queryset.filter(status__in=[*queries.REVIEW_IS_OURS, Application.Status.MORE_ASKED])
        return queryset if self.value() == "all" else queryset.filter(status=self.value())


@admin.register(Application)
class ApplicationAdmin(RecordAdmin):
    """The queue; opening a row opens the case page."""

    list_display = ["who", "state", "filed_on", "due", "reviewer"]
    list_filter = [StatusFilter, WhoseFilter]
    list_select_related = ["person", "reviewer"]
    list_per_page = 50
    search_fields = ["=pk", "person__given_name", "person__family_name", "person__user__email"]
    ordering = ["submitted_at", "pk"]

    def get_queryset(self, request):
        return queries.with_due_day(queries.cases_for(request.user)).order_by("submitted_at", "pk")

    def changelist_view(self, request, extra_context=None):
        return super().changelist_view(request, (extra_context or {}) | {"title": _("Applications")})

    def history_view(self, request, object_id, extra_context=None):
        """The case page has the timeline; the rows behind it hold what the person answered."""
        raise Http404

    def history_form_view(self, request, object_id, version_id, extra_context=None):
        raise Http404

    def get_urls(self):
        view = self.admin_site.admin_view
        base = "applications_application"
        return [
            path("next/", view(staff_views.deal), name=f"{base}_next"),
            path("figures/", view(staff_views.figures), name=f"{base}_figures"),
            path("figures/return/<int:reviewer_pk>/", view(staff_views.return_all), name=f"{base}_return_all"),
            path("second/", view(staff_views.deal_second), name=f"{base}_next_second"),
            path("<int:pk>/second/", view(staff_views.second), name=f"{base}_second"),
            path("<int:pk>/settle/", view(staff_views.settle), name=f"{base}_settle"),
            path("<int:pk>/as-person/", view(staff_views.as_person), name=f"{base}_as_person"),
            path("<int:pk>/open/", view(staff_views.open_by_name), name=f"{base}_open"),
            path("<int:pk>/hand-on/", view(staff_views.hand_on), name=f"{base}_hand_on"),
            path("<int:pk>/act/<slug:verb>/", view(staff_views.act), name=f"{base}_act"),
            path("<int:pk>/mark/<slug:kind>/", view(staff_views.mark), name=f"{base}_mark"),
            path("<int:pk>/late/<slug:kind>/", view(staff_views.allow_late), name=f"{base}_allow_late"),
            path("<int:pk>/denial/propose/", view(staff_views.propose_denial), name=f"{base}_propose_denial"),
            path("<int:pk>/denial/decide/", view(staff_views.decide_denial), name=f"{base}_decide_denial"),
            path("<int:pk>/extend/", view(staff_views.extend), name=f"{base}_extend"),
            path("<int:pk>/accounts/", view(staff_views.possible_accounts), name=f"{base}_accounts"),
            path("<int:pk>/hold/", view(staff_views.open_hold), name=f"{base}_open_hold"),
            path("<int:pk>/hold/<int:hold_pk>/renew/", view(staff_views.renew_hold), name=f"{base}_renew_hold"),
            path("<int:pk>/hold/<int:hold_pk>/end/", view(staff_views.end_hold), name=f"{base}_end_hold"),
            path("<int:pk>/records/", view(staff_views.hold_records), name=f"{base}_hold_records"),
            path(
                "<int:pk>/records/<int:records_pk>/release/",
                view(staff_views.release_records),
                name=f"{base}_release_records",
            ),
            path("<int:pk>/change/", view(staff_views.case), name=f"{base}_change"),
            *super().get_urls(),
        ]

    @admin.display(description=_("who"), ordering="person__family_name")
    def who(self, application):
        return str(application.person)

    @admin.display(description=_("status"), ordering="status")
    def state(self, application):
        tone = staff_views.TONES.get(application.status, "")
        return format_html('<span class="tag tag--{}">{}</span>', tone, application.get_status_display())

    @admin.display(description=_("review by"), ordering="due_on")
    def due(self, application):
        if application.status not in queries.REVIEW_IS_OURS:
            return "–"
        return due_day(application.due_on)


@admin.register(Reason)
class ReasonAdmin(ListAdmin):
    list_display = ["code", "requirement", "outcome", "text_en", "active"]
    list_filter = ["requirement", "outcome", "active"]

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        if db_field.name == "requirement":
            return forms.ChoiceField(choices=[(kind, check.label) for kind, check in REQUIREMENTS.items()])
        return super().formfield_for_dbfield(db_field, request, **kwargs)


class WaitingFilter(admin.SimpleListFilter):
    """The list shows what waits, until one asks for the rest."""

    title = _("answer")
    parameter_name = "answer"

    def lookups(self, request, model_admin):
        return [("overdue", _("overdue")), ("all", _("all"))]

    def choices(self, changelist):
        waiting = {
            "selected": self.value() is None,
            "query_string": changelist.get_query_string(remove=[self.parameter_name]),
            "display": _("waiting"),
        }
        return [waiting, *list(super().choices(changelist))[1:]]

    def queryset(self, request, queryset):
        if self.value() == "all":
            return queryset
        return queries.late_threads(queryset) if self.value() == "overdue" else queries.threads_to_answer(queryset)


@admin.register(Thread)
class ThreadAdmin(RecordAdmin):
    """Who waits for an answer, the longest first; opening a row opens the thread."""

    list_display = ["who", "language", "asked", "due"]
    list_filter = [WaitingFilter]
    list_select_related = ["user"]
    list_per_page = 50
    search_fields = ["given_name", "family_name", "=user__email"]

    def get_queryset(self, request):
        return queries.threads_for(request.user).order_by("asked_at", "pk")

    def changelist_view(self, request, extra_context=None):
        return super().changelist_view(request, (extra_context or {}) | {"title": _("Messages")})

    def get_urls(self):
        view, base = self.admin_site.admin_view, "applications_thread"
        return [
            path("<int:pk>/change/", view(staff_views.messages.thread), name=f"{base}_change"),
            path("<int:pk>/reply/", view(staff_views.messages.reply), name=f"{base}_reply"),
            path("<int:pk>/no-answer/", view(staff_views.messages.need_no_answer), name=f"{base}_no_answer"),
            *super().get_urls(),
        ]

    @admin.display(description=_("who"), ordering="family_name")
    def who(self, thread):
        return thread.legal_name or _("Somebody who has not applied yet")

    @admin.display(description=_("language"))
    def language(self, thread):
        return dict(settings.LANGUAGES).get(thread.user.language, thread.user.language)

    @admin.display(description=_("asked"), ordering="asked_at")
    def asked(self, thread):
        return thread.asked_at

    @admin.display(description=_("answer by"), ordering="answer_by")
    def due(self, thread):
        return due_day(thread.answer_by)


class AnswersFilter(admin.SimpleListFilter):
    title = _("answers")
    parameter_name = "answers"

    def lookups(self, request, model_admin):
        return [("both", _("each named the other, to be proposed"))]

    def queryset(self, request, queryset):
        both = queries.pairs_to_merge(request.user).values("pk")
        return queryset.filter(pk__in=both) if self.value() == "both" else queryset


@admin.register(AccountPair)
class AccountPairAdmin(RecordAdmin):
    """Accounts that may be of one person: whom staff asked, and who said so; opening a row shows the answers and the plans."""

    list_display = ["first", "second", "noted_at", "asked_by", "state"]
    list_filter = [AnswersFilter]
    list_select_related = ["first", "second", "asked_by"]
    ordering = ["-pk"]

    def get_queryset(self, request):
        return queries.pairs_for(request.user).with_answers()

    def get_urls(self):
        view, base = self.admin_site.admin_view, "applications_accountpair"
        return [
            path("<int:pk>/change/", view(staff_views.pair), name=f"{base}_change"),
            path("<int:pk>/keep/<int:kept_pk>/", view(staff_views.plan), name=f"{base}_plan"),
            *super().get_urls(),
        ]

    @admin.display(description=_("answers"))
    def state(self, pair):
        if pair.second_id == pair.first.merged_into_id or pair.first_id == pair.second.merged_into_id:
            return _("made one")
        both = pair.first_names == pair.second_id and pair.second_names == pair.first_id
        return _("each named the other") if both else _("not both")


@admin.register(Merge)
class MergeAdmin(RecordAdmin):
    """Merges of two accounts, and what undid them: proposed by one, decided by another."""

    list_display = ["__str__", "kept", "merged", "proposed_by", "proposed_at", "decided_by", "agreed"]
    list_filter = [("decided_at", admin.EmptyFieldListFilter)]
    list_select_related = ["kept", "merged", "proposed_by", "decided_by"]
    ordering = ["-proposed_at"]

    def get_queryset(self, request):
        return queries.merges_for(request.user)

    def get_urls(self):
        view, base = self.admin_site.admin_view, "applications_merge"
        return [
            path("<int:pk>/change/", view(staff_views.merge), name=f"{base}_change"),
            path("<int:pk>/decide/", view(staff_views.decide_merge), name=f"{base}_decide"),
            path("<int:pk>/undo/", view(staff_views.propose_undoing), name=f"{base}_undo"),
            *super().get_urls(),
        ]
