"""The reviewers' desk with as many applications as there are people: what waits, the queue, and the page of one case."""

import random
import time
from collections.abc import Callable
from datetime import timedelta
from statistics import median

from django.db import connection, transaction
from django.test import Client, override_settings
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from applications import actions
from applications.models import Application, Requirement
from applications.rules import REQUIREMENTS
from certification.models import Person
from tests import factories

SEED = 20_220_701
TIMES = 30
MOST_MS = 100
MOST_QUERIES = 12
S = Application.Status
OPEN = {S.SUBMITTED: 30, S.IN_REVIEW: 20, S.MORE_ASKED: 10}  # of 1,000; the others were taken back


def measure() -> tuple[dict[str, float], dict[str, tuple[bool, str]]]:
    """Median milliseconds and number of queries of each page, and the bars. The person whose case is opened is gone afterwards."""
    fill()
    figures = {}
    with transaction.atomic(), override_settings(SECOND_FACTOR_FOR_STAFF=False):
        for name, address, client in pages():
            figures |= time_page(name, lambda address=address, client=client: client.get(address))
        transaction.set_rollback(True)
    bars = {
        name: (value <= (MOST_MS if name.endswith("ms") else MOST_QUERIES), wanted(name))
        for name, value in figures.items()
    }
    return figures, bars


def wanted(name: str) -> str:
    return f"at most {MOST_MS} ms" if name.endswith("ms") else f"at most {MOST_QUERIES}"


def pages():
    """The page's name in the figures, its address, and a reviewer who opens it: one with a case in hand."""
    reviewer = factories.staff("reviewer")
    application = factories.filed_application(factories.person())
    actions.claim(application, by=reviewer)
    client = Client(HTTP_HOST="localhost")
    client.force_login(reviewer)
    yield "desk", reverse("admin:index"), client
    yield "queue", reverse("admin:applications_application_changelist"), client
    yield "case", reverse("admin:applications_application_change", args=[application.pk]), client


def time_page(name: str, ask: Callable) -> dict[str, float]:
    with CaptureQueriesContext(connection) as asked:
        if (answer := ask()).status_code != 200:
            raise RuntimeError(f"{answer.status_code} for the {name}")
    queries = sum("SAVEPOINT" not in query["sql"] for query in asked)  # they stand for the transaction of a request
    taken = []
    for _time in range(TIMES):
        began = time.perf_counter()
        ask()
        taken.append((time.perf_counter() - began) * 1000)
    return {f"{name}_page_ms": median(taken), f"{name}_page_queries": queries}


def fill() -> None:
    """One application for everybody who has none; kept for the next run. Unsigned, which only the owner of the database can do."""
    people = list(Person.objects.filter(applications=None).values_list("pk", flat=True))
    if not people:
        return
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        filed = Application.objects.bulk_create(map(application_of, people, random_states()), batch_size=5_000)
        lines = [
            Requirement(application=one, kind=kind) for one in filed if one.status in OPEN for kind in REQUIREMENTS
        ]
        Requirement.objects.bulk_create(lines, batch_size=5_000)
        cursor.execute("SET session_replication_role = origin")
        cursor.execute("ANALYZE")


def random_states():
    """Without end: (status, days since it was sent), in the proportions of ``OPEN``."""
    chance = random.Random(SEED)
    states = [state for state, share in OPEN.items() for _ in range(share)]
    states += [S.WITHDRAWN] * (1_000 - len(states))
    while True:
        state = chance.choice(states)
        yield state, chance.randint(0, 60 if state in OPEN else 1_000)


def application_of(person: int, drawn: tuple) -> Application:
    status, days = drawn
    sent = timezone.now() - timedelta(days=days)
    return Application(
        person_id=person,
        status=status,
        submitted_at=sent,
        filed_on=timezone.localdate(sent),
        ended_at=None if status in OPEN else timezone.now(),
    )
