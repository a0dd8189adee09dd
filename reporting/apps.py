from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ReportingConfig(AppConfig):
    name = "reporting"
    verbose_name = _("Reporting")

    def ready(self):
        from certification.dossier import register_parts
        from certification.staff import register_page

        from . import dossier, staff_views

        register_parts(dossier.PARTS)
        register_page("reporting/who-applies/", staff_views.demographics, "who_applies")
