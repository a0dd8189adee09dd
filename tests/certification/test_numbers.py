import re

from hypothesis import given
from hypothesis import strategies as st

from certification.numbers import ALPHABET, new_number, parse_number


def test_a_number_looks_as_printed():
    assert re.fullmatch(r"CMPSS(-[0-9A-HJKMNP-TV-Z]{4}){3}", new_number())


def test_a_number_is_read_however_it_is_typed():
    number = new_number()
    for typed in (
        number.lower(),
        number.replace("-", ""),
        f"  {number} ",
        number.removeprefix("CMPSS-"),
        number.replace("-", " "),
        number.replace("-", "–"),
    ):
        assert parse_number(typed) == number


def test_letters_like_digits_are_forgiven():
    number = next(number for number in iter(new_number, None) if "0" in number and "1" in number)
    assert parse_number(number.replace("0", "O").replace("1", "l")) == number


@given(st.integers(6, 18), st.sampled_from(ALPHABET))
def test_one_wrong_character_is_found(at, character):
    number = new_number()
    wrong = number[:at] + character + number[at + 1 :]
    if number[at] not in ("-", character):
        assert parse_number(wrong) is None


@given(st.text())
def test_nonsense_is_no_number(text):
    assert parse_number(text) is None or re.fullmatch(r"CMPSS(-.{4}){3}", parse_number(text))


def test_numbers_differ():
    assert len({new_number() for _ in range(5000)}) == 5000
