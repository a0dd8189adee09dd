"""Every address, role and method from one table (``table.py``): what it does not allow is denied and changes nothing."""

import pytest
from django.db import connection, transaction

from tests.watch.routes import routes, unnamed
from tests.watch.table import ANONYMOUS, CANARIES, OPEN, ROLES, UNNAMED, allowed, arguments, exempt

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
MAY_CHANGE = {"certification_auditevent", "django_session", "usersessions_usersession"}


def test_every_address_stands_in_the_table():
    assert [route.name for route in routes() if not exempt(route) and allowed(route, "GET") is None] == []
    assert set(unnamed()) <= UNNAMED


def test_the_open_addresses_are_these_and_no_others(client, world):
    answered = {
        route.name
        for route in routes()
        if not exempt(route) and not refused(call(client, route, "GET", world)) and not route.name.startswith("admin:")
    }
    assert answered == OPEN


@pytest.mark.parametrize("role", ROLES)
def test_the_table_holds_for(role, client, world):
    user = world.user(role)
    if user:
        client.force_login(user)
    wrong = []
    for route in routes():
        if exempt(route):
            continue
        for method in METHODS:
            expected = role in allowed(route, method)
            with transaction.atomic():
                before = writes()
                response = call(client, route, method, world)
                changed = {table for table, count in writes().items() if count != before.get(table, 0)} - MAY_CHANGE
                transaction.set_rollback(True)
            if response.status_code >= 500:
                wrong.append(f"{method} {route.name}: {response.status_code}")
            if refused(response) == expected:
                wrong.append(
                    f"{method} {route.name}: {response.status_code}, expected {'an answer' if expected else 'a refusal'}"
                )
            if refused(response) and changed:
                wrong.append(f"{method} {route.name}: refused, but wrote to {sorted(changed)}")
            wrong += [f"{method} {route.name}: shows {leak}" for leak in leaks(response, role)]
    assert wrong == []


def call(client, route, method, world):
    return client.generic(
        method, route.url(**arguments(route, world)), content_type="application/x-www-form-urlencoded"
    )


def refused(response):
    if response.status_code in (301, 302, 303):
        return (
            "/accounts/login/" in response.headers["Location"]
            or "/accounts/reauthenticate/" in response.headers["Location"]
        )
    return response.status_code in (401, 403, 404, 405)


def leaks(response, role):
    if response.streaming or "text" not in response.headers.get("Content-Type", "text"):
        return []
    said = response.content.decode() + str(response.headers)
    return [name for name, (text, readers) in CANARIES.items() if role not in readers and text in said]


def writes():
    """How many rows this transaction has written, table by table, whether or not they were rolled back."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT relname, n_tup_ins + n_tup_upd + n_tup_del FROM pg_stat_xact_user_tables")
        return dict(cursor.fetchall())


def test_the_table_knows_nobody_twice():
    assert ANONYMOUS in ROLES
    assert len(ROLES) == len(set(ROLES))
