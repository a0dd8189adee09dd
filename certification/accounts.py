"""Signing in: allauth, with its mail through our door, its secrets sealed, and nothing said about who has an account."""

import base64
import time
from functools import cache

from allauth.account import app_settings
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.auth_backends import AuthenticationBackend
from allauth.account.forms import SignupForm
from allauth.account.internal.flows.login import get_authentication_records
from allauth.account.internal.flows.reauthentication import get_reauthentication_flows
from allauth.core.exceptions import ReauthenticationRequired
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.forms import AddWebAuthnForm
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from django import forms
from django.contrib.postgres.expressions import ArraySubquery
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.urls import reverse
from django.utils.crypto import get_random_string
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from .audit import audit
from .context import site
from .models import User
from .models.accounts import rights_of_roles
from .notices import send_sign_in_mail
from .sealed import seal, unseal

_MFA = "mfa.authenticator"
SECOND_FACTORS = [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]
# What tells of a change must arrive however late; a code, or word of a missing account, helps for minutes only.
_PASSING_MAIL = {
    "account/email/account_already_exists",
    "account/email/email_confirmation",
    "account/email/email_confirmation_signup",
    "account/email/login_code",
    "account/email/password_reset_code",
    "account/email/unknown_account",
}


@cache
def _with_rights():
    """Every user with what each request asks of them; built once, since building it costs more than asking."""
    mine = Authenticator.objects.filter(user=OuterRef("pk"), type__in=SECOND_FACTORS)
    rights = ArraySubquery(rights_of_roles(group__user=OuterRef("pk")))
    return User.objects.select_related("person").annotate(rights=rights, has_second_factor=Exists(mine))


class RoleBackend(AuthenticationBackend):
    """Signing in as allauth has it; rights come from roles alone, so one that was given past them opens nothing.

    Who is signed in is read once: with the person behind, the rights, and whether a second factor is set up.
    """

    def get_user(self, user_id):
        user = _with_rights().filter(pk=user_id).first()
        return user if user and self.user_can_authenticate(user) else None

    def get_all_permissions(self, user_obj, obj=None):
        return set(user_obj.rights) if user_obj.is_active and user_obj.is_authenticated and obj is None else set()


class AccountAdapter(DefaultAccountAdapter):
    """Mail about signing in is a notice like any other, so a dead mail server never breaks a page."""

    def send_mail(self, template_prefix, email, context):
        ways = {"login_url": self.request.build_absolute_uri(reverse("account_request_login_code"))}
        message = self.render_mail(template_prefix, email, context | ways | site(self.request))
        user = User.objects.filter(email=email.lower()).select_related("person").first()
        told = {"subject": message.subject, "body": message.body}
        send_sign_in_mail(
            email,
            *(("sign-in-elsewhere", {}) if _is_merged(user) else ("sign-in", told)),
            language=_language(),
            recipient=user,
            passing=template_prefix in _PASSING_MAIL,
        )

    def send_notification_mail(self, template_prefix, user, context=None, email=None):
        """Every change to how one signs in is audited and told: password, address, passkey, second step."""
        audit(user, f"account: {template_prefix.rpartition('/')[2]}", user)
        super().send_notification_mail(template_prefix, user, context, email)

    def post_login(self, request, user, **kwargs):
        request.session["begun"] = time.time()
        methods = [record["method"] for record in get_authentication_records(request, user)]
        audit(user, "signed in", user, methods=methods)
        return super().post_login(request, user, **kwargs)

    def new_user(self, request):
        user = super().new_user(request)
        user.language = _language()
        return user

    def is_reauthentication_required(self, *, app, **kwargs):
        """Who has neither password nor second step confirms a change by a fresh sign-in; allauth alone would ask them nothing."""
        user = self.request.user
        if not get_reauthentication_flows(user) and not self._signed_in_lately():
            raise ReauthenticationRequired
        return super().is_reauthentication_required(app=app, **kwargs)

    def get_reauthentication_methods(self, user):
        again = {"id": "sign_in", "description": _("Sign in again"), "url": reverse("certification:sign_in_again")}
        ways = super().get_reauthentication_methods(user) or [again]
        return sorted(
            ways, key=lambda way: way["id"] != "mfa_reauthenticate:webauthn"
        )  # a passkey first: nothing to type

    def _signed_in_lately(self):
        return time.time() - self.request.session.get("begun", 0) < app_settings.REAUTHENTICATION_TIMEOUT


class SocialAccountAdapter(DefaultSocialAccountAdapter):
    """Of what Google and Microsoft say about a person we keep the e-mail address and the number of the account."""

    def populate_user(self, request, sociallogin, data):
        kept = {name: data[name] for name in ("email",) if name in data}
        return super().populate_user(request, sociallogin, kept)

    def pre_social_login(self, request, sociallogin):
        account = sociallogin.account
        account.extra_data = {}
        if account.pk:
            account.save(update_fields=["extra_data"])


class SealedMFAAdapter(DefaultMFAAdapter):
    """Secrets of second factors are sealed in the database."""

    def generate_authenticator_name(self, user, type):
        made = Authenticator.objects.filter(user_id=user.pk, type=type).count()
        return gettext("My passkey %(number)d") % {"number": made + 1}

    def encrypt(self, text):
        return base64.b64encode(seal(text.encode(), _MFA)).decode()

    def decrypt(self, encrypted_text):
        return unseal(base64.b64decode(encrypted_text), _MFA).decode()


class EmailSignupForm(SignupForm):
    """An e-mail address is all it takes. A password comes later, from whoever has proved that the address is theirs."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields.pop("password1", None)

    def try_save(self, request):
        """Where the address has an account already, do the work of making one all the same and undo it: the clock must not tell."""
        if self.account_already_exists:
            self._rehearse(request)
        return super().try_save(request)

    def _rehearse(self, request):
        address, self.account_already_exists = self.cleaned_data["email"], False
        self.cleaned_data["email"] = f"{get_random_string(20).lower()}@{address.rpartition('@')[2]}"
        with transaction.atomic():
            self.save(request)
            transaction.set_rollback(True)
        self.cleaned_data["email"], self.account_already_exists = address, True


class PasskeyForm(AddWebAuthnForm):
    """A passkey that signs in alone, unless the device is an old key that can only be a second step."""

    passwordless = forms.BooleanField(
        label=_("Sign in with it alone"),
        initial=True,
        required=False,
        help_text=_("Take the tick away only for an old security key that cannot do this."),
    )


def second_factor_shown(request):
    """Whether this session itself has passed the second factor, not merely the account it belongs to."""
    return any(record["method"] == "mfa" for record in get_authentication_records(request, request.user))


def _language():
    return (get_language() or "en")[:2]


def _is_merged(user):
    """Whether this account was closed in favor of another of the same person."""
    person = getattr(user, "person", None)
    return person is not None and person.merged_into_id is not None
