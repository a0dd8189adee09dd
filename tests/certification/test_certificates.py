"""The certificate as paper."""

import io
import re
import socket
from datetime import datetime, time, timedelta

import pikepdf
import pytest
from django.urls import reverse
from django.utils import timezone
from fontTools.ttLib import TTFont

from certification import actions
from certification.certificates import active_term, certificate_pdf, name_size, share, wallet_card_pdf
from certification.models import Revocation, Suspension, Term
from certification.paper import FONTS, SCRIPTS, style_for
from certification.queries import today
from certification.signing import signed


@pytest.fixture
def term(pat):
    return Term.objects.get(certification=actions.issue(pat, by=None, why="test"))


PAPERS = [certificate_pdf, wallet_card_pdf]


def opened(term, language="en", drawn=certificate_pdf):
    return pikepdf.open(io.BytesIO(drawn(term, language=language)))


def words(term, language="en", drawn=certificate_pdf):
    import pypdfium2

    document = pypdfium2.PdfDocument(drawn(term, language=language))
    assert len(document) == 1
    return document[0].get_textpage().get_text_range()


def test_it_says_who_what_how_long_and_where_to_check(term, settings):
    said = words(term)
    for part in ("Pat Doe", term.certification.number, "Valid in every participating county", "Certified Medi-Cal"):
        assert part in said
    assert f"{settings.SITE_URL.partition('://')[2]}/registry/{term.certification.number}/" in said.replace("\r\n", "")


def test_the_wallet_card_says_the_same_in_little(term, settings):
    said = words(term, drawn=wallet_card_pdf)
    for part in ("Pat Doe", term.certification.number, "Certified Medi-Cal", str(term.expires_on.year)):
        assert part in said
    assert f"/registry/{term.certification.number}/" in re.sub(r"\s", "", said)


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("drawn", PAPERS)
def test_it_is_tagged_and_has_title_and_language(term, language, drawn):
    with opened(term, language, drawn) as pdf:
        assert pdf.Root.MarkInfo.Marked
        assert str(pdf.Root.Lang) == language
        assert pdf.Root.ViewerPreferences.DisplayDocTitle
        with pdf.open_metadata() as metadata:
            assert term.certification.number in metadata["dc:title"]
            assert metadata["pdfuaid:part"] == "1"
        assert "/StructTreeRoot" in pdf.Root


@pytest.mark.parametrize(
    "name",
    [
        "Maria García-López",
        "Nguyễn Thị Hương Giang",
        "Ólafur Þór Ægisson",
        "Đặng Văn Lâm",
        "Żaneta Łukaszewska",
        "Kaʻahumanu",
        "O’Brien",
        "Mononymous",
    ],
)
def test_names_stand_as_they_are_written(term, name):
    term.printed_name = name
    assert name in words(term)


def fonts(pdf):
    """The names of the fonts in a file, without the six letters that mark them as a part of the font."""
    named = (thing.get("/FontName") for thing in pdf.objects if isinstance(thing, pikepdf.Dictionary))
    return {str(name).partition("+")[2] for name in named if name}


# The file beside the code by the name that its font has in a PDF; Noto's are thickened where a name stands in bold.
BUNDLED = {f"{name}{style}": file for name, (file, _letters) in SCRIPTS.items() for style in ("", "-Bold")} | {
    f"EB-Garamond{style}": f"EBGaramond{style or '-Regular'}.otf" for style in ("", "-Italic", "-Bold")
}
NAMES = [
    "Maria García-López", "Nguyễn Thị Hương Giang", "Kaʻahumanu", "Олена Ґудзь", "Ελένη Παπαδοπούλου", "Անահիտ Պետրոսյան", "مریم الحسن",
    "יעל כהן־לוי", "प्रिया शर्मा", "ਹਰਪ੍ਰੀਤ ਕੌਰ", "สมชาย ใจดี", "ສົມພອນ ວົງສາ", "សុខា ចាន់", "김지영", "王小明 陳美麗", "Wang 王 Maria 김",
]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_every_letter_comes_from_the_fonts_that_stand_beside_the_code(term, name):
    term.printed_name = name
    for drawn, language in ((certificate_pdf, "es"), (wallet_card_pdf, "en")):
        with opened(term, language, drawn) as pdf:
            found = fonts(pdf)
        assert found
        assert found <= set(BUNDLED)
        assert set(map(ord, name)) <= set().union(*(TTFont(FONTS / BUNDLED[font]).getBestCmap() for font in found))


