"""Letters as they are read again: as a page, and as paper to print, to read in large print, or to post."""

from dataclasses import dataclass
from itertools import groupby

from django.conf import settings

from .notices import ENGLISH_BELOW, handed_over_on
from .paper import draw
from .texts import Block


@dataclass(frozen=True)
class Part:
    """A piece of a letter in one language."""

    language: str
    blocks: list[Block]


def parts_of(notice):
    """What ``notice`` says, cut up for a template: one part, and a second where the English stands below a translation."""
    body, _line, english = notice.body.partition(f"\n{ENGLISH_BELOW}\n")
    parts = [Part(notice.language, _blocks(body))]
    if english:
        subject, _newline, rest = english.partition("\n")
        parts.append(Part("en", [Block("heading", subject), *_blocks(rest)]))
    return parts


def _blocks(text):
    return [block for part in text.split("\n\n") for block in _blocks_of_one(part.strip().splitlines())]


def _blocks_of_one(lines):
    """Lines that begin with a dash are a list; the others keep their line ends, but for a heading at the top."""
    if len(lines) > 1 and _is_heading(*lines[:2]):
        yield Block("heading", lines.pop(0))
    for listed, some in groupby(lines, key=lambda line: line.startswith("- ")):
        if listed:
            yield Block("list", items=tuple(line[2:] for line in some))
        else:
            yield Block("paragraph", "\n".join(some))


def _is_heading(line, below):
    """In capitals, or above a list and not its first words, which would end with a sign."""
    if line.startswith("- "):
        return False
    return line.isupper() or (below.startswith("- ") and line[-1:].isalnum())


def paper_of(notice, *, large=False):
    """The bytes of ``notice`` as paper, in its language: US Letter, the address where the window of a No. 10 envelope is.

    ``large`` sets all of it in 18 points and more (American Printing House, large print guidelines).
    """
    person = getattr(notice.recipient, "person", None)
    context = {
        "notice": notice,
        "parts": parts_of(notice),
        "to": [person.legal_name, *address_of(person)] if person else [],
        "sender": settings.PROGRAM_ADDRESS.split(", ", 1),
        "large": large,
    }
    return draw("paper/letter.html", context, language=notice.language)


def address_of(person):
    """The lines of the mailing address of ``person``; none where they gave none."""
    if person is None or not person.address_line1:
        return []
    place = f"{person.city}, {person.state} {person.zip_code}".strip(", ")
    return [line for line in (person.address_line1, person.address_line2, place) if line]


def file_name(notice):
    """A name for the file: the day alone, for what a letter is about shows in a list of downloads."""
    return f"{handed_over_on(notice)}"
