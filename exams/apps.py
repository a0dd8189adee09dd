from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ExamsConfig(AppConfig):
    name = "exams"
    verbose_name = _("Exams")

    def ready(self):
        from certification.cards import register_share
        from certification.dates import register_days
        from certification.dossier import register_parts

        from . import cards, desk, dossier

        register_share(cards.share)
        register_parts(dossier.PARTS)
        register_days(cards.days)
        desk.register()
