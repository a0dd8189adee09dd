"""Files that tell the vendor who may sit: all they need, once, and nothing about changes in the exam."""

import csv
import io

import pytest
from django.urls import reverse

from applications import actions as applications
from certification import name_changes
from certification.models import AuditEvent, Document
from certification.steps import NotReady, record
from exams import actions
from exams.models import Order, OrderFile
from exams.queries import attempts_to_order
from tests import factories
from tests.racing import race

pytestmark = pytest.mark.django_db


@pytest.fixture
def ready(pat):
    return factories.ready_for_exam(pat)


@pytest.fixture
def attempt(ready):
    return factories.authorized_attempt(ready)


def made(eli):
    """The rows of the next file."""
    return list(csv.DictReader(io.StringIO(actions.make_order_file(by=eli).raw.decode())))


def test_a_file_names_who_may_sit_and_until_when(attempt, pat, eli):
    assert list(attempts_to_order()) == [attempt]
    (row,) = made(eli)
    assert (row["Action"], row["CandidateID"]) == ("Add", attempt.candidate_number)
    assert (row["FirstName"], row["LastName"], row["Email"]) == ("Pat", "Doe", pat.user.email)
    assert row["EligibleThrough"] == attempt.authorized_until.isoformat()
    assert not attempts_to_order()


def test_nobody_is_told_of_twice(attempt, eli):
    made(eli)
    with pytest.raises(NotReady, match="knows all"):
        made(eli)
    assert OrderFile.objects.count() == 1


def test_a_new_name_is_told(attempt, pat, eli):
    made(eli)
    pat.refresh_from_db()
    name_changes.accept(factories.asked_name_change(pat), by=factories.staff("registrar"))
    (row,) = made(eli)
    assert (row["Action"], row["LastName"]) == ("Update", "New")
    with pytest.raises(NotReady):
        made(eli)


def test_who_withdraws_may_not_sit_any_more(attempt, ready, pat, eli):
    made(eli)
    applications.withdraw(ready, by=pat.user)
    assert list(attempts_to_order()) == [attempt]
    assert [row["Action"] for row in made(eli)] == ["Delete"]
    with pytest.raises(NotReady):
        made(eli)


def test_who_withdraws_before_the_vendor_knew_is_never_named(attempt, ready, pat, eli):
    applications.withdraw(ready, by=pat.user)
    assert not attempts_to_order()
    with pytest.raises(NotReady):
        made(eli)


def test_the_next_attempt_is_told_of_and_a_result_needs_no_word(attempt, ready, eli):
    made(eli)
    actions.import_file(
        "a.csv", factories.result_file((attempt.candidate_number, "fail", attempt.authorized_at.date())), by=eli
    )
    with pytest.raises(NotReady):
        made(eli)
    factories.authorized_attempt(ready)
    assert [(row["Action"], row["Attempt"]) for row in made(eli)] == [("Add", "2")]


def test_a_file_says_nothing_of_changes_in_the_exam(pat, eli):
    application = factories.approved_application(pat)
    factories.accepted_training(pat)
    request = actions.answer_change_question(
        application,
        needed=True,
        text="canary-need",
        document=factories.document(pat, Document.Kind.ACCOMMODATION),
        by=pat.user,
    )
    actions.grant(request, decision="canary-decision", vendor_codes="ET30MN", by=factories.staff("accommodation desk"))
    factories.authorized_attempt(application)
    raw = actions.make_order_file(by=eli).raw.decode()
    assert not [word for word in ("canary", "ET30MN", "ccommodation") if word in raw]


def test_the_map_of_columns_is_that_of_the_settings(attempt, eli, settings):
    settings.EXAM_ORDER_FIELDS = {"candidate_number": "ID", "order": "Do"}
    settings.EXAM_ORDER_WORDS = {"add": "A"}
    assert actions.make_order_file(by=eli).raw.decode().splitlines() == ["ID,Do", f"{attempt.candidate_number},A"]


def test_a_name_is_no_formula(attempt, pat, eli):
    record(pat, by=None, why="test", given_name="=HYPERLINK(1)", family_name="@Doe")
    (row,) = made(eli)
    assert (row["FirstName"], row["LastName"]) == ("HYPERLINK(1)", "Doe")


def test_the_desk_makes_the_file_and_takes_it_and_that_is_written_down(client, attempt, eli):
    client.force_login(eli)
    page = client.post(reverse("admin:exams_orderfile_make"), follow=True)
    assert "May sit" in page.content.decode()
    assert attempt.candidate_number not in page.content.decode()
    file = OrderFile.objects.get()
    answer = client.get(reverse("admin:exams_orderfile_download", args=[file.pk]))
    assert (answer.content, answer.headers["Content-Type"]) == (file.raw, "text/csv; charset=utf-8")
    assert AuditEvent.objects.filter(action="took file for the exam vendor", actor_id=eli.pk).count() == 1
    again = client.post(reverse("admin:exams_orderfile_make"), follow=True).content.decode()
    assert "The vendor knows all there is to know." in again


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("connections_end")
def test_of_two_files_made_at_once_one_names_the_person(attempt, eli):
    answers = race([lambda: actions.make_order_file(by=eli)] * 2)
    assert [type(answer) for answer in answers if isinstance(answer, NotReady)] == [NotReady]
    assert Order.objects.count() == 1
