"""The vendor's files of results: kept as they came, each row applied in a transaction of its own, in any order, once or twice."""

import csv
import hashlib
import io
from dataclasses import dataclass
from datetime import date, datetime

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from certification.audit import audit
from certification.models import ExamArea
from certification.steps import NotReady, Refused, lock, record

from ..models import Attempt, ResultFile, ResultRow
from ..rules import own_attempt_problems, sitting_problems
from . import attempts

MOST_ROWS = 20_000
PASSED, FAILED = "passed", "failed"


class Unreadable(Refused):
    """The file is not what the vendor sends; the text says what is wrong."""


@dataclass(frozen=True)
class Line:
    """One row as the file has it; ``outcome`` is one of ours, ``sat_on`` None where it cannot be read."""

    number: int
    candidate_number: str
    outcome: str
    sat_on: date | None
    areas: tuple[str, ...]


def import_file(name, raw, *, by):
    """Keep the file, once however often it comes, and apply every row that is still open; returns the file. Raises ``Unreadable``."""
    lines = read(raw)
    file = _keep(name, raw, lines, by)
    for row in file.rows.filter(settled_at=None, problem="").order_by("line"):
        apply_row(row, lines[row.line], by=by)
    return file


def apply_again(row, *, by):
    """Try a row once more after what was wrong has been mended."""
    apply_row(row, read(row.file.raw)[row.line], by=by)


def _keep(name, raw, lines, by):
    sha256 = hashlib.sha256(raw).hexdigest()
    if found := ResultFile.objects.filter(sha256=sha256).first():
        return found
    try:
        with transaction.atomic():
            file = ResultFile(name=name[:120], sha256=sha256, raw=raw, received_by=by)
            record(file, by=by, why="receive result file")
            for line in lines.values():
                row = ResultRow(file=file, line=line.number, candidate_number=line.candidate_number[:40])
                record(row, by=by, why="receive result file")
            audit(by, "received result file", file, rows=len(lines))
    except IntegrityError:  # the same file came in at the same moment
        return ResultFile.objects.get(sha256=sha256)
    return file


@transaction.atomic
def apply_row(row, line, *, by):
    """Apply one row: to its attempt, or as staff work with the problem in words. A row that was settled stays as it is."""
    lock(row)
    if row.settled_at:
        return
    attempt = (
        Attempt.objects.select_related("application__person__user")
        .filter(candidate_number=line.candidate_number)
        .first()
    )
    try:
        with transaction.atomic():
            _apply(line, attempt, why=f"result file {row.file_id}, line {row.line}", by=by)
    except Refused as refusal:
        record(row, by=by, why="could not apply", attempt=attempt, problem=str(refusal)[:200])
    else:
        record(row, by=by, why="applied", attempt=attempt, problem="", settled_at=timezone.now())


def _apply(line, attempt, *, why, by):
    if attempt is None:
        raise NotReady([_("No attempt has this candidate number.")])
    if problems := own_attempt_problems(attempt, by):
        raise NotReady(problems)
    if not line.outcome:
        raise NotReady([_("The result cannot be read.")])
    # The person first, as whoever opens a hold or issues a certificate does.
    lock(attempt.application.person)
    lock(attempt.application)
    lock(attempt)
    if _is_known(line, attempt):
        return
    if attempt.authorized_at is None:
        raise NotReady([_("This attempt is not authorized.")])
    came = line.outcome in (PASSED, FAILED)
    if came and line.sat_on is None:
        raise NotReady([_("The day of the exam cannot be read.")])
    if line.sat_on and (problems := sitting_problems(attempt, line.sat_on)):
        raise NotReady(problems)
    if line.outcome == PASSED:
        attempts.passed(attempt, sat_on=line.sat_on, why=why)
    elif line.outcome == FAILED:
        attempts.failed(attempt, sat_on=line.sat_on, areas=list(line.areas), why=why)
    else:
        attempts.void(attempt, kind=line.outcome, by=None, sat_on=line.sat_on, why=why)


def _is_known(line, attempt):
    """Whether this very result was applied before; another result for the same attempt is staff work."""
    same_day = line.sat_on is None or line.sat_on == attempt.sat_on
    return same_day and line.outcome in (attempt.status, attempt.void)


@transaction.atomic
def settle_row(row, *, by, why):
    """Say that staff dealt with a row that fitted nobody; ``why`` says how."""
    lock(row)
    if row.settled_at is None:
        record(row, by=by, why=f"settled: {why}", settled_at=timezone.now())


# --- reading ------------------------------------------------------------------------------------------------------
def read(raw):
    """The lines of a file by their number (the heading is line 1). Raises ``Unreadable``."""
    try:
        text = raw.decode("utf-8-sig")
        if "\0" in text:
            raise csv.Error("a null character, which the database cannot hold")
        rows = csv.DictReader(io.StringIO(text), strict=True)
        columns = settings.EXAM_RESULT_FIELDS
        missing = [
            columns[name]
            for name in ("candidate_number", "result", "sat_on")
            if columns[name] not in (rows.fieldnames or [])
        ]
        if missing:
            raise Unreadable(_("This file has no column %(columns)s.") % {"columns": ", ".join(missing)})
        known = set(ExamArea.objects.values_list("code", flat=True))
        lines = {number: _line(number, row, columns, known) for number, row in enumerate(rows, 2)}
    except (UnicodeDecodeError, csv.Error) as error:
        raise Unreadable(_("This is not a table of results in CSV.")) from error
    if not lines:
        raise Unreadable(_("This file has no rows."))
    if len(lines) > MOST_ROWS:
        raise Unreadable(_("This file has more than %(rows)s rows. Split it.") % {"rows": MOST_ROWS})
    return lines


def _line(number, row, columns, known_areas):
    words = settings.EXAM_RESULT_WORDS
    named = (area.strip() for area in (row.get(columns.get("areas", "")) or "").split(";"))
    return Line(
        number=number,
        candidate_number=(row[columns["candidate_number"]] or "").strip(),
        outcome=words.get((row[columns["result"]] or "").strip().casefold(), ""),
        sat_on=_day((row[columns["sat_on"]] or "").strip()),
        areas=tuple(area for area in named if area in known_areas),
    )


def _day(text):
    try:
        return datetime.strptime(text, settings.EXAM_RESULT_DAY).date()  # noqa: DTZ007
    except ValueError:
        return None
