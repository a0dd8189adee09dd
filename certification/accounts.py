"""Signing in: allauth, with its mail through our door and its secrets sealed."""

import base64

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from django.utils.translation import get_language

from .models import User
from .notices import send_sign_in_mail
from .sealed import seal, unseal

_MFA = "mfa.authenticator"


class AccountAdapter(DefaultAccountAdapter):
    """Mail about signing in is a notice like any other, so a dead mail server never breaks a page."""

    def send_mail(self, template_prefix, email, context):
        message = self.render_mail(template_prefix, email, context)
        send_sign_in_mail(
            email,
            "sign-in",
            {"subject": message.subject, "body": message.body},
            language=(get_language() or "en")[:2],
            recipient=User.objects.filter(email__iexact=email).first(),
        )

    def save_user(self, request, user, form, commit=True):
        user.language = (get_language() or "en")[:2]
        return super().save_user(request, user, form, commit)


class SealedMFAAdapter(DefaultMFAAdapter):
    """Secrets of second factors are sealed in the database."""

    def encrypt(self, text):
        return base64.b64encode(seal(text.encode(), _MFA)).decode()

    def decrypt(self, encrypted_text):
        return unseal(base64.b64decode(encrypted_text), _MFA).decode()
