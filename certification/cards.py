"""What a signed-in person sees on their home and how their timeline reads: every app adds its own in ``AppConfig.ready()``."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import wraps


@dataclass(frozen=True)
class Card:
    """One thing a person has with us: where it stands, whose move it is (``you``, ``us``, ``nobody``), and where to go."""

    title: str
    text: str
    url: str
    action: str
    whose_move: str
    position: int = 0


@dataclass(frozen=True)
class Entry:
    """One line of a timeline."""

    at: datetime
    title: str
    text: str = ""
    url: str = ""


def once(read):
    """Let ``read(user)`` ask the database once for each user object, that is for each request: card and timeline share what it answers."""

    @wraps(read)
    def kept(user):
        answers = user.__dict__.setdefault("_read_once", {})
        if read not in answers:
            answers[read] = read(user)
        return answers[read]

    return kept


_cards: list[Callable] = []
_timelines: list[Callable] = []


def register_card(function):
    """``function(person)`` returns a list of ``Card``."""
    _cards.append(function)
    return function


def register_timeline(function):
    """``function(person)`` returns a list of ``Entry``."""
    _timelines.append(function)
    return function


def cards_of(person):
    return sorted((card for function in _cards for card in function(person)), key=lambda card: card.position)


def timeline_of(person):
    """Newest first."""
    return sorted(
        (entry for function in _timelines for entry in function(person)), key=lambda entry: entry.at, reverse=True
    )
