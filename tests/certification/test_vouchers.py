"""A voucher pays one fee, once, for whoever holds its code; who gave it learns how many are used, and nobody can read a code again."""

import csv
import io
from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.urls import reverse
from django.utils import timezone

from applications import actions as applications
from applications.models import Application
from certification import notices, payments, receipts, refunds, vouchers
from certification.models import AuditEvent, Charge, Notice, Voucher, VoucherBatch
from certification.numbers import VOUCHER, new_number, parse_number
from certification.queries import today
from certification.signing import signed
from certification.steps import NotReady, WrongState, record
from certification.vouchers import NotTaken
from exams import actions as exams
from exams.models import Attempt
from tests import factories
from tests.certification.test_receipts import words
from tests.racing import race


@pytest.fixture(autouse=True)
def at_the_desk(settings, fresh_cache):
    settings.PAYMENT_GATEWAY = "demo.payments.StandInGateway"
    settings.SECOND_FACTOR_FOR_STAFF = False


def made(by, *, count=1, purpose="application", days=30, payer="County of Somewhere"):
    """A batch and its codes."""
    day = today() + timedelta(days=days)
    return vouchers.make(purpose=purpose, payer=payer, count=count, valid_through=day, note="", by=by)


@pytest.fixture
def code(fin):
    return made(fin)[1][0]


@pytest.fixture
def charge(pat):
    return applications.open_checkout(factories.draft(pat), by=pat.user)


def fresh(row):
    return type(row).objects.get(pk=row.pk)


def counts(batch):
    found = vouchers.counted(VoucherBatch.objects).get(pk=batch.pk)
    return found.made, found.used


# --- codes ---------------------------------------------------------------------------------------------------------
def test_a_code_is_read_however_it_is_typed_and_is_no_certificate_number():
    code = new_number(prefix=VOUCHER)
    for typed in (code.lower(), code.replace("-", " "), code.removeprefix("VOUCH-"), f" {code}\n"):
        assert parse_number(typed, prefix=VOUCHER) == code
    assert parse_number(code) is None
    assert parse_number(new_number(), prefix=VOUCHER) is None


def test_codes_are_told_once_and_kept_nowhere(client, fin):
    client.force_login(fin)
    sent = {"purpose": "exam", "payer": "County", "count": "3", "valid_through": str(today()), "note": "Contract 7"}
    answer = client.post(reverse("admin:certification_voucherbatch_add"), sent)
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert "no-store" in answer.headers["Cache-Control"]
    rows = list(csv.reader(io.StringIO(answer.content.decode())))
    codes = [row[0] for row in rows[1:]]
    assert len({parse_number(code, prefix=VOUCHER) for code in codes}) == 3
    batch = VoucherBatch.objects.get()
    assert (batch.made_by, batch.note, counts(batch)) == (fin, "Contract 7", (3, 0))
    event = AuditEvent.objects.get(action="made vouchers")
    assert (event.actor_id, event.detail) == (fin.pk, {"vouchers": 3})
    page = client.get(reverse("admin:certification_voucherbatch_change", args=[batch.pk])).content.decode()
    with connection.cursor() as cursor:
        cursor.execute("SELECT string_agg(row_to_json(v)::text, '') FROM certification_voucher v")
        kept = cursor.fetchone()[0]
    for code in codes:
        assert code not in page + kept
        assert code.replace("-", "") not in page + kept


@pytest.mark.parametrize(
    "wrong",
    [
        {"count": "0"}, {"count": "501"}, {"count": "x"}, {"payer": ""}, {"purpose": "mistaken"}, {"purpose": ""},
        {"valid_through": "2001-01-01"}, {"valid_through": "soon"},
    ],
)  # fmt: skip
def test_a_batch_that_cannot_be_is_refused_in_words(client, fin, wrong):
    client.force_login(fin)
    sent = {"purpose": "exam", "payer": "County", "count": "3", "valid_through": str(today())} | wrong
    answer = client.post(reverse("admin:certification_voucherbatch_add"), sent)
    assert set(answer.context["form"].errors) == set(wrong)
    assert not VoucherBatch.objects.exists()


