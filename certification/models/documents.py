import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _

from ..sealed import SealedField, SealedTextField
from ..signing import History, signed_writes
from .accounts import User
from .people import Person


class DocumentQuerySet(models.QuerySet):
    def visible_to(self, user):
        """A person's own files; of others only the kinds that this member of staff needs."""
        if not user.is_authenticated:
            return self.none()
        kinds = [kind for kind, permission in Document.OPENED_WITH.items() if user.has_perm(permission)]
        return self.filter(models.Q(owner__user=user) | models.Q(kind__in=kinds), deleted_at=None)


class Document(models.Model):
    """A file someone gave us, judged, rewritten and stored under a key of its own. ``uploaded_by`` is empty where they had no account."""

    class Kind(models.TextChoices):
        IDENTITY = "identity", _("photo ID")
        EDUCATION = "education", _("diploma")
        TRAINING = "training", _("training certificate")
        ACCOMMODATION = "accommodation", _("paper about a change in the exam")
        APPEAL = "appeal", _("paper for an appeal")
        NAME = "name", _("paper about a new name")

    class Scan(models.TextChoices):
        CLEAN = "clean", _("scanned, nothing found")
        WAITING = "waiting", _("being checked")
        NOT_SCANNED = "not scanned", _("not scanned")

    OPENED_WITH = {
        Kind.IDENTITY: "certification.open_identity_document",
        Kind.EDUCATION: "certification.open_education_document",
        Kind.TRAINING: "certification.open_training_document",
        Kind.ACCOMMODATION: "certification.open_accommodation_document",
        Kind.APPEAL: "certification.open_appeal_document",
        Kind.NAME: "certification.open_name_document",
    }

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    seal = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    owner = models.ForeignKey(Person, models.PROTECT, related_name="documents", verbose_name=_("owner"))
    kind = models.CharField(_("kind"), max_length=16, choices=Kind)
    storage_name = models.CharField(max_length=80, unique=True)
    file_key = SealedField()
    content_type = models.CharField(_("type"), max_length=40)
    size = models.PositiveIntegerField(_("size in bytes"))
    pages = models.PositiveSmallIntegerField(_("pages"), default=1)
    doubts = models.JSONField(_("why it may be hard to read"), default=list)
    fingerprint = models.CharField(max_length=64, db_index=True, editable=False)
    scan = models.CharField(_("virus scan"), max_length=12, choices=Scan, default=Scan.NOT_SCANNED)
    uploaded_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name=_("uploaded by"))
    uploaded_at = models.DateTimeField(_("uploaded at"), auto_now_add=True)
    deleted_at = models.DateTimeField(_("deleted at"), null=True)

    objects = DocumentQuerySet.as_manager()

    class Meta:
        verbose_name = _("document")
        permissions = [
            ("open_identity_document", "Can open photo IDs"),
            ("open_education_document", "Can open diplomas"),
            ("open_training_document", "Can open training certificates"),
            ("open_accommodation_document", "Can open papers about accommodations"),
            ("open_appeal_document", "Can open papers of appeals"),
            ("open_name_document", "Can open papers about new names"),
        ]

    def __str__(self):
        return f"{self.get_kind_display()} {self.pk}"

    @property
    def ending(self):
        """How the name of such a file ends."""
        return self.content_type.partition("/")[2].replace("jpeg", "jpg")


class RecordsHold(models.Model):
    """Why the papers of a person are kept while it is open, whatever the standards of retention say: a court, an audit, an inquiry of the state."""

    seal = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    person = models.ForeignKey(Person, models.PROTECT, related_name="records_holds", verbose_name=_("person"))
    reason = SealedTextField(_("why they are kept"))
    opened_at = models.DateTimeField(_("opened at"), auto_now_add=True)
    opened_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("opened by"))
    ended_at = models.DateTimeField(_("ended at"), null=True)
    ended_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name=_("ended by"))
    end_reason = SealedTextField(_("why it ended"), null=True)

    history = History()

    class Meta:
        verbose_name = _("records hold")
        triggers = signed_writes()
        permissions = [("hold_records", "Can keep the papers of a person from being erased")]
        constraints = [
            models.UniqueConstraint(
                fields=["person"], condition=models.Q(ended_at=None), name="one_open_records_hold_per_person"
            )
        ]

    def __str__(self):
        return f"{self._meta.verbose_name} {self.pk}"
