"""Figures over the records of every app."""

from django.core.cache import cache
from django.utils import timezone

from applications import queries as applications
from certification.service_times import line_of
from training_providers import queries as training

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
