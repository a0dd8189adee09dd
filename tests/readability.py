"""How hard a text is to read: Flesch-Kincaid for English, Szigriszt-Pazos on the INFLESZ scale for Spanish.

What applicants, holders and the public read has an English grade of at most 8 and a Spanish score of at least 55
("normal"). Both take plain text in which a line that ends is a sentence that ends: a heading, a list item, a button.
Under about thirty words both are noise.
"""

import re
import unicodedata
from functools import cache
from itertools import pairwise

import pyphen

HARDEST_GRADE = 8.0
HARDEST_INFLESZ = 55.0

_WORD = re.compile(r"[^\W_]+(?:['’.,/-]?[^\W_]+)*")
_SENTENCE_END = re.compile(r"[.!?…]+[\"'”’)\]]*\s+|\n+")
_ENGLISH = pyphen.Pyphen(lang="en_US")
_VOWELS = re.compile("[aeiouy]+")


def words(text: str) -> list[str]:
    return _WORD.findall(text)


def sentences(text: str) -> list[str]:
    """The sentences that hold a word."""
    return [part for part in _SENTENCE_END.split(text) if words(part)]


def grade(text: str) -> float:
    """Flesch-Kincaid grade of an English text: years of school needed to follow it."""
    found = words(text)
    if not found:
        return 0.0
    syllables = sum(map(english_syllables, found))
    return 0.39 * len(found) / len(sentences(text)) + 11.8 * syllables / len(found) - 15.59


def inflesz(text: str) -> float:
    """Szigriszt-Pazos perspicuity of a Spanish text: from 0 (very hard) to 100; 55 to 65 is normal, more is easy."""
    found = words(text)
    if not found:
        return 100.0
    syllables = sum(map(spanish_syllables, found))
    return 206.835 - 62.3 * syllables / len(found) - len(found) / len(sentences(text))


@cache
def english_syllables(word: str) -> int:
    """Syllables of an English word: the larger of the hyphenation dictionary's count and the count of vowel groups.

    Hyphenation leaves out breaks that printers avoid ("easy" has none), so alone it would flatter a text.
    """
    word = word.lower()
    if not word.isalpha():
        return max(
            1, sum(english_syllables(part) for part in re.findall(r"[^\W\d_]+", word.replace("’", "").replace("'", "")))
        )
    silent = re.sub(r"(?<=[^aeiouy])es?$|(?<=[^aeiouytd])ed$", lambda match: _ending(word, match.group()), word)
    return max(1, len(_VOWELS.findall(silent)), len(_ENGLISH.positions(word)) + 1)


def _ending(word: str, ending: str) -> str:
    """Whether the last e is heard: in "table", "places" and "boxes" it is, in "name", "names" and "used" not."""
    stem = word[: -len(ending)]
    heard = re.search(r"[^aeiouyrlw]l$", stem) if ending == "e" else re.search(r"(?:[sxz]|[cs]h|c|g)$", stem)
    return ending if heard and ending != "ed" else ""


@cache
def spanish_syllables(word: str) -> int:
    """Syllables of a Spanish word: diphthongs and triphthongs count once, hiatus twice, a silent u not at all."""
    word = unicodedata.normalize("NFC", word.lower())
    word = re.sub(r"(?<=q)u(?=[eiéí])|(?<=g)u(?=[eiéí])|h", "", word)
    word = re.sub(r"y(?![aeiouáéíóúü])", "i", word)
    return max(1, sum(map(_nuclei, re.findall("[aeiouáéíóúü]+", word))))


def _nuclei(vowels: str) -> int:
    """Syllables in a run of vowels: two meet in one unless both are strong, or alike; í and ú are strong."""
    weak = "iuü"
    return 1 + sum(first == second or (first not in weak and second not in weak) for first, second in pairwise(vowels))


JARGON = {
    "en": """
        adjudicat|adverse action|aforementioned|aforesaid|attestation|certificant|commence|effectuat|expeditious|
        forthwith|hereby|herein|hereinafter|heretofore|in accordance with|in lieu of|in the event that|notwithstanding|
        per annum|pertaining to|prior to|promulgat|pursuant|remit|said document|shall|subsequent to|terminate|thereof|
        therein|thereto|utiliz|whereas|wherein
    """,
    "es": """
        a tenor de|adjudicar|antedich|aplicante|con arreglo a|conforme a lo dispuesto|efectuar|en el supuesto de que|
        en lo sucesivo|en virtud de|fehaciente|mediante la presente|no obstante lo anterior|por la presente|precitad|
        subsanar|susodich|toda vez que
    """,
}


def jargon(text: str, language: str) -> list[str]:
    """The words of `text` that a public page does not use, in order; `language` is "en" or "es"."""
    banned = re.sub(r"\|\s+", "|", JARGON[language].strip())
    return [match.group() for match in re.finditer(rf"\b(?:{banned})\w*", text, re.IGNORECASE)]
