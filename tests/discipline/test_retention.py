"""Papers that nobody needs any more are erased, and none that somebody may still need."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.core.files.storage import default_storage
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from applications import actions as applications
from applications.rules import page_named
from certification import actions as certification
from certification import name_changes
from certification.models import AuditEvent, Document, Hold, Notice, RecordsHold, Standard
from certification.notices import notify
from certification.steps import NotReady, record
from discipline.actions import erase_papers, file_appeal
from exams import actions as exams
from tests import factories
from tests.applications.cases import accept_all, ask, hand_over, refuse
from tests.racing import race


@pytest.fixture
def approved(pat):
    return factories.approved_application(pat)


@pytest.fixture
def a_time_to_appeal(db):
    """Thirty days, as if the program had set them."""
    day = timezone.localdate()
    number = Standard(
        key="appeal.filing_days", value="30", unit="days", citation="a rule", basis="text", effective_from=day
    )
    record(number, by=None, why="set")


def after(time_machine, days):
    """The sweep runs that many days from now."""
    time_machine.move_to(timezone.now() + timedelta(days=days), tick=False)
    return erase_papers()


def papers(person, kind=Document.Kind.IDENTITY):
    return Document.objects.filter(owner=person, kind=kind)


def kept(person, kind=Document.Kind.IDENTITY):
    return papers(person, kind).filter(deleted_at=None).count()


def seen_by(reviewer, application):
    applications.open_by_name(application, by=reviewer, reason="check")
    other = Client()
    other.force_login(reviewer)
    page = other.get(reverse("admin:applications_application_change", args=[application.pk]))
    assert page.status_code == 200
    return page.content.decode()


def denied(application, rae, lee, code):
    """Denied for one reason, the letter handed over; everything else was accepted."""
    applications.claim(application, by=rae)
    accept_all(application, rae)
    refuse(application, code, rae)
    denial = applications.propose_denial(application, by=rae, grounds="It is not enough.")
    applications.decide_denial(denial, by=lee, agreed=True)
    return hand_over(Notice.objects.get(name="application-denied", recipient=application.person.user))


def test_an_accepted_id_goes_after_its_days_and_leaves_a_mark(
    approved, time_machine, django_capture_on_commit_callbacks
):
    stored = papers(approved.person).get().storage_name
    assert after(time_machine, 29) == 0
    with django_capture_on_commit_callbacks(execute=True):
        assert after(time_machine, 1) == 1
    assert (kept(approved.person), default_storage.exists(stored)) == (0, False)
    assert kept(approved.person, Document.Kind.EDUCATION) == 1
    event = AuditEvent.objects.filter(action="erased document").latest("pk")
    assert (event.actor_id, event.detail["reason"]) == (None, "no longer needed")
    assert after(time_machine, 1) == 0


def test_the_case_page_says_that_a_photo_was_erased(approved, rae, time_machine):
    assert "erased on" not in seen_by(rae, approved)
    stored = str(papers(approved.person).get().public_id)
    after(time_machine, 30)
    page = seen_by(rae, approved)
    assert "Photo ID, sent" in page
    assert "erased on" in page
    assert stored not in page


def test_the_days_are_those_of_the_program(approved, time_machine):
    day = timezone.localdate()
    key = "retention.identity_image_days"
    record(Standard(key=key, value="5", unit="days", citation="", basis="text", effective_from=day), by=None, why="set")
    assert (after(time_machine, 4), after(time_machine, 1)) == (0, 1)


def test_an_id_is_kept_while_its_case_is_under_review(pat, rae, time_machine):
    application = factories.filed_application(pat)
    assert after(time_machine, 100) == 0
    applications.claim(application, by=rae)
    accept_all(application, rae)
    assert after(time_machine, 100) == 0
    ask(application, rae)
    assert after(time_machine, 100) == 0


def test_an_id_that_nobody_accepted_is_kept(pat, time_machine):
    applications.withdraw(factories.filed_application(pat), by=pat.user)
    assert after(time_machine, 1000) == 0


def test_the_id_before_the_accepted_one_goes_too(pat, rae, time_machine):
    application = factories.filed_application(pat)
    applications.claim(application, by=rae)
    ask(application, rae)
    applications.save_page(application, page_named("identity"), factories.answers(pat)["identity"], by=pat.user)
    applications.answer(application, by=pat.user)
    accept_all(application, rae)
    applications.approve(application, by=rae)
    assert papers(pat).count() > 1
    after(time_machine, 30)
    assert kept(pat) == 0


def test_of_a_new_application_nothing_is_erased_for_an_old_one(pat, rae, lee, time_machine):
    denied(factories.filed_application(pat), rae, lee, "diploma-not-equal")
    factories.filed_application(pat)
    assert after(time_machine, 30) == 1
    assert kept(pat) == 1


def test_what_a_refusal_rests_on_stays_while_no_time_to_appeal_is_set(pat, rae, lee, time_machine):
    denied(factories.filed_application(pat), rae, lee, "id-other-person")
    assert after(time_machine, 1000) == 0


def test_what_a_refusal_rests_on_goes_when_the_time_to_appeal_is_over(pat, rae, lee, a_time_to_appeal, time_machine):
    denied(factories.filed_application(pat), rae, lee, "id-other-person")
    assert after(time_machine, 30) == 0
    assert after(time_machine, 1) == 1


def test_a_letter_to_somebody_else_is_not_taken_for_the_persons(pat, rae, lee, a_time_to_appeal, time_machine):
    notice = denied(factories.filed_application(pat), rae, lee, "id-other-person")
    notify(factories.person().user, notice.name, notice.context, key=f"{notice.key}0")
    assert after(time_machine, 31) == 1


def test_what_an_appeal_asks_about_stays(pat, rae, lee, a_time_to_appeal, time_machine):
    notice = denied(factories.filed_application(pat), rae, lee, "id-other-person")
    file_appeal(notice, by=pat.user, text="It is me.")
    assert after(time_machine, 1000) == 0


def test_an_open_hold_keeps_the_id(approved, lee, time_machine):
    day = timezone.localdate() + timedelta(days=60)
    hold = applications.open_hold(approved.person, kind=Hold.Kind.IDENTITY, note="?", review_on=day, by=lee)
    assert after(time_machine, 40) == 0
    applications.end_hold(hold, by=lee, reason="settled")
    assert after(time_machine, 0) == 1


@pytest.mark.parametrize("refused", [False, True])
def test_a_paper_about_a_change_goes_as_the_id_does(approved, ada, a_time_to_appeal, time_machine, refused):
    person, kind = approved.person, Document.Kind.ACCOMMODATION
    paper = factories.document(person, kind)
    request = exams.answer_change_question(approved, needed=True, text="More time.", document=paper, by=person.user)
    after(time_machine, 100)
    assert kept(person, kind) == 1
    if refused:
        exams.refuse(request, decision="We cannot.", by=ada)
        hand_over(Notice.objects.get(name="accommodation-refused", recipient=person.user))
    else:
        exams.grant(request, decision="Yes.", vendor_codes="T15", by=ada)
    after(time_machine, 29)
    assert kept(person, kind) == 1
    after(time_machine, 2)
    assert kept(person, kind) == 0


# --- records holds -------------------------------------------------------------------------------------------------
def test_held_records_stay_whatever_the_days_say(approved, lee, time_machine):
    hold = certification.hold_records(approved.person, reason="A court asks.", by=lee)
    assert after(time_machine, 1000) == 0
    certification.release_records(hold, reason="It is over.", by=lee)
    assert after(time_machine, 0) == 1


def test_records_are_held_once_and_by_who_may(pat, max, lee, rae):
    for by in (rae, max.user):
        with pytest.raises(PermissionDenied):
            certification.hold_records(pat, reason="?", by=by)
    hold = certification.hold_records(pat, reason="A court asks.", by=lee)
    with pytest.raises(NotReady, match="already"):
        certification.hold_records(pat, reason="again", by=lee)
    with pytest.raises(PermissionDenied):
        certification.release_records(hold, reason="?", by=rae)
    for reason in ("It is over.", "twice"):
        certification.release_records(hold, reason=reason, by=lee)
    assert (hold.end_reason, hold.history.count()) == ("It is over.", 2)


def test_nobody_holds_their_own_records(lee):
    own = factories.person()
    record(own, by=None, why="test", user=lee)
    with pytest.raises(PermissionDenied):
        certification.hold_records(own, reason="?", by=lee)


def test_the_lead_keeps_and_lets_go_on_a_page(client, approved, rae, lee):
    client.force_login(lee)
    applications.open_by_name(approved, by=lee, reason="check")
    page = reverse("admin:applications_application_hold_records", args=[approved.pk])
    assert client.post(page, {"reason": ""}).status_code == 200
    client.post(page, {"reason": "A court asks."})
    hold = RecordsHold.objects.get()
    case = reverse("admin:applications_application_change", args=[approved.pk])
    assert "All papers are kept" in client.get(case).content.decode()
    assert "A court asks." in client.get(page).content.decode()
    assert "All papers are kept" not in seen_by(rae, approved)
    end = reverse("admin:applications_application_release_records", args=[approved.pk, hold.pk])
    assert "Say why" in client.post(end, {"reason": ""}, follow=True).content.decode()
    client.post(end, {"reason": "It is over."})
    hold.refresh_from_db()
    assert hold.end_reason == "It is over."
    assert "All papers are kept" not in client.get(case).content.decode()


@pytest.mark.usefixtures("connections_end")
@pytest.mark.django_db(transaction=True)
def test_a_paper_is_never_erased_after_its_records_were_held(time_machine):
    lee = factories.staff("lead reviewer")
    for _each in range(5):
        person = factories.approved_application(factories.person()).person
        Document.objects.filter(owner=person, kind="identity").update(uploaded_at=timezone.now())
        time_machine.move_to(timezone.now() + timedelta(days=40))
        race([erase_papers, lambda person=person: certification.hold_records(person, reason="?", by=lee)])
        paper, hold = papers(person).get(), RecordsHold.objects.get(person=person)
        assert paper.deleted_at is None or paper.deleted_at < hold.opened_at


# --- papers about a new name ----------------------------------------------------------------------------------------
def test_a_paper_about_a_name_goes_its_days_after_it_was_accepted(pat, time_machine):
    change = factories.asked_name_change(pat)
    assert after(time_machine, 100) == 0
    name_changes.accept(change, by=factories.staff("registrar"))
    assert (after(time_machine, 29), after(time_machine, 1)) == (0, 1)
    assert kept(pat, Document.Kind.NAME) == 0


@pytest.mark.usefixtures("a_time_to_appeal")
def test_a_paper_about_a_declined_name_waits_for_the_time_to_appeal(pat, time_machine):
    name_changes.decline(factories.asked_name_change(pat), reason="unreadable", by=factories.staff("registrar"))
    hand_over(Notice.objects.get(name="name-declined", recipient=pat.user))
    assert (after(time_machine, 30), after(time_machine, 1)) == (0, 1)
