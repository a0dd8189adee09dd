"""Tables from partners: what a spreadsheet writes is read, and what no spreadsheet writes does no harm."""

import io
import tracemalloc
import zipfile
from datetime import date

import pytest

from certification.sheets import MOST_BYTES, MOST_XML, Unreadable, day, rows_of
from tests.factories import workbook

MOST = 50
HEADING = ["Name", "Day"]


def read(raw, most=MOST):
    return rows_of(raw, most=most)


# --- CSV -----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("between", [",", ";", "\t"])
def test_csv_is_read_however_a_spreadsheet_saved_it(encoding, between):
    text = f"Name{between}Day\r\nMaría Núñez{between}2026-03-28\r\n"
    assert read(text.encode(encoding)) == {1: HEADING, 2: ["María Núñez", "2026-03-28"]}


def test_rows_keep_their_numbers_and_empty_ones_are_left_out():
    assert list(read(b"Name,Day\n,\n\nPat,2026-01-01\n")) == [1, 4]


def test_a_cell_is_one_line_of_bounded_length():
    (row,) = read(b'"a\nb  c",' + b"x" * 1000).values()
    assert (row[0], len(row[1])) == ("a b c", 300)


@pytest.mark.parametrize(
    "raw", [b"a\0b", b"\x89PNG\r\n\x1a\n\0\0", b'"never closed', b'"a"b,c', b"\xff\xfe\x00\xd8", b"a,\x81"]
)
def test_what_is_no_table_is_refused_in_words(raw):
    with pytest.raises(Unreadable, match="no table"):
        read(raw)


def test_too_many_rows_and_too_many_bytes_are_refused_in_words():
    assert len(read(b"a\n" * MOST)) == MOST
    with pytest.raises(Unreadable, match="more than 50 rows"):
        read(b"a\n" * (MOST + 1))
    with pytest.raises(Unreadable, match="larger than 2 MB"):
        read(b"a" * (MOST_BYTES + 1))


# --- days ----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("text", ["2026-03-28", "3/28/2026", "03/28/2026", "3/28/26", "46109", "46109.5", "2026-03-28T00:00:00", "3/28/2026 0:00"])  # fmt: skip
def test_a_day_is_read_as_californians_and_spreadsheets_write_it(text):
    assert day(text) == date(2026, 3, 28)


@pytest.mark.parametrize("text", ["", "28/3/2026", "2026-02-30", "March", "461091", "1e9", "٢٠٢٦-٠٣-٢٨٩", "-1"])
def test_what_is_no_day_is_none(text):
    assert day(text) is None


# --- XLSX ----------------------------------------------------------------------------------------------------------
def test_an_xlsx_is_read_with_shared_inline_and_rich_texts_numbers_and_gaps():
    sheet = (
        '<row r="1"><c r="A1" t="s"><v>0</v></c><c r="C1" t="inlineStr"><is><t>Day</t></is></c></row>'
        '<row r="4"><c r="A4" t="s"><v>1</v></c><c r="C4"><v>46109</v></c></row>'
    )
    strings = "<si><t>Name</t></si><si><r><t>María </t></r><r><t>Núñez</t></r><rPh><t>x</t></rPh></si>"
    assert read(workbook(sheet, strings=strings)) == {1: ["Name", "", "Day"], 4: ["María Núñez", "", "46109"]}


def test_a_formula_counts_as_what_was_last_shown_and_is_never_followed():
    cells = [
        '<c r="A1" t="str"><f>WEBSERVICE("http://evil.example/")</f><v>shown</v></c>',
        '<c r="B1"><f>cmd|\' /C calc\'!A0</f></c><c r="C1" t="e"><v>#REF!</v></c>',
    ]
    assert read(workbook(f"<row r='1'>{''.join(cells)}</row>")) == {1: ["shown", "", ""]}


