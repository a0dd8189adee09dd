"""What changes in the lowest app: certificates issued, holds, roles, recovered accounts, and the upkeep of notices and audit."""

import time
from datetime import timedelta

import structlog
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from allauth.usersessions.models import UserSession
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from . import names, notices
from .audit import audit, first_break, head
from .models import (
    Canary,
    Certification,
    Hold,
    Notice,
    RecordsHold,
    Recovery,
    Reissue,
    RoleChange,
    SearchName,
    Standard,
    Term,
    User,
)
from .numbers import new_number
from .queries import contact_columns, open_holds, open_records_hold, today
from .roles import ADMINISTRATOR
from .rules import recovery_problems, role_problems, second_person_problems, standard_problems
from .signing import signed
from .standards import add_months, standards_on
from .steps import NotReady, lock, record

log = structlog.get_logger(__name__)


# --- the credential -----------------------------------------------------------------------------------------------
@transaction.atomic
def issue(person, *, by, why):
    """Issue a first certificate to ``person`` today: number, term (WIC 14045.15(b)), and a place on the registry.

    Raises ``NotReady`` while a hold is open.
    """
    lock(person)
    if open_holds(person).exists():
        raise NotReady(["A hold is open."])
    day = today()
    certification = record(Certification(person=person, number=new_number()), by=by, why=why)
    with signed(by, why):
        Term.objects.create(
            certification=certification,
            recorded_by=by,
            starts=day,
            expires_on=add_months(day, standards_on(day).certification_term_months),
            printed_name=person.legal_name,
        )
    write_search_names(person)
    return certification


def reissue(person, *, by, why):
    """Print every certificate of ``person`` again under their name now, and let the registry find them by it; returns the numbers."""
    held = list(person.certifications.order_by("pk"))
    with signed(by, why):
        for certification in held:
            Reissue.objects.create(certification=certification, recorded_by=by, printed_name=person.legal_name)
    if held:
        write_search_names(person)
    return [certification.number for certification in held]


@transaction.atomic
def change_contact(person, *, preferred_name, language, contact, by):
    """Reach ``person`` in another way from now on. They are told, in case it was somebody else; nothing is, where nothing changed."""
    lock(person)
    asked = {"preferred_name": preferred_name, **contact_columns(contact)}
    changes = {column: value for column, value in asked.items() if getattr(person, column) != value}
    if changes:
        record(person, by=by, why="new contact details", **changes)
    if by.language != language:
        record(by, by=by, why="chose the language of letters", language=language)
    if changes:
        notices.notify(by, "contact-changed", {}, key=f"contact-changed:{person.pk}:{person.history.count()}")


def write_search_names(person):
    """Make the ways to find a certified person those of their names now."""
    keys = names.search_keys(person.given_name, person.middle_name, person.family_name)
    SearchName.objects.filter(person=person).exclude(key__in=keys).delete()
    SearchName.objects.bulk_create([SearchName(person=person, key=key) for key in sorted(keys)], ignore_conflicts=True)


@transaction.atomic
def open_hold(person, *, kind, note, review_on, by):
    """Keep a certificate from being issued to ``person``; they are told, with how to appeal."""
    lock(person)
    if open_holds(person).filter(kind=kind).exists():
        raise NotReady([_("A hold of this kind is open already.")])
    hold = record(Hold(person=person, kind=kind, note=note, review_on=review_on, opened_by=by), by=by, why="open hold")
    notices.notify(
        person.user,
        "hold-opened",
        {"kind": kind, "review_on": review_on.isoformat()},
        key=f"hold-opened:{hold.pk}",
    )
    return hold


@transaction.atomic
def end_hold(hold, *, by, reason):
    """End a hold; the person is told."""
    lock(hold)
    if hold.ended_at:
        return
    record(hold, by=by, why="end hold", ended_at=timezone.now(), ended_by=by, end_reason=reason)
    notices.notify(hold.person.user, "hold-ended", {"kind": hold.kind}, key=f"hold-ended:{hold.pk}")


