"""Fees that somebody else pays: codes made in batches for one payer, handed out by them, and good for one fee each.

A code is told once, when it is made; we keep its fingerprint. No money comes with it, so none goes back: a return sets the voucher free.
"""

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Count, Q
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from .audit import audit
from .models import Voucher, VoucherBatch
from .numbers import VOUCHER, new_number
from .payments import confirm
from .queries import today
from .sealed import fingerprint
from .signing import signed
from .steps import NotReady, Refused, WrongState, lock, record

ISSUE = "certification.issue_vouchers"
MOST = 500  # codes in one batch


class NotTaken(Refused):
    """The code does not pay for this fee; the text says why. One that was withdrawn is answered like one that nobody made."""


def counted(batches):
    """``batches``, each with how many vouchers were ``made`` and how many are ``used``; by whom is nobody's question."""
    in_use = Q(vouchers__charges__isnull=False, vouchers__charges__refunded_at=None)
    return batches.annotate(made=Count("vouchers", distinct=True), used=Count("vouchers", filter=in_use, distinct=True))


@transaction.atomic
def make(*, purpose, payer, count, valid_through, note, by):
    """Make a batch of ``count`` vouchers; returns it and their codes, which nobody can read again."""
    if not by.has_perm(ISSUE):
        raise PermissionDenied(ISSUE)
    batch = VoucherBatch(purpose=purpose, payer=payer, valid_through=valid_through, note=note, made_by=by)
    record(batch, by=by, why="make vouchers")
    codes = [new_number(prefix=VOUCHER) for _number in range(count)]
    with signed(by, "make vouchers"):
        Voucher.objects.bulk_create([Voucher(batch=batch, fingerprint=fingerprint(code)) for code in codes])
    audit(by, "made vouchers", batch, vouchers=count)
    return batch, codes


@transaction.atomic
def withdraw(batch, *, by):
    """Let the unused vouchers of a batch pay for nothing any more; what the others paid for stays paid."""
    if not by.has_perm(ISSUE):
        raise PermissionDenied(ISSUE)
    lock(batch)
    if batch.withdrawn_at is None:
        record(batch, by=by, why="withdraw vouchers", withdrawn_at=timezone.now(), withdrawn_by=by)
        audit(by, "withdrew vouchers", batch)


@transaction.atomic
def pay(charge, code):
    """Pay ``charge`` in full with the voucher of ``code``, through the same door as a card.

    Raises ``NotTaken`` for a code that does not pay, and another ``Refused`` where nothing is to be paid; the voucher is then as unused as before.
    """
    lock(charge)
    if charge.paid_at:
        raise WrongState(_("This fee is paid already."))
    found = Voucher.objects.select_for_update(of=("self",), no_key=True).select_related("batch")
    voucher = found.filter(fingerprint=fingerprint(code)).first()
    if problem := _problem(voucher, charge):
        raise NotTaken(problem)
    confirm(charge, reference=f"voucher-{charge.public_id}", cents=charge.cents, voucher=voucher)
    if charge.refund_due_at:
        raise NotReady([_("This fee cannot be paid any more. Your voucher was not used.")])


def _problem(voucher, charge):
    """Why ``voucher`` does not pay ``charge``, in the person's words; nothing where it does."""
    if voucher is None or voucher.batch.withdrawn_at:
        return _("We do not know this code. Look at each letter and number again, or ask who gave it to you.")
    if voucher.charges.filter(refunded_at=None).exists():
        return _("This voucher is used already.")
    if voucher.batch.valid_through < today():
        day = date_format(voucher.batch.valid_through, "DATE_FORMAT")
        return _("This voucher was good through %(day)s. Ask who gave it to you for a new one.") % {"day": day}
    if voucher.batch.purpose != charge.purpose:
        return _("This voucher is for another fee: the %(fee)s.") % {"fee": voucher.batch.get_purpose_display()}
    return ""
