import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from applications.models import Application
from certification.models import Document, User
from certification.sealed import SealedField, SealedJSONField, SealedTextField
from certification.signing import History, facts, signed_writes


class AccommodationRequestQuerySet(models.QuerySet):
    def visible_to(self, user):
        """The person's own, and the accommodation desk's; nobody who reviews, grades or reads the registry."""
        if user.has_perm("exams.view_accommodationrequest"):
            return self.exclude(status=AccommodationRequest.Status.NOT_NEEDED)
        return self.filter(application__person__user=user) if user.is_authenticated else self.none()


class AccommodationRequest(models.Model):
    """The answer to "must anything change in orientation, training, check-in or exam?", asked of everyone before the exam fee."""

    class Status(models.TextChoices):
        NOT_NEEDED = "not_needed", _("nothing needed")
        REQUESTED = "requested", _("waiting for a decision")
        GRANTED = "granted", _("granted")
        REFUSED = "refused", _("refused")

    seal = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    application = models.OneToOneField(
        Application, models.PROTECT, related_name="accommodation_request", verbose_name=_("application")
    )
    status = models.CharField(_("status"), max_length=12, choices=Status)
    text = SealedTextField(_("what is needed"), default="")
    document = models.ForeignKey(Document, models.PROTECT, null=True, related_name="+", verbose_name=_("paper"))
    answered_at = models.DateTimeField(_("answered at"), auto_now_add=True)
    decided_at = models.DateTimeField(_("decided at"), null=True)
    decided_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name=_("decided by"))
    decision = SealedTextField(_("decision, as the person will read it"), default="")
    vendor_codes = SealedTextField(_("codes for the exam vendor"), default="")

    objects = AccommodationRequestQuerySet.as_manager()
    history = History()

    class Meta:
        verbose_name = _("request for an accommodation")
        verbose_name_plural = _("requests for accommodations")
        triggers = signed_writes()
        permissions = [("decide_accommodationrequest", "Can decide requests for accommodations")]
        constraints = [
            models.CheckConstraint(
                name="decided_request_has_a_date",
                condition=~Q(status__in=["granted", "refused"]) | Q(decided_at__isnull=False),
            )
        ]

    def __str__(self):
        return f"{self._meta.verbose_name} {self.pk}"


class AttemptQuerySet(models.QuerySet):
    def visible_to(self, user):
        if user.has_perm("exams.view_attempt"):
            return self
        return self.filter(application__person__user=user) if user.is_authenticated else self.none()


class Attempt(models.Model):
    """One of the sittings an application allows. ``authorized_until`` never lies after the application's valid-through."""

    class Status(models.TextChoices):
        REQUESTED = "requested", _("asked for")
        AUTHORIZED = "authorized", _("authorized")
        PASSED = "passed", _("passed")
        FAILED = "failed", _("not passed")
        VOIDED = "voided", _("voided")

    class Void(models.TextChoices):
        NO_SHOW = "no_show", _("the person did not come")
        TURNED_AWAY = "turned_away", _("the person was turned away")
        RAN_OUT = "ran_out", _("the authorization ran out")
        IRREGULARITY = "irregularity", _("something went wrong in the exam")

    seal = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    application = models.ForeignKey(Application, models.PROTECT, related_name="attempts", verbose_name=_("application"))
    number = models.PositiveSmallIntegerField(_("attempt"))
    status = models.CharField(_("status"), max_length=12, choices=Status, default=Status.REQUESTED)
    candidate_number = models.CharField(_("candidate number"), max_length=20, unique=True)
    requested_at = models.DateTimeField(_("asked for at"), auto_now_add=True)
    authorized_at = models.DateTimeField(_("authorized at"), null=True)
    authorized_until = models.DateField(_("authorized until"), null=True)
    sat_on = models.DateField(_("sat on"), null=True)
    decided_at = models.DateTimeField(_("result at"), null=True)
    void = models.CharField(_("kind of voiding"), max_length=12, choices=Void, blank=True)
    areas = SealedJSONField(_("areas to work on"), null=True)

    objects = AttemptQuerySet.as_manager()
    history = History()

    class Meta:
        verbose_name = _("attempt")
        triggers = signed_writes()
        ordering = ["number"]
        permissions = [("import_results", "Can import result files"), ("void_attempt", "Can void attempts")]
        constraints = [
            models.UniqueConstraint(fields=["application", "number"], name="one_row_per_attempt"),
            models.UniqueConstraint(
                fields=["application"], condition=Q(status__in=["requested", "authorized"]), name="one_open_attempt"
            ),
            models.UniqueConstraint(
                fields=["application"], condition=Q(status="passed"), name="one_pass_per_application"
            ),
            models.CheckConstraint(name="voided_has_a_kind", condition=~Q(status="voided") | ~Q(void="")),
            models.CheckConstraint(
                name="authorized_has_an_end", condition=~Q(status="authorized") | Q(authorized_until__isnull=False)
            ),
        ]

    def __str__(self):
        return f"{self._meta.verbose_name} {self.number}"


