from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class TrainingProvidersConfig(AppConfig):
    name = "training_providers"
    verbose_name = _("Training providers")

    def ready(self):
        from certification.cards import register_share
        from certification.dossier import register_parts

        from . import cards, desk, dossier

        register_share(cards.share)
        register_parts(dossier.PARTS)
        desk.register()
