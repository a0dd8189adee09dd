"""A certification has no status: its standing on any day follows from the dated facts below, each written once and never changed."""

import uuid

from django.contrib.postgres.constraints import ExclusionConstraint
from django.db import models
from django.db.models import Exists, F, Func, OuterRef, Q, Value
from django.db.models.functions import Cast
from django.db.models.lookups import Exact
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ..sealed import SealedTextField
from ..signing import History, facts, signed_writes
from .accounts import User
from .people import Person


class Standing(models.TextChoices):
    NOT_YET = "not yet certified", _("not yet certified")
    ACTIVE = "active", _("active")
    SUSPENDED = "suspended", _("suspended")
    LAPSED = "lapsed", _("lapsed")
    EXPIRED = "expired", _("expired")
    VACATED = "vacated", _("vacated")
    REVOKED = "revoked", _("revoked")
    SURRENDERED = "surrendered", _("surrendered")
    ENDED = "no longer certified", _("no longer certified")


class PublicReason(models.TextChoices):
    """Why an order stands on the registry: words about conduct, and never more than these."""

    CODE_OF_ETHICS = "code of ethics", _("The Code of Ethics was not followed.")
    FALSE_STATEMENT = "false statement", _("Something said to obtain certification was not true.")
    EDUCATION_NOT_DONE = "education not done", _("Classes that were ordered were not finished in time.")
    SAFETY = "safety", _("The safety of the people served had to be protected while facts were checked.")


class FactQuerySet(models.QuerySet):
    def standing(self, known_at=None):
        """Facts that were not overturned; with ``known_at``, as the record stood at that moment."""
        overturnings = Overturning.objects.filter(**{self.model.overturned_by: OuterRef("pk")})
        facts = self
        if known_at:
            facts, overturnings = (
                facts.filter(recorded_at__lte=known_at),
                overturnings.filter(recorded_at__lte=known_at),
            )
        return facts.filter(~Exists(overturnings))


class Fact(models.Model):
    """Something that became true of a certification on a day, and when we came to know it."""

    certification = models.ForeignKey("certification.Certification", models.PROTECT, related_name="%(class)ss")
    recorded_at = models.DateTimeField(_("recorded at"), auto_now_add=True)
    recorded_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name=_("recorded by"))

    objects = FactQuerySet.as_manager()

    class Meta:
        abstract = True
        triggers = facts()


class CertificationQuerySet(models.QuerySet):
    def with_standing(self, on, known_at=None, standards=None):
        """Annotate ``standing`` as it was, is or will be on that day; with ``known_at``, as it was known at that moment.

        The first of these that holds: revoked, surrendered, no longer certified, suspended, then what the terms say. The day of expiry itself still
        counts. After it the tiers of BHIN 25-010 follow, by ``standards``, else those of the day asked about. The rule is a function in the database (migration
        ``0002_standing``), so that its plan is kept and ten people cost ten times one.
        """
        from ..standards import standards_on

        standards = standards or standards_on(on)
        known = Value(known_at, models.DateTimeField()) if known_at else Cast(Value("infinity"), models.DateTimeField())
        return self.annotate(
            standing=Func(
                F("pk"),
                Cast(Value(on), models.DateField()),
                known,
                standards.renewal_lapsed_until_months,
                standards.renewal_vacated_after_months,
                function="certification_standing",
                output_field=models.CharField(choices=Standing),
            )
        )


class Certification(models.Model):
    """The credential of one person under one number, for as long as it lives."""

    person = models.ForeignKey(Person, models.PROTECT, related_name="certifications", verbose_name=_("person"))
    number = models.CharField(_("number"), max_length=20, unique=True)
    issued_at = models.DateTimeField(_("issued at"), auto_now_add=True)

    objects = CertificationQuerySet.as_manager()
    history = History()

    class Meta:
        verbose_name = _("certification")
        triggers = signed_writes()

    def __str__(self):
        return self.number


class Corner(Func):
    """The point of a day of a certification."""

    template = "point(certification_id, %(expressions)s - date '2000-01-01')"


class Term(Fact):
    """A certificate as issued: valid from ``starts`` through ``expires_on``, both days counted."""

    overturned_by = "term"

    starts = models.DateField(_("from"))
    expires_on = models.DateField(_("through"))
    printed_name = models.CharField(_("name on the certificate"), max_length=260)

    class Meta(Fact.Meta):
        verbose_name = _("term")
        ordering = ["starts"]
        constraints = [
            models.CheckConstraint(name="term_ends_after_start", condition=Q(expires_on__gt=F("starts"))),
            # Each term is a flat box: from its first to its last day, at the height of its certification. Ranges of numbers
            # and days would say the same; their index takes several times as long to write.
            ExclusionConstraint(
                name="terms_of_one_certification_apart",
                expressions=[(Func(Corner("starts"), Corner("expires_on"), function="box"), "&&")],
            ),
        ]

    def __str__(self):
        return f"{self.starts} – {self.expires_on}"


