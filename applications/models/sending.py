import uuid

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from certification.models import Document
from certification.sealed import SealedTextField
from certification.signing import never_removed

from .applications import Application


class UploadLinkQuerySet(models.QuerySet):
    def open(self):
        """Those that still take a document: neither used nor ended, their last day not over, and the application being written or answered."""
        written = (Application.Status.DRAFT, Application.Status.MORE_ASKED)
        return self.filter(ended_at=None, ends_on__gte=timezone.localdate(), application__status__in=written)


class UploadLink(models.Model):
    """A single-use address at which somebody else may send one paper of an application, because the person asked them to.

    The address itself is known to them alone: here stands its ``fingerprint``. ``address`` is the e-mail address that the person gave; it is emptied
    when the link ends unused, and says from whom the ``document`` came when it was used.
    """

    seal = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    application = models.ForeignKey(Application, models.PROTECT, related_name="upload_links")
    page = models.CharField(_("page"), max_length=24)
    address = SealedTextField(_("e-mail address"), null=True)
    language = models.CharField(_("language"), max_length=8)
    fingerprint = models.CharField(max_length=64, unique=True, editable=False)
    made_at = models.DateTimeField(_("made at"), auto_now_add=True)
    ends_on = models.DateField(_("works through"))
    ended_at = models.DateTimeField(_("used or ended at"), null=True)
    document = models.OneToOneField(Document, models.PROTECT, null=True, related_name="upload_link")

    objects = UploadLinkQuerySet.as_manager()

    class Meta:
        verbose_name = _("link to send a document")
        triggers = [
            *never_removed(),
            pgtrigger.Protect(
                name="what_came_stays", operation=pgtrigger.Update, condition=pgtrigger.Q(old__document__isnull=False)
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["application", "page"], condition=Q(ended_at=None), name="one_open_link_per_page"
            ),
            models.CheckConstraint(
                name="a_used_link_has_ended", condition=Q(document=None) | Q(ended_at__isnull=False)
            ),
        ]

    def __str__(self):
        return f"{self._meta.verbose_name} {self.pk}"
