"""What a person began, and what they read before they begin."""

from datetime import timedelta
from functools import cache

from django.conf import settings
from django.db.models import Case, When
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from certification.models import Charge
from certification.standards import StandardNotSet
from certification.templatetags.portal import dollars
from certification.texts import blocks
from training_providers.models import Approval, Language, TrainingType

from ..models import Application


def applications_of(user):
    """All that the person ever began: the open one, then those that ended, newest first."""
    mine = Application.objects.filter(person__user=user).select_related("person__user")
    return mine.order_by(Case(When(status__in=Application.OPEN, then=0), default=1), "-begun_at")


def latest_application(user):
    """The person's open application, or else the last one that ended; None for who never began one."""
    return applications_of(user).first()


def money_goes_back(application):
    """Whether the newest fee of the application was paid in vain and is on its way back."""
    charges = application.person.charges.filter(purpose=Charge.Purpose.APPLICATION, subject_id=application.pk)
    newest = charges.order_by("-opened_at").first()
    return bool(newest and newest.refund_due_at)


def offered_languages(standards):
    """Names of the languages in which the training and the exam are offered on the day of ``standards``; None for an exam not set yet."""
    approved = Approval.objects.on(standards.day).filter(training_type=TrainingType.CORE)
    training = sorted(set(approved.values_list("language", flat=True)))
    exam = standards.exam_languages if standards.is_set("exam_languages") else None
    return {"training": _names(training), "exam": exam and _names(exam)}


def _names(codes):
    names = dict(Language.choices)
    return [names.get(code, code) for code in codes]


def orientation(standards):
    """The guide to read before applying, in the language of the page, with the figures of the day filled in."""
    text = _orientation_text("es" if (get_language() or "").startswith("es") else "en")
    return blocks(text.format_map(_Figures(standards)))


@cache
def _orientation_text(language):
    return (settings.BASE_DIR / "data" / "orientation" / f"{language}.md").read_text(encoding="utf-8")


class _Figures(dict):
    """The program's numbers by the names of ``Standards``; fees as money."""

    def __init__(self, standards):
        super().__init__()
        self.standards = standards

    def __missing__(self, name):
        try:
            value = getattr(self.standards, name)
        except StandardNotSet:
            return _("(not set yet: ask us)")
        return dollars(value) if name.startswith("fee_") else value


def resting_drafts(standards):
    """Drafts that nobody saved or kept for so long that a warning may be due, the longest first."""
    if not standards.is_set("application_draft_close_days") or not standards.is_set("application_draft_warning_days"):
        return Application.objects.none()
    days = standards.application_draft_close_days - max(standards.application_draft_warning_days)
    before = timezone.now() - timedelta(days=days - 1)
    drafts = Application.objects.filter(status=Application.Status.DRAFT, begun_at__lt=before)
    rested = drafts.exclude(kept_at__gte=before).exclude(draft_pages__saved_at__gte=before)
    return rested.select_related("person__user").order_by("begun_at")
