"""Whether half a case would be seen: each half is made by hand, past every guard, in a world that is whole."""

import pytest
from django.db import connection

from tests.conftest import storages_in

from .wholeness import WRONGS, half_written

PAT = "(SELECT max(id) FROM applications_application WHERE status = 'completed')"
HALVES = {
    "submitted without its checklist": f"DELETE FROM applications_requirement WHERE application_id = {PAT}",
    "not submitted and with a checklist": f"UPDATE applications_application SET submitted_at = NULL WHERE id = {PAT}",
    "submitted without its letter": "DELETE FROM certification_notice WHERE name = 'application-submitted'",
    "submitted without its fee": "UPDATE certification_charge SET paid_at = NULL WHERE purpose = 'application'",
    "submitted and still a draft": "UPDATE applications_draftpage SET application_id = (SELECT max(id) FROM applications_application"
    " WHERE status = 'submitted') WHERE id = (SELECT max(id) FROM applications_draftpage)",
    "paid for nothing": "UPDATE exams_attempt SET status = 'requested' WHERE status = 'authorized'",
    "certified without term or name or letter": "DELETE FROM certification_term",
    "without history": "DELETE FROM applications_historicalapplication",
    "other than its history says": f"UPDATE applications_application SET reviewer_id = NULL WHERE id = {PAT}",
    "handed over without words": "UPDATE certification_notice SET body = NULL",
    "not in the chain of the audit": "INSERT INTO certification_auditevent (at, action, subject, detail, chained)"
    " VALUES (now(), 'done', '', '{}', '')",
}


@pytest.fixture
def half(world):
    """Run SQL past the triggers; it is rolled back with the test."""

    def run(sql):
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL session_replication_role = replica")
            cursor.execute(sql)
            assert cursor.rowcount

    run("DELETE FROM certification_auditevent")  # they are chained at commit, and the world is never committed
    return run


def test_a_world_made_through_the_actions_is_whole(half):
    assert half_written() == {}


@pytest.mark.parametrize("wrong", HALVES)
def test_a_half_is_found(half, wrong):
    half(HALVES[wrong])
    assert wrong in half_written()


def test_a_file_that_is_gone_is_found(world, settings, tmp_path):
    settings.STORAGES = storages_in(tmp_path / "empty")
    assert "kept without its file" in half_written()


def test_every_kind_of_half_is_tried():
    assert {wrong.__name__.replace("_", " ") for wrong in WRONGS} == {*HALVES, "kept without its file"}
