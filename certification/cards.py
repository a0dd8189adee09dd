"""What a signed-in person sees on their home: cards and a timeline. Every app adds its own in ``AppConfig.ready()``."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime


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


_shares: list[Callable] = []


def register_share(function):
    """``function(user)`` returns what one app shows of ``user``: a list of ``Card`` and a list of ``Entry``, from one reading of its records."""
    _shares.append(function)


def home_of(user):
    """All cards in their order, and the whole timeline, newest first."""
    shares = [function(user) for function in _shares]
    cards = [card for some, _entries in shares for card in some]
    entries = [entry for _cards, some in shares for entry in some]
    return sorted(cards, key=lambda card: card.position), sorted(entries, key=lambda entry: entry.at, reverse=True)
