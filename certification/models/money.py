import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from ..sealed import SealedTextField
from ..signing import History, facts, signed_writes
from .accounts import TwoPeople, User
from .people import Person


class ChargeQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self.filter(person__user=user) if user.is_authenticated else self.none()


class Charge(models.Model):
    """A fee asked of a person, and the payment of it. Amounts in cents; ``key`` says what for, once."""

    class Purpose(models.TextChoices):
        APPLICATION = "application", _("application fee")
        EXAM = "exam", _("exam fee")
        MISTAKEN = "mistaken", _("paid by mistake")

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    person = models.ForeignKey(Person, models.PROTECT, related_name="charges", verbose_name=_("person"))
    purpose = models.CharField(_("purpose"), max_length=16, choices=Purpose)
    subject_id = models.BigIntegerField(_("number of the case"))
    key = models.CharField(_("key"), max_length=80, unique=True)
    cents = models.PositiveIntegerField(_("amount in cents"))
    opened_at = models.DateTimeField(_("opened at"), auto_now_add=True)
    gateway_reference = models.CharField(_("reference of the payment"), max_length=120, blank=True)
    paid_at = models.DateTimeField(_("paid at"), null=True)
    refund_due_at = models.DateTimeField(_("to be returned since"), null=True)
    refunded_at = models.DateTimeField(_("returned at"), null=True)
    voucher = models.ForeignKey(
        "Voucher", models.PROTECT, null=True, related_name="charges", verbose_name=_("paid with a voucher")
    )

    objects = ChargeQuerySet.as_manager()
    history = History()

    class Meta:
        verbose_name = _("charge")
        triggers = signed_writes()
        constraints = [
            models.CheckConstraint(
                name="only_paid_is_returned", condition=Q(refunded_at=None) | Q(paid_at__isnull=False)
            ),
            models.UniqueConstraint(
                fields=["gateway_reference"], condition=~Q(gateway_reference=""), name="one_charge_per_payment"
            ),
            models.UniqueConstraint(
                fields=["voucher"], condition=Q(refunded_at=None), name="one_standing_use_of_a_voucher"
            ),
        ]

    def __str__(self):
        return self.key


class Refund(TwoPeople):
    """A payment that goes back once a second person agrees. Who is paid back is who paid: the gateway knows them, we do not."""

    class Cause(models.TextChoices):
        MISTAKEN = "mistaken", _("paid twice, or for nothing")
        ALLOWED = "allowed", _("allowed by the fee schedule")
        ASKED = "asked", _("asked for by the person")

    seal = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    charge = models.ForeignKey(Charge, models.PROTECT, related_name="refunds", verbose_name=_("charge"))
    cause = models.CharField(_("cause"), max_length=12, choices=Cause)
    why = SealedTextField(_("why"))
    reference = models.CharField(_("reference of the return"), max_length=120, blank=True)
    refused_at = models.DateTimeField(_("refused by the payment service at"), null=True)

    history = History()

    class Meta(TwoPeople.Meta):
        verbose_name = _("return of a payment")
        verbose_name_plural = _("returns of payments")
        triggers = signed_writes()
        permissions = [("propose_refund", "Can propose returns"), ("decide_refund", "Can decide returns")]
        constraints = [
            *TwoPeople.Meta.constraints,
            models.UniqueConstraint(
                fields=["charge"],
                condition=Q(refused_at=None) & (Q(agreed=None) | Q(agreed=True)),
                name="one_refund_of_a_charge",
            ),
        ]

    def __str__(self):
        return f"{self._meta.verbose_name} {self.pk}"


class FeeRequest(models.Model):
    """A person asks for a fee back that was rightly paid. Their words may tell of an illness: they are for finance alone."""

    seal = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    charge = models.OneToOneField(Charge, models.PROTECT, related_name="fee_request", verbose_name=_("charge"))
    text = SealedTextField(_("why the person asks"))
    asked_at = models.DateTimeField(_("asked at"), auto_now_add=True)
    granted = models.BooleanField(_("granted"), null=True)
    answer = SealedTextField(_("answer, as the person will read it"), default="")
    decided_at = models.DateTimeField(_("decided at"), null=True)
    decided_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name=_("decided by"))

    history = History()

    class Meta:
        verbose_name = _("request for a fee back")
        verbose_name_plural = _("requests for fees back")
        triggers = signed_writes()
        constraints = [
            models.CheckConstraint(
                name="answered_request_has_a_date",
                condition=Q(granted=None, decided_at=None) | Q(granted__isnull=False, decided_at__isnull=False),
            )
        ]

    def __str__(self):
        return f"{self._meta.verbose_name} {self.pk}"


class VoucherBatch(models.Model):
    """Vouchers made in one go for one payer, each good for one fee. Who pays is told how many are used, never by whom."""

    purpose = models.CharField(_("fee"), max_length=16, choices=Charge.Purpose)
    payer = models.CharField(_("who pays"), max_length=120)
    valid_through = models.DateField(_("good through"))
    note = models.TextField(_("note"), blank=True)
    made_at = models.DateTimeField(_("made at"), auto_now_add=True)
    made_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("made by"))
    withdrawn_at = models.DateTimeField(_("withdrawn at"), null=True)
    withdrawn_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name=_("withdrawn by"))

    history = History()

    class Meta:
        verbose_name = _("batch of vouchers")
        verbose_name_plural = _("batches of vouchers")
        triggers = signed_writes()
        permissions = [("issue_vouchers", "Can make and withdraw vouchers")]

    def __str__(self):
        return f"{self.payer}: {self.get_purpose_display()}"


class Voucher(models.Model):
    """One code, known only by its fingerprint. It is used while a charge that it paid is not returned."""

    batch = models.ForeignKey(VoucherBatch, models.PROTECT, related_name="vouchers", verbose_name=_("batch"))
    fingerprint = models.CharField(max_length=64, unique=True)

    class Meta:
        verbose_name = _("voucher")
        triggers = facts()

    def __str__(self):
        return str(self.batch)
