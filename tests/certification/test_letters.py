"""Letters read again: as a page, as paper, in large print, and on the way to a person whom no e-mail reaches."""

import io
import re
import socket

import pikepdf
import pypdfium2
import pytest
from django.urls import reverse

from certification import notices
from certification.letters import address_of, paper_of, parts_of
from certification.models import AuditEvent, Notice
from certification.notices import notify
from certification.steps import record
from certification.texts import Block
from tests import factories

HELD = {"kind": "facts", "review_on": "2026-12-31"}
INCH = 72


@pytest.fixture
def pat(pat):
    """Somebody with a mailing address."""
    lines = {"address_line1": "12 Elm Street", "address_line2": "Apt 4", "city": "Fresno", "state": "CA"}
    return record(pat, by=pat.user, why="test", zip_code="93701", **lines)


def sent(person, name="hold-opened", context=HELD, key="letter", language="en"):
    """A letter to ``person``, handed over."""
    record(person.user, by=person.user, why="test", language=language)
    made = notify(person.user, name, context, key=key)
    notices.deliver(made.pk)
    return Notice.objects.select_related("recipient__person").get(pk=made.pk)


@pytest.fixture
def letter(pat):
    return sent(pat)


def pages(data):
    document = pypdfium2.PdfDocument(data)
    return [document[number] for number in range(len(document))]


def words(data):
    return " ".join(page.get_textpage().get_text_range() for page in pages(data)).replace("\r\n", " ")


def saying(letter, body, subject="A letter"):
    """The same letter with other words, as yet unsaved."""
    letter.subject, letter.body = subject, body
    return letter


# --- how a letter is cut up ----------------------------------------------------------------------------------------
def test_headings_lists_and_lines_are_told_apart(letter):
    body = "Dear Pat,\n\nTHE RULE\nOne line\nand the next\n\nWhat comes next:\n- first\n- second\n\nGet help\n- call\n\nALONE\n\n- ONE\n- two\n"
    assert parts_of(saying(letter, body))[0].blocks == [
        Block("paragraph", "Dear Pat,"),
        Block("heading", "THE RULE"),
        Block("paragraph", "One line\nand the next"),
        Block("paragraph", "What comes next:"),
        Block("list", items=("first", "second")),
        Block("heading", "Get help"),
        Block("list", items=("call",)),
        Block("paragraph", "ALONE"),
        Block("list", items=("ONE", "two")),
    ]


def test_nothing_of_a_letter_is_lost(letter):
    kept = " ".join(
        text for part in parts_of(letter) for block in part.blocks for text in (block.text, *block.items) if text
    )
    assert re.findall(r"\w+", kept) == re.findall(r"\w+", letter.body)


def test_english_below_a_translation_is_marked_as_english(pat):
    letter = sent(pat, language="es")
    spanish, english = parts_of(letter)
    assert (spanish.language, english.language) == ("es", "en")
    assert english.blocks[0] == Block("heading", "Your certificate has to wait")
    assert [part.language for part in parts_of(sent(pat, "hold-ended", HELD, key="other", language="es"))] == ["es"]


@pytest.mark.parametrize(
    "body", ["", "\n\n\n", "- ", "-", "A\n", "-" * 60, "\n" + "-" * 60 + "\n", "\x0b\x1c\u2028", "- a\nb\n- c"]
)
def test_no_body_is_too_odd_to_cut_up(letter, body):
    assert paper_of(saying(letter, body)).startswith(b"%PDF")


def test_the_page_shows_headings_and_links(client, pat, letter):
    client.force_login(pat.user)
    page = client.get(reverse("certification:letter", args=[letter.public_id])).content.decode()
    assert "<h2>WHAT WE DECIDED</h2>" in page
    assert (
        f'href="http://localhost:8000/appeals/{letter.public_id}/"' in page or f"/appeals/{letter.public_id}/" in page
    )


def test_words_that_look_like_code_stay_words(client, pat, letter):
    client.force_login(pat.user)
    rules = {"items": [], "asked": True}
    odd = sent(pat, "training-declined", {"words": "<script>zqx()</script>", **rules}, key="odd")
    page = client.get(reverse("certification:letter", args=[odd.public_id])).content.decode()
    assert "<script>zqx" not in page


# --- paper ---------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("large", [False, True])
@pytest.mark.parametrize("language", ["en", "es"])
def test_it_is_tagged_and_has_title_and_language(pat, language, large):
    letter = sent(pat, language=language)
    with pikepdf.open(io.BytesIO(paper_of(letter, large=large))) as pdf:
        assert pdf.Root.MarkInfo.Marked
        assert str(pdf.Root.Lang) == language
        assert pdf.Root.ViewerPreferences.DisplayDocTitle
        assert "/StructTreeRoot" in pdf.Root
        with pdf.open_metadata() as metadata:
            assert metadata["dc:title"] == letter.subject
            assert metadata["pdfuaid:part"] == "1"