@transaction.atomic
def renew_hold(hold, *, note, review_on, by):
    """Let a hold go on until another review day; the person is told, with how to appeal. Raises ``NotReady``."""
    lock(hold)
    if hold.ended_at:
        raise NotReady([_("This hold has ended.")])
    if review_on <= max(hold.review_on, today()):
        raise NotReady([_("Choose a later day than the one that is set.")])
    record(hold, by=by, why="renew hold", note=note, review_on=review_on)
    notices.notify(
        hold.person.user,
        "hold-renewed",
        {
            "kind": hold.kind,
            "since_on": timezone.localdate(hold.opened_at).isoformat(),
            "review_on": review_on.isoformat(),
        },
        key=f"hold-renewed:{hold.pk}:{review_on}",
    )


RECORDS = "certification.hold_records"


@transaction.atomic
def hold_records(person, *, reason, by):
    """Keep all papers of ``person`` from being erased until the hold is ended. Raises ``NotReady``."""
    _may_hold_records(person, by)
    lock(person)
    if open_records_hold(person):
        raise NotReady([_("The papers are kept already.")])
    hold = record(RecordsHold(person=person, reason=reason, opened_by=by), by=by, why="hold records")
    audit(by, "held records", hold)
    return hold


@transaction.atomic
def release_records(hold, *, reason, by):
    """Let papers be erased again when their time has come."""
    _may_hold_records(hold.person, by)
    lock(hold)
    if hold.ended_at is None:
        record(hold, by=by, why="release records", ended_at=timezone.now(), ended_by=by, end_reason=reason)
        audit(by, "released records", hold)


def _may_hold_records(person, by):
    if not by.has_perm(RECORDS) or person.user_id == by.pk:
        raise PermissionDenied(RECORDS)


# --- the program's numbers ------------------------------------------------------------------------------------------
@transaction.atomic
def add_standard(*, key, value, effective_from, citation, basis, by):
    """Set the next value of a standard, from a day to come; raises ``NotReady``."""
    if problems := standard_problems(key, value, effective_from, today()):
        raise NotReady(problems)
    unit = Standard.objects.filter(key=key).latest("effective_from").unit
    row = Standard(key=key, value=value, unit=unit, effective_from=effective_from, citation=citation, basis=basis)
    record(row, by=by, why="set the next value")
    audit(by, "set standard", row)
    return row


# --- staff and accounts -------------------------------------------------------------------------------------------
@transaction.atomic
def propose_role_change(user, *, role, grant, reason, by):
    """Ask that a staff role be given to or taken from ``user``."""
    if problems := role_problems(role):
        raise NotReady(problems)
    change = RoleChange(user=user, role=role, grant=grant, reason=reason, proposed_by=by)
    return record(change, by=by, why="propose change of role")


@transaction.atomic
def decide_role_change(change, *, agreed, by):
    """Give or take the role, or decline; never by the one who asked, nor by the one it is about. Holds from the next request."""
    decide(change, agreed=agreed, by=by)
    if agreed:
        set_role(change.user, change.role, grant=change.grant)
    audit(by, "decided change of role", change, agreed=agreed)


def set_role(user, role, *, grant):
    group = Group.objects.get(name=role)
    (user.groups.add if grant else user.groups.remove)(group)
    staff = user.is_superuser or user.groups.exists()
    if user.is_staff != staff:
        record(user, by=None, why="role changed", is_staff=staff)


@transaction.atomic
def make_first_administrators(addresses):
    """Make the two people who will give all other roles; once, and never again while there is one. They are told how to sign in."""
    group = Group.objects.select_for_update().get(name=ADMINISTRATOR)
    if group.user_set.exists():
        raise NotReady([_("There is an administrator already: roles are given on the staff pages, by two people.")])
    if len({address.lower() for address in addresses}) != 2:
        raise NotReady([_("Two different addresses are needed: one proposes, the other decides.")])
    for address in addresses:
        user = User.objects.filter(email=address.lower()).first() or User.objects.create_user(address)
        EmailAddress.objects.get_or_create(user=user, email=user.email, defaults={"primary": True})
        set_role(user, ADMINISTRATOR, grant=True)
        audit(None, "made a first administrator", user)
        notices.notify(user, "administrator-made", {}, key=f"administrator-made:{user.pk}")


