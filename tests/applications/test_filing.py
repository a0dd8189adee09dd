"""Filing: what a person writes, pays for, sends, answers and takes back."""

import threading
from datetime import date, timedelta

import pytest
from django.db import connection
from django.utils import timezone

from applications import actions
from applications.models import Application, Reason, Requirement
from applications.rules import PAGES, REQUIREMENTS, page_named
from certification.actions import issue
from certification.models import Charge, Document, Notice, Person
from certification.steps import NotReady, WrongState, record
from tests import factories

pytestmark = pytest.mark.django_db
S = Application.Status


def notices(name):
    return Notice.objects.filter(name=name)


def asked_application(pat, rae, *kinds):
    """An application of Pat's that Rae has looked at and asked more for, on the lines ``kinds``."""
    application = factories.filed_application(pat)
    actions.claim(application, by=rae)
    for line in application.requirements.all():
        if line.kind in kinds:
            reason = Reason.objects.filter(requirement=line.kind, outcome=Reason.Outcome.ASK).first()
            actions.refuse_requirement(line, reason, by=rae)
        else:
            actions.accept_requirement(line, by=rae)
    actions.ask_for_more(application, by=rae)
    return application


# --- beginning -----------------------------------------------------------------------------------------------------
def test_beginning_makes_the_person_and_one_application():
    user = factories.user()
    application = actions.begin(user)
    assert application.status == S.DRAFT
    assert application.person == Person.objects.get(user=user)
    assert actions.begin(user) == application
    assert Application.objects.count() == Person.objects.count() == 1


def test_who_holds_a_certificate_does_not_begin_again(pat):
    issue(pat, by=None, why="test")
    with pytest.raises(NotReady):
        actions.begin(pat.user)


def test_after_a_withdrawal_a_person_begins_anew(pat):
    first = factories.draft(pat)
    actions.withdraw(first, by=pat.user)
    assert actions.begin(pat.user) != first


# --- writing -------------------------------------------------------------------------------------------------------
def test_saving_a_page_twice_keeps_the_last(pat):
    application = actions.begin(pat.user)
    for given in ("Pat", "Patricia"):
        actions.save_page(application, page_named("name"), {"given_name": given}, by=pat.user)
    assert [row.answers for row in application.draft_pages.all()] == [{"given_name": "Patricia"}]


def test_the_language_of_letters_holds_from_the_moment_it_is_chosen(pat):
    factories.draft(pat, contact={"language": "es"})
    pat.user.refresh_from_db()
    assert pat.user.language == "es"


def test_a_paper_that_was_replaced_is_erased(pat):
    application = factories.draft(pat)
    page = page_named("education")
    old = application.draft_pages.get(page="education").answers
    new = factories.document(pat, Document.Kind.EDUCATION)
    actions.save_page(application, page, old | {"document": new.pk}, by=pat.user)
    assert Document.objects.get(pk=old["document"]).deleted_at
    assert not Document.objects.get(pk=new.pk).deleted_at


def test_a_paper_on_its_way_to_be_paid_for_is_kept_when_the_page_changes(pat):
    application = factories.draft(pat)
    charge = actions.open_checkout(application, by=pat.user)
    sealed = application.snapshot["education"]
    other = factories.document(pat, Document.Kind.EDUCATION)
    actions.save_page(application, page_named("education"), sealed | {"document": other.pk}, by=pat.user)
    factories.pay(charge)
    application.refresh_from_db()
    assert application.answers["education"] == sealed
    assert not Document.objects.get(pk=sealed["document"]).deleted_at


# --- paying and sending --------------------------------------------------------------------------------------------
def test_a_paid_application_is_filed_with_what_was_sealed_at_checkout(pat):
    application = factories.filed_application(pat)
    assert application.status == S.SUBMITTED
    assert application.answers == application.snapshot
    assert set(application.answers) == {page.slug for page in PAGES}
    assert application.filed_on == timezone.localdate()
    assert application.submitted_at is not None
    assert {row.kind for row in application.requirements.all()} == set(REQUIREMENTS)
    assert not application.draft_pages.exists()
    assert notices("application-submitted").count() == 1


def test_filing_fills_the_record_of_the_person(pat):
    factories.filed_application(
        pat, name={"given_name": "Ana", "family_name": "", "middle_name": ""}, ethics={"signature": "ANA"}
    )
    pat.refresh_from_db()
    assert pat.legal_name == "Ana"
    assert pat.birth_date == date(1990, 5, 17)
    assert pat.birth_date_mac
    assert (pat.city, pat.county.name) == ("Sacramento", "Sacramento")


def test_checkout_opens_one_charge_however_often(pat):
    application = factories.draft(pat)
    assert actions.open_checkout(application, by=pat.user) == actions.open_checkout(application, by=pat.user)
    assert Charge.objects.get().cents == 10_000


@pytest.mark.parametrize("missing", [page.slug for page in PAGES])
def test_checkout_stays_shut_while_a_page_is_missing(pat, missing):
    application = factories.draft(pat, without=(missing,))
    with pytest.raises(NotReady):
        actions.open_checkout(application, by=pat.user)
    assert not Charge.objects.exists()


def test_who_is_too_young_does_not_reach_the_fee(pat):
    seventeen = timezone.localdate() - timedelta(days=365 * 18)
    application = factories.draft(pat, birth={"birth_date": seventeen.isoformat()})
    with pytest.raises(NotReady):
        actions.open_checkout(application, by=pat.user)
    assert not Charge.objects.exists()


def test_the_word_of_the_payment_may_come_twice(pat):
    application = factories.draft(pat)
    charge = actions.open_checkout(application, by=pat.user)
    assert factories.pay(charge)
    assert not factories.pay(charge)
    assert notices("application-submitted").count() == 1
    assert application.requirements.count() == len(REQUIREMENTS)


