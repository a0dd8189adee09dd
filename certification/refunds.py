"""Money that goes back: one person of finance proposes, another agrees, the gateway pays, and the person is told once it is done.

A person may ask for a fee back. To return it takes the same two; to keep it takes one, who says why, and the person may appeal.
"""

import structlog
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from .actions import decide
from .models import Charge, FeeRequest, Refund
from .notices import notify, send_after_commit
from .payments import NoAnswer, NotReturned, gateway
from .queries import today
from .standards import standards_on
from .steps import NotReady, lock, record

log = structlog.get_logger(__name__)

PROPOSE, DECIDE = "certification.propose_refund", "certification.decide_refund"


def due(user):
    """Payments that must go back and that nobody has proposed to return yet; never one's own."""
    waiting = Charge.objects.filter(refund_due_at__isnull=False, refunded_at=None).exclude(person__user=user)
    return waiting.exclude(refunds__in=_standing())


def asked(user):
    """Fees asked back that nobody has answered or proposed to return; never one's own."""
    waiting = FeeRequest.objects.filter(decided_at=None).exclude(charge__person__user=user)
    return waiting.exclude(charge__refunds__in=_standing())


def _standing():
    """Returns that are proposed, agreed or made."""
    return Refund.objects.filter(refused_at=None).exclude(agreed=False)


def to_decide(user):
    """Returns that wait for a second person, other than this one."""
    return Refund.objects.filter(decided_at=None).exclude(proposed_by=user).exclude(charge__person__user=user)


def refused(user):
    """Returns that the payment service would not make, and that still have to be made."""
    return Refund.objects.filter(refused_at__isnull=False, charge__refunded_at=None)


def cause_of(charge):
    """What a return of ``charge`` would rest on."""
    if request_of(charge):
        return Refund.Cause.ASKED
    return Refund.Cause.MISTAKEN if charge.refund_due_at else Refund.Cause.ALLOWED


def request_of(charge):
    """What the person asked about ``charge``, or None."""
    return getattr(charge, "fee_request", None)


def own_problems(charge, by):
    own = charge.person.user_id == by.pk
    return [_("This is your own payment. Somebody else must return it.")] if own else []


def refund_problems(charge, cause, by):
    """What keeps a payment from going back. A fee that was rightly paid goes back where the fee schedule allows it (WIC 14045.18), or the person asked for it."""
    if problems := own_problems(charge, by):
        return problems
    if not charge.paid_at or charge.refunded_at:
        return [_("Nothing is to be returned here.")]
    if _standing().filter(charge=charge).exists():
        return [_("Its return is proposed already.")]
    if cause == Refund.Cause.MISTAKEN and not charge.refund_due_at:
        return [_("This payment was asked for. It is no mistake.")]
    if cause == Refund.Cause.ALLOWED and not standards_on(today()).fee_refund_allowed:
        return [_("The fee schedule allows no return of a fee that was asked for.")]
    if cause == Refund.Cause.ASKED and request_of(charge) is None:
        return [_("Nobody asked for this fee back.")]
    return []


@transaction.atomic
def propose(charge, *, cause, why, by):
    """Ask a second person to return a payment."""
    if not by.has_perm(PROPOSE):
        raise PermissionDenied(PROPOSE)
    lock(charge)
    if problems := refund_problems(charge, cause, by):
        raise NotReady(problems)
    return record(Refund(charge=charge, cause=cause, why=why, proposed_by=by), by=by, why="propose refund")


@transaction.atomic
def decide_refund(refund, *, agreed, by):
    """Agree, and the money goes back; or not, and it does not. Never by who proposed it or who paid."""
    if not by.has_perm(DECIDE):
        raise PermissionDenied(DECIDE)
    charge = refund.charge
    lock(charge)
    if problems := own_problems(charge, by):
        raise NotReady(problems)
    decide(refund, agreed=agreed, by=by)
    if agreed:
        if not charge.refund_due_at:
            record(charge, by=by, why="refund", refund_due_at=timezone.now())
        _grant(request_of(charge), by)
        send_after_commit("certification.tasks.pay_back")