@pytest.mark.parametrize("role", ["reviewer", "exam desk", "administrator", "reporting"])
def test_only_finance_makes_and_withdraws(fin, role):
    other = factories.staff(role)
    with pytest.raises(PermissionDenied):
        made(other)
    batch, _codes = made(fin)
    with pytest.raises(PermissionDenied):
        vouchers.withdraw(batch, by=other)


def test_a_voucher_can_neither_be_written_unsigned_nor_changed_nor_removed(fin):
    batch, _codes = made(fin)
    with pytest.raises(DatabaseError), transaction.atomic():
        Voucher.objects.create(batch=batch, fingerprint="x")
    with pytest.raises(DatabaseError), transaction.atomic(), signed(fin, "test"):
        Voucher.objects.update(fingerprint="y")
    with pytest.raises(DatabaseError), transaction.atomic(), signed(fin, "test"):
        Voucher.objects.all().delete()


# --- paying --------------------------------------------------------------------------------------------------------
def test_a_voucher_files_the_application_as_a_card_does(client, pat, fin, code):
    application = factories.draft(pat)
    client.force_login(pat.user)
    assert reverse("applications:voucher") in client.get(reverse("applications:pay")).content.decode()
    assert "$100" in client.get(reverse("applications:voucher")).content.decode()
    said = client.post(reverse("applications:voucher"), {"code": code.lower()}, follow=True).content.decode()
    assert "Your application is sent" in said
    assert fresh(application).status == Application.Status.SUBMITTED
    assert Notice.objects.filter(name="application-submitted").count() == 1
    paid = Charge.objects.get()
    assert (paid.cents, paid.voucher.batch.payer) == (10_000, "County of Somewhere")
    assert counts(paid.voucher.batch) == (1, 1)


def test_a_voucher_authorizes_the_exam(client, pat, fin):
    ready = factories.ready_for_exam(pat)
    _batch, (code,) = made(fin, purpose="exam")
    client.force_login(pat.user)
    assert reverse("exams:voucher") in client.get(reverse("exams:pay")).content.decode()
    said = client.post(reverse("exams:voucher"), {"code": code}, follow=True).content.decode()
    assert ready.attempts.get().candidate_number in said
    assert ready.attempts.get().status == Attempt.Status.AUTHORIZED


def test_where_nothing_is_to_be_paid_no_voucher_is_taken(client, pat, max, fin, eli):
    ready = factories.ready_for_exam(pat)
    exams.void(factories.authorized_attempt(ready), kind="irregularity", by=eli, why="power cut")
    _batch, (code,) = made(fin, purpose="exam")
    for user in (pat.user, max.user):
        client.force_login(user)
        assert client.post(reverse("exams:voucher"), {"code": code}).url == reverse("exams:pay")
        assert client.post(reverse("applications:voucher"), {"code": code}).url == reverse("applications:apply")
    client.force_login(pat.user)
    assert reverse("exams:voucher") not in client.get(reverse("exams:pay")).content.decode()
    assert not Charge.objects.exclude(voucher=None).exists()


def test_an_unfinished_application_is_finished_first(client, pat, code):
    factories.draft(pat, without=("ethics",))
    client.force_login(pat.user)
    assert client.post(reverse("applications:voucher"), {"code": code}).url == reverse("applications:check")
    assert not Charge.objects.exists()


def test_unknown_and_withdrawn_are_answered_alike_and_the_rest_clearly(charge, fin, max):
    batch, (withdrawn,) = made(fin)
    vouchers.withdraw(batch, by=fin)
    said = set()
    for bad in (new_number(prefix=VOUCHER), withdrawn):
        with pytest.raises(NotTaken) as refused:
            vouchers.pay(charge, bad)
        said.add(str(refused.value))
    assert len(said) == 1
    with pytest.raises(NotTaken, match="another fee: the exam fee"):
        vouchers.pay(charge, made(fin, purpose="exam")[1][0])
    _batch, (used,) = made(fin)
    vouchers.pay(applications.open_checkout(factories.draft(max), by=max.user), used)
    with pytest.raises(NotTaken, match="used already"):
        vouchers.pay(charge, used)
    _batch, (over,) = made(fin, days=-1)
    with pytest.raises(NotTaken, match="good through"):
        vouchers.pay(charge, over)
    assert fresh(charge).paid_at is None
    _batch, (last_day,) = made(fin, days=0)
    vouchers.pay(charge, last_day)
    assert fresh(charge).paid_at


