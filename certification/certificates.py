"""The certificate as paper: a tagged PDF that names its holder, its days, and where anyone can check it.

WeasyPrint draws it from one template of ours and may fetch nothing: pictures come in the page as ``data:``, the style stands in the file.
"""

import base64

import segno
from django.conf import settings
from django.template.loader import render_to_string
from django.utils import translation
from weasyprint import HTML
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import URLFetcher


def certificate_pdf(term, *, language):
    """The bytes of the certificate of ``term``, in ``language``: PDF/UA-1, letter size, landscape."""
    address = registry_address(term.certification)
    with translation.override(language):
        page = render_to_string(
            "certificates/wall.html",
            {
                "term": term,
                "name_size": name_size(term.printed_name),
                "address": address,
                "address_shown": address.partition("://")[2],
                "qr": qr(address),
            },
        )
    html = HTML(string=page, url_fetcher=URLFetcher(allowed_protocols={"data"}))
    return html.write_pdf(pdf_variant="pdf/ua-1", font_config=FontConfiguration(), presentational_hints=False)


def registry_address(certification):
    """Where anyone sees whether this certificate is valid: the same words in print, in the QR code and on the web."""
    return f"{settings.SITE_URL}/registry/{certification.number}/"


def qr(address):
    """The address as a QR code, an SVG in a ``data:`` address."""
    svg = segno.make(address, error="m", micro=False).svg_inline(border=0, dark="#093b44", svgclass=None, lineclass=None)
    svg = svg.replace("<svg", '<svg xmlns="http://www.w3.org/2000/svg"', 1)
    return "data:image/svg+xml;base64," + base64.b64encode(svg.encode()).decode()


def name_size(name):
    """The size of the name in points: long names get smaller type and, at last, a second line."""
    return next((size for most, size in ((22, 44), (30, 36), (42, 28), (64, 22)) if len(name) <= most), 17)
