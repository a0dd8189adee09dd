"""The fee of a missed exam may be asked back, once, with a reason that finance alone reads."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from applications import actions as applications
from applications.models import Application
from certification import notices, refunds
from certification.models import AuditEvent, Charge, FeeRequest, Notice, Refund
from certification.roles import ROLES
from certification.steps import NotReady, record
from exams import actions, rules
from exams.queries import lost_fees
from tests import factories
from tests.racing import race

WHY = "Zqwhy: I was in the hospital that day."
ANSWER = "Zqanswer: The center was open, and you can move an exam until the day before."


@pytest.fixture(autouse=True)
def stand_in(settings):
    settings.PAYMENT_GATEWAY = "demo.payments.StandInGateway"
    settings.SECOND_FACTOR_FOR_STAFF = False


@pytest.fixture
def ready(pat):
    return factories.ready_for_exam(pat)


@pytest.fixture
def fred(db):
    return factories.staff("finance")


def ended(application, eli, result):
    """The next attempt of ``application``, paid, and what the vendor says of it; returns its fee."""
    attempt = factories.authorized_attempt(fresh(application))
    day = timezone.localdate() - timedelta(days=1)
    actions.import_file("r.csv", factories.result_file((attempt.candidate_number, result, day)), by=eli)
    return Charge.objects.get(purpose="exam", subject_id=attempt.pk)


@pytest.fixture
def missed(ready, eli):
    """The fee of an exam that pat missed."""
    return ended(ready, eli, "no show")


@pytest.fixture
def asked(missed):
    return actions.ask_fee_back(missed, text=WHY, by=missed.person.user)


def fresh(row):
    return type(row).objects.get(pk=row.pk)


def page(client, fee):
    return client.get(reverse("exams:fee_back", args=[fee.public_id])).content.decode()


def case(asked):
    return reverse("admin:certification_feerequest_change", args=[asked.pk])


# --- the person ----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("result", ["no show", "turned away"])
def test_who_missed_an_exam_asks_for_the_fee_and_sees_whose_move_it_is(client, ready, eli, result):
    fee = ended(ready, eli, result)
    client.force_login(fee.person.user)
    address = reverse("exams:fee_back", args=[fee.public_id])
    assert address in client.get(reverse("exams:home")).content.decode()
    assert "Only the team that handles payments" in page(client, fee)
    assert "text" in client.post(address, {"text": " "}).context["form"].errors
    said = client.post(address, {"text": WHY}, follow=True).content.decode()
    for shown in (said, client.get(reverse("exams:home")).content.decode()):
        assert WHY in shown
        assert "It is our move" in shown
    assert FeeRequest.objects.get().text == WHY


def test_the_letter_about_the_missed_exam_leads_there(missed):
    letter = Notice.objects.get(name="attempt-voided")
    assert f"/exam/fee-back/{missed.public_id}/" in notices.render(letter, timezone.localdate())[1]


def test_a_fee_is_asked_for_once(client, asked, missed):
    again = actions.ask_fee_back(fresh(missed), text="Something else.", by=missed.person.user)
    assert (again, again.text) == (asked, WHY)
    client.force_login(missed.person.user)
    client.post(reverse("exams:fee_back", args=[missed.public_id]), {"text": "Something else."})
    assert FeeRequest.objects.get().text == WHY
    with pytest.raises(IntegrityError), transaction.atomic():
        record(FeeRequest(charge=missed, text="Twice"), by=None, why="test")


@pytest.mark.parametrize("result", ["pass", "fail"])
def test_the_fee_of_an_exam_that_was_sat_cannot_be_asked_back(client, ready, eli, result):
    fee = ended(ready, eli, result)
    with pytest.raises(NotReady, match="missed the exam"):
        actions.ask_fee_back(fee, text=WHY, by=fee.person.user)
    client.force_login(fee.person.user)
    assert client.get(reverse("exams:fee_back", args=[fee.public_id])).status_code == 404
    assert "fee-back" not in client.get(reverse("exams:home")).content.decode()


def test_no_other_fee_can_be_asked_back(client, ready, eli, missed):
    """An application fee, one paid by mistake, one of an exam that we spoiled, one of an exam still to come."""
    open_one = factories.authorized_attempt(fresh(ready))
    fee = Charge.objects.get(purpose="exam", subject_id=open_one.pk)
    factories.pay(fee)
    others = [fee, *Charge.objects.filter(purpose__in=["application", "mistaken"])]
    actions.void(open_one, kind="irregularity", by=eli, why="power cut")
    client.force_login(fee.person.user)
    assert len(others) == 3
    for other in others:
        with pytest.raises(NotReady):
            actions.ask_fee_back(other, text=WHY, by=fee.person.user)
        assert client.get(reverse("exams:fee_back", args=[other.public_id])).status_code == 404


def test_a_free_attempt_that_was_missed_has_no_fee(ready, eli):
    spoiled = factories.authorized_attempt(ready)
    actions.void(spoiled, kind="irregularity", by=eli, why="power cut")
    assert actions.open_checkout(fresh(ready), by=ready.person.user) is None
    free = ready.attempts.get(number=2)
    actions.void(free, kind="no_show", by=eli, why="did not come")
    assert lost_fees(ready.attempts.all()) == []
    letter = Notice.objects.filter(name="attempt-voided").latest("pk")
    assert "fee back" not in notices.render(letter, timezone.localdate())[1]


def test_a_fee_that_goes_back_already_is_not_asked_for(missed, eli):
    record(missed, by=None, why="test", refund_due_at=timezone.now())
    with pytest.raises(NotReady, match="goes back to you already"):
        actions.ask_fee_back(missed, text=WHY, by=missed.person.user)


def test_it_can_be_asked_for_after_the_application_has_ended(client, missed):
    application = Application.objects.get()
    applications.withdraw(application, by=missed.person.user)
    client.force_login(missed.person.user)
    client.post(reverse("exams:fee_back", args=[missed.public_id]), {"text": WHY})
    assert FeeRequest.objects.get().charge == missed


def test_nobody_else_sees_or_sends_it(client, missed, asked, max):
    client.force_login(max.user)
    address = reverse("exams:fee_back", args=[missed.public_id])
    assert client.get(address).status_code == client.post(address, {"text": "x"}).status_code == 404


# --- finance -------------------------------------------------------------------------------------------------------
def test_two_clicks_of_two_people_give_it_back(client, asked, missed, fin, fred):
    assert list(refunds.asked(fin)) == [asked]
    client.force_login(fin)
    assert WHY in client.get(case(asked)).content.decode()
    propose = reverse("admin:certification_charge_refund", args=[missed.pk])
    assert propose in client.get(case(asked)).content.decode()
    assert '<option value="asked" selected>' in client.get(propose).content.decode()
    client.post(propose, {"cause": "asked", "why": "It was an emergency."})
    assert not refunds.asked(fred).exists()
    refund = Refund.objects.get()
    assert (refund.cause, fresh(asked).granted) == ("asked", None)
    client.force_login(fred)
    assert WHY in client.get(reverse("admin:certification_refund_change", args=[refund.pk])).content.decode()
    client.post(reverse("admin:certification_refund_decide", args=[refund.pk]), {"agree": "1"})
    done = fresh(asked)
    assert (done.granted, done.decided_by) == (True, fred)
    client.force_login(missed.person.user)
    assert "We said yes" in page(client, missed)
    refunds.pay_back()
    assert fresh(missed).refunded_at
    assert Notice.objects.filter(name="money-returned").count() == 1
    assert "Given back on" in page(client, missed)
    assert not Notice.objects.filter(name="fee-kept").exists()


def test_one_person_gives_nothing_back(asked, missed, fin):
    refund = refunds.propose(missed, cause="asked", why="?", by=fin)
    with pytest.raises(NotReady, match="second person"):
        refunds.decide_refund(refund, agreed=True, by=fin)
    assert fresh(asked).granted is None


def test_a_return_that_is_not_agreed_leaves_the_request_to_be_answered(asked, missed, fin, fred):
    refund = refunds.propose(missed, cause="asked", why="?", by=fin)
    refunds.decide_refund(refund, agreed=False, by=fred)
    assert list(refunds.asked(fin)) == [asked]
    refunds.keep(asked, answer=ANSWER, by=fred)
    assert not refunds.asked(fin).exists()


def test_what_nobody_asked_back_is_not_returned_as_asked(missed, fin):
    with pytest.raises(NotReady, match="Nobody asked"):
        refunds.propose(missed, cause="asked", why="?", by=fin)


def test_a_fee_that_stays_is_told_with_the_reason_and_how_to_appeal(client, asked, missed, fin, mail_sink):
    client.force_login(fin)
    keep = reverse("admin:certification_feerequest_keep", args=[asked.pk])
    assert 'class="error"' in client.post(keep, {"answer": ""}).content.decode()
    assert fresh(asked).granted is None
    client.post(keep, {"answer": ANSWER})
    assert (fresh(asked).granted, fresh(asked).answer, fresh(asked).decided_by) == (False, ANSWER, fin)
    letter = Notice.objects.get(name="fee-kept")
    notices.deliver(letter.pk)
    letter.refresh_from_db()
    assert ANSWER in letter.body
    assert f"/appeals/{letter.public_id}/" in letter.body
    mailed = "".join(message.content.decode() for message in mail_sink.messages)
    assert "Zq" not in mailed
    client.force_login(missed.person.user)
    said = page(client, missed)
    assert ANSWER in said
    assert "You can appeal" in said
    assert client.get(reverse("discipline:appeal", args=[letter.public_id])).status_code == 200
    refunds.pay_back()
    assert fresh(missed).refund_due_at is None


def test_what_was_kept_may_be_given_back_when_that_was_wrong(asked, missed, fin, fred):
    refunds.keep(asked, answer=ANSWER, by=fin)
    with pytest.raises(NotReady, match="already been decided"):
        refunds.keep(asked, answer="Again.", by=fred)
    refunds.decide_refund(refunds.propose(missed, cause="asked", why="On appeal.", by=fin), agreed=True, by=fred)
    assert fresh(asked).granted is True
    assert Notice.objects.filter(name="fee-kept").count() == 1


def test_a_return_that_is_proposed_stops_a_no(asked, missed, fin, fred):
    refunds.propose(missed, cause="asked", why="?", by=fin)
    with pytest.raises(NotReady, match="proposed already"):
        refunds.keep(asked, answer=ANSWER, by=fred)


def test_nobody_decides_about_their_own_fee(asked, missed, fin):
    record(missed.person, by=None, why="test", user=fin)
    assert not refunds.asked(fin).exists()
    with pytest.raises(NotReady, match="your own payment"):
        refunds.keep(fresh(asked), answer=ANSWER, by=fin)


@pytest.mark.parametrize("role", [role for role in ROLES if role != "finance"])
def test_no_other_desk_reads_why(client, asked, missed, role):
    user = factories.staff(role)
    client.force_login(user)
    assert client.get(case(asked)).status_code == 403
    assert client.post(reverse("admin:certification_feerequest_keep", args=[asked.pk]), {}).status_code == 403
    attempt = ready_attempt(missed)
    for address in (
        reverse("admin:index"),
        reverse("admin:exams_attempt_change", args=[attempt.pk]),
        reverse("admin:applications_application_change", args=[attempt.application_id]),
        reverse("admin:certification_feerequest_changelist"),
    ):
        assert "Zqwhy" not in client.get(address).content.decode()
    with pytest.raises(PermissionDenied):
        refunds.keep(asked, answer=ANSWER, by=user)


def ready_attempt(fee):
    return Application.objects.get(person=fee.person).attempts.get(pk=fee.subject_id)


def test_the_person_sees_that_finance_read_it(client, asked, missed, fin, fred):
    client.force_login(fin)
    client.get(case(asked))
    refund = refunds.propose(missed, cause="asked", why="?", by=fin)
    client.force_login(fred)
    client.get(reverse("admin:certification_refund_change", args=[refund.pk]))
    looks = AuditEvent.objects.filter(action="opened record", subject=f"certification.feerequest:{asked.pk}")
    assert set(looks.values_list("actor_id", flat=True)) == {fin.pk, fred.pk}


# --- what follows --------------------------------------------------------------------------------------------------
def test_a_fee_given_back_is_no_attempt_made_good(ready, asked, missed, eli, fin, fred):
    """After it, an exam that we spoil is still made good once, and only once."""
    refunds.decide_refund(refunds.propose(missed, cause="asked", why="?", by=fin), agreed=True, by=fred)
    spoiled = factories.authorized_attempt(fresh(ready))
    actions.void(spoiled, kind="irregularity", by=eli, why="power cut")
    assert rules.fee_cents(fresh(ready)) == 0
    assert actions.open_checkout(fresh(ready), by=ready.person.user) is None
    actions.void(ready.attempts.get(number=3), kind="no_show", by=eli, why="did not come")
    assert rules.fee_cents(fresh(ready)) == ready.standards.fee_exam_retake


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("connections_end")
def test_asked_by_many_clicks_it_is_one_request_and_of_a_yes_and_a_no_one_counts():
    eli, one, two = (factories.staff(role) for role in ("exam desk", "finance", "finance"))
    fee = ended(factories.ready_for_exam(factories.person()), eli, "no show")
    race([lambda: actions.ask_fee_back(fresh(fee), text=WHY, by=fee.person.user)] * 8)
    asked = FeeRequest.objects.get()
    refund = refunds.propose(fee, cause="asked", why="?", by=one)
    refunds.decide_refund(refund, agreed=False, by=two)
    race(
        [
            lambda: refunds.keep(fresh(asked), answer=ANSWER, by=two),
            lambda: refunds.propose(fresh(fee), cause="asked", why="?", by=one),
        ]
        * 4
    )
    kept = FeeRequest.objects.get().granted is False
    assert Notice.objects.filter(name="fee-kept").count() == int(kept)
    assert Refund.objects.filter(decided_at=None).count() in ({0, 1} if kept else {1})
