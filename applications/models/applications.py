import uuid

from django.db import models
from django.db.models import Q
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from certification.models import Notice, Person, User
from certification.sealed import SealedJSONField
from certification.signing import History, signed_writes
from certification.standards import standards_on


class ApplicationQuerySet(models.QuerySet):
    def visible_to(self, user):
        """A person's own; staff see what was submitted, never a draft."""
        if user.has_perm("applications.view_application"):
            return self.sent()
        return self.filter(person__user=user) if user.is_authenticated else self.none()

    def open(self):
        return self.filter(status__in=Application.OPEN)

    def sent(self):
        """What was ever submitted; a draft stays its writer's own, even when it has ended."""
        return self.filter(submitted_at__isnull=False)


class Application(models.Model):
    """A person's request to be certified.

    ``answers`` is what the person filed, sealed; drafts are ``DraftPage`` rows. ``filed_on`` is the day whose standards govern the case. The approval
    counts from the day its notice is handed over, so valid-through is read from ``approval_notice`` and never stored. ``exam_open``, ``passed_at``
    and ``used_up_on`` are told to us by the exam: while a sitting may still bring a result the approval is not closed, a pass that meets a hold waits here,
    and after the last attempt there may be a wait before the next application.
    """

    class Status(models.TextChoices):
        DRAFT = "draft", _("not sent yet")
        SUBMITTED = "submitted", _("waiting for review")
        IN_REVIEW = "in_review", _("in review")
        MORE_ASKED = "more_asked", _("waiting for the person")
        APPROVED = "approved", _("approved")
        DENIED = "denied", _("denied")
        WITHDRAWN = "withdrawn", _("withdrawn")
        CLOSED = "closed", _("closed")
        COMPLETED = "completed", _("completed")

    OPEN = (Status.DRAFT, Status.SUBMITTED, Status.IN_REVIEW, Status.MORE_ASKED, Status.APPROVED)

    class Pathway(models.TextChoices):
        INITIAL = "initial", _("first certification")

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    seal = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    person = models.ForeignKey(Person, models.PROTECT, related_name="applications", verbose_name=_("person"))
    pathway = models.CharField(_("pathway"), max_length=16, choices=Pathway, default=Pathway.INITIAL)
    status = models.CharField(_("status"), max_length=12, choices=Status, default=Status.DRAFT)
    begun_at = models.DateTimeField(_("begun at"), auto_now_add=True)
    filed_on = models.DateField(_("filed on"), null=True)
    submitted_at = models.DateTimeField(_("submitted at"), null=True)
    decided_at = models.DateTimeField(_("decided at"), null=True)
    ended_at = models.DateTimeField(_("ended at"), null=True)
    reviewer = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name=_("reviewer"))
    snapshot = SealedJSONField(null=True)
    answers = SealedJSONField(null=True)
    approval_notice = models.ForeignKey(
        Notice, models.PROTECT, null=True, related_name="+", verbose_name=_("notice of approval")
    )
    asked_notice = models.ForeignKey(
        Notice, models.PROTECT, null=True, related_name="+", verbose_name=_("notice that asked for more")
    )
    exam_open = models.BooleanField(_("an exam is open"), default=False)
    passed_at = models.DateTimeField(_("exam passed at"), null=True)
    used_up_on = models.DateField(_("last attempt at the exam used up on"), null=True)
    extra_days = models.PositiveSmallIntegerField(_("days added to valid-through"), default=0)
    kept_at = models.DateTimeField(_("draft kept at"), null=True)
    reply_from = models.DateField(_("time to answer counts again from"), null=True)
    paused_days = models.PositiveSmallIntegerField(_("days the review waited for the person"), default=0)

    objects = ApplicationQuerySet.as_manager()
    # What was never sent is no legal state, and is deleted when the person takes it back.
    history = History(excluded_fields=["snapshot"])

    class Meta:
        verbose_name = _("application")
        triggers = signed_writes()
        permissions = [
            ("review_application", "Can review applications"),
            ("release_any_application", "Can release applications of other reviewers"),
            ("decide_denial", "Can decide a proposed denial"),
            ("allow_late_request", "Can let reviewers ask late for what was on file"),
            ("close_unanswered", "Can close applications that wait for an answer too long"),
            ("extend_approval", "Can add days to an approval that we were late for"),
            ("view_figures", "Can see how the queue as a whole stands"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["person", "pathway"],
                condition=Q(status__in=["draft", "submitted", "in_review", "more_asked", "approved"]),
                name="one_open_application_per_pathway",
            ),
            models.CheckConstraint(
                name="submitted_has_a_day",
                condition=Q(status__in=["draft", "withdrawn", "closed"]) | Q(filed_on__isnull=False),
            ),
            models.CheckConstraint(
                name="approved_has_a_notice",
                condition=~Q(status__in=["approved", "completed"])
                | Q(decided_at__isnull=False, approval_notice__isnull=False),
            ),
            models.CheckConstraint(
                name="denied_has_a_date", condition=~Q(status="denied") | Q(decided_at__isnull=False)
            ),
        ]
        indexes = [models.Index(fields=["status", "submitted_at"], name="application_queue")]

    def __str__(self):
        return f"{self._meta.verbose_name} {self.pk}"

    @cached_property
    def standards(self):
        """The standards of the day of filing, which govern the case."""
        return standards_on(self.filed_on)


class DraftPage(models.Model):
    """The answers of one page while the person is writing; not signed and without history until ``SUBMIT`` seals them."""

    seal = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    application = models.ForeignKey(Application, models.CASCADE, related_name="draft_pages")
    page = models.CharField(_("page"), max_length=24)
    answers = SealedJSONField(default=dict)
    saved_at = models.DateTimeField(_("saved at"), auto_now=True)

    class Meta:
        verbose_name = _("page of a draft")
        constraints = [models.UniqueConstraint(fields=["application", "page"], name="one_row_per_draft_page")]

    def __str__(self):
        return self.page
