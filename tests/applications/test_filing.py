"""Filing: what a person writes, pays for, sends, answers and takes back."""

import pytest

from applications.models import Application
from applications.rules import PAGES, REQUIREMENTS
from certification.models import Notice
from tests import factories

pytestmark = pytest.mark.django_db
S = Application.Status


def notices(name):
    return Notice.objects.filter(name=name)


def test_a_paid_application_is_filed_with_what_was_sealed_at_checkout(pat):
    application = factories.filed_application(pat)
    assert application.status == S.SUBMITTED
    assert application.answers == application.snapshot
    assert set(application.answers) == {page.slug for page in PAGES}
    assert application.filed_on is not None
    assert application.submitted_at is not None
    assert {row.kind for row in application.requirements.all()} == set(REQUIREMENTS)
    assert not application.draft_pages.exists()
    assert notices("application-submitted").count() == 1