def test_the_page_says_what_is_wrong_at_the_code(client, pat, fin):
    factories.draft(pat)
    client.force_login(pat.user)
    page = reverse("applications:voucher")
    for typed, words_said in (
        ("", "Fill this in"),
        ("VOUCH-1234", "wrong or missing"),
        (new_number(), "wrong or missing"),
        (new_number(prefix=VOUCHER), "do not know this code"),
        (made(fin, purpose="exam")[1][0], "another fee"),
    ):
        assert words_said in client.post(page, {"code": typed}).context["form"].errors["code"][0]
    assert fresh(pat.applications.get()).status == Application.Status.DRAFT


def test_nobody_tries_codes_by_the_hundred(client, pat, max, code):
    factories.draft(pat)
    client.force_login(pat.user)
    page = reverse("applications:voucher")
    for _try in range(10):
        client.post(page, {"code": new_number(prefix=VOUCHER)})
    assert "many codes" in client.post(page, {"code": code}).content.decode()
    assert not Charge.objects.exclude(voucher=None).exists()
    factories.draft(max)
    client.force_login(max.user)
    client.post(page, {"code": code})
    assert Charge.objects.get(voucher__isnull=False).person == max


def test_a_batch_withdrawn_keeps_what_was_paid(charge, fin):
    batch, codes = made(fin, count=2)
    vouchers.pay(charge, codes[0])
    vouchers.withdraw(batch, by=fin)
    vouchers.withdraw(fresh(batch), by=fin)
    assert AuditEvent.objects.filter(action="withdrew vouchers").count() == 1
    assert fresh(charge).paid_at
    assert counts(batch) == (2, 1)


def test_a_fee_that_is_paid_takes_no_voucher(charge, fin, code):
    factories.pay(charge)
    with pytest.raises(WrongState, match="paid already"):
        vouchers.pay(charge, code)
    assert Charge.objects.filter(voucher=None).count() == 1


def test_money_that_comes_after_the_voucher_goes_back(charge, code):
    vouchers.pay(charge, code)
    assert not payments.confirm(fresh(charge), reference="pi_1", cents=charge.cents)
    late = Charge.objects.get(purpose="mistaken")
    assert (late.gateway_reference, late.voucher, late.refund_due_at is not None) == ("pi_1", None, True)
    assert "stays paid" in letter("paid-by-mistake")
    assert Notice.objects.filter(name="application-submitted").count() == 1


def test_where_the_case_moved_on_the_voucher_stays_unused(pat, fin):
    ready = factories.ready_for_exam(pat)
    batch, (code,) = made(fin, purpose="exam")
    charge = exams.open_checkout(ready, by=pat.user)
    exams.answer_change_question(fresh(ready), needed=True, text="Large print", by=pat.user)
    with pytest.raises(NotReady, match="was not used"):
        vouchers.pay(charge, code)
    assert (fresh(charge).paid_at, fresh(charge).refund_due_at, counts(batch)) == (None, None, (1, 0))
    assert not Notice.objects.filter(name="exam-fee-returned").exists()


def letter(name):
    notice = Notice.objects.get(name=name)
    return "\n".join(notices.render(notice, timezone.localdate()))


# --- afterwards ----------------------------------------------------------------------------------------------------
def test_the_receipt_says_who_gave_the_voucher(client, charge, code):
    vouchers.pay(charge, code)
    said = words(fresh(charge))
    for part in ("Pat Doe", "Voucher from County of Somewhere", "$100", "Paid in full with a voucher"):
        assert part in said
    assert "card" not in said
    client.force_login(charge.person.user)
    assert "paid with a voucher from County of Somewhere" in client.get(reverse("certification:fees")).content.decode()
    assert list(receipts.paid_by(charge.person.user)) == [charge]


