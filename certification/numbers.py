"""Certificate numbers, ``CMPSS-4F7K-M2QX-C9RZ``, and portal codes, ``4F7KM-2QXC9``: random Crockford base-32 characters and a check character.

Nobody can walk from one number to the next: being on the registry says that a person has lived experience. The codes of vouchers are written alike,
``VOUCH-4F7K-M2QX-C9RZ``: nobody can guess what somebody else was given. A portal code is what a person gives to their training provider, so that a roster
finds them; eleven random characters (55 bits) make a number, nine (45 bits) a code.
"""

import re
import secrets

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
PREFIX, VOUCHER = "CMPSS", "VOUCH"
_ALIKE = str.maketrans("OIL", "011")


def new_number(choice=secrets.choice, *, prefix=PREFIX):
    """A number that was never given out before, but for a chance of one in 2**55; ``choice`` draws each of its characters."""
    return _number(prefix, _drawn(11, choice))


def parse_number(text, *, prefix=PREFIX):
    """The number as we write it, from however it was typed (case, spaces, hyphens, O for 0, I and L for 1); None if it is none."""
    typed = _bare(text).removeprefix(prefix).translate(_ALIKE)
    return _number(prefix, typed) if _holds(typed, 12) else None


def new_portal_code(choice=secrets.choice):
    """A portal code that was never given out before, but for a chance of one in 2**45; ``choice`` draws each of its characters."""
    return _code(_drawn(9, choice))


def parse_portal_code(text):
    """The portal code as we write it, from however it was typed, as ``parse_number`` does; None if it is none."""
    typed = _bare(text).translate(_ALIKE)
    return _code(typed) if _holds(typed, 10) else None


def check_character(body):
    """Luhn's check, modulo 32: finds every single wrong character and nearly every swap of neighbours."""
    total = 0
    for position, character in enumerate(reversed(body)):
        value = ALPHABET.index(character) * (2 if position % 2 == 0 else 1)
        total += value // 32 + value % 32
    return ALPHABET[-total % 32]


def _drawn(length, choice):
    body = "".join(choice(ALPHABET) for _ in range(length))
    return body + check_character(body)


def _bare(text):
    return re.sub(r"[\s\-‐-―_.]", "", str(text)).upper()


def _holds(characters, length):
    known = len(characters) == length and all(character in ALPHABET for character in characters)
    return known and check_character(characters[:-1]) == characters[-1]


def _number(prefix, characters):
    return "-".join([prefix, characters[:4], characters[4:8], characters[8:]])


def _code(characters):
    return f"{characters[:5]}-{characters[5:]}"
