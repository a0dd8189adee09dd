"""Figures over the records of every app."""

from collections import Counter

from django.core.cache import cache
from django.utils import timezone

from applications import queries as applications
from applications.models import Application
from certification.service_times import line_of
from training_providers import queries as training

from .models import Ancestry, Demographics, Gender, Veteran
from .rules import safe_counts, safe_parts

KEPT = 60  # seconds: a public page asks the database no more often than this, however many look


def service_times(standards):
    """How long people wait for us, by ``standards`` of today, as it was at most a minute ago: usual times, and who waits now."""
    return cache.get_or_set("service-times", lambda: _service_times(standards), KEPT)


def _service_times(standards):
    return {
        "at": timezone.now(),
        "review": applications.review_times(standards),
        "training": training.review_times(standards),
        "certificate": applications.certificate_times(standards),
        "waiting_review": line_of(applications.waiting()),
        "waiting_training": line_of(training.waiting_records()),
    }


QUESTIONS = {"ancestry": Ancestry, "gender": Gender, "veteran": Veteran}


def who_applies(year, fewest):
    """Of those who sent an application in ``year``: for each question its ``(answer, applied, certified)``, None for what must not be told."""
    sent = Application.objects.sent().filter(filed_on__year=year)
    applied, certified = _counted(sent), _counted(sent.filter(status=Application.Status.COMPLETED))
    return {question: _table(question, answers, applied, certified, fewest) for question, answers in QUESTIONS.items()}


def _table(question, answers, applied, certified, fewest):
    wholes = safe_counts({answer: applied[question, answer] for answer in answers}, fewest)
    parts = safe_parts({answer: certified[question, answer] for answer in answers}, wholes, fewest)
    return [(answer.label, wholes[answer], parts[answer]) for answer in answers]


def _counted(applications):
    """How often each answer to each question was given by those who sent ``applications``."""
    counts, told = Counter(), Demographics.objects.filter(person__in=applications.values("person"))
    for row in told.iterator(chunk_size=1000):
        for question, given in row.answers.items():
            counts.update((question, answer) for answer in (given if isinstance(given, list) else [given]) if answer)
    return counts


def years_of_applications():
    """The years in which applications came in, the newest first."""
    return [day.year for day in Application.objects.sent().dates("filed_on", "year", order="DESC")]
