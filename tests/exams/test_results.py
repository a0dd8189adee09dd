"""The vendor's files: kept as they came, applied row by row, in any order, once or twice."""

from datetime import timedelta
from threading import Barrier, Thread

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection, connections
from django.utils import timezone

from applications import actions as applications
from applications.models import Application
from certification import notices
from certification.models import Certification, Notice, Standard
from certification.steps import NotReady, Refused, WrongState, record, take
from exams import actions, rules
from exams.actions import ATTEMPT_STEPS
from exams.models import Attempt, ResultFile, ResultRow
from exams.queries import rows_to_settle
from tests import factories

S = Attempt.Status
DAY = timedelta(days=1)


@pytest.fixture
def ready(pat):
    return factories.ready_for_exam(pat)


@pytest.fixture
def attempt(ready):
    return factories.authorized_attempt(ready)


def yesterday():
    return timezone.localdate() - DAY


def came(*rows, by, name="results.csv"):
    return actions.import_file(name, factories.result_file(*rows), by=by)


def fail_once(application, eli, n):
    attempt = factories.authorized_attempt(Application.objects.get(pk=application.pk))
    came((attempt.candidate_number, "fail", yesterday()), by=eli)
    attempt.refresh_from_db()
    assert (attempt.status, attempt.number) == (S.FAILED, n)
    return attempt


def told(person, name):
    return Notice.objects.filter(recipient=person.user, name=name)


def said(notice):
    """The letter as it would leave today, subject and all."""
    return "\n".join(notices.render(notice, timezone.localdate()))


def problem_of(file):
    return file.rows.get().problem


# --- results -------------------------------------------------------------------------------------------------------
def test_a_pass_issues_the_certificate(pat, attempt, eli):
    file = came((attempt.candidate_number, "PASS", yesterday()), by=eli)
    attempt.refresh_from_db()
    assert (attempt.status, attempt.sat_on) == (S.PASSED, yesterday())
    assert Certification.objects.get().person == pat
    assert attempt.application.status == Application.Status.COMPLETED
    assert told(pat, "exam-passed").count() == told(pat, "certificate-issued").count() == 1
    assert file.rows.get().settled_at
    assert bytes(ResultFile.objects.get().raw) == factories.result_file((attempt.candidate_number, "PASS", yesterday()))


def test_a_fail_tells_how_many_attempts_are_left_and_what_to_work_on(pat, attempt, eli):
    came((attempt.candidate_number, "fail", yesterday(), "advocacy;nonsense"), by=eli)
    attempt.refresh_from_db()
    assert told(pat, "exam-failed").get().context["values"]["left"] == 2
    assert set(attempt.areas) <= {"advocacy"}
    assert not Application.objects.get().exam_open


def test_a_retake_costs_the_fee_of_a_retake_and_authorizes_at_once(pat, ready, eli):
    fail_once(ready, eli, 1)
    charge = actions.open_checkout(Application.objects.get(), by=pat.user)
    assert charge.subject_id == ready.attempts.get(number=2).pk
    factories.pay(charge)
    assert ready.attempts.get(number=2).status == S.AUTHORIZED


def test_after_the_last_attempt_the_person_is_told_how_to_appeal(pat, ready, eli):
    for n in (1, 2, 3):
        fail_once(ready, eli, n)
    assert told(pat, "exam-failed").count() == 2
    assert told(pat, "attempts-used-up").count() == 1
    assert "used all" in " ".join(rules.exam_problems(Application.objects.get()))
    with pytest.raises(NotReady):
        actions.open_checkout(Application.objects.get(), by=pat.user)


@pytest.mark.parametrize(("word", "kind"), [("no show", "no_show"), ("turned away", "turned_away")])
def test_who_does_not_come_loses_the_fee_but_no_attempt(pat, ready, attempt, eli, word, kind):
    came((attempt.candidate_number, word, ""), by=eli)
    attempt.refresh_from_db()
    assert (attempt.status, attempt.void) == (S.VOIDED, kind)
    application = Application.objects.get()
    assert rules.attempts_left(application) == 3
    assert rules.fee_cents(application) == 15000
    assert "It does not use up one of your attempts." in said(told(pat, "attempt-voided").get())


def test_not_coming_counts_where_the_program_says_so(pat, attempt, eli):
    row = Standard(
        key="exam.no_show_counts",
        value="yes",
        unit="yes or no",
        effective_from=timezone.localdate() - DAY,
        citation="test",
        basis="text",
    )
    record(row, by=None, why="test")
    came((attempt.candidate_number, "no show", yesterday()), by=eli)
    assert rules.attempts_left(Application.objects.get()) == 2
    letter = said(told(pat, "attempt-voided").get())
    assert "It counts as one of your attempts." in letter
    assert "does not" not in letter


