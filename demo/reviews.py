"""What led to the newest certificates: a training and an application, both decided, as signed rows copied in at once, without history.

With them the demonstration has figures of its own to tell: how long our reviews take, and how long it is from there to the certificate.
"""

from datetime import datetime, timedelta
from random import Random
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.db import connection
from django.db.models import Model
from django.utils import timezone

from applications.models import Application
from certification import documents
from certification.models import Certification, Document, Notice, User
from certification.sealed import fingerprint
from certification.signing import signed
from reporting.models import Ancestry, Demographics, Gender, Veteran
from training_providers.models import Provider, TrainingRecord

from . import pictures
from .bulk import copy_rows, reserve

MODELS = (Notice, Application, Document, TrainingRecord)


def copy_in(count: int, seed: int, *, provider: Provider, desk: User) -> None:
    """Give those of the people copied in who hold the ``count`` newest certificates the application and the training that led there.

    ``desk`` took in their training certificates, as if they had come by post. The same seed gives the same days.
    """
    random = Random(seed)  # noqa: S311
    copied = Certification.objects.filter(person__user=None).select_related("person")
    newest = list(copied.order_by("-issued_at", "pk")[:count])
    with signed(None, "invented reviews, copied in"), connection.cursor() as cursor:
        keys = zip(*(reserve(cursor, model, newest) for model in MODELS), strict=True)
        rows: dict[type, list[dict]] = {model: [] for model in MODELS}
        for certification, (notice, application, paper, training) in zip(newest, keys, strict=True):
            for row in (
                *_reviewed(certification, random, notice, application),
                *_trained(certification, random, paper, training, provider, desk),
            ):
                rows[type(row)].append(_as_stored(row))
        for model in MODELS:
            copy_rows(cursor, model, rows[model])
    _tell_about_themselves([certification.person_id for certification in newest], Random(seed))  # noqa: S311


def _tell_about_themselves(people: list[int], random: Random) -> None:
    """Two of three chose to."""
    Demographics.objects.bulk_create(
        Demographics(
            person_id=person,
            answers={
                "ancestry": random.sample(Ancestry.values, random.choice([1, 1, 1, 2])),
                "gender": random.choices(Gender.values, [60, 34, 5, 1])[0],
                "veteran": random.choices(Veteran.values, [1, 9])[0],
            },
        )
        for person in people
        if random.random() < 0.67
    )


def _reviewed(certification: Certification, random: Random, notice: int, application: int) -> tuple[Model, Model]:
    """The application, approved some months before the certificate, and the letter that said so."""
    decided_at = _before(certification.issued_at, random.randint(45, 110))
    paused = random.choice([0, 0, 0, random.randint(3, 30)])
    sent_at = _before(decided_at, paused + round(random.triangular(4, 40, 17)))
    letter = Notice(
        pk=notice,
        key=f"application-approved:{application}",
        name="application-approved",
        language="en",
        created_at=decided_at,
        handed_over_at=decided_at,
    )
    filed = Application(
        pk=application,
        person=certification.person,
        status=Application.Status.COMPLETED.value,
        pathway=Application.Pathway.INITIAL.value,
        begun_at=sent_at,
        filed_on=timezone.localdate(sent_at),
        submitted_at=sent_at,
        decided_at=decided_at,
        ended_at=certification.issued_at,
        passed_at=certification.issued_at,
        approval_notice=letter,
        paused_days=paused,
    )
    return letter, filed


def _trained(
    certification: Certification, random: Random, paper: int, training: int, provider: Provider, desk: User
) -> tuple[Model, Model]:
    """The training, accepted shortly before the certificate, and its paper."""
    decided_at = _before(certification.issued_at, random.randint(5, 15))
    paused = random.choice([0, 0, 0, 0, random.randint(2, 8)])
    sent_at = _before(decided_at, paused + round(random.triangular(1, 18, 7)))
    ends = timezone.localdate(sent_at) - timedelta(days=6)
    said = {"provider": provider, "hours": 80, "starts": ends - timedelta(days=30), "ends": ends}
    document = _paper(paper, certification, said, sent_at, desk)
    record = TrainingRecord(
        pk=training,
        person=certification.person,
        training_type="core",
        language="en",
        document=document,
        status=TrainingRecord.Status.ACCEPTED.value,
        filed_on=timezone.localdate(sent_at),
        submitted_at=sent_at,
        decided_at=decided_at,
        decided_by=desk,
        paused_days=paused,
        **said,
    )
    return document, record


def _paper(pk: int, certification: Certification, said: dict[str, Any], sent_at: datetime, desk: User) -> Document:
    """A certificate of the training, stored as one that was judged would be."""
    picture = pictures.training_certificate(
        str(certification.person), **said | {"provider": str(said["provider"])}
    ).read()
    document = Document(
        pk=pk,
        owner=certification.person,
        kind=Document.Kind.TRAINING.value,
        file_key=AESGCM.generate_key(256),
        content_type="image/jpeg",
        size=len(picture),
        fingerprint=fingerprint(certification.number),
        scan=Document.Scan.NOT_SCANNED.value,
        uploaded_by=desk,
        uploaded_at=sent_at,
    )
    document.storage_name = documents.store(documents.encrypt(picture, document.file_key, document.public_id))
    return document


def _before(moment: datetime, days: int) -> datetime:
    """Noon, so many days before."""
    return timezone.localtime(moment).replace(hour=12) - timedelta(days=days)


def _as_stored(row: Model) -> dict[str, Any]:
    """The columns of ``row`` as the table holds them, sealed where they are."""
    return {str(field.column): field.pre_save(row, add=False) for field in row._meta.concrete_fields}
