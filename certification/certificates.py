"""The certificate as paper: a PDF that names its holder, its days, and where anyone can check it."""

import base64
from datetime import timedelta

import segno
from django.conf import settings
from django.db.models import OuterRef, Subquery
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from .cards import Card
from .dates import Day
from .models import Certification, Standing, Term
from .numbers import parse_number
from .paper import draw
from .queries import today
from .standards import standards_on

SVG = "http://www.w3.org/2000/svg"


def active_term(user, number):
    """The term whose certificate this holder may print today; None where it is not theirs, or not active."""
    held = Certification.objects.filter(person__user=user, number=parse_number(number) or "")
    if not held.with_standing(today()).filter(standing=Standing.ACTIVE).exists():
        return None
    return newest_term(held.get())


def newest_term(certification):
    """The term that has begun last, of those that stand."""
    return _begun_terms().filter(certification=certification).select_related("certification").first()


def name_on(term):
    """The name on the certificate of ``term``: that of a reissue which came later, else the first one."""
    later = term.certification.reissues.filter(recorded_at__gt=term.recorded_at).order_by("recorded_at").last()
    return (later or term).printed_name


def _begun_terms():
    return Term.objects.standing().filter(starts__lte=today()).order_by("-starts")


def certificate_pdf(term, *, language):
    """The bytes of the certificate of ``term``, in ``language``: letter size, landscape."""
    address, name = registry_address(term.certification), name_on(term)
    context = {
        "term": term,
        "name": name,
        "name_size": name_size(name),
        "address": address,
        "address_shown": address.partition("://")[2],
        "qr": qr(address),
        "rosette": rosette(),
    }
    return draw("paper/certificate.html", context, language=language)


def wallet_card_pdf(term, *, language):
    """The bytes of a card to cut out and fold, of the size of a bank card, on a sheet of letter size."""
    address, name = registry_address(term.certification), name_on(term)
    context = {
        "term": term,
        "name": name,
        "name_size": name_size(name, CARD_SIZES),
        "address": address,
        "address_parts": address.partition("://")[2].partition(term.certification.number),
        "qr": qr(address),
    }
    return draw("paper/wallet_card.html", context, language=language)


def registry_address(certification):
    """Where anyone sees whether this certificate is valid: the same words in print, in the QR code and on the web."""
    return f"{settings.SITE_URL}/registry/{certification.number}/"


def qr(address):
    """The address as a QR code, an SVG in a ``data:`` address."""
    svg = segno.make(address, error="m", micro=False).svg_inline(
        border=0, dark="#093b44", svgclass=None, lineclass=None
    )
    return as_data(svg.replace("<svg", f'<svg xmlns="{SVG}"', 1))


def rosette():
    """The pale rosette behind the words, as old papers of worth have one: ellipses turned about one center."""
    turned = "".join(f'<ellipse rx="300" ry="118" transform="rotate({angle})"/>' for angle in range(0, 180, 6))
    return as_data(
        f'<svg xmlns="{SVG}" viewBox="-310 -310 620 620"><g fill="none" stroke="#d9e8ea" stroke-width="0.8">{turned}</g></svg>'
    )


def as_data(svg):
    return "data:image/svg+xml;base64," + base64.b64encode(svg.encode()).decode()


# (letters at most, points): on the wall, and on the card. The last stands for all that is longer.
WALL_SIZES = ((22, 52), (30, 42), (40, 32), (58, 24), (float("inf"), 20))
CARD_SIZES = ((26, 15), (52, 11), (float("inf"), 8))


def name_size(name, sizes=WALL_SIZES):
    """The size of the name in points: long names get smaller type and, at last, a second line."""
    return next(size for most, size in sizes if len(name) <= most)


def share(user):
    """The certificate of a person, to print, and their place on the registry."""
    cards = []
    for held in _held_by(user):
        if held.standing == Standing.ACTIVE:
            text = _("Number %(number)s, valid through %(day)s.") % {
                "number": held.number,
                "day": date_format(held.expires_on, "DATE_FORMAT"),
            }
            url = reverse("certification:certificate", args=[held.number])
            cards.append(Card(_("Your certificate"), text, url, _("Download it (PDF)"), "nobody", 0))
            text, url = _("To print, cut out and fold."), reverse("certification:wallet_card", args=[held.number])
            cards.append(Card(_("A card for your wallet"), text, url, _("Download the card (PDF)"), "nobody", 0))
        text = _("Everyone can see there whether your certificate is valid: %(standing)s.")
        text %= {"standing": Standing(held.standing).label}
        address = reverse("registry:person", args=[held.number])
        cards.append(Card(_("You on the registry"), text, address, _("See it"), "nobody", 1))
    return cards, []


def days(user):
    """When the time to renew begins, and through when a certificate is valid."""
    standards = standards_on(today())
    url, found = reverse("certification:home"), []
    for held in _held_by(user):
        if held.standing != Standing.ACTIVE:
            continue
        found.append(Day(f"expiry {held.pk}", held.expires_on, _("Your certificate is valid through this day"), url))
        if not standards.is_assumed("renewal_window_days"):
            opens = held.expires_on - timedelta(days=standards.renewal_window_days)
            found.append(Day(f"renewal {held.pk}", opens, _("You can renew from this day on"), url, opens=True))
    return found


def _held_by(user):
    """What the person holds, each with ``standing`` and ``expires_on`` as of today."""
    newest = _begun_terms().filter(certification=OuterRef("pk")).values("expires_on")[:1]
    held = Certification.objects.with_standing(today()).filter(person__user=user)
    return held.annotate(expires_on=Subquery(newest)).order_by("issued_at")
