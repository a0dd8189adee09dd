"""The long texts kept in ``data`` (orientation, Code of Ethics), cut into blocks that a template can draw.

They use five shapes of Markdown and no other: ``#`` title, ``##`` heading, ``>`` note, ``-`` list item, paragraph.
Anything else is drawn as it stands, so a text can bring no markup into a page.
"""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Block:
    """A piece of a text; a list has `items` and no `text`, every other kind the reverse."""

    kind: Literal["title", "heading", "note", "paragraph", "list"]
    text: str = ""
    items: tuple[str, ...] = ()


def blocks(text: str) -> list[Block]:
    """The blocks of `text` in order; blank lines separate them."""
    return [_block(lines) for part in text.split("\n\n") if (lines := part.strip().splitlines())]


def _block(lines: list[str]) -> Block:
    if all(line.startswith("- ") for line in lines):
        return Block("list", items=tuple(line[2:] for line in lines))
    for mark, kind in _MARKS.items():
        if lines[0].startswith(mark):
            return Block(kind, " ".join(line.removeprefix(mark) for line in lines))
    return Block("paragraph", " ".join(lines))


_MARKS: dict[str, Literal["title", "heading", "note"]] = {"# ": "title", "## ": "heading", "> ": "note"}
