"""What the tests of the watch share."""

import pytest
from django.db import transaction
from django.test import Client, override_settings

from tests.conftest import put_back
from tests.watch.forms import pages_of, reader
from tests.watch.table import BROWSED


@pytest.fixture(scope="session")
def walked(_made_world, django_db_blocker):
    """Every page of the portal in English, by the role that reads it: its address and what it says."""
    world, storages, rows = _made_world
    with django_db_blocker.unblock(), override_settings(STORAGES=storages), transaction.atomic():
        put_back(rows)
        found = {role: list(_pages_of(role, world)) for role in BROWSED}
        transaction.set_rollback(True)
    return found


def _pages_of(role, world):
    client = Client()
    world.enter(role, client)
    for url, response in pages_of(role, reader(client), world):
        yield url, response.content.decode()
