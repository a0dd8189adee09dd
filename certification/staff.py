"""What every staff page shares: the site, the desk of queues on its index, and records that can be read and never rewound."""

from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from functools import wraps

from django.contrib import admin
from django.core.exceptions import BadRequest, EmptyResultSet, PermissionDenied
from django.db import connection
from django.http import Http404
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from simple_history.admin import SimpleHistoryAdmin
from simple_history.template_utils import HistoricalRecordContextHelper

from . import saved_filters
from .audit import audit
from .dossier import is_personal
from .sealed import SealedField


@dataclass(frozen=True)
class Queue:
    """Work that waits: shown on the desk of those who hold ``permission``.

    ``rows(user)`` returns what waits and ``overdue(user)``, where there is a clock, what has waited too long: two querysets. ``url()`` is the list to open,
    ``deal()``, where cases are dealt, the address that gives the next one.
    """

    label: str
    permission: str
    rows: Callable
    url: Callable
    position: int = 0
    overdue: Callable | None = None
    deal: Callable | None = None


@dataclass(frozen=True)
class Work:
    """One case in somebody's own hands: ``due`` is the day it should be done by, None where the next move is not ours."""

    label: str
    text: str
    url: str
    due: date | None = None


_queues: list[Queue] = []
_work: list[Callable] = []
_pages: list[tuple[str, Callable, str]] = []


def register_queue(queue):
    _queues.append(queue)


def register_work(function):
    """``function(user)`` returns the ``Work`` that this member of staff has taken."""
    _work.append(function)


def register_page(where, view, name):
    """A page of the desk that belongs to no record, at ``where`` below the desk."""
    _pages.append((where, view, name))


def queues_for(user):
    """The queues of the desk of ``user``, each with how many wait and how many too long (counted to 1,000 at the most)."""
    mine = sorted((queue for queue in _queues if user.has_perm(queue.permission)), key=lambda queue: queue.position)
    waiting = [queue.rows(user) for queue in mine]
    overdue = [queue.overdue(user) if queue.overdue else None for queue in mine]
    counted = _counts([*waiting, *overdue])
    return [
        {
            "label": queue.label,
            "url": queue.url(),
            "waiting": counted[number],
            "overdue": counted[len(mine) + number],
            "deal": queue.deal and queue.deal(),
        }
        for number, queue in enumerate(mine)
    ]


MOST_COUNTED = 1000


def _counts(querysets):
    """How many rows each of ``querysets`` finds, by its place: all of them in one question to the database."""
    asked, values = [], []
    for number, rows in enumerate(querysets):
        if rows is None:
            continue
        with suppress(EmptyResultSet):
            sql, some = rows.order_by().values("pk")[:MOST_COUNTED].query.sql_with_params()
            asked.append(f"SELECT {number}, count(*) FROM ({sql}) counted")  # noqa: S608 - Django wrote it
            values += some
    if not asked:
        return Counter()
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(asked), values)
        return Counter(dict(cursor.fetchall()))


def work_of(user):
    """What this member of staff has taken, the most urgent first."""
    today = timezone.localdate()
    rows = [(work, (work.due - today).days if work.due else None) for function in _work for work in function(user)]
    return sorted(rows, key=lambda row: (row[1] is None, row[1] or 0))


_NOT_OURS = {"password_change", "password_change_done", "view_on_site"}


class PortalAdminSite(admin.AdminSite):
    """The staff side. Its index is the desk; signing in is allauth's, with a second factor."""

    site_title = _("Peer certification, staff")
    site_header = _("Peer certification")
    index_title = _("Staff desk")
    index_template = "admin/desk.html"
    enable_nav_sidebar = False

    def register(self, model_or_iterable, admin_class=None, **options):
        """Take in our own records and lists only: tokens, sessions and groups that libraries offer are no staff work."""
        if admin_class is not None and issubclass(admin_class, RecordAdmin | ListAdmin):
            super().register(model_or_iterable, admin_class, **options)

    def get_urls(self):
        """Passwords are allauth's: an address here would go round its second factor and its limits."""
        own = [
            path("filters/<str:label>/save/", self.admin_view(saved_filters.save), name="save_filter"),
            path("filters/<int:pk>/forget/", self.admin_view(saved_filters.forget), name="forget_filter"),
        ]
        own += [path(where, self.admin_view(view), name=name) for where, view, name in _pages]
        return own + [url for url in super().get_urls() if getattr(url, "name", None) not in _NOT_OURS]

    def admin_view(self, view, cacheable=False):
        """No list or page asks the database for text with a null character, which it cannot hold."""

        @wraps(view)
        def checked(request, *args, **kwargs):
            if any("\0" in value for _name, values in request.GET.lists() for value in values):
                raise BadRequest
            return view(request, *args, **kwargs)

        return super().admin_view(checked, cacheable)

    def index(self, request, extra_context=None):
        return super().index(
            request, (extra_context or {}) | {"queues": queues_for(request.user), "work": work_of(request.user)}
        )