def _grant(asked, by):
    """A fee that was asked back goes back, whatever the return rests on; so does one that was kept, when that was found wrong."""
    if asked and not asked.granted:
        record(asked, by=by, why="grant", granted=True, decided_at=timezone.now(), decided_by=by)


def pay_back(limit=500):
    """Let the gateway make every return that is agreed; where it does not answer, the next sweep tries again.

    The gateway pays once for each key, so a sweep that died between paying and writing it down repeats nothing.
    """
    agreed = Refund.objects.filter(agreed=True, refused_at=None, charge__refunded_at=None)
    for pk in agreed.order_by("decided_at").values_list("pk", flat=True)[:limit]:
        try:
            _pay_back(pk)
        except NoAnswer:
            log.warning("the payment service does not answer", refund=pk)


@transaction.atomic
def _pay_back(pk):
    refund = Refund.objects.select_for_update(skip_locked=True, of=("self",), no_key=True).filter(pk=pk).first()
    if refund is None or refund.refused_at or refund.charge.refunded_at:
        return
    charge = refund.charge
    try:
        # No money came with a voucher, so none goes: that the charge counts as returned sets the voucher free.
        reference = "" if charge.voucher_id else gateway().give_back(charge, key=f"refund:{refund.seal}")
    except NotReturned as reason:
        log.error("the payment service refuses a return", refund=pk, code=str(reason))
        record(refund, by=None, why="refused by the payment service", refused_at=timezone.now())
        return
    record(refund, by=None, why="paid back", reference=reference)
    _returned(charge, by=None)


@transaction.atomic
def returned_otherwise(refund, *, by):
    """Note that a return which the payment service refused was made in another way. Never by who proposed it."""
    if not by.has_perm(DECIDE):
        raise PermissionDenied(DECIDE)
    lock(refund.charge)
    if not refund.refused_at or refund.charge.refunded_at:
        raise NotReady([_("Nothing is to be returned here.")])
    if by.pk in (refund.proposed_by_id, refund.charge.person.user_id):
        raise NotReady([_("Whoever proposes cannot decide. A second person must do it.")])
    _returned(refund.charge, by=by)


def _returned(charge, *, by):
    record(charge, by=by, why="money returned", refunded_at=timezone.now())
    context = {"cents": charge.cents}
    if charge.voucher:
        context["voucher_through_on"] = charge.voucher.batch.valid_through.isoformat()
    notify(charge.person.user, "money-returned", context, key=f"money-returned:{charge.pk}")


# --- fees asked back -----------------------------------------------------------------------------------------------
def asking_problems(charge):
    """What keeps a person from asking for ``charge`` back, in their words."""
    if not charge.paid_at or charge.refund_due_at:
        return [_("This fee is not paid, or it goes back to you already.")]
    return []


@transaction.atomic
def ask(charge, *, text, by):
    """Ask for a fee back; which fees may be asked for is up to the app that took them. Sent twice, the first stands and is answered.

    Raises ``NotReady``.
    """
    lock(charge)
    if found := request_of(charge):
        return found
    if problems := asking_problems(charge):
        raise NotReady(problems)
    return record(FeeRequest(charge=charge, text=text), by=by, why="ask for the fee back")


def keeping_problems(asked, by):
    """What keeps ``by`` from saying no to a person who asked for a fee back."""
    if problems := own_problems(asked.charge, by):
        return problems
    if asked.decided_at:
        return [_("This has already been decided.")]
    if _standing().filter(charge=asked.charge).exists():
        return [_("Its return is proposed already.")]
    return []


@transaction.atomic
def keep(asked, *, answer, by):
    """Keep a fee that was asked back; the person reads why, and how to appeal. Raises ``NotReady``."""
    if not by.has_perm(DECIDE):
        raise PermissionDenied(DECIDE)
    lock(asked.charge)
    lock(asked)
    if problems := keeping_problems(asked, by):
        raise NotReady(problems)
    record(asked, by=by, why="keep the fee", granted=False, answer=answer, decided_at=timezone.now(), decided_by=by)
    notify(asked.charge.person.user, "fee-kept", {"decision": answer}, key=f"fee-kept:{asked.pk}")