@transaction.atomic
def propose_recovery(user, *, new_email, identity_check, by, reset_second_factor=False):
    """Ask that a person who lost their mailbox gets in again under ``new_email``; passkeys and second step stay unless they were lost too."""
    if problems := recovery_problems(user, new_email):
        raise NotReady(problems)
    recovery = Recovery(
        user=user,
        new_email=new_email.lower(),
        identity_check=identity_check,
        reset_second_factor=reset_second_factor,
        proposed_by=by,
    )
    return record(recovery, by=by, why="propose account recovery")


@transaction.atomic
def decide_recovery(recovery, *, agreed, by):
    """Move the account to its new address and end every session, or decline. Both addresses are told.

    Whoever holds the old mailbox must not get in again: the password and the ways through Google or Microsoft end as well.
    """
    decide(recovery, agreed=agreed, by=by)
    audit(by, "decided account recovery", recovery, agreed=agreed)
    if not agreed:
        return
    user, old, new = recovery.user, recovery.user.email, recovery.new_email
    if problems := recovery_problems(user, new):
        raise NotReady(problems)
    EmailAddress.objects.filter(user=user).delete()
    EmailAddress.objects.create(user=user, email=new, primary=True, verified=True)
    SocialAccount.objects.filter(user=user).delete()
    if recovery.reset_second_factor:
        Authenticator.objects.filter(user=user).delete()
    record(user, by=by, why="account recovery", email=new, password=make_password(None))
    for session in UserSession.objects.filter(user=user):
        session.end()
    for address in (old, new):
        notices.send_sign_in_mail(address, "address-changed", {}, language=user.language, recipient=user, passing=False)


def decide(proposal, *, agreed, by):
    """Write down what a second person says to a proposal; raises ``NotReady`` where it is not theirs to say."""
    lock(proposal)
    if problems := second_person_problems(proposal, by):
        raise NotReady(problems)
    record(proposal, by=by, why="decide", decided_by=by, decided_at=timezone.now(), agreed=agreed)


# --- upkeep -------------------------------------------------------------------------------------------------------
SWEEP_LASTS = timedelta(
    seconds=60
)  # less than a task may take: cut off, it would leave a letter sent that is not marked


def send_unsent(limit=500, lasts=SWEEP_LASTS):
    """Deliver what a lost message or a dead broker left behind; one failing notice stops no other, and a slow mail server not the next sweep."""
    until = time.monotonic() + lasts.total_seconds()
    overdue = Notice.objects.unsent().filter(created_at__lt=timezone.now() - timedelta(seconds=30))
    for pk in overdue.order_by("created_at").values_list("pk", flat=True)[:limit]:
        try:
            notices.deliver(pk)
        except Exception:
            log.exception("a notice could not be delivered", notice=pk)
        if time.monotonic() >= until:
            return


def empty_late_mail():
    """A key that was not sent in time opens nothing: what its mail says is erased and it counts as done."""
    late = Notice.objects.unsent().filter(helps_until__lt=timezone.now())
    for notice in late[:500]:
        with transaction.atomic():
            lock(notice)
            notices.empty(notice)
            notice.handed_over_at = notice.handed_over_at or timezone.now()
            notice.save(update_fields=["subject", "body", "context", "address", "handed_over_at"])


def send_canary():
    """Send a row on its way through the worker, and forget those of yesterday."""
    now = timezone.now()
    Canary.objects.filter(sent_at__lt=now - timedelta(days=1)).delete()
    canary = Canary.objects.create(sent_at=now)
    notices.send_after_commit("certification.tasks.canary_returns", canary.pk)


def return_canary(pk):
    Canary.objects.filter(pk=pk).update(returned_at=timezone.now())


def anchor_audit():
    """Write the head of the audit chain to storage, where whoever rewrites the database does not reach it; raises if the chain is broken."""
    if (position := first_break()) is not None:
        raise RuntimeError(f"the audit chain is broken at {position}")
    if latest := head():
        position, hashed = latest
        default_storage.save(
            f"audit-anchors/{today().isoformat()}-{position}.txt", ContentFile(f"{position} {hashed}\n")
        )
