"""Every state that a step reaches occurs among the invented people, and a second start changes nothing."""

import pytest
from django.core.management import call_command

from applications.models import Application, Message, Requirement
from certification.audit import first_break
from certification.models import Certification, Charge, FeeRequest, Notice, Standing, User
from certification.queries import today
from demo.personas import PEOPLE, STAFF
from discipline.models import Appeal
from exams.models import AccommodationRequest, Attempt, ResultRow
from tests.conftest import free_port
from training_providers.models import Approval, TrainingRecord

pytestmark = pytest.mark.django_db


@pytest.fixture
def seeded(db, settings, tmp_path, monkeypatch):
    monkeypatch.setattr("demo.logins.PASSWORD", tmp_path / "password.txt")
    monkeypatch.setattr("demo.logins.LOGINS", tmp_path / "logins.txt")
    settings.EMAIL_PORT = free_port()  # nobody listens: nothing may be mailed
    call_command("seed_demo", size=40)
    return tmp_path


def test_every_state_occurs_and_the_second_start_changes_nothing(seeded):
    for model in (Application, Requirement, TrainingRecord, Attempt, AccommodationRequest):
        assert set(model.objects.values_list("status", flat=True)) == set(model.Status.values), model
    standings = set(Certification.objects.with_standing(today()).values_list("standing", flat=True))
    assert standings == set(Standing.values)
    assert Appeal.objects.exists()
    assert FeeRequest.objects.filter(granted=None).exists()
    assert Charge.objects.exclude(voucher=None).exists()
    assert Message.objects.waiting().filter(answer_by__lt=today()).exists()
    assert Message.objects.unread().exists()
    assert ResultRow.objects.filter(settled_at=None).exists()
    assert Approval.objects.filter(ends__lt=today()).exists()
    assert first_break() is None
    assert not Notice.objects.unsent().exists()
    assert not Notice.objects.filter(recipient__email__in=[persona.email for persona in STAFF]).exists()

    sam = User.objects.get(email="sam@example.org")
    logins, password = (seeded / "logins.txt").read_text(), (seeded / "password.txt").read_text()
    assert sam.check_password(password)
    assert password in logins
    for persona in (*STAFF, *PEOPLE):
        assert persona.email in logins
    assert (seeded / "password.txt").stat().st_mode & 0o777 == 0o600

    before = Notice.objects.count(), Certification.objects.count(), User.objects.count()
    call_command("seed_demo", size=40)
    assert (Notice.objects.count(), Certification.objects.count(), User.objects.count()) == before

    (seeded / "password.txt").unlink()
    call_command("seed_demo", size=40)
    sam.refresh_from_db()
    assert sam.check_password((seeded / "password.txt").read_text())
