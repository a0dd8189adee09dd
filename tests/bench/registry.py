"""The registry under its everyday mix, beside the same pages rendered from memory, in one run and by turns."""

import http.client
import os
import pickle
import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import count
from statistics import median, quantiles
from urllib.parse import quote

import psutil
import psycopg
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.utils.translation import override
from psycopg import sql

from certification.embedded import LOCAL, free_port
from certification.models import Certification, Person, Standing
from certification.names import question_keys
from certification.queries import today
from demo.bulk import copy_in
from registry.queries import BY_NAME, close_names, find, page_of
from registry.views import ENOUGH

from . import weight

SEED = 20_220_701
CLIENTS = 4
QUESTIONS = 400  # different ones, each asked again in every round
ROUNDS = 6
MOST_SECONDS = 240  # after which no new round begins: a busy machine makes fewer
MIX = {"whole name": 30, "family name with two letters": 25, "number": 20, "narrowed by standing": 15, "misspelt": 10}
MOST_BYTES = 40_000
LEAST_RATIO = 0.5
MOST_FETCHES = 5
MOST_WORKER_MB = 200


def measure(size: int) -> tuple[dict[str, float], dict[str, tuple[bool, str]]]:
    """The figures, and each bar with whether it holds and what it asks."""
    ensure_rows(size)
    questions = draw_questions(random.Random(SEED))
    figures = time_sql(questions)
    pages = LOCAL / "bench-pages.pickle"
    pages.write_bytes(pickle.dumps([held(question) for question in questions]))
    with web(str(pages)) as (port, server):
        figures |= time_pages(port, questions)
        figures["web_worker_mb"] = largest_worker(server)
        weights, weight_bars = weight.measure(port)
    pages.unlink()
    return figures | weights, weight_bars | {
        "register_search_ratio": (
            figures["register_search_ratio"] >= LEAST_RATIO,
            f"at least {LEAST_RATIO} of the same pages from memory",
        ),
        "search_sql_ms": (
            figures["search_sql_ms"] <= MOST_FETCHES * figures["fetch10_sql_ms"],
            f"at most {MOST_FETCHES} times ten rows by key",
        ),
        "register_largest_page": (
            figures["register_largest_page_bytes"] < MOST_BYTES,
            f"under {MOST_BYTES} bytes of HTML",
        ),
        "web_worker_mb": (
            figures["web_worker_mb"] < MOST_WORKER_MB,
            f"under {MOST_WORKER_MB} MB when all has been asked",
        ),
    }


# --- what is asked ----------------------------------------------------------------------------------------------------
def ensure_rows(size: int) -> None:
    """A database of that size; made at the first run and kept for the next."""
    name = settings.DATABASES["default"]["NAME"]
    server = connection.get_connection_params() | {"dbname": "postgres", "autocommit": True}
    server = {key: server[key] for key in ("host", "port", "user", "password", "dbname", "autocommit") if key in server}
    with psycopg.connect(**server) as admin:
        if not admin.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
            admin.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    call_command("migrate", verbosity=0)
    call_command("load_program", verbosity=0)
    if not Certification.objects.exists():
        began = time.monotonic()
        copy_in(size, SEED)
        print(f"copied {size:,} certified people in {time.monotonic() - began:.0f} s")