def test_a_return_sets_the_voucher_free_and_moves_no_money(client, pat, fin, eli):
    fred, ready = factories.staff("finance"), factories.ready_for_exam(pat)
    batch, (code,) = made(fin, purpose="exam")
    charge = exams.open_checkout(ready, by=pat.user)
    vouchers.pay(charge, code)
    exams.void(ready.attempts.get(), kind="no_show", by=eli, why="did not come")
    exams.ask_fee_back(charge, text="I was ill.", by=pat.user)
    client.force_login(fin)
    address = reverse("admin:certification_charge_refund", args=[charge.pk])
    assert "the voucher counts as unused again" in client.get(address).content.decode()
    refund = refunds.propose(fresh(charge), cause="asked", why="Ill.", by=fin)
    refunds.decide_refund(refund, agreed=True, by=fred)
    again = exams.open_checkout(fresh(ready), by=pat.user)
    with pytest.raises(NotTaken, match="used already"):
        vouchers.pay(again, code)
    refunds.pay_back()
    assert (fresh(refund).reference, counts(batch)) == ("", (1, 0))
    assert "with a voucher" in letter("money-returned")
    assert "card" not in letter("money-returned")
    assert "counts as unused" in words(fresh(charge))
    vouchers.pay(again, code)
    assert counts(batch) == (1, 1)
    assert ready.attempts.get(number=2).status == Attempt.Status.AUTHORIZED


def test_who_pays_sees_counts_and_finance_sees_no_names_there(client, charge, fin):
    batch, codes = made(fin, count=5)
    vouchers.pay(charge, codes[0])
    client.force_login(fin)
    for page in ("changelist", "change", "history"):
        args = [] if page == "changelist" else [batch.pk]
        assert (
            "Pat Doe" not in client.get(reverse(f"admin:certification_voucherbatch_{page}", args=args)).content.decode()
        )
    row = client.get(reverse("admin:certification_voucherbatch_changelist")).content.decode()
    assert '<td class="field-made">5</td><td class="field-used">1</td>' in row
    client.post(reverse("admin:certification_voucherbatch_withdraw", args=[batch.pk]))
    assert fresh(batch).withdrawn_by == fin
    case = client.get(reverse("admin:certification_voucherbatch_change", args=[batch.pk])).content.decode()
    assert "Withdraw the unused ones" not in case


def test_one_voucher_stands_for_one_fee_even_behind_our_back(charge, code, max):
    vouchers.pay(charge, code)
    other = applications.open_checkout(factories.draft(max), by=max.user)
    with pytest.raises(IntegrityError), transaction.atomic():
        record(other, by=None, why="test", voucher=fresh(charge).voucher)


# --- at the same moment --------------------------------------------------------------------------------------------
@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("connections_end")
def test_one_code_on_many_fees_at_once_pays_one():
    _batch, (code,) = made(factories.staff("finance"))
    people = [factories.person(f"P{number}") for number in range(8)]
    charges = [applications.open_checkout(factories.draft(person), by=person.user) for person in people]
    answers = race([lambda charge=charge: vouchers.pay(fresh(charge), code) for charge in charges])
    assert sum(answer is None for answer in answers) == 1
    assert {type(answer) for answer in answers} == {type(None), NotTaken}
    assert Charge.objects.exclude(paid_at=None).count() == Charge.objects.exclude(voucher=None).count() == 1
    assert Notice.objects.filter(name="application-submitted").count() == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("connections_end")
def test_a_code_and_a_card_at_once_pay_once_and_late_money_goes_back():
    fin = factories.staff("finance")
    for number in range(6):
        batch, (code,) = made(fin)
        person = factories.person(f"P{number}")
        charge = applications.open_checkout(factories.draft(person), by=person.user)
        reference = f"card-{charge.pk}"
        race(
            [
                lambda charge=charge, code=code: vouchers.pay(fresh(charge), code),
                lambda charge=charge, reference=reference: payments.confirm(
                    fresh(charge), reference=reference, cents=charge.cents
                ),
            ]
            * 3
        )
        by_voucher = fresh(charge).voucher is not None
        assert counts(batch) == (1, int(by_voucher))
        assert person.charges.filter(purpose="mistaken").count() == int(by_voucher)
        assert Notice.objects.filter(name="application-submitted", recipient=person.user).count() == 1
