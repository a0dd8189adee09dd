import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from ..sealed import SealedJSONField, SealedTextField
from ..signing import History, signed_writes
from .accounts import User
from .documents import Document
from .people import Person, full_name


class NameChange(models.Model):
    """A new legal name that a person asks for, with a paper that shows it. Both names are sealed: the old one may be nobody's business any more."""

    class Status(models.TextChoices):
        ASKED = "asked", _("waiting for us")
        ACCEPTED = "accepted", _("accepted")
        DECLINED = "declined", _("declined")
        TAKEN_BACK = "taken_back", _("taken back")

    class Reason(models.TextChoices):
        UNREADABLE = "unreadable", _("We cannot read the paper.")
        NOT_SHOWN = "not shown", _("The paper does not show the new name as you wrote it.")
        NOT_LINKED = "not linked", _("The paper does not show that the old name and the new name are both yours.")
        NOT_OFFICIAL = "not official", _("The paper is not from a court or a public office.")

    seal = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    person = models.ForeignKey(Person, models.PROTECT, related_name="name_changes", verbose_name=_("person"))
    old_name = SealedTextField(_("old name"))
    parts = SealedJSONField(_("new name"))
    document = models.ForeignKey(Document, models.PROTECT, related_name="+", verbose_name=_("paper"))
    status = models.CharField(_("status"), max_length=12, choices=Status, default=Status.ASKED)
    asked_at = models.DateTimeField(_("asked at"), auto_now_add=True)
    decided_at = models.DateTimeField(_("decided at"), null=True)
    decided_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name=_("decided by"))
    reason = models.CharField(_("why it was declined"), max_length=12, choices=Reason, blank=True)

    history = History()

    class Meta:
        verbose_name = _("change of name")
        verbose_name_plural = _("changes of name")
        triggers = signed_writes()
        permissions = [("decide_namechange", "Can decide about new names")]
        constraints = [
            models.UniqueConstraint(
                fields=["person"], condition=Q(status="asked"), name="one_open_name_change_per_person"
            ),
            models.CheckConstraint(
                name="decided_name_change_has_a_date",
                condition=~Q(status__in=["accepted", "declined"]) | Q(decided_at__isnull=False),
            ),
        ]

    def __str__(self):
        return f"{self._meta.verbose_name} {self.pk}"

    @property
    def new_name(self):
        return full_name(self.parts)
