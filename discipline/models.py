import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _

from certification.models import Document, Notice, Person
from certification.sealed import SealedTextField
from certification.signing import History, signed_writes


class Appeal(models.Model):
    """A person asks that an act told to them in ``notice`` be looked at again, by people who did not decide it."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    seal = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    person = models.ForeignKey(Person, models.PROTECT, related_name="appeals", verbose_name=_("person"))
    notice = models.OneToOneField(Notice, models.PROTECT, related_name="appeal", verbose_name=_("notice"))
    text = SealedTextField(_("why"))
    late_reason = SealedTextField(_("why it comes late"), default="")
    document = models.ForeignKey(Document, models.PROTECT, null=True, related_name="+", verbose_name=_("paper"))
    filed_at = models.DateTimeField(_("filed at"))

    history = History()

    class Meta:
        verbose_name = _("appeal")
        triggers = signed_writes()

    def __str__(self):
        return f"{self._meta.verbose_name} {self.pk}"


class ChangeAppeal(Appeal):
    """An appeal about a change in the exam. It tells of a disability, so it has a desk and permissions of its own."""

    class Meta:
        proxy = True
        verbose_name = _("appeal about a change in the exam")
        verbose_name_plural = _("appeals about a change in the exam")
