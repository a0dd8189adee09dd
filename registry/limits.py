"""What one source may learn in a day: an address, or for IPv6 the /64 it belongs to.

Counted in Redis under a fingerprint of the address, so that no address is kept. While Redis is away each process counts
for itself: the limits are then as many times higher as there are processes, and never gone.
"""

import ipaddress
import logging
import time
from collections import OrderedDict
from functools import cache

import redis
from django.conf import settings
from django.utils import timezone

from certification.sealed import fingerprint

log = logging.getLogger(__name__)

DAY, MINUTE = 86_400, 60
PATIENCE = 0.5  # seconds: nobody waits longer for a counter

# All or none: people already shown today are free, and an answer with too many new ones is not counted at all.
_SHOW = """
local new = 0
for i = 3, #ARGV do new = new + 1 - redis.call('SISMEMBER', KEYS[1], ARGV[i]) end
if new == 0 then return 1 end
if redis.call('SCARD', KEYS[1]) + new > tonumber(ARGV[1]) then return 0 end
for i = 3, #ARGV do redis.call('SADD', KEYS[1], ARGV[i]) end
redis.call('EXPIRE', KEYS[1], ARGV[2])
return 1
"""
_COUNT = """
local count = redis.call('INCRBY', KEYS[1], ARGV[1])
if count == tonumber(ARGV[1]) then redis.call('EXPIRE', KEYS[1], ARGV[2]) end
return count
"""


def source_of(request):
    """Where a request comes from, as text: the address that the outermost trusted proxy saw, never one that the sender wrote."""
    address = request.META.get("REMOTE_ADDR", "")
    proxies = settings.ALLAUTH_TRUSTED_PROXY_COUNT
    forwarded = request.headers.get("X-Forwarded-For", "").split(",")
    if proxies and len(forwarded) >= proxies:
        address = forwarded[-proxies].strip() or address
    return network_of(address)


def network_of(address):
    """The address itself, or the /64 of an IPv6 address; all that cannot be read count as one source."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return "unknown"
    if parsed.version == 4:
        return str(parsed)
    if parsed.ipv4_mapped:
        return str(parsed.ipv4_mapped)
    return str(ipaddress.ip_network((parsed, 64), strict=False))


def may_ask(source):
    """Count one request of ``source``; whether it is within what a minute allows."""
    minute = int(time.time()) // MINUTE
    return _add(f"asked:{minute}:{source}", 1, MINUTE * 2) <= settings.REGISTRY_REQUESTS_PER_MINUTE


def may_guess(source, *, wrong):
    """Whether ``source`` may go on trying numbers; ``wrong`` counts one that nobody holds."""
    count = _add(f"guessed:{timezone.localdate()}:{source}", int(wrong), DAY)
    return count <= settings.REGISTRY_UNKNOWN_NUMBERS_PER_DAY


def may_see(source, people):
    """Count ``people`` (their keys) as shown to ``source`` today; False, and nothing counted, where that would be too many."""
    if not people:
        return True
    key = f"seen:{timezone.localdate()}:{source}"
    limit = settings.REGISTRY_PEOPLE_PER_DAY
    try:
        return bool(_scripts()["show"](keys=[_hidden(key)], args=[limit, DAY, *people]))
    except redis.RedisError as error:
        log.warning("the registry counts without Redis: %s", type(error).__name__)
        seen = _here.setdefault(key, set())
        _forget_oldest()
        if len(seen | set(people)) > limit:
            return False
        seen.update(people)
        return True


def _add(key, amount, seconds):
    try:
        return _scripts()["count"](keys=[_hidden(key)], args=[amount, seconds])
    except redis.RedisError as error:
        log.warning("the registry counts without Redis: %s", type(error).__name__)
        _here[key] = _here.get(key, 0) + amount
        _forget_oldest()
        return _here[key]


_here: OrderedDict = OrderedDict()


def _forget_oldest():
    while len(_here) > settings.REGISTRY_SOURCES_REMEMBERED:
        _here.popitem(last=False)


def _hidden(key):
    return f"registry:{fingerprint(key)}"


@cache
def _scripts():
    client = redis.Redis.from_url(
        settings.REDIS_URL, socket_timeout=PATIENCE, socket_connect_timeout=PATIENCE, protocol=3
    )
    return {"show": client.register_script(_SHOW), "count": client.register_script(_COUNT)}
