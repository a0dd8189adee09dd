from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class TrainingProvidersConfig(AppConfig):
    name = "training_providers"
    verbose_name = _("Training providers")

    def ready(self):
        from certification.cards import register_share

        from . import cards, desk

        register_share(cards.share)
        desk.register()
