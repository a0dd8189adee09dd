import uuid

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from certification.models import TwoPeople, User
from certification.sealed import SealedTextField
from certification.signing import History, append_only, facts, signed_writes

from .applications import Application


class Reason(models.Model):
    """Why a reviewer asks for more or declines; the letter is written from it, and it names the page it reopens."""

    class Outcome(models.TextChoices):
        ASK = "ask", _("ask for more")
        DECLINE = "decline", _("decline")

    code = models.SlugField(_("code"), unique=True)
    requirement = models.CharField(_("requirement"), max_length=24)
    outcome = models.CharField(_("outcome"), max_length=8, choices=Outcome)
    text_en = models.TextField(_("English"))
    text_es = models.TextField(_("Spanish"))
    active = models.BooleanField(_("offered"), default=True)

    class Meta:
        verbose_name = _("reason")
        ordering = ["requirement", "code"]

    def __str__(self):
        return self.text

    @property
    def text(self):
        return self.in_language(get_language() or "en")

    def in_language(self, language):
        return self.text_es if language.startswith("es") else self.text_en


class Requirement(models.Model):
    """One condition of WIC 14045.15(a) on a reviewer's checklist; ``kind`` is a row of ``rules.REQUIREMENTS``."""

    class Status(models.TextChoices):
        WAITING = "waiting", _("to be checked")
        ACCEPTED = "accepted", _("accepted")
        MORE_ASKED = "more_asked", _("more is asked")
        DECLINED = "declined", _("declined")

    seal = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    application = models.ForeignKey(Application, models.PROTECT, related_name="requirements")
    kind = models.CharField(_("requirement"), max_length=24)
    status = models.CharField(_("status"), max_length=12, choices=Status, default=Status.WAITING)
    reason = models.ForeignKey(Reason, models.PROTECT, null=True, related_name="+", verbose_name=_("reason"))
    note = SealedTextField(_("what else the person should know"), default="")
    decided_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name=_("decided by"))
    decided_at = models.DateTimeField(_("decided at"), null=True)
    late = models.BooleanField(_("asked late for what was on file"), default=False)
    late_reason = SealedTextField(_("why it is asked late"), default="")
    late_allowed_by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name=_("asked late by leave of")
    )

    history = History()

    class Meta:
        verbose_name = _("requirement")
        triggers = signed_writes()
        constraints = [models.UniqueConstraint(fields=["application", "kind"], name="one_row_per_requirement")]

    def __str__(self):
        return self.kind


class Denial(TwoPeople):
    """A denial that one reviewer proposes and a second person decides (WIC 14045.15; the program denies nobody by one hand)."""

    seal = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    application = models.ForeignKey(Application, models.PROTECT, related_name="denials", verbose_name=_("application"))
    grounds = SealedTextField(_("grounds, as the person will read them"))

    history = History()

    class Meta(TwoPeople.Meta):
        verbose_name = _("proposed denial")
        triggers = signed_writes()
        constraints = [
            *TwoPeople.Meta.constraints,
            models.UniqueConstraint(
                fields=["application"], condition=Q(decided_at=None), name="one_open_denial_per_application"
            ),
        ]

    def __str__(self):
        return f"{self._meta.verbose_name} {self.pk}"


class Recusal(models.Model):
    """Somebody of staff knows the person and handed the file on. Why is nobody's business; it is never dealt to them again."""

    application = models.ForeignKey(Application, models.PROTECT, related_name="recusals")
    user = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField(_("at"), auto_now_add=True)

    class Meta:
        verbose_name = _("file handed on")
        triggers = append_only()
        constraints = [models.UniqueConstraint(fields=["application", "user"], name="one_recusal_of_each")]

    def __str__(self):
        return f"{self._meta.verbose_name} {self.pk}"


