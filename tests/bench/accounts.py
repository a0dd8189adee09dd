"""Whether the clock tells who has an account: medians of known and unknown addresses, asked in turn."""

import statistics
import time
import uuid

from django.contrib.auth.hashers import make_password
from django.test import Client

from certification.models import User
from tests import factories

PAIRS = 200
MOST_MS_APART = 10
PAGES = {
    "sign_up": ("/accounts/signup/", "email", {}),
    "code": ("/accounts/login/code/", "email", {}),
    "reset": ("/accounts/password/reset/", "email", {}),
    "password": ("/accounts/login/", "login", {"password": "not the password"}),
}


def measure() -> tuple[dict[str, float], dict[str, tuple[bool, str]]]:
    """Median milliseconds of each page for known and unknown addresses, and the bars."""
    figures, bars = {}, {}
    for page in PAGES:
        known, unknown = (statistics.median(taken) * 1000 for taken in zip(*pairs(page), strict=True))
        figures |= {f"{page}_known_ms": known, f"{page}_unknown_ms": unknown}
        apart = abs(known - unknown) <= MOST_MS_APART
        bars[f"{page}_known_ms"] = apart, f"at most {MOST_MS_APART} ms from that of an unknown address"
    return figures, bars


def pairs(page):
    """Seconds for (a known, an unknown) address, each first in turn; the first three pairs only warm up."""
    for number in range(PAIRS + 3):
        order = [True, False] if number % 2 else [False, True]
        taken = {is_known: ask(page, number, is_known) for is_known in order}
        if number >= 3:
            yield taken[True], taken[False]


def ask(page, number, is_known):
    """Send the form of ``page`` from a source that sent none before, so that no limit interferes; answers in seconds."""
    path, field, rest = PAGES[page]
    address = f"{uuid.uuid4().hex}@example.org"
    if is_known:
        User.objects.filter(pk=factories.user(address).pk).update(password=_HASHED)
    source = f"10.{list(PAGES).index(page)}.{number % 256}.{2 * (number // 256) + is_known}"
    client = Client(HTTP_X_FORWARDED_FOR=source, HTTP_HOST="localhost")
    client.get(path)
    began = time.perf_counter()
    answer = client.post(path, {field: address} | rest)
    seconds = time.perf_counter() - began
    if answer.status_code not in (200, 302):
        raise RuntimeError(f"{answer.status_code} for {path}")
    return seconds


_HASHED = make_password("the password of everyone here")
