"""Paper: a tagged PDF (PDF/UA-1) of one of our templates.

WeasyPrint draws it and may fetch nothing: pictures come in the page as ``data:``, the style stands in the file. The letters come from ``fonts/``, so it
looks alike on every machine; a script that they lack is set in what the machine has.
"""

from pathlib import Path

from django.http import HttpResponse
from django.template.loader import render_to_string
from django.utils import translation

FONTS = Path(__file__).parent / "fonts"
FACES = "".join(
    f'@font-face {{ font-family: "EB Garamond"; src: url("{(FONTS / file).as_uri()}"); font-style: {style}; font-weight: {weight}; }}'
    for file, style, weight in (
        ("EBGaramond-Regular.otf", "normal", 400),
        ("EBGaramond-Italic.otf", "italic", 400),
        ("EBGaramond-Bold.otf", "normal", 700),
    )
)


def draw(template, context, *, language):
    """The bytes of the PDF of ``template`` with ``context``, in ``language``."""
    # Only here, for it takes half a second to load and most processes never draw one.
    from weasyprint import CSS, HTML
    from weasyprint.text.fonts import FontConfiguration
    from weasyprint.urls import URLFetcher

    with translation.override(language):
        page = render_to_string(template, context)
    fonts = FontConfiguration()
    faces = CSS(string=FACES, font_config=fonts, url_fetcher=URLFetcher(allowed_protocols={"file"}))
    html = HTML(string=page, url_fetcher=URLFetcher(allowed_protocols={"data"}))
    return html.write_pdf(pdf_variant="pdf/ua-1", stylesheets=[faces], font_config=fonts, presentational_hints=False)


def as_pdf(data, name):
    """``data`` as an answer that the browser shows, or keeps as ``name``."""
    headers = {"Content-Disposition": f'inline; filename="{name}.pdf"'}
    return HttpResponse(data, content_type="application/pdf", headers=headers)