def test_voiding_an_old_attempt_leaves_the_open_one_open(pat, ready, eli):
    first = fail_once(ready, eli, 1)
    second = factories.authorized_attempt(Application.objects.get())
    actions.void(first, kind="irregularity", by=eli, why="power cut")
    assert Application.objects.get().exam_open
    came((second.candidate_number, "fail", yesterday()), by=eli, name="later.csv")
    application = Application.objects.get()
    assert not application.exam_open
    assert actions.open_checkout(application, by=pat.user) is None  # the one we spoiled is made good once
    third = application.attempts.get(number=3)
    came((third.candidate_number, "no show", ""), by=eli, name="last.csv")
    assert rules.fee_cents(Application.objects.get()) == 15000


def test_voiding_an_old_attempt_while_a_change_is_decided_keeps_the_application_open(pat, ready, eli):
    first = fail_once(ready, eli, 1)
    actions.answer_change_question(Application.objects.get(), needed=True, text="More time", by=pat.user)
    actions.void(first, kind="irregularity", by=eli, why="power cut")
    assert Application.objects.get().exam_open


def test_an_attempt_that_became_free_after_checkout_was_opened_is_not_paid(pat, ready, eli):
    first = fail_once(ready, eli, 1)
    unpaid = actions.open_checkout(Application.objects.get(), by=pat.user)
    actions.void(first, kind="irregularity", by=eli, why="power cut")
    assert actions.open_checkout(Application.objects.get(), by=pat.user) is None
    assert ready.attempts.get(number=2).status == S.AUTHORIZED
    factories.pay(unpaid)  # in the window that was still open
    unpaid.refresh_from_db()
    assert unpaid.refund_due_at


def test_after_an_exam_that_went_wrong_the_next_attempt_is_free(pat, ready, attempt, eli):
    came((attempt.candidate_number, "fail", yesterday()), by=eli)
    attempt.refresh_from_db()
    actions.void(attempt, kind="irregularity", by=eli, why="power cut")
    application = Application.objects.get()
    assert rules.attempts_left(application) == 3
    assert actions.open_checkout(application, by=pat.user) is None
    assert ready.attempts.get(number=2).status == S.AUTHORIZED


# --- twice, in any order, at once ----------------------------------------------------------------------------------
def test_the_same_file_twice_is_one(attempt, eli):
    row = (attempt.candidate_number, "pass", yesterday())
    assert came(row, by=eli) == came(row, by=eli, name="again.csv")
    assert (ResultFile.objects.count(), Certification.objects.count()) == (1, 1)


def test_the_same_result_in_another_file_does_no_harm(pat, attempt, eli):
    came((attempt.candidate_number, "fail", yesterday()), by=eli)
    second = came((attempt.candidate_number, "fail", yesterday()), ("x", "pass", yesterday()), by=eli)
    assert second.rows.get(line=2).settled_at
    assert second.rows.get(line=3).problem
    assert told(pat, "exam-failed").count() == 1


def test_another_result_for_the_same_attempt_is_staff_work(attempt, eli):
    came((attempt.candidate_number, "fail", yesterday()), by=eli)
    second = came((attempt.candidate_number, "pass", yesterday()), by=eli)
    assert rows_to_settle().get().file == second
    assert Certification.objects.count() == 0


def test_rows_are_applied_whatever_their_order_and_one_bad_row_stops_no_other(eli):
    attempts = [factories.authorized_attempt(factories.ready_for_exam(factories.person("Pat", name))) for name in "AB"]
    rows = [
        ("", "pass", yesterday()),
        (attempts[1].candidate_number, "pass", yesterday()),
        ("0000000000", "fail", yesterday()),
        (attempts[0].candidate_number, "what?", yesterday()),
        (attempts[0].candidate_number, "pass", yesterday()),
    ]
    file = came(*rows, by=eli)
    assert Certification.objects.count() == 2
    assert list(file.rows.filter(settled_at=None).order_by("line").values_list("line", flat=True)) == [2, 4, 5]


def test_a_row_can_be_tried_again_when_what_was_wrong_is_mended(attempt, eli):
    file = came(("1234567890", "pass", yesterday()), by=eli)
    assert "No attempt" in problem_of(file)
    record(attempt, by=None, why="test", candidate_number="1234567890")
    actions.apply_again(file.rows.get(), by=eli)
    assert file.rows.get().problem == ""
    assert Certification.objects.count() == 1


def test_staff_can_settle_a_row_by_hand(eli, db):
    row = came(("1234567890", "pass", yesterday()), by=eli).rows.get()
    actions.settle_row(row, by=eli, why="a test row of the vendor")
    assert rows_to_settle().count() == 0
    assert "test row" in row.history.first().history_change_reason


