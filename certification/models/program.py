from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from ..signing import History, signed_writes


class Standard(models.Model):
    """One number of the program from one day on. The oldest row of a key also governs earlier days."""

    class Basis(models.TextChoices):
        TEXT = "text", _("read in the program's own text")
        SECONDARY = "secondary", _("read in a text that restates it")
        ASSUMED = "assumed", _("assumed: our present practice")
        MUST_BE_SET = "must be set", _("must be set")

    key = models.CharField(_("key"), max_length=60)
    value = models.CharField(_("value"), max_length=120, blank=True)
    unit = models.CharField(_("unit"), max_length=40)
    effective_from = models.DateField(_("in force from"))
    citation = models.CharField(_("citation"), max_length=200)
    basis = models.CharField(_("basis"), max_length=12, choices=Basis)

    history = History()

    class Meta:
        verbose_name = _("standard")
        ordering = ["key", "effective_from"]
        constraints = [models.UniqueConstraint(fields=["key", "effective_from"], name="one_value_per_key_and_day")]
        triggers = signed_writes()

    def __str__(self):
        return f"{self.key} = {self.value or _('not set')} ({self.effective_from})"


class EthicsCode(models.Model):
    """A version of the Code of Ethics, as a person signs it; never edited once in force."""

    version = models.CharField(_("version"), max_length=20, unique=True)
    effective_from = models.DateField(_("in force from"), unique=True)
    text_en = models.TextField(_("English"))
    text_es = models.TextField(_("Spanish"))
    summary_en = models.TextField(_("plain summary, English"))
    summary_es = models.TextField(_("plain summary, Spanish"))

    history = History()

    class Meta:
        verbose_name = _("Code of Ethics")
        verbose_name_plural = _("Codes of Ethics")
        ordering = ["effective_from"]
        triggers = signed_writes()

    def __str__(self):
        return self.version

    @property
    def text(self):
        return self._in_language("text")

    @property
    def summary(self):
        return self._in_language("summary")

    def _in_language(self, name):
        return getattr(self, f"{name}_{'es' if (get_language() or '').startswith('es') else 'en'}")


class Holiday(models.Model):
    """A day that is no business day of the program."""

    day = models.DateField(_("day"), unique=True)
    name = models.CharField(_("name"), max_length=80)

    class Meta:
        verbose_name = _("holiday")
        ordering = ["day"]

    def __str__(self):
        return f"{self.day} {self.name}"
