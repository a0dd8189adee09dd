"""People's names as the registry finds them: one folding for what is stored and for what is typed.

A name is found by a **whole family name and at least two letters of the given name**, in either order. A given name
of one letter must be typed whole; so must the name of a person who has only one. Nobody can list people by less.

What a row of ``SearchName.key`` holds and what a question looks for are built here together, because only together
do they keep that rule. ``\\x1f`` ends the family name, so a prefix that holds it matches whole family names only::

    garcialopez\\x1fmariaelena           family, given+middle
    nguyen\\x1f\\x1ethi\\x1eminh\\x1f     family, middle, given: the Vietnamese order
    王\\x1f伟\\x1f                       family, given: only where the given name has one letter
    \\x1fmadonna\\x1f                   the whole name: only where there is one name

Inside a part the words are run together, so "de la Cruz", "Delacruz" and "DE-LA-CRUZ" are one name, and so are
"Mary Ann" and "Maryann". A family name of several surnames has a row for the whole and one for each surname, with
and without its particle. No row begins with the given name: a question is read in both orders instead.

``Question.prefixes`` are prefixes of ``key``, and each of them alone keeps the rule. In SQL ask for
``key >= prefix AND key < end_of(prefix)`` with collation C, a range of the B-tree whatever the plan; one limited range
for each prefix, joined by UNION ALL, never reads the thousands that a common name has. One person may match by several
rows. For close names, ``prefix.partition(END)`` gives the family name as typed and the rest to keep.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

END = "\x1f"
MIDDLE = "\x1e"
PART = 80  # characters of one part: a key then stays far below what a B-tree row may hold (2,704 bytes)
MOST_WORDS = 10
MOST_TYPED = 300

_APOSTROPHES = "'`´‘’‚‛′‵ʹʻʼʽʾʿˈˊˋ＇ʔ׳՚"
_LETTERS_ALIKE = str.maketrans(
    {"đ": "d", "ð": "d", "ł": "l", "ø": "o", "æ": "ae", "œ": "oe", "ß": "ss", "ı": "i", "þ": "th", "ħ": "h", "ŧ": "t"}
)
_WITHOUT_APOSTROPHES = str.maketrans(dict.fromkeys(_APOSTROPHES))
_COMMAS = re.compile("[,،、，﹐՝]")
_PARTICLES = frozenset(
    "a abu af al ap av aw ben bin bint binti d da das de dei del dela della den der des di do dos du e el i ibn "  # noqa: SIM905
    "la las le les lo los mac mc o of op saint san santa santo st ste ten ter ul und van vande vander vom von y zu zum "
    "zur".split()
)
_SUFFIXES = frozenset({"jr", "sr", "ii", "iii", "iv"})
# Scripts that write family and given name without a space: ideographs, kana, Hangul.
_UNSPACED = re.compile("[\u3005-\u3007\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3\uf900-\ufaff\U00020000-\U0003ffff]{2,8}")
_LONGEST_UNSPACED_FAMILY = 4


def fold(text: str) -> str:
    """The words of `text` without case, accents and punctuation, one space between them; every script is kept.

    "García-López" and "GARCIA LOPEZ" give "garcia lopez", "O’Brien" gives "obrien". Folding twice changes nothing.
    Accents, Hebrew points and Arabic vowel marks go; signs that belong to the word (Devanagari, Thai, Khmer) stay.
    """
    text = unicodedata.normalize("NFKD", text.translate(_WITHOUT_APOSTROPHES))
    text = unicodedata.normalize("NFKD", text.casefold()).translate(_LETTERS_ALIKE)
    kept = "".join(_fold_character(character) for character in text)
    return " ".join(unicodedata.normalize("NFC", kept).split())


def _fold_character(character: str) -> str:
    category = unicodedata.category(character)
    if category[0] in "LN":
        return "" if character in _APOSTROPHES else character
    if category[0] == "M":
        accent = category == "Me" or unicodedata.combining(character) in _ACCENTS or _is_variation_selector(character)
        return "" if accent else character
    if category == "Cf" or category == "Cs" or character == "\x00":
        return ""
    return " "


# Canonical combining classes: overlays, Hebrew points, Arabic and Syriac vowel marks, accents above and below.
_ACCENTS = frozenset({1, *range(10, 37), *range(200, 241)})


def _is_variation_selector(character: str) -> bool:
    return character == "\u034f" or "\ufe00" <= character <= "\ufe0f" or character >= "\U000e0100"


def search_keys(given: str, middle: str, family: str) -> set[str]:
    """The keys under which a person of this name is found (see the module); empty for a name without letters."""
    given, middle = _run_together(fold(given)), _run_together(fold(middle))
    families = _families(fold(family).split())
    if not families or not given:
        whole = (given + middle + _run_together(fold(family)))[:PART]
        return {f"{END}{whole}{END}"} if whole else set()
    tails = {(given + middle)[:PART]}
    if middle:
        tails.add(f"{MIDDLE}{middle[:PART]}{MIDDLE}{given[:PART]}{END}")
    if _letters(given) < 2:
        tails.add(given + END)
    return {f"{name[:PART]}{END}{tail}" for name in families for tail in tails}


def _families(words: list[str]) -> set[str]:
    """The whole family name and each of its surnames, run together, with and without their particles."""
    if not words:
        return set()
    names = {"".join(words)}
    particles: list[str] = []
    for word in words[:-1]:
        if word in _PARTICLES:
            particles.append(word)
        else:
            names |= {word, "".join([*particles, word])}
            particles = []
    return names | {words[-1], "".join([*particles, words[-1]])}


@dataclass(frozen=True)
class Question:
    """What was typed, as prefixes of ``SearchName.key``; `short` says what more to ask for if nothing was found.

    `short` is "" (enough was typed), "empty", "family" (one word: the given name is missing), "given" (perhaps only
    one letter of the given name) or "long" (more words than a name has).
    """

    prefixes: tuple[str, ...]
    short: str = ""


def question_keys(text: str) -> Question:
    """Every way to read `text` as a name, in both orders; "García, Ma" is read family name first only."""
    text = text[:MOST_TYPED]
    before, *after = [words for part in _COMMAS.split(text) if (words := fold(part).split())] or [[]]
    given = [words for words in after if not _SUFFIXES.issuperset(words)]
    if len(before) + sum(map(len, after)) > MOST_WORDS:
        return Question((), "long")
    readings: list[tuple[str, bool]] = []
    if after:
        readings += _read_rest(before, [word for words in given or after for word in words])
    if not given:
        readings += [reading for words in _with_and_without_suffix(before) for reading in _read(words)]
    if not readings:
        return Question((), "empty")
    return Question(tuple(dict.fromkeys(prefix for prefix, _ in readings)), _short(before, after, readings))


def end_of(prefix: str) -> str:
    """The end, itself left out, of the range of keys that begin with `prefix`, in collation C."""
    return prefix + "\U0010ffff"


def _with_and_without_suffix(words: list[str]) -> Iterator[list[str]]:
    yield words
    if len(words) > 2 and words[-1] in _SUFFIXES:
        yield words[:-1]


def _read(words: list[str]) -> Iterator[tuple[str, bool]]:
    """Prefixes for words whose order is not known, each with whether its given name has two letters."""
    if not words:
        return
    for cut in range(1, len(words)):
        yield from _read_rest(words[:cut], words[cut:])
        yield from _read_rest(words[cut:], words[:cut])
    if len(words) == 1 and _UNSPACED.fullmatch(words[0]):
        for cut in range(1, min(len(words[0]), _LONGEST_UNSPACED_FAMILY + 1)):
            yield from _read_rest([words[0][:cut]], [words[0][cut:]])
    yield f"{END}{_run_together(' '.join(words))[:PART]}{END}", True


def _read_rest(family: list[str], rest: list[str]) -> Iterator[tuple[str, bool]]:
    """Prefixes for a known family name: `rest` is given and middle names, or middle names and then the given name."""
    name = "".join(family)[:PART] + END
    given = "".join(rest)[:PART]
    enough = _letters(given) > 1
    yield name + given + ("" if enough else END), enough
    for cut in range(1, len(rest)):
        given = "".join(rest[cut:])[:PART]
        enough = _letters(given) > 1
        yield f"{name}{MIDDLE}{''.join(rest[:cut])[:PART]}{MIDDLE}{given}{'' if enough else END}", True


def _short(before: list[str], after: list[list[str]], readings: list[tuple[str, bool]]) -> str:
    if not after and len(before) == 1 and len(readings) == 1:
        return "family"
    return "" if all(enough for _, enough in readings) else "given"


def _run_together(words: str) -> str:
    return words.replace(" ", "")


def _letters(text: str) -> int:
    """Letters and figures, without the signs that hang on them."""
    return sum(unicodedata.category(character)[0] != "M" for character in text)


def alike(one: str, other: str) -> bool:
    """Whether two full names may be one person's: in any order, without accents, and one of them perhaps without a middle name or a second surname.

    All words of the shorter name stand in the longer, two at least; or both are the same words, run together or not ("de la Cruz", "Delacruz").
    """
    shorter, longer = sorted((fold(one).split(), fold(other).split()), key=len)
    if len(shorter) > 1 and not Counter(shorter) - Counter(longer):
        return True
    return any("".join(shorter[cut:] + shorter[:cut]) == "".join(longer) for cut in range(len(shorter)))
