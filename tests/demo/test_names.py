import unicodedata
from collections import Counter
from itertools import islice

import pytest

from certification.names import question_keys, search_keys
from demo.names import _cased, names


@pytest.fixture(scope="module")
def crowd():
    return list(islice(names(1), 100_000))


def test_the_same_seed_gives_the_same_names():
    assert list(islice(names(4), 2_000)) == list(islice(names(4), 2_000))
    assert list(islice(names(4), 50)) != list(islice(names(5), 50))


def test_two_generators_do_not_disturb_each_other():
    first, second = names(4), names(4)
    assert [next(first) for _ in range(200)] == [next(second) for _ in range(200)]
    assert next(first) == next(second)


def test_family_names_have_a_heavy_head_and_a_long_tail(crowd):
    families = Counter(name.family for name in crowd if name.family)
    assert len(families) >= 60_000
    assert sum(count == 1 for count in families.values()) > 50_000
    assert families["Nguyễn"] > 200
    assert families["Smith"] > 60


def test_names_of_many_kinds_occur(crowd):
    scripts = Counter(unicodedata.name(name.given[0]).split()[0] for name in crowd)
    expected = (
        "LATIN CJK HANGUL ARMENIAN ARABIC HEBREW DEVANAGARI GURMUKHI KHMER LAO THAI CYRILLIC GREEK ETHIOPIC KATAKANA"
    )
    assert set(expected.split()) <= set(scripts)
    families = [name.family for name in crowd]
    for sign in (" ", "-", "'", "ñ", "đ", "ʻ"):
        assert any(sign in family.lower() for family in families), sign
    assert any(name.family == "" for name in crowd)
    assert any(name.suffix for name in crowd)
    assert any(" " in name.given for name in crowd)


def test_nobody_lacks_a_given_name_and_everybody_is_found_by_their_own(crowd):
    for name in crowd[:3_000]:
        assert name.given
        keys = search_keys(name.given, name.middle, name.family)
        typed = f"{name.given} {name.middle} {name.family}"
        assert any(key.startswith(question_keys(typed).prefixes) for key in keys), typed


def test_census_capitals_become_names():
    assert [_cased(name) for name in ("OBRIEN", "MCDONALD", "DANGELO", "OLSEN", "SMITH", "MCKEE")] == [
        "O'Brien", "McDonald", "D'Angelo", "Olsen", "Smith", "McKee",
    ]  # fmt: skip
