"""Roles and lost mailboxes: always two people, always on record, and the first administrators."""

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from allauth.socialaccount.models import SocialAccount
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from certification.actions import (
    decide_recovery,
    decide_role_change,
    empty_late_mail,
    propose_recovery,
    propose_role_change,
)
from certification.models import AuditEvent, Notice, Recovery, RoleChange, User
from certification.notices import deliver
from certification.steps import NotReady, record
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def second(db):
    """Another administrator."""
    return factories.staff("administrator")


def deliver_all():
    for notice in Notice.objects.unsent():
        deliver(notice.pk)


# --- roles --------------------------------------------------------------------------------------------------------
def test_a_role_is_given_by_two_and_holds_from_the_next_request(ann, second, max):
    client = Client()
    client.force_login(max.user)
    change = propose_role_change(max.user, role="reviewer", grant=True, reason="new on the team", by=ann)
    right = "applications.review_application"
    assert not client.get("/complaints/").wsgi_request.user.has_perm(right)
    decide_role_change(change, agreed=True, by=second)
    user = client.get("/complaints/").wsgi_request.user
    assert user.is_staff
    assert user.has_perm(right)
    assert AuditEvent.objects.get(action="decided change of role").detail == {"agreed": True}


def test_a_role_is_taken_by_two_and_staff_without_any_role_are_staff_no_more(ann, second, rae):
    decide_role_change(
        propose_role_change(rae, role="reviewer", grant=False, reason="left", by=ann), agreed=True, by=second
    )
    rae.refresh_from_db()
    assert not rae.is_staff
    assert not rae.groups.exists()


def test_a_declined_change_changes_nothing(ann, second, max):
    decide_role_change(
        propose_role_change(max.user, role="reviewer", grant=True, reason="?", by=ann), agreed=False, by=second
    )
    assert not User.objects.get(pk=max.user.pk).is_staff


def test_neither_who_asked_nor_who_it_is_about_decides_and_nobody_decides_twice(ann, second):
    about_second = propose_role_change(second, role="registrar", grant=True, reason="more", by=ann)
    for by in (ann, second):
        with pytest.raises(NotReady):
            decide_role_change(about_second, agreed=True, by=by)
    third = factories.staff("administrator")
    decide_role_change(about_second, agreed=True, by=third)
    with pytest.raises(NotReady):
        decide_role_change(about_second, agreed=False, by=third)


def test_a_role_that_does_not_exist_cannot_be_asked_for(ann, max):
    with pytest.raises(NotReady):
        propose_role_change(max.user, role="wizard", grant=True, reason="?", by=ann)


@pytest.mark.parametrize("model", [RoleChange, Recovery])
def test_the_database_itself_refuses_that_one_person_does_both(model, ann, max):
    fields = {"role": "reviewer", "reason": "?"} if model is RoleChange else {"new_email": "n@example.org"}
    with pytest.raises(IntegrityError), transaction.atomic():
        record(
            model(user=max.user, proposed_by=ann, decided_by=ann, decided_at=timezone.now(), agreed=True, **fields),
            by=ann,
            why="alone",
        )


# --- lost mailboxes -----------------------------------------------------------------------------------------------
def recover(user, ann, second, **fields):
    recovery = propose_recovery(
        user, new_email="New@Example.org", identity_check="came with a passport", by=ann, **fields
    )
    decide_recovery(recovery, agreed=True, by=second)
    user.refresh_from_db()


def test_a_recovered_account_moves_ends_all_sessions_and_tells_both_addresses(ann, second, pat, mail_sink):
    old = pat.user.email
    pat.user.set_password("what the old mailbox knew")
    pat.user.save()
    SocialAccount.objects.create(user=pat.user, provider="google", uid="1")
    elsewhere = Client()
    elsewhere.force_login(pat.user)
    assert elsewhere.get("/accounts/email/").status_code == 200
    recover(pat.user, ann, second)
    assert pat.user.email == "new@example.org"
    assert elsewhere.get("/accounts/email/").status_code == 302
    assert not pat.user.has_usable_password()
    assert not SocialAccount.objects.filter(user=pat.user).exists()
    deliver_all()
    for address in (old, "new@example.org"):
        (message,) = mail_sink.to(address)
        assert b"The e-mail address of your account has changed" in message.content
    event = AuditEvent.objects.get(action="decided account recovery")
    assert (event.actor_id, event.detail) == (second.pk, {"agreed": True})


@pytest.mark.parametrize("lost", [True, False])
def test_the_second_step_goes_only_if_it_was_lost_too(ann, second, pat, lost):
    TOTP.activate(pat.user, generate_totp_secret())
    recover(pat.user, ann, second, reset_second_factor=lost)
    assert Authenticator.objects.filter(user=pat.user).exists() is not lost


def test_word_of_a_moved_account_still_goes_out_after_an_hour_without_mail(ann, second, pat, mail_sink):
    recover(pat.user, ann, second)
    with time_machine.travel(timezone.now() + timezone.timedelta(hours=1)):
        empty_late_mail()
        deliver_all()
    assert len(mail_sink.to("new@example.org")) == 1


def test_one_person_alone_recovers_no_account(ann, pat):
    recovery = propose_recovery(pat.user, new_email="new@example.org", identity_check="?", by=ann)
    with pytest.raises(NotReady):
        decide_recovery(recovery, agreed=True, by=ann)
    pat.user.refresh_from_db()
    assert pat.user.email != "new@example.org"


def test_a_declined_recovery_leaves_the_account_as_it_was(ann, second, pat):
    before = pat.user.email
    decide_recovery(
        propose_recovery(pat.user, new_email="new@example.org", identity_check="?", by=ann), agreed=False, by=second
    )
    pat.user.refresh_from_db()
    assert pat.user.email == before


def test_an_account_never_moves_onto_the_address_of_another(ann, second, pat, max):
    with pytest.raises(NotReady):
        propose_recovery(pat.user, new_email=max.user.email.upper(), identity_check="?", by=ann)
    recovery = propose_recovery(pat.user, new_email="free@example.org", identity_check="?", by=ann)
    factories.user("free@example.org")
    with pytest.raises(NotReady):
        decide_recovery(recovery, agreed=True, by=second)


# --- the first administrators -------------------------------------------------------------------------------------
def test_the_first_two_administrators_are_made_once_and_told_how_to_sign_in(mail_sink, capsys):
    call_command("create_administrators", "First@example.org", "second@example.org")
    made = User.objects.filter(groups__name="administrator").order_by("email")
    assert [(user.email, user.is_staff, user.has_usable_password()) for user in made] == [
        ("first@example.org", True, False),
        ("second@example.org", True, False),
    ]
    assert AuditEvent.objects.filter(action="made a first administrator").count() == 2
    deliver_all()
    assert b"Set up a second step" in mail_sink.to("first@example.org")[0].content
    with pytest.raises(CommandError):
        call_command("create_administrators", "third@example.org", "fourth@example.org")
    assert User.objects.filter(groups__name="administrator").count() == 2


@pytest.mark.parametrize("addresses", [("a@example.org", "A@example.org"), ("a@example.org", "not an address")])
def test_two_real_and_different_addresses_are_needed(addresses):
    with pytest.raises(CommandError):
        call_command("create_administrators", *addresses)
    assert not User.objects.filter(groups__name="administrator").exists()