class Opening(models.Model):
    """Why somebody of staff opened a file that was not dealt to them; good for the day."""

    class Reason(models.TextChoices):
        ASKED = "asked", _("The person asked us something")
        COLLEAGUE = "colleague", _("A colleague asked me to look")
        HOLD = "hold", _("A hold has to be looked at")
        CHECK = "check", _("I check how we review")

    application = models.ForeignKey(Application, models.PROTECT, related_name="openings")
    user = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("who"))
    reason = models.CharField(_("reason"), max_length=12, choices=Reason)
    at = models.DateTimeField(_("at"), auto_now_add=True)

    class Meta:
        verbose_name = _("file opened by name")
        triggers = append_only()
        indexes = [models.Index(fields=["application", "user"], name="opening_of_a_file")]

    def __str__(self):
        return f"{self._meta.verbose_name} {self.pk}"


class Proposal(models.Model):
    """A decision that its maker may undo for a minute; nobody else sees it, and nothing is told until the clock takes it."""

    class Verb(models.TextChoices):
        ASK = "ask", _("ask for more")
        APPROVE = "approve", _("approve")
        DENY = "deny", _("deny")
        CLOSE = "close", _("close")

    application = models.OneToOneField(Application, models.PROTECT, related_name="proposal")
    verb = models.CharField(_("what"), max_length=8, choices=Verb)
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField(_("at"), default=timezone.now)

    class Meta:
        verbose_name = _("decision on its way")

    def __str__(self):
        return self.get_verb_display()


class Extension(models.Model):
    """Days added to an approval because we had used more than our own clocks allow; the days themselves stand in ``Application.extra_days``."""

    seal = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    application = models.ForeignKey(
        Application, models.PROTECT, related_name="extensions", verbose_name=_("application")
    )
    days = models.PositiveSmallIntegerField(_("days"))
    reason = SealedTextField(_("reason, as the person will read it"))
    added_at = models.DateTimeField(_("added at"), auto_now_add=True)
    added_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("added by"))

    class Meta:
        verbose_name = _("extension of an approval")
        triggers = facts()
        constraints = [models.CheckConstraint(name="extension_adds_days", condition=Q(days__gt=0))]

    def __str__(self):
        return f"{self._meta.verbose_name} {self.pk}"


class SecondReading(models.Model):
    """A file drawn by lot to be read twice, by a second reader who sees neither the marks nor the name of the first.

    ``marks`` and ``first_marks`` say by line of the checklist where each would put it (``Requirement.Status``); the latter are those of the decision that
    waits to leave. Where they differ a lead settles it before anything is sent.
    """

    seal = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    application = models.OneToOneField(
        Application, models.PROTECT, related_name="second_reading", verbose_name=_("application")
    )
    drawn_at = models.DateTimeField(_("drawn at"), auto_now_add=True)
    reader = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name=_("second reader"))
    marks = models.JSONField(_("marks of the second reader"), null=True)
    note = SealedTextField(_("note for the lead"), default="")
    read_at = models.DateTimeField(_("read at"), null=True)
    first_marks = models.JSONField(_("marks of the reviewer"), null=True)
    agrees = models.BooleanField(_("both agree"), null=True)
    settled_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name=_("settled by"))
    settled_at = models.DateTimeField(_("settled at"), null=True)
    first_stands = models.BooleanField(_("the first reading stands"), null=True)

    history = History()

    class Meta:
        verbose_name = _("second reading")
        triggers = signed_writes()
        permissions = [("settle_reading", "Can settle what two readers see differently")]
        constraints = [
            models.CheckConstraint(
                name="settled_by_no_second_reader",
                condition=Q(settled_by__isnull=True) | ~Q(settled_by=F("reader")),
            ),
            models.CheckConstraint(
                name="read_is_marked_by_somebody",
                condition=Q(read_at=None) | Q(marks__isnull=False, reader__isnull=False),
            ),
        ]

    def __str__(self):
        return f"{self._meta.verbose_name} {self.pk}"
