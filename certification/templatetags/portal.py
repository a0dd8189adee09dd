"""Small helps for templates: language switch, menu, phone links and dressing forms."""

from datetime import date, datetime

from django import template
from django.urls import reverse, translate_url
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.safestring import mark_safe
from django.utils.text import Truncator
from django.utils.translation import gettext as _

from certification.forms import PortalRenderer

register = template.Library()


@register.simple_tag(takes_context=True)
def in_language(context, code):
    """The address of this page in the language ``code``."""
    return translate_url(context["request"].get_full_path(), code)


@register.simple_tag(takes_context=True)
def current(context, address):
    """Mark the menu entry of the page on show, or of one below it."""
    path, front = context["request"].path, reverse("certification:front")
    here = path == address or (address not in ("", front) and path.startswith(address))
    return mark_safe(' aria-current="page"') if here else ""


@register.filter(is_safe=True)
def trimmed(text):
    """Text without the blanks around it, so that a component can tell an empty answer."""
    return str(text).strip()


@register.filter
def dial(phone):
    """A phone number as ``tel:`` wants it: digits and a leading plus."""
    return "".join(sign for sign in phone if sign.isdigit() or sign == "+")


@register.filter
def dollars(cents):
    """An amount in cents as people write it: $100, $7.50."""
    whole, rest = divmod(cents, 100)
    return f"${whole:,}.{rest:02}" if rest else f"${whole:,}"


@register.filter
def day(value):
    """A date, a moment (its day in Pacific time) or a date kept as ISO text, in words of the page's language."""
    if isinstance(value, str):
        value = date.fromisoformat(value) if value else None
    elif isinstance(value, datetime):
        value = timezone.localtime(value)
    return date_format(value, "DATE_FORMAT") if value else ""


@register.filter
def dressed(form):
    """Give a form that is not ours (allauth's, say) the portal's look; its labels say what its placeholders would repeat."""
    form.renderer = PortalRenderer()
    for field in form.fields.values():
        field.widget.attrs.pop("placeholder", None)
        if field.widget.attrs.get("autocomplete") == "one-time-code":
            field.widget.attrs["inputmode"] = "numeric"
    for field in form:
        field.renderer = form.renderer
    return form


@register.filter
def error_links(form):
    """The errors of a form as pairs (id of the first input or "", message), in the order of its fields."""
    links = [("", message) for message in form.non_field_errors()]
    for field in form:
        anchor = "" if field.is_hidden else field.id_for_label or f"{field.auto_id}_0"
        name = Truncator(field.label).chars(60)
        links += [(anchor, f"{name} – {message}") for message in field.errors]
    return links


@register.filter
def acted(user):
    """Who did something, as the history of a case tells it: staff by their address, the person without theirs."""
    if user is None:
        return _("the clock")
    return str(user) if user.is_staff else _("the person")