def draw_questions(chance: random.Random) -> list[dict[str, str]]:
    """Questions in the proportions of ``MIX``, about people drawn by chance, each found by name today."""
    kinds = [kind for kind, percent in MIX.items() for _ in range(QUESTIONS * percent // 100)]
    chance.shuffle(kinds)
    everyone = list(Certification.objects.order_by("pk").values_list("pk", flat=True))
    drawn = Certification.objects.with_standing(today()).in_bulk(
        chance.sample(everyone, min(len(everyone), 3 * len(kinds)))
    )
    named = [one for one in drawn.values() if one.standing in BY_NAME]
    people = Person.objects.in_bulk([one.person_id for one in named])
    long_named = [one for one in named if min(map(len, name_of(people[one.person_id]))) > 3]
    return [
        question(kind, one, *name_of(people[one.person_id]), chance)
        for kind, one in zip(kinds, long_named, strict=False)
    ]


def name_of(person: Person) -> tuple[str, str]:
    return person.given_name, person.family_name


def question(kind: str, one: Certification, given: str, family: str, chance: random.Random) -> dict[str, str]:
    if kind == "number":
        return {"kind": kind, "number": one.number}
    asked = {"kind": kind, "q": f"{family} {given[:2]}", "standing": ""}
    if kind == "whole name":
        asked["q"] = f"{given} {family}"
    elif kind == "misspelt":
        place = chance.randrange(1, len(family) - 1)
        asked["q"] = f"{family[:place]}{family[place + 1]}{family[place]}{family[place + 2 :]} {given}"
    elif kind == "narrowed by standing":
        asked["standing"] = chance.choice([Standing.ACTIVE, Standing.LAPSED, Standing.EXPIRED, Standing.SUSPENDED])
    return asked


def held(asked: dict[str, str]) -> dict:
    """All that the page of this question shows."""
    day = today()
    if "number" in asked:
        with override("en"):
            return {"page": page_of(asked["number"], day, day)}
    keys = question_keys(asked["q"])
    answers = find(keys.prefixes, day, asked["standing"])
    close = close_names(keys.prefixes, day, asked["standing"]) if len(answers.people) < ENOUGH else []
    return {"question": keys, "answers": answers, "close": close}


def query_of(asked: dict[str, str]) -> str:
    narrowed = f"&standing={quote(asked['standing'])}" if asked["standing"] else ""
    return f"?q={quote(asked['q'])}{narrowed}"


# --- SQL --------------------------------------------------------------------------------------------------------------
def time_sql(questions: list[dict[str, str]]) -> dict[str, float]:
    """Milliseconds in the database, medians: a search by name, ten rows by key, and a search by ``icontains``."""
    by_name = [asked for asked in questions if asked["kind"] in ("whole name", "family name with two letters")]
    keys = list(Certification.objects.values_list("pk", flat=True)[:5000])
    chance = random.Random(SEED)
    searches, fetches = [], []
    for asked in by_name:
        prefixes = question_keys(asked["q"]).prefixes
        searches.append(in_database(lambda prefixes=prefixes: find(prefixes, today())))
        ten = chance.sample(keys, min(10, len(keys)))
        fetches.append(in_database(lambda ten=ten: list(Certification.objects.filter(pk__in=ten))))
    slow = []
    for asked in by_name[:20]:
        family, given = asked["q"].rsplit(" ", 1)
        rows = Person.objects.filter(family_name__icontains=family, given_name__icontains=given)[:10]
        slow.append(in_database(lambda rows=rows: list(rows)))
    return {
        "search_sql_ms": median(searches),
        "fetch10_sql_ms": median(fetches),
        "icontains_rps": 1000 * len(slow) / sum(slow),
    }


def in_database(ask: Callable) -> float:
    spent = 0.0

    def timed(execute, *arguments):
        nonlocal spent
        began = time.perf_counter()
        try:
            return execute(*arguments)
        finally:
            spent += time.perf_counter() - began

    with connection.execute_wrapper(timed):
        ask()
    return spent * 1000


# --- pages ------------------------------------------------------------------------------------------------------------
@contextmanager
def web(pages: str) -> Iterator[tuple[int, subprocess.Popen]]:
    """The portal as it runs in production, on a port of its own."""
    call_command("collectstatic", interactive=False, verbosity=0)
    port = free_port()
    log = LOCAL / "bench-web.log"
    command = [sys.executable, "-m", "gunicorn", "certification.wsgi", "--bind", f"127.0.0.1:{port}"]
    with log.open("w") as output:
        server = subprocess.Popen(
            command, env=os.environ | {"BENCH_PAGES": pages}, stdout=output, stderr=output, stdin=subprocess.DEVNULL
        )
    try:
        deadline = time.monotonic() + 60
        while True:
            try:
                http.client.HTTPConnection("127.0.0.1", port, timeout=5).request("GET", "/healthz")
                break
            except ConnectionError:
                if server.poll() is not None or time.monotonic() > deadline:
                    sys.exit(f"The web server did not start; see {log}.")
                time.sleep(0.1)
        yield port, server
    finally:
        server.terminate()
        server.wait(timeout=30)


def time_pages(port: int, questions: list[dict[str, str]]) -> dict[str, float]:
    """Requests per second of both kinds of pages, asked for by turns in blocks, so that noise falls on both alike."""
    real = [
        f"/registry/{asked['number']}/" if "number" in asked else f"/registry/{query_of(asked)}" for asked in questions
    ]
    memory = [f"/bench/memory/{n}/{'' if 'number' in asked else query_of(asked)}" for n, asked in enumerate(questions)]
    sources = count(1)
    block(port, real, sources)
    block(port, memory, sources)
    real_seconds, memory_seconds, milliseconds, largest = [], [], [], 0
    began = time.monotonic()
    for number in range(ROUNDS):
        if number > 1 and time.monotonic() - began > MOST_SECONDS:
            break
        for kind in ("real", "memory") if number % 2 else ("memory", "real"):
            seconds, each, bytes_ = block(port, real if kind == "real" else memory, sources)
            if kind == "real":
                real_seconds.append(seconds)
                milliseconds += each
                largest = max(largest, bytes_)
            else:
                memory_seconds.append(seconds)
    return {
        "register_search_rps": len(real_seconds) * len(questions) / sum(real_seconds),
        "register_memory_rps": len(memory_seconds) * len(questions) / sum(memory_seconds),
        "register_search_ratio": median(m / r for r, m in zip(real_seconds, memory_seconds, strict=True)),
        "register_search_p50_ms": median(milliseconds),
        "register_search_p95_ms": quantiles(milliseconds, n=20)[-1],
        "register_largest_page_bytes": largest,
    }


def largest_worker(server: subprocess.Popen) -> float:
    """Megabytes in memory of the largest web process, all that it shares with others included."""
    return max(worker.memory_info().rss for worker in psutil.Process(server.pid).children()) / 1024**2


def block(port: int, paths: list[str], sources: Iterator[int]) -> tuple[float, list[float], int]:
    """Ask for every path once, by ``CLIENTS`` at a time; seconds in all, milliseconds of each, bytes of the largest page."""
    began = time.perf_counter()
    with ThreadPoolExecutor(CLIENTS) as clients:
        parts = list(
            clients.map(lambda share: client(port, share, sources), (paths[n::CLIENTS] for n in range(CLIENTS)))
        )
    seconds = time.perf_counter() - began
    return seconds, [one for each, _ in parts for one in each], max(largest for _, largest in parts)


def client(port: int, paths: list[str], sources: Iterator[int]) -> tuple[list[float], int]:
    web = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    each, largest = [], 0
    for path in paths:
        source = next(sources)
        headers = {
            "X-Forwarded-For": f"10.{source >> 16 & 255}.{source >> 8 & 255}.{source & 255}",
            "Host": "localhost",
        }
        began = time.perf_counter()
        web.request("GET", path, headers=headers)
        answer = web.getresponse()
        body = answer.read()
        each.append((time.perf_counter() - began) * 1000)
        largest = max(largest, len(body))
        if answer.status != 200:
            raise RuntimeError(f"{answer.status} for {path}")
    web.close()
    return each, largest
