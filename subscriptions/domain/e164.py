"""Telephone numbers in E.164, and their beginnings, as whole numbers that sort and nest as their texts do."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

MOST_DIGITS = 15
_IS_NONE = "A number is a plus sign and up to 15 digits."
_BASE = 11
"""Ten digits, and the lack of one: `+1` and `+10` differ."""
_WEIGHTS = _BASE ** np.arange(MOST_DIGITS - 1, -1, -1, dtype=np.int64)
_PLACES = np.arange(1, MOST_DIGITS + 1)
_CHARACTERS = b"\x000123456789+"
"""What joined numbers are made of: the end of one, the digits, a sign."""
_SIGN = _CHARACTERS.index(b"+")
_VALUES = bytes(_CHARACTERS.find(character) % 256 for character in range(256))
"""Of each byte its place among those; what is none of them has a place above."""
_AT_ONCE = 1024
"""So many numbers are looked at together: few steps for many, in memory that is at hand."""


def encode(numbers: Sequence[str]) -> NDArray[np.int64]:
    """
    Return the code of each number; those that begin with one text lie side by side.

    :raises ValueError: if one is not a plus sign with up to 15 digits
    """
    return encode_joined("\0".join(numbers).encode(), len(numbers))


def encode_joined(numbers: bytes, count: int) -> NDArray[np.int64]:
    """
    Return the code of each of so many numbers that are joined by NUL.

    :raises ValueError: if one is not a plus sign with up to 15 digits
    """
    if not count:
        return np.empty(0, np.int64)
    values = np.frombuffer((numbers + b"\0").translate(_VALUES), np.uint8)
    ends = np.flatnonzero(values == 0)
    if len(ends) != count:
        raise ValueError(_IS_NONE)
    starts = np.concatenate(([0], ends[:-1] + 1))
    if not ((values[starts] == _SIGN) & (ends - starts <= MOST_DIGITS + 1)).all():
        raise ValueError(_IS_NONE)
    blocks = range(0, count, _AT_ONCE)
    return np.concatenate([_codes(values, starts[at : at + _AT_ONCE], ends[at : at + _AT_ONCE]) for at in blocks])


def _codes(values: NDArray[np.uint8], starts: NDArray[np.int64], ends: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the codes of numbers that begin and end at some places, a row of digits for each."""
    # From its end on a number has the value of its end: the lack of a digit.
    digits = values[np.minimum(starts[:, None] + _PLACES, ends[:, None])]
    if (digits >= _BASE).any():
        raise ValueError(_IS_NONE)
    codes: NDArray[np.int64] = digits @ _WEIGHTS
    return codes


def codes_of(prefix: str) -> tuple[int, int]:
    """
    Return the first code of the numbers that begin with a prefix, and the first above them; no text at all begins each.

    :raises ValueError: if no number begins with it
    """
    first = int(encode([prefix or "+"])[0])
    return first, first + int(_BASE ** (MOST_DIGITS + 1 - len(prefix or "+")))


def decode(code: int) -> str:
    """Return the number of a code."""
    digits = []
    for weight in _WEIGHTS.tolist():
        digit, code = divmod(code, weight)
        if digit == 0:
            break
        digits.append(str(digit - 1))
    return "+" + "".join(digits)
