import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _

from ..sealed import SealedTextField
from .accounts import User


class UnsentText(models.Model):
    """A longer text as somebody types it, until they send it. ``place`` names the field; ``writer`` the page, as opened once, that wrote last.

    Once it is sent the text goes and the row stays, with a writer that no page has: what an old page still sends is then known to come too late.
    """

    seal = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    user = models.ForeignKey(User, models.CASCADE, related_name="unsent_texts")
    place = models.CharField(max_length=80)
    text = SealedTextField(_("text"), null=True)
    writer = models.CharField(max_length=64)
    saved_at = models.DateTimeField(_("saved at"), auto_now=True)

    class Meta:
        verbose_name = _("text not sent yet")
        constraints = [models.UniqueConstraint(fields=["user", "place"], name="one_unsent_text_per_place")]

    def __str__(self):
        return self.place
