import uuid

import pgtrigger
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from certification.models import Person, User
from certification.sealed import SealedTextField
from certification.signing import signed_writes


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
                condition=pgtrigger.AnyChange(exclude=["read_at", "person"]),
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
