"""Anyone can look a person up, and no source can list people."""

import pytest
import redis

from registry import limits
from registry.limits import network_of
from tests.registry.conftest import certified, unique

pytestmark = pytest.mark.django_db


@pytest.fixture(params=["with Redis", "without Redis"])
def counting(request, settings):
    """With Redis, and with nobody at its address: the limits hold either way."""
    if request.param == "without Redis":
        settings.REDIS_URL = "redis://127.0.0.1:1/0"
    limits._script.cache_clear()
    yield
    limits._script.cache_clear()


def test_a_source_is_shown_so_many_different_people_a_day(visitor, settings, counting):
    settings.REGISTRY_PEOPLE_PER_DAY = 3
    for given in ("Ana", "Bea", "Cleo", "Dora"):
        certified(given, "Ruiz")
    source = unique("one")
    for given in ("Ana", "Bea", "Cleo", "Ana", "Bea"):
        assert visitor.get("/registry/", source, q=f"ruiz {given}").status_code == 200
    refused = visitor.get("/registry/", source, q="ruiz dora")
    assert refused.status_code == 429
    assert "Dora" not in refused.content.decode().replace("q=ruiz+dora", "")
    assert settings.PROGRAM_PHONE in refused.content.decode()
    assert visitor.get("/registry/", source, q="ruiz ana").status_code == 200
    assert visitor.get("/registry/", unique("other"), q="ruiz dora").status_code == 200


def test_the_addresses_of_one_ipv6_network_are_one_source(visitor, settings, counting):
    settings.REGISTRY_PEOPLE_PER_DAY = 1
    certified("Ana", "Ruiz")
    certified("Bea", "Ruiz")
    network = unique("network").rpartition(":")[0]
    assert visitor.get("/registry/", f"{network}:1", q="ruiz ana").status_code == 200
    assert visitor.get("/registry/", f"{network}:2", q="ruiz bea").status_code == 429


def test_an_address_that_the_sender_wrote_counts_for_nothing(visitor, settings):
    settings.REGISTRY_PEOPLE_PER_DAY = 1
    certified("Ana", "Ruiz")
    certified("Bea", "Ruiz")
    real = unique("real")
    assert visitor.get("/registry/", f"198.51.100.1, {real}", q="ruiz ana").status_code == 200
    assert visitor.get("/registry/", f"198.51.100.2, {real}", q="ruiz bea").status_code == 429


def test_without_a_trusted_proxy_the_header_is_not_read(rf, settings):
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 0
    request = rf.get("/registry/", headers={"X-Forwarded-For": "198.51.100.1"}, REMOTE_ADDR="203.0.113.9")
    assert limits.source_of(request) == "203.0.113.9"


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("' OR 1=1", "unknown"),
        ("", "unknown"),
    ],
)
def test_a_source_is_an_address_or_its_network(address, network):
    assert network_of(address) == network


def test_requests_in_a_minute_are_limited(visitor, settings, counting):
    settings.REGISTRY_REQUESTS_PER_MINUTE = 2
    source = unique("fast")
    codes = [visitor.get("/registry/", source).status_code for _ in range(4)]
    assert codes.count(429) >= 1


def test_guessing_numbers_ends(visitor, settings, counting):
    settings.REGISTRY_UNKNOWN_NUMBERS_PER_DAY = 2
    number = certified("Ana", "Ruiz").number
    source = unique("guesser")
    codes = [visitor.get("/registry/CMPSS-1/", source).status_code for _ in range(4)]
    assert codes == [404, 404, 429, 429]
    assert visitor.get(f"/registry/{number}/", source).status_code == 429
    assert visitor.get(f"/registry/{number}/", unique("reader")).status_code == 200


def test_no_address_and_no_name_is_kept_in_redis(visitor, settings):
    certified("Ana", "Ruiz")
    visitor.get("/registry/", "203.0.113.77", q="ruiz ana")
    with redis.Redis.from_url(settings.REDIS_URL) as client:
        keys = list(client.scan_iter("registry:*"))
        assert keys
        assert all(client.ttl(key) > 0 for key in keys)
        assert not any(b"203.0" in key or b"uiz" in key for key in keys)