@pytest.mark.django_db(transaction=True)
def test_two_files_at_once_have_one_effect():
    pat, eli = factories.person(), factories.staff("exam desk")
    attempt = factories.authorized_attempt(factories.ready_for_exam(pat))
    same = factories.result_file((attempt.candidate_number, "pass", yesterday()))
    other = factories.result_file((attempt.candidate_number, "pass", yesterday()), ("x", "fail", yesterday()))
    files, start, errors = [same, same, other, other], Barrier(4), []

    def bring(raw):
        start.wait()
        try:
            actions.import_file("results.csv", raw, by=eli)
        except Exception as error:
            errors.append(error)
        finally:
            connections.close_all()

    threads = [Thread(target=bring, args=[raw]) for raw in files]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert ResultFile.objects.count() == 2
    assert Certification.objects.count() == told(pat, "exam-passed").count() == 1
    assert ResultRow.objects.filter(candidate_number=attempt.candidate_number, settled_at=None).count() == 0


# --- days ----------------------------------------------------------------------------------------------------------
def test_who_sat_in_time_is_certified_though_the_result_came_after_the_approval_ended(
    ready, attempt, eli, time_machine_to
):
    last = attempt.authorized_until
    time_machine_to(last + 9 * DAY)
    applications.close_run_out_approvals()
    actions.void_run_out_authorizations()
    came((attempt.candidate_number, "pass", last), by=eli)
    assert Certification.objects.count() == 1


def test_a_result_that_came_after_the_authorization_was_voided_still_counts(ready, attempt, eli, time_machine_to):
    last = attempt.authorized_until
    time_machine_to(last + 31 * DAY)
    actions.void_run_out_authorizations()
    attempt.refresh_from_db()
    assert (attempt.status, attempt.void) == (S.VOIDED, "ran_out")
    came((attempt.candidate_number, "pass", last), by=eli)
    assert Certification.objects.count() == 1


def test_an_authorization_is_not_voided_while_a_result_may_be_on_its_way(attempt, time_machine_to):
    time_machine_to(attempt.authorized_until + 30 * DAY)
    actions.void_run_out_authorizations()
    attempt.refresh_from_db()
    assert attempt.status == S.AUTHORIZED


def test_voiding_what_ran_out_twice_tells_once(pat, attempt, time_machine_to):
    time_machine_to(attempt.authorized_until + 31 * DAY)
    actions.void_run_out_authorizations()
    actions.void_run_out_authorizations()
    assert told(pat, "attempt-voided").count() == 1


def test_a_sitting_after_the_authorization_is_staff_work(attempt, eli, time_machine_to):
    time_machine_to(attempt.authorized_until + 5 * DAY)
    assert "after the authorization" in problem_of(
        came((attempt.candidate_number, "pass", attempt.authorized_until + DAY), by=eli)
    )


@pytest.mark.parametrize(("days", "words"), [(1, "not come yet"), (-400, "before the authorization")])
def test_a_sitting_on_a_day_that_cannot_be_is_staff_work(attempt, eli, days, words):
    day = timezone.localdate() + timedelta(days=days)
    assert words in problem_of(came((attempt.candidate_number, "pass", day), by=eli))


def test_a_pass_needs_its_day(attempt, eli):
    assert "cannot be read" in problem_of(came((attempt.candidate_number, "pass", "yesterday"), by=eli))


def test_a_pass_of_a_withdrawn_application_is_staff_work(pat, attempt, eli):
    applications.withdraw(Application.objects.get(), by=pat.user)
    assert "withdrawn" in problem_of(came((attempt.candidate_number, "pass", yesterday()), by=eli))
    assert Certification.objects.count() == 0


def test_a_pass_on_28_february_of_a_term_that_began_on_29_february(pat, eli, time_machine_to):
    from datetime import date

    time_machine_to(date(2028, 2, 1))
    attempt = factories.authorized_attempt(factories.ready_for_exam(pat), days_ago=0)
    time_machine_to(date(2028, 2, 29))
    came((attempt.candidate_number, "pass", date(2028, 2, 29)), by=eli)
    term = Certification.objects.get().terms.get()
    assert (term.starts, term.expires_on) == (date(2028, 2, 29), date(2030, 2, 28))


# --- a hold --------------------------------------------------------------------------------------------------------
def test_a_pass_with_a_hold_open_is_kept_and_ending_the_hold_issues(pat, attempt, eli, lee):
    hold = applications.open_hold(pat, kind="identity", note="?", review_on=timezone.localdate(), by=lee)
    came((attempt.candidate_number, "pass", yesterday()), by=eli)
    attempt.refresh_from_db()
    assert attempt.status == S.PASSED
    assert attempt.application.passed_at
    assert Certification.objects.count() == 0
    assert told(pat, "exam-passed").count() == told(pat, "hold-opened").count() == 1
    applications.end_hold(hold, by=lee, reason="checked")
    assert Certification.objects.count() == told(pat, "certificate-issued").count() == 1


