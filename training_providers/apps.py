from django.apps import AppConfig
from django.urls import reverse
from django.utils.translation import gettext_lazy as _


class TrainingProvidersConfig(AppConfig):
    name = "training_providers"
    verbose_name = _("Training providers")

    def ready(self):
        from certification.cards import register_share
        from certification.staff import Queue, register_queue

        from . import cards, queries

        register_queue(
            Queue(
                label=_("Training certificates to check"),
                permission="training_providers.review_trainingrecord",
                rows=lambda user: queries.waiting_records(),
                overdue=lambda user: queries.overdue_records(),
                url=lambda: reverse("admin:training_providers_trainingrecord_changelist") + "?status__exact=submitted",
                position=20,
            )
        )
        register_share(cards.share)
