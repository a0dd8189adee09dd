"""What letters need beside Django's own filters: their context holds plain values, so days come as text."""

from datetime import date

from django import template
from django.utils.formats import date_format

register = template.Library()


@register.filter
def day(value):
    """A day written as ``2026-12-31``, as people of this language read it."""
    return date_format(date.fromisoformat(value), "DATE_FORMAT") if value else ""


@register.filter
def dollars(cents):
    """An amount in cents as dollars: ``$150``, or ``$12.50``."""
    whole, rest = divmod(cents, 100)
    return f"${whole:,}.{rest:02}" if rest else f"${whole:,}"
