"""The pages of filing as a browser meets them."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from applications.models import Application
from applications.rules import PAGES
from certification.models import Person
from certification.queries import ethics_code_on
from tests import factories

pytestmark = pytest.mark.django_db
S = Application.Status


def signed_in(user):
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def pats(pat):
    return signed_in(pat.user)


def page(slug):
    return reverse("applications:page", args=[slug])


def typed(slug):
    """What a person types on each page, by the names of its inputs."""
    ahead = timezone.localdate() + timedelta(days=900)
    return {
        "orientation": {"read": "on"},
        "name": {"given_name": "Zoë", "family_name": "García-López", "preferred_name": "Zo"},
        "birth": {"birth_date_month": "5", "birth_date_day": "17", "birth_date_year": "1990"},
        "contact": {"no_fixed_address": "on", "county": "06067", "language": "en"},
        "identity": {
            "kind": "passport",
            "issuer": "Mexico",
            "expires_on_month": str(ahead.month),
            "expires_on_day": str(ahead.day),
            "expires_on_year": str(ahead.year),
            "file": factories.picture(),
        },
        "education": {"kind": "equivalency", "file": factories.picture()},
        "attestations": {"lived_experience": "on", "willing_to_share": "on", "dedication": "on"},
        "ethics": {"signature": "zoe garcia lopez", "version": ethics_code_on(timezone.localdate()).version},
    }[slug]


def test_a_new_account_goes_from_the_first_page_to_the_tracker():
    user = factories.user()
    client = signed_in(user)
    assert client.get(reverse("applications:apply")).status_code == 200
    assert client.post(reverse("applications:begin")).status_code == 302
    for shown in PAGES:
        form = client.get(page(shown.slug))
        assert form.status_code == 200, shown.slug
        saved = client.post(page(shown.slug), typed(shown.slug))
        assert saved.status_code == 302, (shown.slug, saved.context["form"].errors)
    assert client.get(reverse("applications:apply")).status_code == 200
    assert b"Garc\xc3\xada-L\xc3\xb3pez" in client.get(reverse("applications:check")).content
    assert client.get(reverse("applications:pay")).status_code == 200
    gateway = client.post(reverse("applications:pay"))
    assert gateway.status_code == 302
    assert b"$100" in client.get(gateway.url).content
    paid = client.post(gateway.url)
    assert paid.url.endswith(reverse("applications:sent"))
    assert b"Your application is sent" in client.get(reverse("applications:sent")).content
    assert b"You sent your application" in client.get(reverse("applications:apply")).content
    person = Person.objects.get(user=user)
    assert person.legal_name == "Zoë García-López"
    assert person.greeting == "Zo"
    assert person.birth_date.isoformat() == "1990-05-17"
    assert b"Hello, Zo" in client.get(reverse("certification:home")).content
