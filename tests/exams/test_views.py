"""The pages of the exam: the person's, the accommodation desk's and the exam desk's; and who sees none of them."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format

from applications import actions as applications
from applications.models import Application
from certification.models import AuditEvent, Certification, Document, Standard
from certification.roles import ROLES
from certification.standards import add_months
from certification.steps import record
from exams import actions
from exams.models import AccommodationRequest, Attempt, ResultRow
from tests import factories

CANARY = "canary-need-of-pat"


@pytest.fixture(autouse=True)
def without_second_factor(settings):
    settings.SECOND_FACTOR_FOR_STAFF = False


@pytest.fixture
def approved(pat):
    return factories.approved_application(pat)


@pytest.fixture
def ready(pat):
    return factories.ready_for_exam(pat)


@pytest.fixture
def asked(pat, approved):
    paper = factories.document(pat, Document.Kind.ACCOMMODATION)
    return actions.answer_change_question(approved, needed=True, text=CANARY, document=paper, by=pat.user)


class Gateway:
    """A payment page that only says where it is."""

    def open(self, charge, *, return_url, cancel_url):
        return f"https://pay.example.org/{charge.public_id}"


@pytest.fixture
def gateway(settings):
    settings.PAYMENT_GATEWAY = "tests.exams.test_views.Gateway"


def page(client, name, *args):
    return client.get(reverse(name, args=args), follow=True).content.decode()


# --- the person ----------------------------------------------------------------------------------------------------
def test_who_has_nothing_with_us_is_told_when_the_exam_comes(client, max):
    client.force_login(max.user)
    assert "when your application is approved" in page(client, "exams:home")


def test_the_page_says_the_one_next_thing(client, pat, approved):
    client.force_login(pat.user)
    assert "Your training certificate is not accepted yet." in page(client, "exams:home")
    factories.accepted_training(pat)
    assert "one question" in page(client, "exams:home")
    client.post(reverse("exams:changes"), {"needed": "no"})
    assert "The next step is the exam fee" in page(client, "exams:home")


def test_all_fees_stand_on_the_page_before_paying(client, pat, ready, gateway):
    client.force_login(pat.user)
    said = page(client, "exams:pay")
    assert "$150" in said
    assert "Each attempt after this one" in said
    answer = client.post(reverse("exams:pay"))
    assert answer.url.startswith("https://pay.example.org/")
    assert ready.attempts.get().status == "requested"


def test_coming_back_before_the_payment_service_spoke_loses_nothing(client, pat, ready, gateway):
    client.force_login(pat.user)
    client.post(reverse("exams:pay"))
    assert "nothing is lost" in page(client, "exams:paid")
    factories.pay(pat.charges.get(purpose="exam"))
    said = page(client, "exams:paid")
    assert ready.attempts.get().candidate_number in said
    assert "not a copy" in said


def test_paying_is_refused_in_words_while_something_stands_in_the_way(client, pat, asked, gateway):
    factories.accepted_training(pat)
    client.force_login(pat.user)
    answer = client.post(reverse("exams:pay"), follow=True)
    assert "We are deciding about the change" in answer.content.decode()
    assert not pat.charges.filter(purpose="exam").exists()


def test_a_yes_needs_words_and_takes_a_paper(client, pat, approved):
    client.force_login(pat.user)
    answer = client.post(reverse("exams:changes"), {"needed": "yes", "text": ""})
    assert "text" in answer.context["form"].errors
    answer = client.post(reverse("exams:changes"), {"needed": "maybe"})
    assert "needed" in answer.context["form"].errors
    client.post(reverse("exams:changes"), {"needed": "yes", "text": "More time", "paper": factories.picture()})
    made = AccommodationRequest.objects.get()
    assert (made.status, made.text, made.document.kind) == ("requested", "More time", Document.Kind.ACCOMMODATION)


def test_a_no_keeps_no_text_and_no_paper(client, pat, approved):
    client.force_login(pat.user)
    client.post(reverse("exams:changes"), {"needed": "no", "text": CANARY, "paper": factories.picture()})
    made = AccommodationRequest.objects.get()
    assert (made.status, made.text, made.document) == ("not_needed", "", None)


def test_after_the_last_attempt_the_page_says_what_now(client, pat, ready, eli):
    for _n in range(3):
        attempt = factories.authorized_attempt(type(ready).objects.get())
        row = (attempt.candidate_number, "fail", timezone.localdate() - timedelta(days=1), "advocacy")
        actions.import_file("x.csv", factories.result_file(row), by=eli)
    client.force_login(pat.user)
    said = page(client, "exams:home")
    assert "What you can do now" in said
    assert "You have used all your attempts." in said


def test_a_pass_is_shown_without_any_score(client, pat, ready, eli):
    attempt = factories.authorized_attempt(ready)
    row = (attempt.candidate_number, "pass", timezone.localdate() - timedelta(days=1))
    actions.import_file("x.csv", factories.result_file(row), by=eli)
    client.force_login(pat.user)
    assert "You passed the exam on" in page(client, "exams:home")
    assert reverse("certification:certificate", args=[Certification.objects.get().number]) in page(
        client, "certification:home"
    )


@pytest.fixture
def used_up(ready, eli):
    for days_ago in (30, 20, 10):
        attempt = factories.authorized_attempt(ready, days_ago)
        row = (attempt.candidate_number, "fail", timezone.localdate() - timedelta(days=days_ago))
        actions.import_file(f"{days_ago}.csv", factories.result_file(row), by=eli)
    return ready


def test_who_used_all_attempts_reads_what_now_at_what_cost_and_what_stays(client, used_up):
    client.force_login(used_up.person.user)
    assert reverse("exams:again") in page(client, "exams:home")
    said = page(client, "exams:again")
    training = used_up.person.training_records.get()
    through = date_format(add_months(training.ends, used_up.standards.training_certificate_valid), "DATE_FORMAT")
    for words in ("allows no more attempts", "$100", "$150", "3 attempts", f"by {through}", "End this application"):
        assert words in said
    applications.withdraw(used_up, by=used_up.person.user)
    assert "Start a new application" in page(client, "exams:again")
    begun = applications.begin(used_up.person.user)
    assert "Go on with your new application" in page(client, "exams:again")
    applications.withdraw(begun, by=used_up.person.user)
    assert "Start a new application" in page(client, "exams:again")


@pytest.mark.parametrize(("basis", "waits"), [("text", True), ("assumed", False)])
def test_a_wait_after_the_last_attempt_binds_once_the_program_has_set_it(client, pat, eli, basis, waits, time_machine):
    key, day = "exam.after_exhaustion_wait_days", timezone.localdate()
    record(
        Standard(key=key, value="60", unit="days", citation="", basis=basis, effective_from=day), by=None, why="test"
    )
    application = factories.ready_for_exam(pat)
    for number in range(3):
        attempt = factories.authorized_attempt(application, 1)
        actions.import_file(f"{number}.csv", factories.result_file((attempt.candidate_number, "fail", day)), by=eli)
    applications.withdraw(application, by=pat.user)
    client.force_login(pat.user)
    said = page(client, "exams:again")
    free = date_format(day + timedelta(days=60), "DATE_FORMAT")
    assert (f"from {free} on" in said) == waits
    assert ("Start a new application" in said) != waits
    client.post(reverse("applications:begin"))
    assert pat.applications.count() == (1 if waits else 2)
    time_machine.move_to(timezone.now() + timedelta(days=60), tick=False)
    client.force_login(pat.user)
    client.post(reverse("applications:begin"))
    assert pat.applications.count() == 2


def test_an_attempt_that_is_given_back_ends_the_wait(used_up, eli):
    assert Application.objects.get(pk=used_up.pk).used_up_on == timezone.localdate()
    actions.void(used_up.attempts.latest("number"), kind="irregularity", by=eli, why="The power failed.")
    assert Application.objects.get(pk=used_up.pk).used_up_on is None


def test_a_training_that_grew_old_is_not_said_to_stay(client, used_up, time_machine):
    applications.withdraw(used_up, by=used_up.person.user)
    time_machine.move_to(timezone.now() + timedelta(days=1000))
    client.force_login(used_up.person.user)
    assert "no training of yours that counts" in page(client, "exams:again")


def test_whose_application_goes_on_is_sent_to_the_exam(client, ready, max):
    for user in (ready.person.user, max.user):
        client.force_login(user)
        assert client.get(reverse("exams:again")).url == reverse("exams:home")


# --- what must change is seen by one desk --------------------------------------------------------------------------
def admin(name, *args):
    return reverse(f"admin:exams_{name}", args=args)


@pytest.mark.parametrize("role", [role for role in ROLES if role != "accommodation desk"])
def test_no_other_desk_sees_that_something_must_change(client, pat, asked, role):
    client.force_login(factories.staff(role))
    for name in ("change", "history"):
        assert client.get(admin(f"accommodationrequest_{name}", asked.pk)).status_code in (403, 404)
    assert client.get(admin("accommodationrequest_changelist")).status_code == 403
    for name in ("grant", "refuse"):
        assert client.post(admin(f"accommodationrequest_{name}", asked.pk), {}).status_code == 403
    paper = reverse("certification:document", args=[asked.document.public_id])
    assert client.get(paper).status_code == 404
    for address in (
        reverse("admin:index"),
        reverse("admin:applications_application_change", args=[asked.application_id]),
        reverse("admin:applications_application_history", args=[asked.application_id]),
        admin("attempt_changelist"),
    ):
        answer = client.get(address)
        assert CANARY not in answer.content.decode()
        assert "ccommodation" not in answer.content.decode().replace(f"accommodation desk {role}", "")
        assert asked.document.public_id.hex not in answer.content.decode().replace("-", "")


def test_another_person_sees_nothing_of_it(client, max, asked):
    client.force_login(max.user)
    assert CANARY not in page(client, "exams:home")
    assert client.get(reverse("certification:document", args=[asked.document.public_id])).status_code == 404


def test_the_accommodation_desk_reads_it_on_the_record_and_decides(client, ada, asked):
    client.force_login(ada)
    assert CANARY in client.get(admin("accommodationrequest_change", asked.pk)).content.decode()
    assert AuditEvent.objects.filter(action="read request for a change", actor_id=ada.pk).exists()
    answer = client.post(admin("accommodationrequest_grant", asked.pk), {"grant-vendor_codes": "ET50"})
    assert answer.context["grant_form"].errors["decision"]
    client.post(
        admin("accommodationrequest_grant", asked.pk), {"grant-decision": "More time.", "grant-vendor_codes": "ET50"}
    )
    asked.refresh_from_db()
    assert (asked.status, asked.vendor_codes) == ("granted", "ET50")


def test_the_accommodation_desk_refuses_in_words(client, ada, asked):
    client.force_login(ada)
    client.post(admin("accommodationrequest_refuse", asked.pk), {"refuse-decision": "It would be another exam."})
    asked.refresh_from_db()
    assert asked.status == "refused"


def test_a_payment_page_that_does_not_answer_is_said_in_words(client, pat, ready, settings):
    settings.PAYMENT_GATEWAY, settings.STRIPE_SECRET_KEY = "certification.payments.StripeGateway", None
    client.force_login(pat.user)
    answer = client.post(reverse("exams:pay"), follow=True)
    assert "does not answer just now" in answer.content.decode()


def test_who_needs_nothing_is_on_no_list(client, ada, ready):
    client.force_login(ada)
    made = AccommodationRequest.objects.get()
    assert client.get(admin("accommodationrequest_change", made.pk)).status_code == 404
    assert "Pat Doe" not in client.get(admin("accommodationrequest_changelist")).content.decode()


# --- the exam desk -------------------------------------------------------------------------------------------------
def upload(client, *rows):
    file = SimpleUploadedFile("results.csv", factories.result_file(*rows), content_type="text/csv")
    return client.post(admin("resultrow_import"), {"file": file}, follow=True)


def test_the_exam_desk_brings_in_results_and_settles_what_fits_nobody(client, ready, eli):
    attempt = factories.authorized_attempt(ready)
    client.force_login(eli)
    day = timezone.localdate() - timedelta(days=1)
    said = upload(client, (attempt.candidate_number, "pass", day), ("77", "pass", day)).content.decode()
    assert "2 rows were read. 1 needs you." in said
    row = ResultRow.objects.get(candidate_number="77")
    assert "No attempt has this candidate number." in client.get(admin("resultrow_change", row.pk)).content.decode()
    client.post(admin("resultrow_again", row.pk))
    client.post(admin("resultrow_settle", row.pk), {"why": ""})
    row.refresh_from_db()
    assert row.settled_at is None
    client.post(admin("resultrow_settle", row.pk), {"why": "a test row"})
    row.refresh_from_db()
    assert row.settled_at
    assert Certification.objects.count() == 1


def test_a_file_that_is_none_is_refused_in_words(client, eli):
    client.force_login(eli)
    file = SimpleUploadedFile("x.csv", b"\x00\xff", content_type="text/csv")
    assert "not a table of results" in client.post(admin("resultrow_import"), {"file": file}).content.decode()


def test_the_exam_desk_voids_an_exam_that_went_wrong(client, ready, eli):
    attempt = factories.authorized_attempt(ready)
    client.force_login(eli)
    assert "Void this attempt" in client.get(admin("attempt_change", attempt.pk)).content.decode()
    client.post(admin("attempt_void", attempt.pk), {"kind": "irregularity", "why": "power cut"})
    attempt.refresh_from_db()
    assert attempt.status == Attempt.Status.VOIDED


@pytest.mark.parametrize("role", [role for role in ROLES if role != "exam desk"])
def test_other_desks_reach_no_results(client, ready, role):
    attempt = factories.authorized_attempt(ready)
    client.force_login(factories.staff(role))
    for address in (admin("resultrow_import"), admin("resultrow_changelist"), admin("attempt_change", attempt.pk)):
        assert client.get(address).status_code == 403
    assert client.post(admin("attempt_void", attempt.pk), {"kind": "irregularity", "why": "x"}).status_code == 403
    assert upload(client, (attempt.candidate_number, "pass", "2026-01-01")).status_code == 403
    attempt.refresh_from_db()
    assert attempt.status == Attempt.Status.AUTHORIZED