@pytest.mark.parametrize("state", ["hidden", "veryHidden"])
def test_a_hidden_sheet_is_never_read(state):
    hidden = "<row r='1'><c r='A1' t='str'><v>hidden</v></c></row>"
    shown = "<row r='1'><c r='A1' t='str'><v>shown</v></c></row>"
    assert read(workbook(shown, before=(state, hidden))) == {1: ["shown"]}


def test_a_workbook_of_hidden_sheets_alone_is_refused():
    with pytest.raises(Unreadable):
        read(workbook("", state="hidden"))


def test_days_counted_from_1904_are_refused_rather_than_misread():
    with pytest.raises(Unreadable, match="1904"):
        read(workbook("", properties='<workbookPr date1904="1"/>'))


ENTITIES = '<!DOCTYPE x [<!ENTITY a "{a}">{more}]>'
LAUGHS = ENTITIES.format(a="lol", more="".join(f'<!ENTITY a{n} "{"&a;" * 50}">' for n in range(50)))
OUTSIDE = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>'


@pytest.mark.parametrize("part", ["xl/workbook.xml", "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml"])
@pytest.mark.parametrize("declared", [LAUGHS, OUTSIDE, "<!DOCTYPE x>"], ids=["laughs", "outside", "empty"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_document_type_is_refused_wherever_it_stands(part, declared, encoding):
    raw = with_part(part, f'<?xml version="1.0" encoding="{encoding}"?>{declared}<x>&a;</x>'.encode(encoding))
    with pytest.raises(Unreadable):
        read(raw)


def test_a_bomb_is_refused_before_it_is_unpacked():
    raw = with_part("xl/worksheets/sheet1.xml", b" " * 100_000_000)
    assert len(raw) < MOST_BYTES
    tracemalloc.start()
    with pytest.raises(Unreadable, match="too large"):
        read(raw)
    _now, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 8 * MOST_XML


@pytest.mark.parametrize("way", [zipfile.ZIP_LZMA, zipfile.ZIP_BZIP2])
def test_only_the_packing_that_spreadsheets_use_is_unpacked(way):
    with pytest.raises(Unreadable):
        read(with_part("xl/workbook.xml", b"<workbook/>", way=way))


@pytest.mark.parametrize(
    "sheet",
    [
        "<row r='x'/>", "<row r='1'><c r='1A'/></row>", "<row><c t='s'><v>99</v></c></row>", "<row><c t='s'><v>x</v></c></row>",
        "<row", f"<row r='{'9' * 5000}'/>",
    ],
)  # fmt: skip
def test_a_broken_sheet_is_refused_in_words(sheet):
    with pytest.raises(Unreadable):
        read(workbook(sheet))


@pytest.mark.parametrize("missing", ["xl/workbook.xml", "xl/_rels/workbook.xml.rels", "xl/worksheets/sheet1.xml"])
def test_a_zip_that_is_no_workbook_is_refused_in_words(missing):
    with pytest.raises(Unreadable):
        read(with_part(missing, None))


def test_every_cut_of_a_workbook_is_refused_or_read():
    whole = workbook("<row r='1'><c r='A1' t='str'><v>a</v></c></row>")
    for end in range(0, len(whole), 7):
        try:
            assert read(whole[:end]) in ({}, {1: ["a"]})
        except Unreadable:
            continue


def test_far_cells_and_many_columns_cost_nothing():
    row = "<row r='1048576'><c r='A1' t='str'><v>a</v></c><c r='XFD1' t='str'><v>z</v></c></row>"
    assert read(workbook(row)) == {1048576: ["a"]}


def with_part(name, data, *, way=zipfile.ZIP_DEFLATED):
    """A workbook one part of which is ``data``, or not there at all."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(workbook("", strings="<si><t>a</t></si>"))) as whole, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as changed:  # fmt: skip
        for info in whole.infolist():
            if info.filename != name:
                changed.writestr(info.filename, whole.read(info))
        if data is not None:
            changed.writestr(name, data, way)
    return out.getvalue()
