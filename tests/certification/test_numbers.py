import re

from hypothesis import given
from hypothesis import strategies as st

from certification.numbers import ALPHABET, new_number, new_portal_code, parse_number, parse_portal_code


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


def test_a_portal_code_is_read_however_it_is_typed():
    code = new_portal_code()
    assert re.fullmatch(r"[0-9A-HJKMNP-TV-Z]{5}-[0-9A-HJKMNP-TV-Z]{5}", code)
    for typed in (code.lower(), code.replace("-", ""), f" {code} ", code.replace("-", " "), code.replace("0", "o")):
        assert parse_portal_code(typed) == code


@given(st.integers(0, 10), st.sampled_from(ALPHABET))
def test_one_wrong_character_of_a_portal_code_is_found(at, character):
    code = new_portal_code()
    if code[at] not in ("-", character):
        assert parse_portal_code(code[:at] + character + code[at + 1 :]) is None


@given(st.text())
def test_nonsense_is_no_portal_code(text):
    assert parse_portal_code(text) is None or re.fullmatch(r".{5}-.{5}", parse_portal_code(text))


def test_a_certificate_number_is_no_portal_code():
    assert parse_portal_code(new_number()) is None
    assert parse_number(new_portal_code()) is None
