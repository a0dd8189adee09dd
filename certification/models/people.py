import uuid

from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from phonenumber_field.modelfields import PhoneNumberField

from ..numbers import new_portal_code
from ..sealed import SealedDateField, fingerprint
from ..signing import History
from .accounts import User


class County(models.Model):
    """One of California's 58 counties."""

    fips = models.CharField(_("FIPS code"), max_length=5, unique=True)
    name = models.CharField(_("name"), max_length=40, unique=True)
    region = models.CharField(_("region"), max_length=20)
    region_source = models.CharField(_("source of the region"), max_length=80)

    class Meta:
        verbose_name = _("county")
        verbose_name_plural = _("counties")
        ordering = ["name"]

    def __str__(self):
        return self.name


class CountyParticipation(models.Model):
    """From which day a county offers peer support services, and through which delivery systems."""

    county = models.ForeignKey(County, models.PROTECT, related_name="participations", verbose_name=_("county"))
    effective_from = models.DateField(_("from"))
    participating = models.BooleanField(_("participating"))
    smhs = models.BooleanField(_("specialty mental health services"))
    dmc_ods = models.BooleanField(_("Drug Medi-Cal organized delivery system"))
    dmc_state_plan = models.BooleanField(_("Drug Medi-Cal state plan"))
    source = models.CharField(_("source"), max_length=120)

    class Meta:
        verbose_name = _("participation of a county")
        verbose_name_plural = _("participation of counties")
        constraints = [models.UniqueConstraint(fields=["county", "effective_from"], name="one_participation_per_day")]

    def __str__(self):
        return f"{self.county} {self.effective_from}"


class Plan(models.Model):
    """A behavioral-health plan: a county, several counties together, or a city."""

    class Kind(models.TextChoices):
        COUNTY = "county", _("county")
        JOINT = "joint", _("counties together")
        CITY = "city", _("city")

    code = models.SlugField(_("code"), unique=True)
    name = models.CharField(_("name"), max_length=80)
    kind = models.CharField(_("kind"), max_length=8, choices=Kind)

    class Meta:
        verbose_name = _("behavioral-health plan")
        ordering = ["name"]

    def __str__(self):
        return self.name


class PlanCounty(models.Model):
    """A county that a plan serves, whole or in part."""

    plan = models.ForeignKey(Plan, models.PROTECT, related_name="plan_counties")
    county = models.ForeignKey(County, models.PROTECT, related_name="plan_counties")

    class Meta:
        verbose_name = _("county of a plan")
        verbose_name_plural = _("counties of plans")
        constraints = [models.UniqueConstraint(fields=["plan", "county"], name="plan_serves_county_once")]

    def __str__(self):
        return f"{self.plan}: {self.county}"


class Labelled(models.Model):
    """A row of an editable list, named in English and Spanish."""

    code = models.SlugField(_("code"), unique=True)
    label_en = models.CharField(_("English"), max_length=200)
    label_es = models.CharField(_("Spanish"), max_length=200)
    active = models.BooleanField(_("offered"), default=True)
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    class Meta:
        abstract = True
        ordering = ["position", "code"]

    def __str__(self):
        return self.label

    @property
    def label(self):
        return self.label_es if (get_language() or "").startswith("es") else self.label_en


class IdentityKind(Labelled):
    """A photo ID that we accept; editable, so that none is refused for want of a release."""

    class Meta(Labelled.Meta):
        verbose_name = _("kind of photo ID")
        verbose_name_plural = _("kinds of photo ID")


class EducationKind(Labelled):
    """A paper that shows a high school diploma or its equal."""

    class Meta(Labelled.Meta):
        verbose_name = _("kind of diploma")
        verbose_name_plural = _("kinds of diploma")


class Competency(Labelled):
    """One of the core competencies of the training (WIC 14045.13(c))."""

    class Meta(Labelled.Meta):
        verbose_name = _("competency")
        verbose_name_plural = _("competencies")


class Specialization(Labelled):
    hours = models.PositiveSmallIntegerField(_("hours"))

    class Meta(Labelled.Meta):
        verbose_name = _("specialization")


class ExamArea(Labelled):
    class Meta(Labelled.Meta):
        verbose_name = _("area of the exam")
        verbose_name_plural = _("areas of the exam")


NAME_PARTS = ("given_name", "middle_name", "family_name", "suffix")


def full_name(parts):
    """A legal name as it is written, from its ``NAME_PARTS``."""
    return " ".join(filter(None, (parts.get(part) for part in NAME_PARTS)))


class PersonQuerySet(models.QuerySet):
    def visible_to(self, user):
        if user.has_perm("certification.view_person"):
            return self
        return self.filter(user=user) if user.is_authenticated else self.none()


class Person(models.Model):
    """Someone who applies or is certified. Apart from ``User``: a person may have no sign-in, and staff are no persons of the program.

    Names are as on the photo ID; ``family_name`` is blank for people who have one name. ``portal_code`` is what they give to their training provider.
    ``merged_into`` is set where this was the second account of somebody: what hung on it moved there, and the sign-in is closed.
    """

    seal = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    user = models.OneToOneField(User, models.PROTECT, null=True, related_name="person", verbose_name=_("sign-in"))
    portal_code = models.CharField(
        _("portal code"), max_length=11, unique=True, default=new_portal_code, editable=False
    )
    given_name = models.CharField(_("given name"), max_length=80, blank=True)
    middle_name = models.CharField(_("middle name"), max_length=80, blank=True)
    family_name = models.CharField(_("family name"), max_length=80, blank=True)
    suffix = models.CharField(_("suffix"), max_length=10, blank=True)
    preferred_name = models.CharField(_("preferred name"), max_length=80, blank=True)
    birth_date = SealedDateField(_("birth date"), null=True)
    birth_date_mac = models.CharField(max_length=64, blank=True, db_index=True, editable=False)
    phone = PhoneNumberField(_("phone"), blank=True, region="US")
    address_line1 = models.CharField(_("street address"), max_length=120, blank=True)
    address_line2 = models.CharField(_("apartment or unit"), max_length=120, blank=True)
    city = models.CharField(_("city"), max_length=80, blank=True)
    state = models.CharField(_("state"), max_length=2, blank=True)
    zip_code = models.CharField(_("ZIP code"), max_length=10, blank=True)
    no_fixed_address = models.BooleanField(_("no fixed address"), default=False)
    county = models.ForeignKey(County, models.PROTECT, null=True, related_name="+", verbose_name=_("county"))
    merged_into = models.ForeignKey(
        "self", models.PROTECT, null=True, related_name="merged", verbose_name=_("closed in favor of")
    )

    objects = PersonQuerySet.as_manager()
    history = History()

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")

    def __str__(self):
        return self.legal_name or f"{self._meta.verbose_name} {self.pk}"

    @property
    def legal_name(self):
        return full_name({part: getattr(self, part) for part in NAME_PARTS})

    @property
    def greeting(self):
        return self.preferred_name or self.given_name

    def set_birth_date(self, day):
        """Keep the birth date and the fingerprint by which equal ones are found."""
        self.birth_date, self.birth_date_mac = day, fingerprint(day.isoformat())
