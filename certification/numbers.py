"""Certificate numbers: ``CMPSS-4F7K-M2QX-C9RZ``, eleven random Crockford base-32 characters (55 bits) and a check character.

Nobody can walk from one number to the next: being on the registry says that a person has lived experience. The codes of vouchers are written alike,
``VOUCH-4F7K-M2QX-C9RZ``: nobody can guess what somebody else was given.
"""

import re
import secrets

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
PREFIX, VOUCHER = "CMPSS", "VOUCH"
_ALIKE = str.maketrans("OIL", "011")


def new_number(choice=secrets.choice, *, prefix=PREFIX):
    """A number that was never given out before, but for a chance of one in 2**55; ``choice`` draws each of its characters."""
    body = "".join(choice(ALPHABET) for _ in range(11))
    return _written(prefix, body + check_character(body))


def parse_number(text, *, prefix=PREFIX):
    """The number as we write it, from however it was typed (case, spaces, hyphens, O for 0, I and L for 1); None if it is none."""
    typed = re.sub(r"[\s\-‐-―_.]", "", str(text)).upper()
    typed = typed.removeprefix(prefix).translate(_ALIKE)
    if len(typed) != 12 or any(character not in ALPHABET for character in typed):
        return None
    return _written(prefix, typed) if check_character(typed[:-1]) == typed[-1] else None


def check_character(body):
    """Luhn's check, modulo 32: finds every single wrong character and nearly every swap of neighbours."""
    total = 0
    for position, character in enumerate(reversed(body)):
        value = ALPHABET.index(character) * (2 if position % 2 == 0 else 1)
        total += value // 32 + value % 32
    return ALPHABET[-total % 32]


def _written(prefix, characters):
    return "-".join([prefix, characters[:4], characters[4:8], characters[8:]])
