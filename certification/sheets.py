"""Tables that partners hand us as CSV or XLSX: read as the text they show. Nothing is computed, followed or unpacked beyond a fixed size.

An XLSX is a ZIP of XML. Only the parts that hold the first visible sheet are opened, each to ``MOST_XML`` bytes; a document type, and with it every
entity, is refused; a formula counts as the value that was last shown for it.
"""

import csv
import io
import posixpath
import re
import struct
import zlib
from datetime import date, datetime, timedelta
from xml.etree import ElementTree
from xml.parsers import expat
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile

from django.utils.translation import gettext as _

from .steps import Refused

MOST_BYTES = 2 * 1024 * 1024  # of a file
MOST_XML = 4 * 1024 * 1024  # of one part of an XLSX, unpacked; its tree takes some 30 times as much memory
MOST_COLUMNS, MOST_TEXT = 100, 300
_ZIP = b"PK\x03\x04"
_FIRST_DAY = date(1899, 12, 30)  # day 0 of a spreadsheet, for every day after February 1900


class Unreadable(Refused):
    """The file is no table that we can read; the text says why."""


def rows_of(raw, *, most):
    """The rows of a table that are not empty, as lists of text by their number in the file (from 1), ``most`` of them. Raises ``Unreadable``."""
    if len(raw) > MOST_BYTES:
        raise Unreadable(_("This file is larger than 2 MB. Split it."))
    found = {}
    for number, texts in _xlsx(raw) if raw.startswith(_ZIP) else _csv(raw):
        if any(texts):
            found[number] = texts
        if len(found) > most:
            raise Unreadable(_("This file has more than %(rows)s rows. Split it.") % {"rows": most})
    return found


def day(text):
    """The day that a cell holds: 2026-03-28, 3/28/2026 or as spreadsheets count days; None where it holds none."""
    if re.fullmatch(r"[0-9]{5}(\.[0-9]+)?", text):
        return _FIRST_DAY + timedelta(days=int(text[:5]))
    written = re.split("[T ]", text, maxsplit=1)[0]
    for style in ("%Y-%m-%d", "%m/%d/%Y", "%m/%d/%y"):
        try:
            return datetime.strptime(written, style).date()  # noqa: DTZ007 - a day has no zone
        except ValueError:
            continue
    return None


# --- CSV ----------------------------------------------------------------------------------------------------------
def _csv(raw):
    try:
        text = _decoded(raw)
        if "\0" in text:
            raise csv.Error("a null character, which the database cannot hold")
        heading = text.partition("\n")[0]
        rows = csv.reader(io.StringIO(text), delimiter=max(",;\t", key=heading.count), strict=True)
        for number, row in enumerate(rows, 1):
            yield number, [_clean(text) for text in row[:MOST_COLUMNS]]
    except (UnicodeDecodeError, csv.Error) as error:
        raise Unreadable(_("This is no table in CSV or XLSX.")) from error


def _decoded(raw):
    """Spreadsheets write CSV in UTF-8, in UTF-16 with its mark, or as Windows did."""
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        return raw.decode("utf-16")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return raw.decode("cp1252")


def _clean(text):
    return " ".join(text[:MOST_TEXT].split())


# --- XLSX ---------------------------------------------------------------------------------------------------------
_BROKEN = (
    BadZipFile, EOFError, LookupError, NotImplementedError, OSError, RuntimeError, StopIteration, TypeError, ValueError,
    ElementTree.ParseError, expat.ExpatError, struct.error, zlib.error,
)  # fmt: skip


def _xlsx(raw):
    try:
        with ZipFile(io.BytesIO(raw)) as archive:
            workbook = _part(archive, "xl/workbook.xml")
            if any(one.get("date1904") in ("1", "true") for one in workbook.iterfind("{*}workbookPr")):
                raise Unreadable(_("This workbook counts its days from 1904. Save it as CSV."))
            sheet = _part(archive, _first_visible(archive, workbook))
            strings = _strings(archive)
        for position, row in enumerate(sheet.iterfind("{*}sheetData/{*}row"), 1):
            yield int(row.get("r", position)), _cells(row, strings)
    except _BROKEN as error:
        raise Unreadable(_("This is no table in CSV or XLSX.")) from error


def _part(archive, name):
    """The tree of one part."""
    info = archive.getinfo(name)
    if info.compress_type not in (ZIP_STORED, ZIP_DEFLATED):
        raise BadZipFile("packed in a way that spreadsheets do not use")
    with archive.open(info) as file:
        data = file.read(MOST_XML + 1)
    if len(data) > MOST_XML:
        raise Unreadable(_("This workbook is too large. Save the sheet as CSV."))
    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = _refuse_document_type
    parser.Parse(data, True)
    return ElementTree.fromstring(data)  # noqa: S314 - without a document type it has no entities


def _refuse_document_type(*_declared):
    raise BadZipFile("a document type, which spreadsheets do not have")


def _first_visible(archive, workbook):
    """The name of the part that holds the first sheet that is not hidden."""
    shown = next(
        sheet for sheet in workbook.findall("{*}sheets/{*}sheet") if sheet.get("state", "visible") == "visible"
    )
    key = next(value for name, value in shown.attrib.items() if name.endswith("}id"))
    targets = {one.get("Id"): one.get("Target") for one in _part(archive, "xl/_rels/workbook.xml.rels")}
    return posixpath.normpath(posixpath.join("/xl", targets[key])).lstrip("/")


def _strings(archive):
    """The texts that cells point to; a workbook without any has no such part."""
    if "xl/sharedStrings.xml" not in archive.namelist():
        return []
    return [_said(one) for one in _part(archive, "xl/sharedStrings.xml").iterfind("{*}si")]


def _said(element):
    """A text, plain or in runs; how it is to be pronounced is left out."""
    return "".join(text.text or "" for path in ("{*}t", "{*}r/{*}t") for text in element.iterfind(path))


def _cells(row, strings):
    texts, column = {}, -1
    for cell in row.iterfind("{*}c"):
        column = _column(cell.get("r")) if cell.get("r") else column + 1
        if column < MOST_COLUMNS:
            texts[column] = _clean(_text(cell, strings))
    return [texts.get(number, "") for number in range(max(texts, default=-1) + 1)]


def _column(place):
    """The number of the column of a place like AB12, from 0."""
    number = 0
    for letter in re.match("[A-Z]{1,3}", place)[0]:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number - 1


def _text(cell, strings):
    kind, value = cell.get("t"), cell.findtext("{*}v") or ""
    if kind == "inlineStr":
        return "".join(map(_said, cell.iterfind("{*}is")))
    if kind == "s":
        return strings[int(value)]
    return "" if kind == "e" else value
