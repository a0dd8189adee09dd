"""Invented people's names: without end, the same for the same seed, of as many kinds as California has.

Given and family names are drawn apart, so a name that somebody bears is chance. The head is heavy (García, Nguyễn,
Smith) and the tail long: the rare names of the census take turns, so 100,000 people have over 60,000 different family
names, and a million have every one of the census's 88,799 and more.
"""

import csv
from collections import defaultdict
from collections.abc import Callable, Iterator
from functools import cache
from itertools import accumulate
from pathlib import Path
from random import Random
from typing import NamedTuple

FOLDER = Path(__file__).resolve().parent.parent / "data" / "names"


class Name(NamedTuple):
    """A legal name; `family` is blank for a person who has one name only."""

    given: str
    middle: str
    family: str
    suffix: str


# People out of 1,000; the rest bear names of the census.
_SHARES = {
    "spanish": 270,
    "vietnamese": 28,
    "filipino": 28,
    "chinese-latin": 24,
    "indian-latin": 14,
    "korean-latin": 12,
    "armenian-latin": 8,
    "arabic-latin": 8,
    "portuguese": 6,
    "farsi-latin": 6,
    "hmong": 6,
    "japanese-latin": 5,
    "west-african": 4,
    "polish-czech": 4,
    "nordic-german": 4,
    "french-haitian": 4,
    "pacific": 4,
    "khmer-latin": 3,
    "lao-latin": 2,
    "mien": 2,
    "single": 2,
    "chinese": 2,
    "russian": 2,
    "armenian": 2,
    "arabic": 2,
    "korean": 2,
    "japanese": 1,
    "farsi": 1,
    "hebrew": 1,
    "hindi": 1,
    "punjabi": 1,
    "khmer": 1,
    "lao": 1,
    "thai": 1,
    "ukrainian": 1,
    "greek": 1,
    "ethiopian": 1,
}
_BATCH = 10_000


def names(seed: int) -> Iterator[Name]:
    """Names without end; the same seed gives the same names."""
    random = Random(seed)  # noqa: S311
    makers: dict[str, Callable[[], Name]] = {origin: _maker(origin, random) for origin in _SHARES}
    makers["spanish"], makers["single"], makers["census"] = _spanish(random), _single(random), _census(random)
    shares = {**_SHARES, "census": 1000 - sum(_SHARES.values())}
    draw = _draws(random, list(makers), [shares[origin] for origin in makers])
    while True:
        yield makers[draw()]()


def _census(random: Random) -> Callable[[], Name]:
    """Most family names by turns, the others by their share; one in ten is of two names with a hyphen."""
    surnames, shares = _read_shares("surnames")
    common = _draws(random, [_cased(name) for name in surnames], shares)
    rare = _turns(random, [_cased(name) for name in surnames])
    female, male = (
        _draws(random, [name.title() for name in names], shares)
        for names, shares in (_read_shares("given_female"), _read_shares("given_male"))
    )

    def make() -> Name:
        dice = random.random()
        is_man = dice < 0.5
        given = male() if is_man else female()
        middle = (male() if is_man else female()) if random.random() < 0.55 else ""
        if middle and random.random() < 0.5:
            middle = middle[0]
        kind = random.random()
        family = rare() if kind < 0.77 else common()
        if kind > 0.9:
            family = f"{family}-{common()}"
        suffix = random.choice(_SUFFIXES) if dice < 0.02 else ""
        return Name(given, middle, family, suffix)

    return make


_SUFFIXES = ("Jr.", "Jr.", "Jr.", "Sr.", "II", "III", "IV")


def _spanish(random: Random) -> Callable[[], Name]:
    """Seven in ten have two surnames, of those one third with a hyphen; a few write their name without accents."""
    parts = _other_names()["spanish"]
    given = _draws(random, parts["given"], _falling(parts["given"]))
    family = _draws(random, parts["family"], _falling(parts["family"]))

    def make() -> Name:
        kind = random.random()
        second = f"{'-' if kind < 0.23 else ' '}{family()}" if kind < 0.7 else ""
        name = Name(given(), given() if random.random() < 0.35 else "", family() + second, "")
        return Name(*(part.translate(_WITHOUT_ACCENTS) for part in name)) if random.random() < 0.4 else name

    return make


_WITHOUT_ACCENTS = str.maketrans("áéíóúÁÉÍÓÚ", "aeiouAEIOU")


def _single(random: Random) -> Callable[[], Name]:
    given = _other_names()["single"]["given"]
    return lambda: Name(random.choice(given), "", "", "")


def _maker(origin: str, random: Random) -> Callable[[], Name]:
    parts = _other_names()[origin]
    given, middle, family = parts["given"], parts.get("middle"), parts.get("family", [""])

    def make() -> Name:
        between = random.choice(middle) if middle and random.random() < 0.8 else ""
        return Name(random.choice(given), between, random.choice(family), "")

    return make


def _draws(random: Random, values: list[str], weights: list[float]) -> Callable[[], str]:
    """A function that draws by weight; drawn in batches, which is several times faster than one by one."""
    cumulated = list(accumulate(weights))
    batch: list[str] = []

    def draw() -> str:
        if not batch:
            batch.extend(random.choices(values, cum_weights=cumulated, k=_BATCH))
        return batch.pop()

    return draw


def _turns(random: Random, values: list[str]) -> Callable[[], str]:
    """A function that gives every value once, in a new order each round."""
    waiting: list[str] = []

    def draw() -> str:
        if not waiting:
            waiting.extend(random.sample(values, len(values)))
        return waiting.pop()

    return draw


def _falling(values: list[str]) -> list[float]:
    """Weights that fall along a list which begins with the commonest name."""
    return [1 / (rank + 8) for rank in range(len(values))]


@cache
def _read_shares(file: str) -> tuple[list[str], list[float]]:
    """Census names and their shares; a share that rounds to nothing counts as a tenth of the smallest printed one."""
    with (FOLDER / f"{file}.csv").open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    return [row["name"] for row in rows], [float(row["percent"]) or 0.0001 for row in rows]


@cache
def _other_names() -> dict[str, dict[str, list[str]]]:
    """Names by origin and part ("given", "middle", "family"); a name listed twice is drawn twice as often."""
    parts: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    with (FOLDER / "other_names.csv").open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            parts[row["origin"]][row["part"]].append(row["name"])
    return {origin: dict(lists) for origin, lists in parts.items()}


_AFTER_O = frozenset(
    "BANNON BRIEN BRYAN CALLAGHAN CONNELL CONNER CONNOR DAY DELL DONNELL DONOGHUE DWYER FARRELL GORMAN GRADY HARA HARE "  # noqa: SIM905
    "KANE KEEFE KEEFFE LAUGHLIN LEARY LOUGHLIN MALLEY MARA MEARA NEAL NEIL NEILL QUINN REAR REILLY RILEY ROURKE SHEA "
    "SULLIVAN TOOLE".split()
)
_AFTER_D = frozenset("ALESSANDRO AMATO AMBROSIO AMICO ANDREA ANGELO AQUILA AGOSTINO ARCY ERRICO URSO".split())  # noqa: SIM905


def _cased(name: str) -> str:
    """A census name as people write it: the file has capitals and no apostrophes."""
    for first, rests in (("O", _AFTER_O), ("D", _AFTER_D)):
        if name[0] == first and name[1:] in rests:
            return f"{first}'{name[1:].title()}"
    if name.startswith("MC") and len(name) > 4:
        return f"Mc{name[2:].title()}"
    return name.title()
