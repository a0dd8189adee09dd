"""Every address the portal answers, found by walking its own resolver."""

from dataclasses import dataclass

from django.urls import URLPattern, URLResolver, get_resolver, reverse


@dataclass(frozen=True)
class Route:
    """One named address; ``arguments`` are the names it must be given."""

    name: str
    arguments: tuple[str, ...]

    def url(self, **arguments):
        return reverse(self.name, kwargs={name: arguments[name] for name in self.arguments})


def routes():
    """All named addresses, once each, in the order of the resolver."""
    return list({route.name: route for route in _walk(get_resolver(), "")}.values())


def unnamed():
    """Patterns without a name: they cannot stand in any table, so there may be none."""
    return [str(pattern.pattern) for pattern in _patterns(get_resolver()) if not pattern.name]


def _walk(resolver, namespace, arguments=()):
    for entry in resolver.url_patterns:
        here = (*arguments, *entry.pattern.converters, *entry.pattern.regex.groupindex)
        if isinstance(entry, URLResolver):
            inner = f"{namespace}{entry.namespace}:" if entry.namespace else namespace
            yield from _walk(entry, inner, here)
        elif isinstance(entry, URLPattern) and entry.name:
            yield Route(f"{namespace}{entry.name}", tuple(dict.fromkeys(here)))


def _patterns(resolver):
    for entry in resolver.url_patterns:
        if isinstance(entry, URLResolver):
            yield from _patterns(entry)
        else:
            yield entry
