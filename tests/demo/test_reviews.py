"""The invented reviews of the demonstration: true to the days of the certificates they lead to, and enough for figures."""

import pytest
from django.db import transaction
from django.utils import timezone
from PIL import Image

from applications.models import Application
from applications.queries import certificate_times, review_times
from certification.documents import decrypted
from certification.models import Certification, Notice
from certification.queries import today
from certification.standards import standards_on
from demo import bulk, reviews
from tests import factories
from training_providers.models import TrainingRecord
from training_providers.queries import review_times as training_times
from training_providers.rules import training_problems

pytestmark = pytest.mark.django_db


@pytest.fixture
def provider():
    return factories.provider("Bridges Peer Academy")


def test_the_size_of_the_demonstration_has_figures_of_every_kind(provider, tia):
    bulk.copy_in(5000, seed=803)
    reviews.copy_in(60, 803, provider=provider, desk=tia)
    standards = standards_on(today())
    found = [question(standards) for question in (review_times, training_times, certificate_times)]
    assert all(usual for times in found for usual in times.values())
    for times in found[:2]:
        assert 0 < times["ours"].half <= times["elapsed"].half <= times["elapsed"].most


def test_every_way_leads_from_the_application_to_the_certificate(provider, tia):
    bulk.copy_in(80, seed=3)
    reviews.copy_in(20, 3, provider=provider, desk=tia)
    newest = set(Certification.objects.order_by("-issued_at", "pk")[:20])
    ways = Application.objects.select_related("person", "approval_notice")
    assert {way.person.certifications.get() for way in ways} == newest
    for way in ways:
        training = way.person.training_records.get()
        assert way.filed_on == timezone.localdate(way.submitted_at) <= training.filed_on
        assert way.submitted_at < way.decided_at < training.decided_at < way.ended_at <= timezone.now()
        assert way.ended_at == way.person.certifications.get().issued_at
        assert 0 <= way.paused_days < (way.decided_at - way.submitted_at).days
        assert 0 <= training.paused_days < (training.decided_at - training.submitted_at).days
        assert (
            training_problems(training) == [] or training.starts < standards_on(today()).training_completed_on_or_after
        )
        assert (way.approval_notice.handed_over_at, way.approval_notice.context) == (way.decided_at, {})
        assert (training.words, training.decided_by) == ("", tia)
    paper = TrainingRecord.objects.first().document
    with Image.open(factories.io.BytesIO(decrypted(paper))) as picture:
        assert picture.format == "JPEG"
    assert not Notice.objects.unsent().exists()


def test_the_same_seed_gives_the_same_days(provider, tia):
    bulk.copy_in(40, seed=3)
    told = []
    for _time in range(2):
        with transaction.atomic():
            reviews.copy_in(10, 7, provider=provider, desk=tia)
            told.append(list(Application.objects.order_by("pk").values_list("person", "submitted_at", "decided_at")))
            told[-1] += TrainingRecord.objects.order_by("pk").values_list("person", "submitted_at", "paused_days")
            transaction.set_rollback(True)
    assert told[0] == told[1]


def test_who_has_an_account_is_left_alone(provider, tia, pat):
    bulk.copy_in(2, seed=3)
    reviews.copy_in(50, 7, provider=provider, desk=tia)
    assert Application.objects.count() == 2
