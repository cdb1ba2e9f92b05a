"""Telephone numbers in E.164, and their beginnings, as whole numbers that sort and nest as their texts do."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

MOST_DIGITS = 15
_IS_NONE = "A number is a plus sign and up to 15 digits."
_BASE = 11
"""Ten digits, and the lack of one: `+1` and `+10` differ."""
_WEIGHTS = _BASE ** np.arange(MOST_DIGITS - 1, -1, -1, dtype=np.int64)


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
    characters = np.frombuffer(numbers + b"\0", np.uint8)
    ends = np.flatnonzero(characters == 0)
    if len(ends) != count:
        raise ValueError(_IS_NONE)
    starts = np.concatenate(([0], ends[:-1] + 1))
    are_numbers = (characters[starts] == ord("+")) & (ends - starts <= MOST_DIGITS + 1)
    codes = np.zeros(count, np.int64)
    for place, weight in enumerate(_WEIGHTS.tolist(), start=1):
        at = np.minimum(starts + place, ends)
        is_there = at < ends
        if not is_there.any():
            break
        digits = characters[at].astype(np.int64) - (ord("0") - 1)
        are_numbers &= ~is_there | ((digits >= 1) & (digits <= 10))
        codes += np.where(is_there, digits * weight, 0)
    if not are_numbers.all():
        raise ValueError(_IS_NONE)
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
