"""``take`` moves a record or leaves it untouched; ``record`` says who and why, once."""

import pytest
from django.core.exceptions import PermissionDenied

from applications.models import Application
from certification.steps import NotReady, Step, WrongState, record, take

S = Application.Status


@pytest.fixture
def draft(pat):
    return record(Application(person=pat), by=pat.user, why="begin")


WITHDRAW = Step("withdraw", frozenset({S.DRAFT}), S.WITHDRAWN)
FORBIDDEN = Step("withdraw", frozenset({S.DRAFT}), S.WITHDRAWN, "applications.review_application")
BLOCKED = Step("withdraw", frozenset({S.DRAFT}), S.WITHDRAWN, problems=lambda obj, by: ["One thing.", "Another."])


def test_a_step_changes_the_status_and_signs_the_history(draft, pat):
    take(WITHDRAW, draft, by=pat.user, reason="changed my mind")
    row = draft.history.first()
    assert (draft.status, row.status, row.history_user, row.history_change_reason) == (
        S.WITHDRAWN, S.WITHDRAWN, pat.user, "withdraw: changed my mind",
    )  # fmt: skip


def test_a_step_from_the_wrong_status_is_refused(draft, pat):
    take(WITHDRAW, draft, by=pat.user)
    with pytest.raises(WrongState, match="it is withdrawn"):
        take(WITHDRAW, draft, by=pat.user)


def test_a_stale_copy_is_refused(draft, pat):
    stale = Application.objects.get(pk=draft.pk)
    take(WITHDRAW, draft, by=pat.user)
    with pytest.raises(WrongState):
        take(WITHDRAW, stale, by=pat.user)


@pytest.mark.parametrize("by", ["person", "nobody"])
def test_a_step_without_the_permission_is_refused(draft, pat, by):
    with pytest.raises(PermissionDenied):
        take(FORBIDDEN, draft, by=pat.user if by == "person" else None)
    draft.refresh_from_db()
    assert draft.status == S.DRAFT


def test_problems_are_told_in_words(draft, pat):
    with pytest.raises(NotReady) as refusal:
        take(BLOCKED, draft, by=pat.user)
    assert refusal.value.problems == ["One thing.", "Another."]
    assert draft.history.count() == 1


def test_the_reason_of_one_save_is_not_repeated_by_the_next(draft, pat):
    record(draft, by=pat.user, why="first", extra_days=1)
    record(draft, by=None, why="second", extra_days=2)
    assert [(row.history_change_reason, row.history_user) for row in draft.history.all()[:2]] == [
        ("second", None),
        ("first", pat.user),
    ]


def test_no_status_is_written_outside_steps():
    import pathlib
    import re

    found = [
        f"{path}:{number}"
        for path in pathlib.Path().glob("*/**/*.py")
        if path.parts[0] not in ("tests", ".venv", "demo") and path.name != "steps.py"
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if re.search(r"\.status\s*=[^=]|update\([^)]*\bstatus=", line)
    ]
    assert found == []