# --- steps ---------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("status", S)
@pytest.mark.parametrize("step", ATTEMPT_STEPS, ids=lambda step: step.name)
def test_a_step_of_an_attempt_is_taken_from_its_statuses_and_from_no_other(attempt, eli, step, status):
    void = {"void": "ran_out"} if status == S.VOIDED else {}
    record(attempt, by=None, why="test", status=status, **void)
    target = {"void": "irregularity"} if step.target == S.VOIDED else {}
    if status in step.sources:
        take(step, attempt, by=eli, **target)
        assert attempt.status == step.target
    else:
        with pytest.raises(WrongState):
            take(step, attempt, by=eli, **target)


@pytest.mark.parametrize("role", ["reviewer", "training desk", "accommodation desk", "registrar", "administrator"])
def test_only_the_exam_desk_voids(attempt, role):
    with pytest.raises(PermissionDenied):
        actions.void(attempt, kind="irregularity", by=factories.staff(role), why="?")


def test_nobody_brings_in_their_own_result(pat, attempt, eli):
    record(pat, by=None, why="test", user=eli)
    file = came((attempt.candidate_number, "pass", yesterday()), by=eli)
    assert "your own" in problem_of(file)
    actions.apply_again(file.rows.get(), by=factories.staff("exam desk"))
    assert Certification.objects.count() == 1


# --- the file ------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"CandidateID,Result,ExamDate\n\0,pass,x\n",
        b"\xff\xfe\x00",
        b"a,b,c\n1,2,3",
        b"CandidateID,Result,ExamDate\n",
        b'CandidateID,Result,ExamDate\n"1,2',
    ],
)
def test_what_is_no_result_file_is_refused_in_words_and_not_kept(eli, raw, db):
    with pytest.raises(Refused):
        actions.import_file("x.csv", raw, by=eli)
    assert ResultFile.objects.count() == 0


def test_short_and_hostile_rows_are_staff_work(eli, db):
    raw = "CandidateID,Result,ExamDate\n1\n=cmd(),pass,2026-01-01,more,and more\n" + "9" * 500 + ",pass,2026-01-01"
    file = actions.import_file("x.csv", raw.encode(), by=eli)
    assert file.rows.filter(settled_at=None).count() == 3


def test_the_vendors_words_and_days_are_settings(attempt, eli, settings):
    settings.EXAM_RESULT_FIELDS = {"candidate_number": "Candidate", "result": "Grade", "sat_on": "Day"}
    settings.EXAM_RESULT_WORDS = {"p": "passed"}
    settings.EXAM_RESULT_DAY = "%m/%d/%Y"
    raw = f"Candidate,Grade,Day\n{attempt.candidate_number},P,{yesterday():%m/%d/%Y}\n".encode()
    actions.import_file("x.csv", raw, by=eli)
    assert Certification.objects.count() == 1


def test_the_file_cannot_be_read_in_the_database(attempt, eli):
    came((attempt.candidate_number, "pass", yesterday()), by=eli)
    with connection.cursor() as cursor:
        cursor.execute("SELECT raw FROM exams_resultfile")
        assert attempt.candidate_number.encode() not in bytes(cursor.fetchone()[0])


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize(
    ("name", "context"),
    [
        ("accommodation-requested", {}),
        ("accommodation-granted", {"decision": "Yes."}),
        ("accommodation-refused", {"decision": "No."}),
        ("exam-authorized", {"candidate_number": "1", "until": "2026-12-31", "legal_name": "Pat Doe", "attempt": 1}),
        ("exam-passed", {"sat_on": "2026-12-31"}),
        ("exam-failed", {"sat_on": "2026-12-31", "left": 1}),
        ("exam-fee-returned", {"cents": 15000, "why": "Your approval ended."}),
        *(
            ("attempt-voided", {"void": kind, "used_up": used_up, "left": 2, "until": "2026-12-31", "sat_on": ""})
            for kind in Attempt.Void.values
            for used_up in (True, False)
        ),
        ("attempts-used-up", {"void": "", "left": 0, "attempts": 3, "sat_on": "2026-12-31"}),
        ("attempts-used-up", {"void": "no_show", "left": 0, "attempts": 3, "sat_on": ""}),
    ],
)
def test_every_letter_about_the_exam_can_be_written(pat, name, context, language):
    pat.user.language = language
    notice = notices.notify(pat.user, name, context, key=name)
    subject, body = notices.render(notice, timezone.localdate())
    assert subject
    assert "{{" not in body
    assert "None" not in body
    if notices.ADVERSE_NOTICES & {name}:
        assert f"/appeals/{notice.public_id}/" in body