class LooksByKey:
    """Django's admin fails where an address asks to look a row up by a field without a name."""

    def get_object(self, request, object_id, from_field=None):
        return super().get_object(request, object_id, from_field or None)


class RecordAdmin(LooksByKey, SimpleHistoryAdmin):
    """A record to read, with its history. Nothing is changed here: acts have pages of their own.

    ``SIMPLE_HISTORY_REVERT_DISABLED`` hides only the button: a POST to the history page would still rewind a record, so it is refused. History opens
    only for a record that its own list shows, and tells that sealed words changed, not what they say. A look into somebody's file is written down.
    """

    actions = None
    show_full_result_count = False
    change_form_template = "admin/record.html"

    def __init__(self, model, admin_site):
        super().__init__(model, admin_site)
        self._names = {field.name: f"{field.name}_named" for field in self.opts.fields if field.is_relation}
        for field, named in self._names.items():
            setattr(self, named, self._in_words(field))

    def _in_words(self, name):
        @admin.display(description=self.opts.get_field(name).verbose_name)
        def words(record):
            return str(getattr(record, name) or self.get_empty_value_display())

        return words

    def get_fields(self, request, obj=None):
        """The columns to show. Django links what a column points to, whoever reads; what they may not open is named instead."""
        shown = self.fields or self._columns()
        return [name if self._may_open(request, name) else self._names[name] for name in shown]

    def get_readonly_fields(self, request, obj=None):
        return [*self._columns(), *self._names.values()]

    def _columns(self):
        return [field.name for field in self.opts.fields if not isinstance(field, SealedField)]

    def _may_open(self, request, name):
        pointed_to = name in self._names and self.admin_site._registry.get(self.opts.get_field(name).related_model)
        return not pointed_to or pointed_to.has_view_permission(request)

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False

    def changelist_view(self, request, extra_context=None):
        return super().changelist_view(request, (extra_context or {}) | saved_filters.filters_of(request, self.model))

    def change_view(self, request, object_id, form_url="", extra_context=None):
        kept = {"keeps_history": self._keeps_history()}
        return super().change_view(request, object_id, form_url, (extra_context or {}) | kept)

    def render_change_form(self, request, context, *args, obj=None, **kwargs):
        self.note_look(request, obj)
        return super().render_change_form(request, context, *args, obj=obj, **kwargs)

    def history_view(self, request, object_id, extra_context=None):
        self._must_be_shown(request, object_id)
        return super().history_view(request, object_id, extra_context)

    def history_form_view(self, request, object_id, version_id, extra_context=None):
        if request.method == "POST":
            raise PermissionDenied
        self._must_be_shown(request, object_id)
        if not version_id.isdecimal():
            raise Http404
        return super().history_form_view(request, object_id, version_id, extra_context)

    def _must_be_shown(self, request, object_id):
        if not self.has_view_permission(request):
            raise PermissionDenied
        record = self.get_object(request, object_id) if self._keeps_history() else None
        if record is None:
            raise Http404
        self.note_look(request, record)

    def note_look(self, request, record):
        """Write down that a record of somebody's file was opened; they are shown it."""
        if record and is_personal(self.model):
            audit(request.user, "opened record", record)

    def _keeps_history(self):
        return hasattr(self.opts, "simple_history_manager_attribute")

    def get_historical_record_context_helper(self, request, historical_record):
        return SealedStaysSealed(self.model, historical_record)


class SealedStaysSealed(HistoricalRecordContextHelper):
    """The list of what changed, without the words of sealed columns."""

    def prepare_delta_change_value(self, change, value):
        if isinstance(self.model._meta.get_field(change.field), SealedField):
            return "•••"
        return super().prepare_delta_change_value(change, value)


class ListAdmin(LooksByKey, admin.ModelAdmin):
    """An editable list of the program; a row is switched off, never deleted."""

    def has_delete_permission(self, request, obj=None):
        return False
