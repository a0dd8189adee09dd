from datetime import date, timedelta

import pytest

from certification import actions
from certification.models import Certification, Overturning, PublicReason, Term
from certification.numbers import new_number
from certification.queries import today
from certification.signing import signed
from certification.standards import add_months
from registry import kept, limits
from tests import factories


@pytest.fixture(autouse=True)
def nothing_remembered(settings):
    """Each test comes from a source of its own and finds no process's memory of the test before."""
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    kept._standards.clear()
    kept.family_names.forget()
    limits._here.clear()
    limits._stopped.clear()


@pytest.fixture
def visitor(client, request):
    """Asks as an address of its own, so that no other test's look-ups count against it."""

    class Visitor:
        address = f"test-{request.node.nodeid}"

        def get(self, path, source=None, **data):
            headers = {"X-Forwarded-For": source or unique(self.address)}
            return client.get(path, data, headers=headers, follow=True)

        def names(self, typed, **data):
            response = self.get("/registry/", q=typed, **data)
            assert response.status_code == 200
            return [person["name"] for person in response.context.get("people", [])]

    return Visitor()


def unique(text):
    """A stable IPv6 network for a text and this run."""
    import hashlib
    import os

    digest = hashlib.sha256(f"{os.getpid()}{text}{os.times()}".encode()).hexdigest()
    return ":".join(["fd00", *(digest[n : n + 4] for n in range(0, 12, 4)), "0", "0", "0", "1"])


def certified(given, family, *, starts=None, **fields):
    """A person certified from ``starts``, through the same tables as everybody."""
    person = factories.person(given, family, **fields)
    starts = starts or today() - timedelta(days=30)
    with signed(None, "test"):
        certification = Certification.objects.create(person=person, number=new_number())
        Term.objects.create(
            certification=certification,
            starts=starts,
            expires_on=add_months(starts, 24),
            printed_name=person.legal_name,
        )
    actions.write_search_names(person)
    return certification


def add(model, certification, **fields):
    if hasattr(model, "public_reason"):
        fields.setdefault("public_reason", PublicReason.SAFETY)
    with signed(None, "test"):
        return model.objects.create(certification=certification, **fields)


def overturn(fact):
    with signed(None, "test"):
        return Overturning.objects.create(**{fact.overturned_by: fact}, reason="An appeal was granted.")


LONG_AGO = date(2015, 1, 1)
