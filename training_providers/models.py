import uuid

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from certification.models import Document, Person, User
from certification.sealed import SealedDateField, SealedTextField
from certification.signing import History, signed_writes
from certification.standards import add_months


class TrainingType(models.TextChoices):
    CORE = "core", _("core training")
    CONTINUING = "continuing", _("continuing education")
    PARENT_FAMILY = "parent-family", _("specialization: parent, caregiver and family member")
    CRISIS = "crisis", _("specialization: crisis care")
    UNHOUSED = "unhoused", _("specialization: people who are unhoused")
    JUSTICE = "justice", _("specialization: people involved in the justice system")
    SUPERVISOR = "supervisor", _("training of supervisors")


class Language(models.TextChoices):
    ENGLISH = "en", _("English")
    SPANISH = "es", _("Spanish")


class Provider(models.Model):
    """An organization or a person who may be approved to teach."""

    name = models.CharField(_("name"), max_length=120, unique=True)
    website = models.URLField(_("website"), blank=True)
    phone = models.CharField(_("phone"), max_length=30, blank=True)
    email = models.EmailField(_("e-mail"), blank=True)

    history = History()

    class Meta:
        verbose_name = _("training provider")
        ordering = ["name"]

    def __str__(self):
        return self.name


class ApprovalQuerySet(models.QuerySet):
    def on(self, day):
        """Approvals in force on ``day``."""
        return self.filter(Q(ends__isnull=True) | Q(ends__gte=day), starts__lte=day)


class Approval(models.Model):
    """Leave to teach one type of training in one language, from ``starts`` through ``ends``."""

    class Delivery(models.TextChoices):
        ONLINE = "online", _("online")
        IN_PERSON = "in person", _("in person")
        BOTH = "both", _("online and in person")

    provider = models.ForeignKey(Provider, models.PROTECT, related_name="approvals", verbose_name=_("provider"))
    training_type = models.CharField(_("type of training"), max_length=16, choices=TrainingType)
    language = models.CharField(_("language"), max_length=8, choices=Language)
    delivery = models.CharField(_("format"), max_length=10, choices=Delivery)
    starts = models.DateField(_("from"))
    ends = models.DateField(_("through"), null=True, blank=True)

    objects = ApprovalQuerySet.as_manager()
    history = History()

    class Meta:
        verbose_name = _("approval")
        triggers = signed_writes()
        constraints = [
            models.CheckConstraint(
                name="approval_ends_after_start", condition=Q(ends__isnull=True) | Q(ends__gte=F("starts"))
            )
        ]

    def __str__(self):
        return f"{self.provider}: {self.get_training_type_display()} ({self.get_language_display()})"


class TrainingRecordQuerySet(models.QuerySet):
    def visible_to(self, user):
        if user.has_perm("training_providers.view_trainingrecord"):
            return self
        return self.filter(person__user=user) if user.is_authenticated else self.none()

    def counting(self, standards):
        """Those accepted, and not too old on the day of ``standards`` (program training certificate page)."""
        oldest = add_months(standards.day, -standards.training_certificate_valid)
        return self.filter(status="accepted", ends__gte=oldest)


class TrainingRecord(models.Model):
    """A training that a person says they finished, with its certificate, or that its provider told us of (``by_roster``).

    ``filed_on`` is the day whose standards govern it.
    """

    class Status(models.TextChoices):
        SUBMITTED = "submitted", _("waiting for review")
        MORE_ASKED = "more_asked", _("waiting for the person")
        ACCEPTED = "accepted", _("accepted")
        DISOWNED = "disowned", _("not theirs, the person says")
        DECLINED = "declined", _("declined")

    seal = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    person = models.ForeignKey(Person, models.PROTECT, related_name="training_records", verbose_name=_("person"))
    provider = models.ForeignKey(Provider, models.PROTECT, related_name="records", verbose_name=_("provider"))
    training_type = models.CharField(
        _("type of training"), max_length=16, choices=TrainingType, default=TrainingType.CORE
    )
    language = models.CharField(_("language"), max_length=8, choices=Language)
    starts = models.DateField(_("first day"))
    ends = models.DateField(_("last day"))
    hours = models.PositiveSmallIntegerField(_("hours"))
    document = models.ForeignKey(Document, models.PROTECT, null=True, related_name="+", verbose_name=_("certificate"))
    by_roster = models.BooleanField(_("told by the provider"), default=False)
    status = models.CharField(_("status"), max_length=12, choices=Status, default=Status.SUBMITTED)
    filed_on = models.DateField(_("filed on"))
    submitted_at = models.DateTimeField(_("submitted at"))
    decided_at = models.DateTimeField(_("decided at"), null=True)
    decided_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name=_("decided by"))
    words = SealedTextField(_("what the person was told"), default="")
    paused_days = models.PositiveSmallIntegerField(_("days the review waited for the person"), default=0)

    objects = TrainingRecordQuerySet.as_manager()
    history = History()

    class Meta:
        verbose_name = _("training record")
        triggers = signed_writes()
        permissions = [("review_trainingrecord", "Can review training records")]
        constraints = [
            models.CheckConstraint(name="training_ends_after_start", condition=Q(ends__gte=F("starts"))),
            models.CheckConstraint(
                name="decided_training_has_a_date",
                condition=~Q(status__in=["accepted", "declined"]) | Q(decided_at__isnull=False),
            ),
            models.UniqueConstraint(
                fields=["person", "training_type"],
                condition=Q(status__in=["submitted", "more_asked"]),
                name="one_open_training_record_per_type",
            ),
            models.CheckConstraint(
                name="training_rests_on_a_paper_or_a_roster", condition=Q(document__isnull=False) | Q(by_roster=True)
            ),
        ]

    def __str__(self):
        return f"{self.get_training_type_display()} {self.ends}"

    @property
    def is_disowned(self):
        """Whether the person said "not me"; what is declined without a certificate, the desk has looked into since."""
        return self.status == self.Status.DISOWNED or (self.status == self.Status.DECLINED and not self.document_id)


class RosterRow(models.Model):
    """A row of a provider's roster that could not be settled at once: it waits for its person to apply, or for staff to say whether it is theirs.

    ``by_code`` tells whether its portal code led to ``person``, or only the name. It has no history: once settled, or too old to count, it is gone.
    """

    seal = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    person = models.ForeignKey(Person, models.PROTECT, related_name="roster_rows", verbose_name=_("person"))
    by_code = models.BooleanField(_("found by the portal code"))
    provider = models.ForeignKey(Provider, models.PROTECT, related_name="+", verbose_name=_("provider"))
    language = models.CharField(_("language"), max_length=8, choices=Language)
    name = SealedTextField(_("name"))
    starts = SealedDateField(_("first day"))
    ends = SealedDateField(_("last day"))
    hours = models.PositiveSmallIntegerField(_("hours"))
    mark = models.CharField(max_length=64, unique=True, editable=False)
    confirmed_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("confirmed by"))
    received_at = models.DateTimeField(_("received at"), auto_now_add=True)

    class Meta:
        verbose_name = _("row of a roster")
        verbose_name_plural = _("rows of rosters")
        permissions = [("confirm_roster", "Can confirm rosters of providers")]

    def __str__(self):
        return f"{self._meta.verbose_name} {self.pk}"
