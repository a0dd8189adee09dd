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

PATIENCE = 0.5  # seconds: nobody waits longer for a counter

MAY, NOT_THIS, NOT_NOW = 1, 0, -1
# All in one call. Of people all or none: those already shown today are free, and an answer with too many new ones is not counted.
_COUNT = """
local requests, wrong_numbers, people = unpack(KEYS)
local by_number, wrong = ARGV[4] == '1', ARGV[5] == '1'
local function count(key, seconds)
    local counted = redis.call('INCR', key)
    if counted == 1 then redis.call('EXPIRE', key, seconds) end
    return counted
end
if count(requests, 120) > tonumber(ARGV[1]) then return -1 end
if by_number then
    local tried = wrong and count(wrong_numbers, 86400) or tonumber(redis.call('GET', wrong_numbers) or 0)
    if tried > tonumber(ARGV[2]) then return 0 end
end
local new = 0
for i = 6, #ARGV do new = new + 1 - redis.call('SISMEMBER', people, ARGV[i]) end
if new == 0 then return 1 end
if redis.call('SCARD', people) + new > tonumber(ARGV[3]) then return 0 end
for i = 6, #ARGV do redis.call('SADD', people, ARGV[i]) end
redis.call('EXPIRE', people, 86400)
return 1
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


def may_show(source, people=(), *, by_number=False, wrong=False):
    """Count one answer to ``source`` and say whether it may be shown; if not, it shows nothing and none of ``people`` is counted.

    ``people`` are the keys of those it shows. ``by_number`` says that it was asked for by a certificate number, ``wrong`` that nobody holds it.
    """
    today, minute = timezone.localdate(), _minute()
    hidden = fingerprint(f"{today}:{source}")
    keys = [f"registry:asked:{minute}:{hidden}", f"registry:guessed:{hidden}", f"registry:seen:{hidden}"]
    most = [
        settings.REGISTRY_REQUESTS_PER_MINUTE,
        settings.REGISTRY_UNKNOWN_NUMBERS_PER_DAY,
        settings.REGISTRY_PEOPLE_PER_DAY,
    ]
    try:
        answer = _script()(keys=keys, args=[*most, int(by_number), int(wrong), *people])
    except redis.RedisError as error:
        log.warning("the registry counts without Redis: %s", type(error).__name__)
        answer = _count_here(keys, most, people, by_number, wrong)
    if answer == NOT_NOW:
        _keep(_stopped, source, minute)
    return answer == MAY


def is_stopped(source):
    """Whether ``source`` has asked too often in this minute, as far as this process knows: it then costs us no look-up."""
    return _stopped.get(source) == _minute()


def _minute():
    return int(time.time()) // 60


# --- this process -----------------------------------------------------------------------------------------------------
_stopped: OrderedDict = OrderedDict()
_here: OrderedDict = OrderedDict()


def _count_here(keys, most, people, by_number, wrong):
    """What the script does, for this process alone."""
    requests, wrong_numbers, seen = keys
    if _keep(_here, requests, _here.get(requests, 0) + 1) > most[0]:
        return NOT_NOW
    if by_number and _keep(_here, wrong_numbers, _here.get(wrong_numbers, 0) + wrong) > most[1]:
        return NOT_THIS
    shown = _here.get(seen, frozenset()) | set(people)
    if people and len(shown) > max(most[2], len(_here.get(seen, ()))):
        return NOT_THIS
    _keep(_here, seen, shown)
    return MAY


def _keep(memory, key, value):
    memory[key] = value
    memory.move_to_end(key)
    while len(memory) > settings.REGISTRY_SOURCES_REMEMBERED:
        memory.popitem(last=False)
    return value


@cache
def _script():
    client = redis.Redis.from_url(
        settings.REDIS_URL, socket_timeout=PATIENCE, socket_connect_timeout=PATIENCE, protocol=3
    )
    return client.register_script(_COUNT)
