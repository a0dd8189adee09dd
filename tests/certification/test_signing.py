"""Legal state is signed or refused, on every path that writes."""

import pytest
from django.apps import apps
from django.db import DatabaseError, connection, transaction

from certification.models import Hold, Standard
from certification.signing import History, signed
from certification.steps import record


def standard(**fields):
    return Standard(
        key="review.days", value="3", unit="days", effective_from="2024-01-01", citation="none", basis="text", **fields
    )


def columns(model):
    return {field.column for field in model._meta.fields}


PATHS = {
    "save": lambda: standard().save(),
    "create": lambda: Standard.objects.create(
        **{name: value for name, value in vars(standard()).items() if name[0] != "_" and name != "id"}
    ),
    "bulk_create": lambda: Standard.objects.bulk_create([standard()]),
    "update": lambda: Standard.objects.filter(key="fee.exam").update(value="1"),
    "bulk_update": lambda: Standard.objects.bulk_update([changed("fee.exam")], ["value"]),
    "sql update": lambda: sql("UPDATE certification_standard SET value = '1' WHERE key = 'fee.exam'"),
    "sql insert": lambda: sql(
        "INSERT INTO certification_standard (key, value, unit, effective_from, citation, basis) VALUES ('a', '', '', '2024-01-01', '', 'text')"
    ),
}
NEVER = {
    "delete": lambda: Standard.objects.all().delete(),
    "sql delete": lambda: sql("DELETE FROM certification_standard"),
    "truncate": lambda: sql("TRUNCATE certification_standard CASCADE"),
}


def changed(key):
    row = Standard.objects.get(key=key)
    row.value = "1"
    return row


def sql(statement):
    with connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.mark.django_db
@pytest.mark.parametrize("write", PATHS.values(), ids=PATHS)
def test_an_unsigned_write_is_refused_and_a_signed_one_is_not(write):
    with pytest.raises(DatabaseError, match="unsigned write"), transaction.atomic():
        write()
    with signed(None, "test"):
        write()


@pytest.mark.django_db
@pytest.mark.parametrize("remove", NEVER.values(), ids=NEVER)
def test_legal_state_is_never_removed_even_signed(remove):
    with pytest.raises(DatabaseError), transaction.atomic(), signed(None, "test"):
        remove()


@pytest.mark.django_db
def test_the_signature_ends_with_the_write():
    record(standard(), by=None, why="test")
    with pytest.raises(DatabaseError, match="unsigned write"), transaction.atomic():
        Standard.objects.update(value="1")


@pytest.mark.django_db
def test_signed_work_nests():
    with signed(None, "outer"):
        record(standard(), by=None, why="inner")
        assert Standard.objects.filter(key="fee.exam").update(value="2") == 1


@pytest.mark.django_db
def test_a_failed_write_leaves_nothing_signed(pat):
    with pytest.raises(DatabaseError), transaction.atomic():
        record(standard(), by=None, why="test")
        record(standard(), by=None, why="the same key and day again")
    with pytest.raises(DatabaseError, match="unsigned write"), transaction.atomic():
        Standard.objects.update(value="1")


HISTORIES = [model for model in apps.get_models(include_auto_created=True) if hasattr(model, "instance_type")]


@pytest.mark.django_db
@pytest.mark.parametrize("model", HISTORIES, ids=lambda model: model.__name__)
@pytest.mark.parametrize("change", ["UPDATE {} SET history_id = history_id", "DELETE FROM {}", "TRUNCATE {} CASCADE"])
def test_history_refuses_change_removal_and_emptying(model, change):
    with pytest.raises(DatabaseError, match="never changed or removed"), transaction.atomic(), signed(None, "rewrite"):
        connection.cursor().execute(change.format(f'"{model._meta.db_table}"'))


@pytest.mark.django_db
def test_history_says_who_and_why_and_cannot_be_rewritten(pat, lee):
    hold = Hold(person=pat, kind="facts", note="n", review_on="2026-01-01", opened_by=lee)
    record(hold, by=lee, why="open hold")
    row = hold.history.get()
    assert (row.history_user, row.history_change_reason) == (lee, "open hold")
    for rewrite in (lambda: hold.history.update(kind="x"), lambda: hold.history.all().delete()):
        with pytest.raises(DatabaseError), transaction.atomic(), signed(lee, "rewrite"):
            rewrite()


TRACKED = {model.instance_type for model in HISTORIES}
# Rows that are written once and never changed, or that hold no record of fact.
UNTRACKED = {
    "AuditEvent", "Canary", "Notice", "SearchName", "Document", "DraftPage",
    "Term", "Suspension", "Revocation", "Surrender", "Death", "Overturning", "Reissue",
    "County", "CountyParticipation", "Plan", "PlanCounty", "Holiday",
    "IdentityKind", "EducationKind", "Competency", "Specialization", "ExamArea", "Reason", "Message",
    "Extension", "SavedFilter", "Demographics", "Order", "Recusal", "Opening", "Proposal", "Voucher", "UploadLink", "UnsentText", "RosterRow", "AccountAnswer", "AccountPair",
}  # fmt: skip


def test_every_record_of_fact_has_a_history():
    ours = {
        model
        for app in (
            "certification",
            "training_providers",
            "registry",
            "applications",
            "exams",
            "discipline",
            "reporting",
        )
        for model in apps.get_app_config(app).get_models()
        if model not in HISTORIES and not model._meta.proxy
    }
    assert {model.__name__ for model in ours - TRACKED} == UNTRACKED


def test_every_model_with_steps_is_signed():
    with_status = {model for model in TRACKED if any(field.name == "status" for field in model._meta.fields)}
    assert with_status
    for model in with_status:
        assert "signed_writes" in {trigger.name for trigger in model._meta.triggers}, model


def test_no_history_keeps_a_password():
    from certification.models import User

    assert not {"password", "last_login"} & {field.name for field in User.history.model._meta.fields}
    assert isinstance(History(), History)
