import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _

from certification.models import Person
from certification.sealed import SealedJSONField


class Ancestry(models.TextChoices):
    AMERICAN_INDIAN = "american indian", _("American Indian or Alaska Native")
    ASIAN = "asian", _("Asian")
    BLACK = "black", _("Black or African American")
    HISPANIC = "hispanic", _("Hispanic or Latino")
    MIDDLE_EASTERN = "middle eastern", _("Middle Eastern or North African")
    PACIFIC = "pacific", _("Native Hawaiian or Pacific Islander")
    WHITE = "white", _("White")
    OTHER = "other", _("Something else")


class Gender(models.TextChoices):
    WOMAN = "woman", _("Woman")
    MAN = "man", _("Man")
    NONBINARY = "nonbinary", _("Nonbinary")
    OTHER = "other", _("Something else")


class Veteran(models.TextChoices):
    YES = "yes", _("Yes")
    NO = "no", _("No")


class Demographics(models.Model):
    """What a person chose to tell about themself, for counts of many people only. It is no part of a case: they change it or take it back as they like."""

    seal = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    person = models.OneToOneField(Person, models.CASCADE, related_name="demographics", verbose_name=_("person"))
    answers = SealedJSONField(_("answers"))
    answered_at = models.DateTimeField(_("answered at"), auto_now=True)

    class Meta:
        verbose_name = _("demographics")
        verbose_name_plural = _("demographics")
        permissions = [("count_demographics", "Can see who applies, in numbers")]

    def __str__(self):
        return f"{self._meta.verbose_name} {self.pk}"
