"""What the staff desk shows of applications."""

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from certification.staff import Queue, Work, register_queue, register_work

from . import queries
from .models import Application

LIST = "admin:applications_application_changelist"


def register():
    register_queue(
        Queue(
            _("Applications to review"),
            "applications.review_application",
            queries.waiting_for_review,
            lambda: reverse(LIST, query={"whose": "nobody"}),
            position=10,
            overdue=queries.overdue_reviews,
            deal=lambda: reverse("admin:applications_application_next"),
        )
    )
    register_queue(
        Queue(
            _("Denials to decide"),
            "applications.decide_denial",
            queries.proposed_denials,
            lambda: reverse(LIST, query={"whose": "denial"}),
            position=20,
        )
    )
    register_queue(
        Queue(
            _("No answer came"),
            "applications.close_unanswered",
            queries.unanswered,
            lambda: reverse(LIST, query={"whose": "unanswered"}),
            position=25,
        )
    )
    register_queue(
        Queue(
            _("Late requests to allow"),
            "applications.allow_late_request",
            queries.late_requests,
            lambda: reverse(LIST, query={"whose": "late"}),
            position=22,
        )
    )
    register_queue(
        Queue(
            _("Files to read a second time"),
            "applications.review_application",
            queries.readings_for,
            lambda: reverse("admin:index"),
            position=12,
            deal=lambda: reverse("admin:applications_application_next_second"),
        )
    )
    register_queue(
        Queue(
            _("Read differently by two"),
            "applications.settle_reading",
            queries.differing,
            lambda: reverse(LIST, query={"whose": "differing"}),
            position=21,
        )
    )
    register_queue(
        Queue(
            _("Messages to answer"),
            "applications.answer_thread",
            lambda user: queries.threads_to_answer(queries.threads_for(user)),
            lambda: reverse("admin:applications_thread_changelist"),
            position=28,
            overdue=lambda user: queries.late_threads(queries.threads_for(user)),
        )
    )
    register_queue(
        Queue(
            _("Accounts to make one"),
            "applications.propose_merge",
            queries.pairs_to_merge,
            lambda: reverse("admin:applications_accountpair_changelist", query={"answers": "both"}),
            position=36,
        )
    )
    register_queue(
        Queue(
            _("Merges to decide"),
            "applications.decide_merge",
            queries.merges_to_decide,
            lambda: reverse("admin:applications_merge_changelist", query={"decided_at__isempty": 1}),
            position=37,
        )
    )
    register_work(work_of)


def work_of(user):
    """The applications in the hands of this reviewer, and the file that they are to read a second time."""
    if not user.has_perm("applications.review_application"):
        return []
    rows = queries.with_due_day(queries.in_my_hands(user)).select_related("person").order_by("due_on")[:50]
    begun = queries.readings_for(user).filter(reader=user).select_related("application__person")
    seconds = [
        Work(
            label=str(reading.application.person),
            text=_("second reading"),
            url=reverse("admin:applications_application_second", args=[reading.application_id]),
        )
        for reading in begun
    ]
    return seconds + [
        Work(
            label=str(row.person),
            text=row.get_status_display(),
            url=reverse("admin:applications_application_change", args=[row.pk]),
            due=row.due_on if row.status == Application.Status.IN_REVIEW else None,
        )
        for row in rows
    ]