class OrderFile(models.Model):
    """A file that tells the exam vendor who may sit, kept as it went out."""

    seal = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    raw = SealedField()
    made_at = models.DateTimeField(_("made at"), auto_now_add=True)
    made_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("made by"))

    history = History()

    class Meta:
        verbose_name = _("file for the exam vendor")
        verbose_name_plural = _("files for the exam vendor")
        triggers = signed_writes()
        permissions = [("send_orders", "Can tell the exam vendor who may sit")]

    def __str__(self):
        return f"{self._meta.verbose_name} {self.pk}"


class Order(models.Model):
    """What a file asks of the vendor about one attempt; ``said`` is a fingerprint of the row, by which a later change of it is seen."""

    class Kind(models.TextChoices):
        ADD = "add", _("may sit")
        UPDATE = "update", _("has changed")
        CANCEL = "cancel", _("may not sit any more")

    file = models.ForeignKey(OrderFile, models.PROTECT, related_name="orders")
    attempt = models.ForeignKey(Attempt, models.PROTECT, related_name="orders", verbose_name=_("attempt"))
    kind = models.CharField(_("order"), max_length=8, choices=Kind)
    said = models.CharField(max_length=64, editable=False)

    class Meta:
        verbose_name = _("order to the exam vendor")
        triggers = facts()
        constraints = [models.UniqueConstraint(fields=["file", "attempt"], name="one_order_per_attempt_and_file")]

    def __str__(self):
        return f"{self.get_kind_display()}: {self.attempt_id}"


class ResultFile(models.Model):
    """A file from the exam vendor, kept as it came; the same file twice is one."""

    seal = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField(_("name"), max_length=120)
    sha256 = models.CharField(max_length=64, unique=True)
    raw = SealedField()
    received_at = models.DateTimeField(_("received at"), auto_now_add=True)
    received_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name=_("received by"))

    history = History()

    class Meta:
        verbose_name = _("result file")
        triggers = signed_writes()

    def __str__(self):
        return self.name


class ResultRow(models.Model):
    """A row of a result file: applied to an attempt, or staff work with its problem in words."""

    file = models.ForeignKey(ResultFile, models.PROTECT, related_name="rows")
    line = models.PositiveIntegerField(_("line"))
    candidate_number = models.CharField(_("candidate number"), max_length=40)
    attempt = models.ForeignKey(
        Attempt, models.PROTECT, null=True, related_name="result_rows", verbose_name=_("attempt")
    )
    problem = models.CharField(_("problem"), max_length=200, blank=True)
    settled_at = models.DateTimeField(_("settled at"), null=True)

    history = History()

    class Meta:
        verbose_name = _("row of a result file")
        verbose_name_plural = _("rows of result files")
        triggers = signed_writes()
        constraints = [models.UniqueConstraint(fields=["file", "line"], name="one_row_per_line")]

    def __str__(self):
        return f"{self.file} {self.line}"
