from django.apps import AppConfig
from django.urls import reverse
from django.utils.translation import gettext_lazy as _


class ExamsConfig(AppConfig):
    name = "exams"
    verbose_name = _("Exams")

    def ready(self):
        from certification.cards import register_share
        from certification.staff import Queue, register_queue

        from . import cards, queries

        register_queue(
            Queue(
                label=_("Changes in the exam to decide"),
                permission="exams.decide_accommodationrequest",
                rows=lambda user: queries.requests_to_decide(),
                url=lambda: reverse("admin:exams_accommodationrequest_changelist") + "?status__exact=requested",
                position=30,
            )
        )
        register_queue(
            Queue(
                label=_("Rows of result files that fit nobody"),
                permission="exams.import_results",
                rows=lambda user: queries.rows_to_settle(),
                url=lambda: reverse("admin:exams_resultrow_changelist") + "?settled_at__isempty=1",
                position=40,
            )
        )
        register_share(cards.share)
