import uuid

import pgtrigger
from django.db import models
from django.utils.translation import gettext_lazy as _

from ..sealed import SealedJSONField, SealedTextField
from ..signing import never_removed
from .accounts import User


class NoticeQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self.filter(recipient__in=user.sign_ins, helps_until=None) if user.is_authenticated else self.none()

    def unsent(self):
        return self.filter(handed_over_at=None)

    def known_to_staff(self):
        """All but the letters that tell of a disability, and the answer to what somebody told finance alone."""
        return self.exclude(name__startswith="accommodation-").exclude(name="fee-kept")

    def to_post(self):
        """The letters that staff may open to send them by post: none about an appeal either, for it may be about a change in the exam."""
        return (
            self.known_to_staff()
            .exclude(name__startswith="appeal-")
            .filter(helps_until=None, handed_over_at__isnull=False)
        )


class Notice(models.Model):
    """Everything we ever told anyone: written with the fact it reports, handed over after, rendered on the day it leaves.

    Mail that holds a key, as a code or a link, has a moment until which it helps. Once it is sent, or that moment is over, it is emptied.
    """

    key = models.CharField(_("key"), max_length=120, unique=True)
    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    seal = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    recipient = models.ForeignKey(User, models.PROTECT, null=True, related_name="notices", verbose_name=_("to"))
    address = SealedTextField(_("e-mail address"), null=True)
    name = models.CharField(_("notice"), max_length=60)
    language = models.CharField(_("language"), max_length=8)
    context = SealedJSONField(default=dict)
    helps_until = models.DateTimeField(_("holds a key that works until"), null=True)
    created_at = models.DateTimeField(_("written at"), auto_now_add=True)
    handed_over_at = models.DateTimeField(_("handed over at"), null=True, db_index=True)
    subject = SealedTextField(null=True)
    body = SealedTextField(null=True)
    bounced_at = models.DateTimeField(_("bounced at"), null=True)

    objects = NoticeQuerySet.as_manager()

    class Meta:
        verbose_name = _("notice")
        indexes = [models.Index(fields=["created_at"], name="unsent_notices", condition=models.Q(handed_over_at=None))]
        triggers = [
            *never_removed(),
            pgtrigger.Protect(
                name="only_delivery_changes",
                operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange(
                    "key", "public_id", "seal", "recipient", "name", "language", "helps_until", "created_at"
                ),
            ),
            pgtrigger.Protect(
                name="said_is_said",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__handed_over_at__isnull=False, old__helps_until__isnull=True)
                & (
                    pgtrigger.Q(old__body__df=pgtrigger.F("new__body"))
                    | pgtrigger.Q(old__subject__df=pgtrigger.F("new__subject"))
                ),
            ),
        ]

    def __str__(self):
        return self.key


class Canary(models.Model):
    """A row that must come back through the worker: proof that work in the background is done."""

    sent_at = models.DateTimeField()
    returned_at = models.DateTimeField(null=True)

    def __str__(self):
        return str(self.sent_at)
