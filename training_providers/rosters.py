"""A roster as a provider writes it: which column holds what, and each row as a ``Line``."""

import hashlib
import re
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _

from certification import sheets
from certification.names import fold
from certification.numbers import parse_portal_code
from certification.sealed import fingerprint

MOST_ROWS = 300  # with the headings; each is a transaction of its own, and all are one request
HEADINGS = {
    "code": ("portal code", "code", "codigo del portal", "codigo"),
    "name": ("name", "full name", "nombre completo"),
    "given": ("given name", "first name", "nombre", "nombres"),
    "family": ("family name", "last name", "apellido", "apellidos"),
    "starts": ("first day", "start date", "started", "primer dia"),
    "ends": ("last day", "end date", "completion date", "completed", "ultimo dia"),
    "hours": ("hours", "training hours", "horas"),
}
NAMED = {"code": "Portal code", "starts": "First day", "ends": "Last day", "hours": "Hours"}


@dataclass(frozen=True)
class Line:
    """One row of the file: ``typed`` is the code as it stands there; what cannot be read is None."""

    number: int
    name: str
    typed: str
    code: str | None
    starts: date | None
    ends: date | None
    hours: int | None


@dataclass(frozen=True)
class Roster:
    """What a file says, and a keyed mark by which the audit log knows it again."""

    lines: tuple[Line, ...]
    mark: str


def read(raw):
    """The roster in a file. Raises ``sheets.Unreadable``."""
    rows = sheets.rows_of(raw, most=MOST_ROWS)
    heading, *numbers = rows or [0]
    columns = _columns(rows.get(heading, []))
    if not numbers:
        raise sheets.Unreadable(_("This file has no rows."))
    lines = tuple(_line(number, rows[number], columns) for number in numbers)
    return Roster(lines, fingerprint(hashlib.sha256(raw).hexdigest())[:16])


def _columns(heading):
    """Where each column stands; names may be one column or two."""
    folded = [fold(text) for text in heading]
    found = {
        column: folded.index(name) for column, names in HEADINGS.items() for name in reversed(names) if name in folded
    }
    missing = [words for column, words in NAMED.items() if column not in found]
    if "name" not in found and not {"given", "family"} <= found.keys():
        missing.append("Given name, Family name")
    if missing:
        raise sheets.Unreadable(_("This file has no column %(columns)s.") % {"columns": ", ".join(missing)})
    return found


def _line(number, texts, columns):
    def said(column):
        place = columns.get(column, len(texts))
        return texts[place] if place < len(texts) else ""

    hours = re.fullmatch(r"([0-9]{1,4})(\.[0-9]*)?", said("hours"))
    return Line(
        number=number,
        name=said("name") or f"{said('given')} {said('family')}".strip(),
        typed=said("code")[:20],
        code=parse_portal_code(said("code")),
        starts=sheets.day(said("starts")),
        ends=sheets.day(said("ends")),
        hours=hours and int(hours[1]),
    )


def packed(lines):
    """Whole ``lines`` as JSON holds them, for the way from the preview to its confirmation."""
    return [[line.number, line.name, line.code, *map(str, (line.starts, line.ends)), line.hours] for line in lines]


def unpacked(rows):
    return [
        Line(number, name, code or "", code, date.fromisoformat(starts), date.fromisoformat(ends), hours)
        for number, name, code, starts, ends, hours in rows
    ]
