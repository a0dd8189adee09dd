from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig
from django.utils.translation import gettext_lazy as _


class CertificationConfig(AppConfig):
    name = "certification"
    verbose_name = _("Certification")

    def ready(self):
        from . import certificates, desk, dossier
        from .cards import register_share
        from .dates import register_days

        desk.register()
        register_share(certificates.share)
        register_days(certificates.days)
        dossier.register_parts(dossier.PARTS)


class PortalAdminConfig(AdminConfig):
    default_site = "certification.staff.PortalAdminSite"