def test_paper_says_all_that_the_letter_says(letter, settings):
    said = words(paper_of(letter))
    for part in ("Pat Doe", "12 Elm Street", "Apt 4", "Fresno, CA 93701", settings.PROGRAM_PHONE, letter.subject):
        assert part in said
    for line in letter.body.split("\n"):
        assert line.removeprefix("- ").strip() in said


def test_links_lead_where_they_say(letter, settings):
    with pikepdf.open(io.BytesIO(paper_of(letter))) as pdf:
        links = [str(note.A.URI) for page in pdf.pages for note in page.get("/Annots", []) if "/A" in note]
    assert f"{settings.SITE_URL}/appeals/{letter.public_id}/" in links


@pytest.mark.parametrize("large", [False, True])
def test_the_window_shows_the_address_and_nothing_else(letter, large):
    """A No. 10 envelope, folded in three: whatever stands 2.05 to 3.6 inches down and left of 5 inches may show."""
    first = pages(paper_of(letter, large=large))[0]
    assert first.get_size() == (8.5 * INCH, 11 * INCH)
    shown = first.get_textpage().get_text_bounded(0, (11 - 3.6) * INCH, 5 * INCH, (11 - 2.05) * INCH)
    assert shown.split("\r\n") == ["Pat Doe", "12 Elm Street", "Apt 4", "Fresno, CA 93701"]


def test_beside_the_address_of_the_sender_stands_no_name_of_the_program(letter):
    first = pages(paper_of(letter))[0]
    corner = first.get_textpage().get_text_bounded(0, (11 - 1.7) * INCH, 4.5 * INCH, 11 * INCH)
    assert "1 Example Street" in corner
    assert "certification" not in corner.lower()


def sizes(data):
    """The sizes of type in a PDF, in points."""
    found = set()
    for page in pages(data):
        for thing in page.get_objects(filter=[pypdfium2.raw.FPDF_PAGEOBJ_TEXT]):
            size = pypdfium2.raw.c_float()
            pypdfium2.raw.FPDFTextObj_GetFontSize(thing.raw, size)
            found.add(round(size.value * abs(thing.get_matrix().d), 1))
    return found


def test_nothing_in_large_print_is_smaller_than_18_points(letter):
    assert min(sizes(paper_of(letter, large=True))) >= 18
    assert min(sizes(paper_of(letter))) < 18


@pytest.mark.parametrize(
    "name",
    [
        "Nguyễn Thị Hương Giang",
        "Олена Ґудзь",
        "محمد عبد الله",
        "王小明",
        "ᏣᎳᎩ",
        "👩🏽‍🚀",
        "\u202eevil\u202c",
        "a\x01b",
        "e\u0301" * 50,
    ],
)
def test_no_script_is_too_strange(pat, letter, name):
    pat.given_name = letter.recipient.person.given_name = name
    saying(letter, f"Dear {name},\n\nHEAD\n{name}\n- {name}", subject=f"To {name}")
    for large in (False, True):
        assert pages(paper_of(letter, large=large))


def test_a_very_long_name_and_address_leave_the_letter_readable(letter):
    person = letter.recipient.person
    person.given_name, person.family_name = "Wolfeschlegelsteinhausenbergerdorff" * 2, "X" * 80
    person.address_line1, person.address_line2, person.city = "Street " * 17, "Y" * 120, "Z" * 80
    for large in (False, True):
        assert letter.subject in words(paper_of(letter, large=large))


def test_a_very_long_letter_goes_on_over_many_pages(letter):
    said = words(paper_of(saying(letter, "\n\n".join(["word " * 200] * 60) + "\n\nThe end.")))
    assert said.count("word") == 12_000
    assert "The end." in said


@pytest.mark.parametrize(
    "text",
    [
        '<img src="http://localhost:9/x.png">',
        "<style>@import 'http://localhost:9/x.css';</style>",
        "<link rel=attachment href=file:///etc/passwd>",
        "{{ settings.SECRET_KEY }}",
        "javascript:zqx()",
        "file:///etc/passwd",
    ],
)
def test_nothing_in_a_letter_is_fetched_embedded_or_run(letter, text, monkeypatch):
    asked = []
    monkeypatch.setattr(socket.socket, "connect", lambda self, address: asked.append(address))
    letter.recipient.person.given_name = text
    data = paper_of(saying(letter, f"{text}\n\nHEAD\n{text}\n- {text}", subject=text))
    with pikepdf.open(io.BytesIO(data)) as pdf:
        assert not pdf.attachments
        assert "/JavaScript" not in pdf.Root.get("/Names", {})
        links = [str(note.A.URI) for page in pdf.pages for note in page.get("/Annots", []) if "/A" in note]
    assert not [link for link in links if not link.startswith("http")]
    assert asked == []


