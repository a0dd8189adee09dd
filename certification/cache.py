"""A cache that goes on when Redis is gone: nothing that matters lives in it, but limits should still hold.

While Redis does not answer, each process remembers for itself, so a limit then holds per process instead of not at all, and a locked counter
still opens. The first failure is believed for some seconds, so that a Redis that hangs does not slow every page.
"""

import time

import structlog
from django.core.cache.backends.locmem import LocMemCache
from django.core.cache.backends.redis import RedisCache
from redis.exceptions import RedisError

log = structlog.get_logger(__name__)
PAUSE = 5  # seconds


class _Away:
    """Until when this process does without Redis; shared by its threads."""

    until = 0.0
    memory_used = False


def _forgiving(name):
    def method(self, *args, **kwargs):
        if time.monotonic() >= _Away.until:
            try:
                answer = getattr(RedisCache, name)(self, *args, **kwargs)
            except (RedisError, OSError) as error:
                _Away.until, _Away.memory_used = time.monotonic() + PAUSE, True
                log.warning("the cache is away", error=type(error).__name__)
            else:
                if _Away.memory_used:
                    _Away.memory_used = False
                    self.memory.clear()
                return answer
        return getattr(self.memory, name)(*args, **kwargs)

    method.__name__ = name
    return method


class ForgivingRedisCache(RedisCache):
    def __init__(self, server, params):
        super().__init__(server, params)
        self.memory = LocMemCache("while Redis is away", {})

    add = _forgiving("add")
    get = _forgiving("get")
    set = _forgiving("set")
    touch = _forgiving("touch")
    delete = _forgiving("delete")
    has_key = _forgiving("has_key")
    incr = _forgiving("incr")
    get_many = _forgiving("get_many")
    set_many = _forgiving("set_many")
    delete_many = _forgiving("delete_many")
    clear = _forgiving("clear")