def test_the_fonts_weigh_no_more_than_they_must():
    assert sum(file.stat().st_size for file in FONTS.iterdir()) < 25_000_000


def test_only_the_fonts_that_a_page_asks_for_are_loaded():
    assert "Noto" not in style_for("Maria García-López, Олена")
    assert style_for("김지영").count("Noto") == 1


def test_a_very_long_name_stays_on_the_page(term):
    term.printed_name = " ".join(["Wolfeschlegelsteinhausenbergerdorff"] * 7)
    assert "Valid in every participating county" in words(term)
    assert name_size("x" * 260) < name_size("x" * 20)


HOSTILE = [
    '<img src="http://localhost:9/x.png">',
    "<style>@import 'http://localhost:9/x.css';</style>",
    "<link rel=attachment href=file:///etc/passwd>",
    "</h1><object data='file:///etc/passwd'></object>",
    "{{ settings.SECRET_KEY }}",
    "<a href='javascript:1'>x</a>",
    '" onload="x',
    "url(file:///etc/hostname)",
]


@pytest.mark.parametrize("name", HOSTILE)
def test_nothing_in_a_name_is_fetched_or_embedded(term, name, monkeypatch):
    asked = []
    monkeypatch.setattr(socket.socket, "connect", lambda self, address: asked.append(address))
    term.printed_name = name
    with opened(term) as pdf:
        assert not pdf.attachments
        assert "/JavaScript" not in pdf.Root.get("/Names", {})
    assert asked == []


def test_the_drawer_fetches_no_file_and_no_address():
    from weasyprint.urls import URLFetcher

    fetcher = URLFetcher(allowed_protocols={"data"})
    for address in ("file:///etc/passwd", "http://localhost:9/", "ftp://localhost/"):
        with pytest.raises(ValueError):
            fetcher.fetch(address)


def test_a_term_that_begins_on_29_february_ends_on_28_february(pat, time_machine):
    time_machine.move_to(timezone.make_aware(datetime(2028, 2, 29, 12)))
    term = Term.objects.get(certification=actions.issue(pat, by=None, why="test"))
    said = words(term)
    assert "February 29, 2028" in said
    assert "February 28, 2030" in said


# --- who may print it ----------------------------------------------------------------------------------------------
def address(term):
    return reverse("certification:certificate", args=[term.certification.number])


@pytest.mark.parametrize("name", ["certificate", "wallet_card"])
def test_the_holder_prints_it(client, pat, term, name):
    client.force_login(pat.user)
    answer = client.get(reverse(f"certification:{name}", args=[term.certification.number]))
    assert answer.headers["Content-Type"] == "application/pdf"
    assert answer.content.startswith(b"%PDF")


def test_nobody_else_prints_it(client, max, term, roy):
    assert client.get(address(term)).status_code == 302
    for user in (max.user, roy):
        client.force_login(user)
        assert active_term(user, term.certification.number) is None
    client.force_login(max.user)
    assert client.get(address(term)).status_code == 404


@pytest.mark.parametrize("number", ["CMPSS-0000-0000-0000", "x", "\x00", "…"])
def test_a_number_of_nobody_is_not_found(client, pat, term, number):
    client.force_login(pat.user)
    assert client.get(f"/certificates/{number}.pdf").status_code == 404


@pytest.mark.parametrize(
    ("fact", "dates"),
    [
        (Revocation, {"on": today}),
        (Suspension, {"starts": today}),
    ],
)
def test_it_is_not_printed_while_it_is_not_active(pat, term, fact, dates):
    with signed(None, "test"):
        fact.objects.create(
            certification=term.certification,
            public_reason="code of ethics",
            **{name: day() for name, day in dates.items()},
        )
    assert active_term(pat.user, term.certification.number) is None
    assert [card.title for card in share(pat.user)[0]] == ["You on the registry"]


def test_it_is_printed_through_the_last_day_and_not_after(pat, term, time_machine):
    number = term.certification.number
    for day, found in ((term.expires_on, True), (term.expires_on + timedelta(days=1), False)):
        time_machine.move_to(timezone.make_aware(datetime.combine(day, time(12))))
        assert (active_term(pat.user, number) is not None) is found


def test_the_home_leads_to_the_paper_and_to_the_registry(client, pat, term):
    client.force_login(pat.user)
    page = client.get(reverse("certification:home")).content.decode()
    assert address(term) in page
    assert reverse("certification:wallet_card", args=[term.certification.number]) in page
    assert f"/registry/{term.certification.number}/" in page
