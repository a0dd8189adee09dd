"""Paper: a tagged PDF (PDF/UA-1) of one of our templates.

WeasyPrint draws it and may fetch nothing: pictures come in the page as ``data:``, the style stands in the file. The letters come from ``fonts/``, so it
looks alike on every machine; a script that they lack is set in what the machine has.
"""

import re
from pathlib import Path

from django.http import HttpResponse
from django.template.loader import render_to_string
from django.utils import translation

FONTS = Path(__file__).parent / "fonts"
# Latin with the marks of Vietnamese, Greek and Cyrillic: file, style and weight.
GARAMOND = (
    ("EBGaramond-Regular.otf", "normal", 400),
    ("EBGaramond-Italic.otf", "italic", 400),
    ("EBGaramond-Bold.otf", "normal", 700),
)
# Other scripts in which people write their names: file, and the letters that ask for it. ``scripts/subset_fonts.py`` cuts the files to these letters.
SCRIPTS = {
    "Armenian": ("NotoSerifArmenian.ttf", "\u0530-\u058f\ufb13-\ufb17"),
    "Hebrew": ("NotoSerifHebrew.ttf", "\u0590-\u05ff\ufb1d-\ufb4f"),
    "Arabic": ("NotoNaskhArabic.ttf", "\u0600-\u06ff\u0750-\u077f\ufb50-\ufdff\ufe70-\ufefe"),
    "Devanagari": ("NotoSerifDevanagari.ttf", "\u0900-\u097f"),
    "Gurmukhi": ("NotoSerifGurmukhi.ttf", "\u0a00-\u0a7f"),
    "Thai": ("NotoSerifThai.ttf", "\u0e00-\u0e7f"),
    "Lao": ("NotoSerifLao.ttf", "\u0e80-\u0eff"),
    "Khmer": ("NotoSerifKhmer.ttf", "\u1780-\u17ff\u19e0-\u19ff"),
    "Korean": ("NotoSerifKorean.otf", "\u1100-\u11ff\u3130-\u318f\uac00-\ud7a3"),
    "Chinese": ("NotoSerifChinese.otf", "\u3005-\u3007\u3040-\u30ff\u4e00-\u9fff"),
}


def style_for(page):
    """The fonts that the letters of ``page`` ask for, and no others: the large ones take a moment to load."""
    asked = {name: file for name, (file, letters) in SCRIPTS.items() if re.search(f"[{letters}]", page)}
    faces = [_face("EB Garamond", *face) for face in GARAMOND]
    faces += [_face(name, file, "normal", 400) for name, file in asked.items()]
    families = ", ".join(f'"{name}"' for name in ("EB Garamond", *asked))
    return f"{''.join(faces)} html {{ font-family: {families}, serif; }}"


def _face(name, file, style, weight):
    source = (FONTS / file).as_uri()
    return f'@font-face {{ font-family: "{name}"; src: url("{source}"); font-style: {style}; font-weight: {weight}; }}'


def draw(template, context, *, language):
    """The bytes of the PDF of ``template`` with ``context``, in ``language``."""
    # Only here, for it takes half a second to load and most processes never draw one.
    from weasyprint import CSS, HTML
    from weasyprint.text.fonts import FontConfiguration
    from weasyprint.urls import URLFetcher

    with translation.override(language):
        page = render_to_string(template, context)
    fonts = FontConfiguration()
    style = CSS(string=style_for(page), font_config=fonts, url_fetcher=URLFetcher(allowed_protocols={"file"}))
    html = HTML(string=page, url_fetcher=URLFetcher(allowed_protocols={"data"}))
    return html.write_pdf(pdf_variant="pdf/ua-1", stylesheets=[style], font_config=fonts, presentational_hints=False)


def as_pdf(data, name):
    """``data`` as an answer that the browser shows, or keeps as ``name``."""
    headers = {"Content-Disposition": f'inline; filename="{name}.pdf"'}
    return HttpResponse(data, content_type="application/pdf", headers=headers)
