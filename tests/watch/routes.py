"""Every address the portal answers, found by walking its own resolver."""

import inspect
from dataclasses import dataclass, field

from django.urls import URLPattern, URLResolver, get_resolver, reverse


@dataclass(frozen=True)
class Route:
    """One named address, and the function that answers there; ``arguments`` are the names it must be given, "0", "1" and so on where its pattern has no names."""

    name: str
    arguments: tuple[str, ...]
    view: str = field(compare=False)

    def url(self, **arguments):
        values = [arguments[name] for name in self.arguments]
        if self.arguments and self.arguments[0].isdigit():
            return reverse(self.name, args=values)
        return reverse(self.name, kwargs=dict(zip(self.arguments, values, strict=True)))


def routes():
    """All named addresses, once each, in the order of the resolver."""
    return list(dict.fromkeys(_walk(get_resolver(), "")))


def unnamed():
    """Patterns without a name: they cannot stand in any table, so there may be none but the admin's two ways to a redirect or a 404."""
    return {str(pattern.pattern) for pattern in _patterns(get_resolver()) if not pattern.name}


def _walk(resolver, namespace, arguments=()):
    for entry in resolver.url_patterns:
        here = (*arguments, *_arguments(entry.pattern))
        if isinstance(entry, URLResolver):
            inner = f"{namespace}{entry.namespace}:" if entry.namespace else namespace
            yield from _walk(entry, inner, here)
        elif isinstance(entry, URLPattern) and entry.name:
            view = inspect.unwrap(entry.callback)
            named = f"{view.__module__}.{getattr(view, '__qualname__', '')}"
            yield Route(f"{namespace}{entry.name}", tuple(dict.fromkeys(here)), named)


def _arguments(pattern):
    named = [*pattern.converters, *pattern.regex.groupindex]
    return named or [str(number) for number in range(pattern.regex.groups)]


def _patterns(resolver):
    for entry in resolver.url_patterns:
        if isinstance(entry, URLResolver):
            yield from _patterns(entry)
        else:
            yield entry