def test_who_gave_no_address_has_none(pat):
    assert address_of(None) == []
    assert address_of(factories.person("Noa", "Home")) == []
    assert address_of(pat) == ["12 Elm Street", "Apt 4", "Fresno, CA 93701"]


# --- one's own -----------------------------------------------------------------------------------------------------
def paper(letter):
    return reverse("certification:letter_pdf", args=[letter.public_id])


@pytest.mark.parametrize("query", ["", "?large"])
def test_a_person_prints_their_own_letter(client, pat, letter, query):
    client.force_login(pat.user)
    answer = client.get(paper(letter) + query)
    assert answer.content.startswith(b"%PDF")
    assert (min(sizes(answer.content)) >= 18) is bool(query)
    assert answer.headers["Cache-Control"] == "no-store, private"
    assert re.fullmatch(r'inline; filename="\d{4}-\d\d-\d\d\.pdf"', answer.headers["Content-Disposition"])


def test_nobody_else_prints_it(client, max, letter, ann):
    assert client.get(paper(letter)).status_code == 302
    for user in (max.user, ann):
        client.force_login(user)
        assert client.get(paper(letter)).status_code == 404


def test_what_is_not_handed_over_yet_cannot_be_printed(client, pat):
    waiting = notify(pat.user, "hold-opened", HELD, key="waiting")
    client.force_login(pat.user)
    assert client.get(paper(waiting)).status_code == 404


def test_sign_in_mail_cannot_be_printed(client, pat):
    mail = notices.send_sign_in_mail(
        pat.user.email, "sign-in", {"subject": "S", "body": "B"}, language="en", recipient=pat.user
    )
    notices.deliver(mail.pk)
    client.force_login(pat.user)
    assert client.get(paper(mail)).status_code == 404


def test_both_papers_are_offered_below_the_letter(client, pat, letter):
    client.force_login(pat.user)
    page = client.get(reverse("certification:letter", args=[letter.public_id])).content.decode()
    assert f'"{paper(letter)}"' in page
    assert f'"{paper(letter)}?large"' in page


# --- by post -------------------------------------------------------------------------------------------------------
def post(letter):
    return reverse("admin:certification_notice_post", args=[letter.pk])


def record_page(letter):
    return reverse("admin:certification_notice_change", args=[letter.pk])


def test_staff_open_a_letter_to_post_it_and_that_is_written_down(client, ann, letter):
    client.force_login(ann)
    assert post(letter) in client.get(record_page(letter)).content.decode()
    for query in ("", "?large"):
        assert client.get(post(letter) + query).content.startswith(b"%PDF")
    event = AuditEvent.objects.filter(action="opened letter to post").latest("pk")
    assert (event.actor_id, event.subject, event.detail) == (ann.pk, f"certification.notice:{letter.pk}", {})


@pytest.mark.parametrize("role", ["rae", "lee", "tia", "ada", "eli", "roy", "fin", "ria"])
def test_nobody_without_the_right_to_see_notices_opens_it(client, letter, role, request):
    client.force_login(request.getfixturevalue(role))
    assert client.get(post(letter)).status_code == 403
    assert not AuditEvent.objects.filter(action="opened letter to post").exists()


SECRET = {
    "accommodation-requested": {},
    "accommodation-granted": {"decision": "More time."},
    "accommodation-refused": {"decision": "It cannot be done."},
    "fee-kept": {"decision": "You did not come."},
    "appeal-filed": {"about": "We decided about the exam", "filed_on": "2026-11-01"},
}


@pytest.mark.parametrize("name", SECRET)
def test_letters_about_changes_and_appeals_stay_secret(client, ann, pat, name):
    secret = sent(pat, name, SECRET[name], key="secret")
    client.force_login(ann)
    assert client.get(post(secret)).status_code == 404
    assert post(secret) not in client.get(record_page(secret)).content.decode()


def test_every_letter_that_is_only_read_on_the_page_stays_secret():
    assert set(SECRET) >= notices.READ_ON_THE_PAGE


def test_what_is_not_a_letter_yet_is_not_posted(client, ann, pat):
    client.force_login(ann)
    waiting = notify(pat.user, "hold-opened", HELD, key="waiting")
    mail = notices.send_sign_in_mail("a@example.org", "sign-in", {"subject": "S", "body": "B"}, language="en")
    notices.deliver(mail.pk)
    for notice in (waiting, mail):
        assert client.get(post(notice)).status_code == 404
        assert post(notice) not in client.get(record_page(notice)).content.decode()


def test_staff_are_told_when_there_is_no_address(client, ann):
    homeless = sent(factories.person("Noa", "Home"))
    client.force_login(ann)
    assert "gave no mailing address" in client.get(record_page(homeless)).content.decode()
    assert client.get(post(homeless)).status_code == 200
