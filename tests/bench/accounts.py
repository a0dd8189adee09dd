"""Whether the clock tells who has an account: medians of known and unknown addresses, asked in turn."""

import statistics
import time
import uuid

from django.contrib.auth.hashers import make_password
from django.test import Client

from certification.models import User
from tests import factories

PAIRS = 60
PAGES = {
    "sign_up": ("/accounts/signup/", "email", {}),
    "code": ("/accounts/login/code/", "email", {}),
    "reset": ("/accounts/password/reset/", "email", {}),
    "password": ("/accounts/login/", "login", {"password": "not the password"}),
}


def measure(pairs=PAIRS):
    """Medians in milliseconds, as ``{"sign_up_known_ms": …, "sign_up_unknown_ms": …}`` for each page; limits do not interfere."""
    medians = {}
    for page, (path, field, rest) in PAGES.items():
        times = {"known": [], "unknown": []}
        for number in range(pairs + 3):
            order = ("known", "unknown") if number % 2 else ("unknown", "known")
            for who in order:
                address = f"{uuid.uuid4().hex}@example.org"
                if who == "known":
                    factories.user(address)
                    User.objects.filter(email=address).update(password=_HASHED)
                client = Client(REMOTE_ADDR=f"10.{number}.{len(times[who]) % 250}.{order.index(who) + 1}")
                client.get(path)
                begun = time.perf_counter()
                client.post(path, {field: address} | rest)
                times[who].append(time.perf_counter() - begun)
        for who, taken in times.items():
            medians[f"{page}_{who}_ms"] = round(statistics.median(taken[3:]) * 1000, 1)
    return medians


_HASHED = make_password("the password of everyone here")
