import uuid

import pgtrigger
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from certification.models import Notice, Person, TwoPeople, User
from certification.sealed import SealedJSONField, SealedTextField
from certification.signing import History, append_only, facts, signed_writes
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
    counts from the day its notice is handed over, so valid-through is read from ``approval_notice`` and never stored. ``exam_open`` and ``passed_at``
    are told to us by the exam: while a sitting may still bring a result the approval is not closed, and a pass that meets a hold waits here.
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


class MessageQuerySet(models.QuerySet):
    def waiting(self):
        """The questions that wait for us: nobody of the office has written since, or noted that they need no answer."""
        later = Message.objects.filter(person=OuterRef("person"), pk__gt=OuterRef("pk"))
        return self.filter(~Exists(later.exclude(kind=Message.Kind.QUESTION)), kind=Message.Kind.QUESTION)

    def unread(self):
        """What we wrote and the person has not seen yet."""
        return self.filter(kind=Message.Kind.ANSWER, read_at=None)


class Message(models.Model):
    """What a person and the office say to each other, in order. What the office adds settles every question before it; nothing said is ever changed.

    ``once`` is one for what was sent once, however often it arrives. ``answer_by`` is the day by which we mean to answer, as counted when the
    question came in.
    """

    class Kind(models.TextChoices):
        QUESTION = "question", _("from the person")
        ANSWER = "answer", _("from the office")
        NO_ANSWER = "no_answer", _("needs no answer")

    class Reason(models.TextChoices):
        NOTHING_ASKED = "nothing_asked", _("Nothing was asked.")
        SPOKEN = "spoken", _("We spoke by phone or in person.")
        TWICE = "twice", _("It was said before.")

    seal = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    person = models.ForeignKey(Person, models.PROTECT, related_name="messages", verbose_name=_("person"))
    kind = models.CharField(_("kind"), max_length=12, choices=Kind)
    author = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("written by"))
    body = SealedTextField(_("message"), null=True)
    reason = models.CharField(_("why it needs no answer"), max_length=16, choices=Reason, blank=True)
    once = models.UUIDField(editable=False)
    written_at = models.DateTimeField(_("written at"), auto_now_add=True)
    answer_by = models.DateField(_("answer by"), null=True)
    read_at = models.DateTimeField(_("read at"), null=True)

    objects = MessageQuerySet.as_manager()

    class Meta:
        verbose_name = _("message")
        triggers = [
            *signed_writes(),
            pgtrigger.Protect(
                name="said_is_said",
                operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange(exclude=["read_at"]),
            ),
        ]
        constraints = [
            models.UniqueConstraint(fields=["person", "author", "once"], name="sent_once_is_said_once"),
            models.CheckConstraint(
                name="something_is_said_or_nothing_for_a_reason",
                condition=Q(kind="no_answer", body=None) & ~Q(reason="")
                | ~Q(kind="no_answer") & Q(body__isnull=False, reason=""),
            ),
            models.CheckConstraint(
                name="a_question_has_a_day",
                condition=Q(kind="question", answer_by__isnull=False) | ~Q(kind="question") & Q(answer_by=None),
            ),
            models.CheckConstraint(name="an_answer_is_read", condition=Q(read_at=None) | Q(kind="answer")),
        ]

    def __str__(self):
        return f"{self._meta.verbose_name} {self.pk}"


class Thread(Person):
    """A person as the desk of messages meets them: what was said, and nothing of what they filed."""

    class Meta:
        proxy = True
        verbose_name = _("messages with a person")
        verbose_name_plural = _("messages")
        permissions = [("answer_thread", "Can answer messages")]