class Reissue(Fact):
    """A certificate printed again because its holder has another name: same number, same days. What was printed before stays good."""

    printed_name = models.CharField(_("name on the certificate"), max_length=260)

    class Meta(Fact.Meta):
        verbose_name = _("reissue")

    def __str__(self):
        return str(timezone.localdate(self.recorded_at))


class Suspension(Fact):
    """An order that takes standing away from ``starts``; ``ends`` is the first day it no longer holds."""

    overturned_by = "suspension"

    starts = models.DateField(_("from"))
    ends = models.DateField(_("until"), null=True)
    public_reason = models.CharField(_("public reason"), max_length=20, choices=PublicReason)

    class Meta(Fact.Meta):
        verbose_name = _("suspension")
        constraints = [
            models.CheckConstraint(
                name="suspension_ends_later", condition=Q(ends__isnull=True) | Q(ends__gt=F("starts"))
            )
        ]

    def __str__(self):
        return f"{self.starts} – {self.ends or ''}"


class DatedFact(Fact):
    on = models.DateField(_("on"))

    class Meta(Fact.Meta):
        abstract = True

    def __str__(self):
        return str(self.on)


class Revocation(DatedFact):
    overturned_by = "revocation"

    public_reason = models.CharField(_("public reason"), max_length=20, choices=PublicReason)

    class Meta(Fact.Meta):
        verbose_name = _("revocation")


class Surrender(DatedFact):
    overturned_by = "surrender"

    class Meta(Fact.Meta):
        verbose_name = _("surrender")


class Death(DatedFact):
    overturned_by = "death"

    source = models.CharField(_("source"), max_length=120)

    class Meta(Fact.Meta):
        verbose_name = _("death")


class Overturning(models.Model):
    """A decision that a fact was wrong from the start: it then counts for no day."""

    FACTS = ("term", "suspension", "revocation", "surrender", "death")

    term = models.OneToOneField(Term, models.PROTECT, null=True, related_name="overturning")
    suspension = models.OneToOneField(Suspension, models.PROTECT, null=True, related_name="overturning")
    revocation = models.OneToOneField(Revocation, models.PROTECT, null=True, related_name="overturning")
    surrender = models.OneToOneField(Surrender, models.PROTECT, null=True, related_name="overturning")
    death = models.OneToOneField(Death, models.PROTECT, null=True, related_name="overturning")
    recorded_at = models.DateTimeField(_("recorded at"), auto_now_add=True)
    recorded_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name=_("recorded by"))
    reason = models.TextField(_("reason"))

    class Meta:
        verbose_name = _("overturning")
        triggers = facts()
        constraints = [
            models.CheckConstraint(
                name="overturns_one_fact",
                condition=Exact(
                    Func(
                        "term",
                        "suspension",
                        "revocation",
                        "surrender",
                        "death",
                        function="num_nonnulls",
                        output_field=models.IntegerField(),
                    ),
                    1,
                ),
            )
        ]

    def __str__(self):
        return next(f"{name} {getattr(self, name)}" for name in self.FACTS if getattr(self, f"{name}_id"))


class Hold(models.Model):
    """Something open that keeps a certificate from being issued. The person is told; a lead reviewer ends it (or lets it end by not renewing)."""

    class Kind(models.TextChoices):
        IDENTITY = "identity", _("Who you are must be checked again")
        DUPLICATE = "duplicate", _("You may already have a record with us")
        FACTS = "facts", _("Something in your application must be checked")

    seal = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    person = models.ForeignKey(Person, models.PROTECT, related_name="holds", verbose_name=_("person"))
    kind = models.CharField(_("kind"), max_length=12, choices=Kind)
    note = SealedTextField(_("note for staff"))
    opened_at = models.DateTimeField(_("opened at"), auto_now_add=True)
    opened_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name=_("opened by"))
    review_on = models.DateField(_("review day"))
    ended_at = models.DateTimeField(_("ended at"), null=True)
    ended_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name=_("ended by"))
    end_reason = SealedTextField(_("why it ended"), null=True)

    history = History()

    class Meta:
        verbose_name = _("hold")
        triggers = signed_writes()
        permissions = [("manage_holds", "Can open and end holds")]

    def __str__(self):
        return self.get_kind_display()


class SearchName(models.Model):
    """One way to type the name of a certified person, folded; the registry's search looks here and nowhere else."""

    person = models.ForeignKey(Person, models.PROTECT, related_name="search_names")
    key = models.CharField(max_length=255, db_collation="C")

    class Meta:
        indexes = [models.Index(fields=["key", "person"], name="search_name_key")]
        constraints = [models.UniqueConstraint(fields=["person", "key"], name="one_row_per_way_to_type_a_name")]

    def __str__(self):
        return self.key
