"""Numbers of payment cards: they must not be kept here, so a text that holds one is refused before it is stored."""

import re

_CANDIDATE = re.compile(r"(?<![0-9])[0-9](?:[ -]?[0-9]){12,18}(?![0-9])")
# The issuers' ranges, each with its lengths: most long numbers that are no card fall through here.
_RANGES = (
    (re.compile(r"4"), {13, 16, 19}),
    (re.compile(r"5[1-5]|2(?:22[1-9]|2[3-9]|[3-6]|7[01]|720)"), {16}),
    (re.compile(r"3[47]"), {15}),
    (re.compile(r"3(?:0[0-5]|[689])"), {14, 16, 19}),
    (re.compile(r"35(?:2[89]|[3-8])"), {16, 17, 18, 19}),
    (re.compile(r"6(?:011|4[4-9]|5)"), {16, 17, 18, 19}),
    (re.compile(r"62"), {16, 17, 18, 19}),
)


def holds_card_number(text: str) -> bool:
    """Tell whether a text holds what has the issuer, length and check digit of a payment card."""
    return any(_is_card_number(re.sub(r"[ -]", "", found[0])) for found in _CANDIDATE.finditer(text))


def _is_card_number(digits: str) -> bool:
    issued = any(beginning.match(digits) and len(digits) in lengths for beginning, lengths in _RANGES)
    return issued and len(set(digits)) > 1 and _passes_luhn(digits)


def _passes_luhn(digits: str) -> bool:
    total = 0
    for place, digit in enumerate(map(int, reversed(digits))):
        doubled = digit * 2 if place % 2 else digit
        total += doubled - 9 if doubled > 9 else doubled
    return total % 10 == 0
