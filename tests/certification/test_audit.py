"""The chain of audit events shows every change to it."""

import random

import pytest
from django.db import DatabaseError, connection, transaction

from certification.audit import audit, first_break, head
from certification.models import AuditEvent

pytestmark = pytest.mark.django_db(transaction=True)


def events(count):
    for number in range(count):
        audit(None, "opened document", number=number)


def test_events_are_chained_at_commit(pat):
    with transaction.atomic():
        event = audit(pat.user, "opened document", pat)
        assert AuditEvent.objects.get(pk=event.pk).position is None
    event.refresh_from_db()
    assert (event.position, event.subject) == (1, f"certification.person:{pat.pk}")
    assert head() == (1, event.chained)
    assert first_break() is None


def test_an_event_is_never_changed_or_removed():
    events(2)
    for tamper in (
        lambda: AuditEvent.objects.update(action="x"),
        lambda: AuditEvent.objects.update(position=None, chained=""),
        lambda: AuditEvent.objects.all().delete(),
        lambda: connection.cursor().execute("TRUNCATE certification_auditevent"),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            tamper()
    assert first_break() is None


def test_nobody_forges_a_place_in_the_chain():
    events(1)
    AuditEvent.objects.create(action="forged", position=7, chained="f" * 64)
    assert AuditEvent.objects.get(action="forged").position == 2
    assert first_break() is None


TAMPERS = {
    "edit": "UPDATE certification_auditevent SET action = 'x' WHERE position = %(at)s",
    "delete": "DELETE FROM certification_auditevent WHERE position = %(at)s",
    "back-date": "UPDATE certification_auditevent SET at = at - interval '1 day' WHERE position = %(at)s",
    "other actor": "UPDATE certification_auditevent SET actor_id = 99 WHERE position = %(at)s",
}


@pytest.mark.parametrize("tamper", TAMPERS)
def test_whoever_gets_past_the_triggers_is_found(tamper):
    events(12)
    at = random.Random(tamper).randint(1, 11)
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(TAMPERS[tamper], {"at": at})
        cursor.execute("SET session_replication_role = origin")
    assert first_break() in (at, at + 1)
