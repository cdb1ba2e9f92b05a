"""Telephone numbers in E.164, and their beginnings, as whole numbers that sort and nest as their texts do."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

MOST_DIGITS = 15
_BASE = 11
"""Ten digits, and the lack of one: `+1` and `+10` differ."""
_WEIGHTS = _BASE ** np.arange(MOST_DIGITS - 1, -1, -1, dtype=np.int64)


def encode(numbers: Sequence[str]) -> NDArray[np.int64]:
    """
    Return the code of each number; those that begin with one text lie side by side.

    :raises ValueError: if one is not a plus sign with up to 15 digits
    """
    if not numbers:
        return np.empty(0, np.int64)
    # One more than the longest number: what is cut off would show in the last place.
    characters = np.array(numbers, dtype=f"U{MOST_DIGITS + 2}").view(np.uint32).reshape(len(numbers), -1)
    digits = characters[:, 1 : MOST_DIGITS + 1].astype(np.int64) - (ord("0") - 1)
    absent = characters[:, 1 : MOST_DIGITS + 1] == 0
    digits[absent] = 0
    is_digit = (digits >= 1) & (digits <= 10)
    if not ((characters[:, 0] == ord("+")) & (is_digit | absent).all(axis=1) & (characters[:, -1] == 0)).all():
        raise ValueError("A number is a plus sign and up to 15 digits.")
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
