"""A cache that answers a miss when Redis is gone: nothing that matters lives in it."""

import logging

from django.core.cache.backends.redis import RedisCache
from redis.exceptions import RedisError

log = logging.getLogger(__name__)


def _forgiving(name, answer):
    def method(self, *args, **kwargs):
        try:
            return getattr(RedisCache, name)(self, *args, **kwargs)
        except (RedisError, OSError) as error:
            log.warning("the cache is away: %s", type(error).__name__)
            return answer(args, kwargs)

    method.__name__ = name
    return method


class ForgivingRedisCache(RedisCache):
    get = _forgiving("get", lambda args, kwargs: args[1] if len(args) > 1 else kwargs.get("default"))
    get_many = _forgiving("get_many", lambda args, kwargs: {})
    set = _forgiving("set", lambda args, kwargs: None)
    set_many = _forgiving("set_many", lambda args, kwargs: list(args[0]))
    add = _forgiving("add", lambda args, kwargs: True)
    delete = _forgiving("delete", lambda args, kwargs: False)
    touch = _forgiving("touch", lambda args, kwargs: False)
    has_key = _forgiving("has_key", lambda args, kwargs: False)
    incr = _forgiving("incr", lambda args, kwargs: 1)
