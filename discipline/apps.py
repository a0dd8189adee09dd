from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class DisciplineConfig(AppConfig):
    name = "discipline"
    verbose_name = _("Discipline")

    def ready(self):
        from certification.cards import register_share

        from . import cards, desk

        register_share(cards.share)
        desk.register()
