"""What the staff desk shows of exams."""

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from certification.staff import Queue, register_queue

from . import queries


def register():
    register_queue(
        Queue(
            _("Changes in the exam to decide"),
            "exams.decide_accommodationrequest",
            lambda user: queries.requests_to_decide(),
            lambda: reverse("admin:exams_accommodationrequest_changelist", query={"status__exact": "requested"}),
            position=30,
        )
    )
    register_queue(
        Queue(
            _("Candidates to tell the vendor of"),
            "exams.send_orders",
            lambda user: queries.attempts_to_order(),
            lambda: reverse("admin:exams_orderfile_changelist"),
            position=38,
        )
    )
    register_queue(
        Queue(
            _("Rows of result files that fit nobody"),
            "exams.import_results",
            lambda user: queries.rows_to_settle(),
            lambda: reverse("admin:exams_resultrow_changelist", query={"settled_at__isempty": "1"}),
            position=40,
        )
    )
