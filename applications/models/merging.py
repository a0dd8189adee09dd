from django.db import models
from django.db.models import F, OuterRef, Q, Subquery
from django.utils.translation import gettext_lazy as _

from certification.models import Person, TwoPeople, User
from certification.signing import History, facts, signed_writes


class AccountAnswer(models.Model):
    """What a person says about another account of theirs; the last one counts. ``other`` is whose address they named, and is never shown to them."""

    person = models.ForeignKey(Person, models.PROTECT, related_name="+", verbose_name=_("person"))
    has_another = models.BooleanField(_("another account"))
    other = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+", verbose_name=_("the account named"))
    said_at = models.DateTimeField(_("answered at"), auto_now_add=True)

    class Meta:
        verbose_name = _("answer about another account")
        triggers = facts()
        indexes = [models.Index(fields=["person", "-id"], name="last_answer_of_a_person")]
        constraints = [
            models.CheckConstraint(
                name="who_has_one_account_names_no_other", condition=Q(other=None) | Q(has_another=True)
            )
        ]

    def __str__(self):
        return f"{self._meta.verbose_name} {self.pk}"


class AccountPairQuerySet(models.QuerySet):
    def with_answers(self):
        """Annotate what each of the two said last: ``first_has``, ``first_names``, ``second_has`` and ``second_names``."""
        return self.annotate(
            first_has=_last("first", "has_another"),
            first_names=_last("first", "other"),
            second_has=_last("second", "has_another"),
            second_names=_last("second", "other"),
        )

    def said_by_both(self):
        """Those of which each named the other."""
        return self.with_answers().filter(first_names=F("second"), second_names=F("first"))


def _last(whose, said):
    return Subquery(AccountAnswer.objects.filter(person=OuterRef(whose)).order_by("-pk").values(said)[:1])


class AccountPair(models.Model):
    """Two accounts that may be of one person: somebody of staff asked both (``asked_by``), or each named the other unasked. It says nothing more."""

    first = models.ForeignKey(Person, models.PROTECT, related_name="+", verbose_name=_("one account"))
    second = models.ForeignKey(Person, models.PROTECT, related_name="+", verbose_name=_("the other account"))
    asked_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name=_("asked by"))
    noted_at = models.DateTimeField(_("noted at"), auto_now_add=True)

    objects = AccountPairQuerySet.as_manager()

    class Meta:
        verbose_name = _("possible second account")
        verbose_name_plural = _("possible second accounts")
        triggers = facts()
        constraints = [
            models.CheckConstraint(name="a_pair_stands_in_order", condition=Q(first__lt=F("second"))),
            models.UniqueConstraint(fields=["first", "second"], name="one_row_per_pair"),
        ]

    def __str__(self):
        return f"{self._meta.verbose_name} {self.pk}"


class Merge(TwoPeople):
    """Two accounts of one person made one, once a second person agrees; with ``undoes``, such a merge taken back.

    ``plan`` says what was proposed, by numbers alone (``rules.plan_of``); of an undoing, only how all stood.
    """

    kept = models.ForeignKey(Person, models.PROTECT, related_name="+", verbose_name=_("account that stays"))
    merged = models.ForeignKey(Person, models.PROTECT, related_name="+", verbose_name=_("account that closes"))
    undoes = models.ForeignKey("self", models.PROTECT, null=True, related_name="+", verbose_name=_("merge to undo"))
    plan = models.JSONField(_("plan"))

    history = History()

    class Meta(TwoPeople.Meta):
        verbose_name = _("merge of two accounts")
        verbose_name_plural = _("merges of two accounts")
        triggers = signed_writes()
        permissions = [
            ("propose_merge", "Can ask about second accounts and propose merges"),
            ("decide_merge", "Can decide merges"),
        ]
        constraints = [
            *TwoPeople.Meta.constraints,
            models.CheckConstraint(name="nobody_merges_with_themselves", condition=~Q(kept=F("merged"))),
            models.UniqueConstraint(
                fields=["merged"], condition=Q(decided_at=None), name="one_open_merge_of_an_account"
            ),
        ]

    def __str__(self):
        return (_("Undoing of merge %d") % self.undoes_id) if self.undoes_id else f"{self._meta.verbose_name} {self.pk}"