def test_what_is_written_after_checkout_is_not_filed(pat):
    application = factories.draft(pat)
    charge = actions.open_checkout(application, by=pat.user)
    name = application.snapshot["name"]
    actions.save_page(application, page_named("name"), name | {"given_name": "Somebody"}, by=pat.user)
    factories.pay(charge)
    application.refresh_from_db()
    assert application.answers["name"] == name


def test_a_payment_for_what_was_withdrawn_goes_back(pat):
    application = factories.draft(pat)
    charge = actions.open_checkout(application, by=pat.user)
    actions.withdraw(application, by=pat.user)
    factories.pay(charge)
    charge.refresh_from_db()
    application.refresh_from_db()
    assert charge.paid_at
    assert charge.refund_due_at
    assert application.status == S.WITHDRAWN
    assert notices("payment-returned").count() == 1


def test_after_a_payment_that_goes_back_the_next_checkout_is_a_charge_of_its_own(pat):
    yesterday = (timezone.localdate() - timedelta(days=1)).isoformat()
    application = factories.draft(pat)
    first = actions.open_checkout(application, by=pat.user)
    sealed = application.snapshot
    expired = sealed | {"identity": sealed["identity"] | {"expires_on": yesterday}}
    record(application, by=None, why="the ID ran out before the payment came", snapshot=expired)
    factories.pay(first)
    first.refresh_from_db()
    application.refresh_from_db()
    assert first.refund_due_at
    assert application.status == S.DRAFT
    second = actions.open_checkout(application, by=pat.user)
    assert second != first
    factories.pay(second)
    application.refresh_from_db()
    assert application.status == S.SUBMITTED


@pytest.mark.django_db(transaction=True)
def test_twenty_words_of_one_payment_file_one_application(pat):
    application = factories.draft(pat)
    charge = actions.open_checkout(application, by=pat.user)
    barrier = threading.Barrier(20)

    def hear():
        barrier.wait()
        factories.payments.confirm(Charge.objects.get(pk=charge.pk), reference="one", cents=charge.cents)
        connection.close()

    threads = [threading.Thread(target=hear) for _ in range(20)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert notices("application-submitted").count() == 1
    assert application.requirements.count() == len(REQUIREMENTS)


# --- answering -----------------------------------------------------------------------------------------------------
def test_only_the_pages_that_were_asked_for_open_again(pat, rae):
    application = asked_application(pat, rae, "education")
    for page in PAGES:
        if page.slug == "education":
            actions.save_page(application, page, application.answers["education"], by=pat.user)
        else:
            with pytest.raises(WrongState):
                actions.save_page(application, page, application.answers[page.slug], by=pat.user)


def test_an_answer_waits_until_every_page_asked_for_was_looked_at(pat, rae):
    application = asked_application(pat, rae, "education", "identity")
    actions.save_page(application, page_named("education"), application.answers["education"], by=pat.user)
    with pytest.raises(NotReady):
        actions.answer(application, by=pat.user)


def test_an_answer_goes_back_to_the_same_reviewer(pat, rae):
    application = asked_application(pat, rae, "education")
    before = application.answers
    paper = factories.document(pat, Document.Kind.EDUCATION)
    new = before["education"] | {"kind": "college", "document": paper.pk}
    actions.save_page(application, page_named("education"), new, by=pat.user)
    actions.answer(application, by=pat.user)
    application.refresh_from_db()
    assert application.status == S.IN_REVIEW
    assert application.reviewer == rae
    assert application.answers == before | {"education": new}
    assert application.requirements.get(kind="education").status == Requirement.Status.WAITING
    assert not application.draft_pages.exists()
    assert not Document.objects.get(pk=before["education"]["document"]).deleted_at
    assert notices("answer-received").count() == 1


def test_a_second_round_is_answered_with_a_notice_of_its_own(pat, rae):
    application = asked_application(pat, rae, "name")
    actions.save_page(application, page_named("name"), application.answers["name"], by=pat.user)
    actions.answer(application, by=pat.user)
    line = application.requirements.get(kind="name")
    actions.refuse_requirement(line, Reason.objects.filter(requirement="name", outcome="ask").first(), by=rae)
    actions.ask_for_more(application, by=rae)
    actions.save_page(application, page_named("name"), application.answers["name"], by=pat.user)
    actions.answer(application, by=pat.user)
    assert notices("answer-received").count() == 2


def test_a_corrected_name_reaches_the_record_of_the_person(pat, rae):
    application = asked_application(pat, rae, "name")
    actions.save_page(application, page_named("name"), {"given_name": "Patrice", "family_name": "Doe"}, by=pat.user)
    actions.answer(application, by=pat.user)
    pat.refresh_from_db()
    assert pat.legal_name == "Patrice Doe"


# --- withdrawing ---------------------------------------------------------------------------------------------------
def test_a_withdrawn_draft_leaves_no_papers(pat):
    application = factories.draft(pat)
    actions.withdraw(application, by=pat.user)
    application.refresh_from_db()
    assert application.status == S.WITHDRAWN
    assert application.ended_at
    assert not application.draft_pages.exists()
    assert not Document.objects.filter(deleted_at=None).exists()
    assert notices("application-withdrawn").count() == 1


def test_a_sent_application_keeps_its_papers_when_it_is_withdrawn(pat):
    application = factories.filed_application(pat)
    actions.withdraw(application, by=pat.user)
    assert Document.objects.filter(deleted_at=None).count() == 2
    with pytest.raises(WrongState):
        actions.withdraw(application, by=pat.user)
    assert notices("application-withdrawn").count() == 1
