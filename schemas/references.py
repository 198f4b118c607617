"""Reference numbers for the phone: ten characters that stand for a status event, the last one a check."""

from hashlib import sha256
from typing import Final

ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: no I, L, O, U, so that nothing is misread."""

_EMPTY: Final = sha256()
_DIGITS: Final = 9
_PAIRS: Final = tuple(high + low for high in ALPHABET for low in ALPHABET)
_NEXT: Final = tuple(
    {character: ((product + value) % 32 or 32) * 2 % 33 for value, character in enumerate(ALPHABET)}
    for product in range(33)
)
"""The check's product after one more character, by the product so far."""
_AFTER_PAIR: Final = bytes(_NEXT[_NEXT[product][pair[0]]][pair[1]] for product in range(33) for pair in _PAIRS)
"""The same after two more characters, by 1,024 x product + pair."""
_READ_AS: Final = str.maketrans({"I": "1", "L": "1", "O": "0"})


def reference(event_id: str) -> str:
    """The reference of a status event's id: the first 45 bits of its SHA-256 and a check character."""
    digest = _EMPTY.copy()  # costs less than a new one
    digest.update(event_id.encode())
    bits: bytes = digest.digest()
    one, two = bits[0] << 2 | bits[1] >> 6, (bits[1] & 63) << 4 | bits[2] >> 4
    three, four = (bits[2] & 15) << 6 | bits[3] >> 2, (bits[3] & 3) << 8 | bits[4]
    last = bits[5] >> 3
    after = _AFTER_PAIR[_AFTER_PAIR[_AFTER_PAIR[_AFTER_PAIR[32 << 10 | one] << 10 | two] << 10 | three] << 10 | four]
    check = ALPHABET[(33 - _NEXT[after][ALPHABET[last]]) % 32]
    return f"{_PAIRS[one]}{_PAIRS[two]}{_PAIRS[three]}{_PAIRS[four]}{ALPHABET[last]}{check}"


def normalise(text: str) -> str | None:
    """A reference as somebody typed it, in its exact form; None when it can't be one (length, letters, check)."""
    body = text.strip().upper().replace("-", "").replace(" ", "").translate(_READ_AS)
    if len(body) != _DIGITS + 1 or not set(body) <= set(ALPHABET) or _check(body[:-1]) != body[-1]:
        return None
    return body


def _check(body: str) -> str:
    """ISO 7064 hybrid system MOD 33,32: finds every single wrong character and nearly all swaps."""
    product = 32
    for character in body:
        product = _NEXT[product][character]
    return ALPHABET[(33 - product) % 32]
