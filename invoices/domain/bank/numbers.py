"""Finds the invoice numbers in what a payer wrote, however they spaced them (BR-75, BR-80)."""

import re
from collections.abc import Iterable
from functools import lru_cache

from subscriptions.domain.numbering import DIGITS

SHORTEST_PREFIX = 3
"""Letters and digits of a prefix that is known again even where the zeros after it are left out."""
SHORTEST_OLD_NUMBER = 4
"""Characters of a number of another system that is looked for in a text."""
_REFERENCE = re.compile(r"\bRF(\d\d)\s*((?:[A-Z0-9]\s?){1,25})", re.IGNORECASE)
_ASIDE = r"[\s\-./:#_]{0,3}"


def find_numbers(text: str, prefixes: Iterable[str]) -> list[tuple[str, int]]:
    """
    Return the numbers that a text names, as prefix and place in the series, each once and in their order.

    `INV-000042` is also found as `inv 42`, `INV000042` and within a creditor reference, `RF45 INV0 0004 2`. Whether
    there is such an invoice is for the caller to see.
    """
    found: dict[tuple[str, int], None] = {}
    texts = [text, *_in_creditor_references(text)]
    for prefix in dict.fromkeys(prefixes):
        for one in texts:
            for match in _pattern(prefix).finditer(one):
                if int(match[1]):
                    found.setdefault((prefix, int(match[1])))
    if not found:
        # Banks cut texts into lines of 27 or 35 characters, in the middle of numbers too.
        joined = "".join(text.split())
        for prefix in dict.fromkeys(prefixes):
            for match in _pattern(prefix).finditer(joined):
                if len(match[1]) >= DIGITS and int(match[1]):
                    found.setdefault((prefix, int(match[1])))
    return list(found)


def find_old_numbers(text: str) -> list[str]:
    """
    Return the words of a text that may be numbers of another system, in capitals, each once and in their order.

    Whether there is such an invoice is for the caller to see. Years are none: a number has a figure and at least 4
    characters, or 5 figures where it has nothing else.
    """
    words = (word.strip(".,;:()[]\"'#").upper() for word in re.split(r"[\s,;]+", text))
    return list(dict.fromkeys(word for word in words if _may_be_old_number(word)))


def _may_be_old_number(word: str) -> bool:
    figures = sum(character.isdigit() for character in word)
    has_more = any(character.isalpha() for character in word)
    return len(word) >= SHORTEST_OLD_NUMBER and (figures > 0 if has_more else figures > SHORTEST_OLD_NUMBER)


def is_creditor_reference(text: str) -> bool:
    """Tell whether a text is a creditor reference by its check digits (ISO 11649)."""
    text = "".join(text.split()).upper()
    if not re.fullmatch(r"RF\d\d[A-Z0-9]{1,21}", text, re.ASCII):
        return False
    turned = text[4:] + text[:4]
    return int("".join(str(int(character, 36)) for character in turned)) % 97 == 1


def _in_creditor_references(text: str) -> list[str]:
    found = []
    for match in _REFERENCE.finditer(text):
        compacted = f"RF{match[1]}{''.join(match[2].split())}"
        # What follows the reference may look like a part of it: the longest one whose check digits hold is meant.
        longest = next((end for end in range(len(compacted), 4, -1) if is_creditor_reference(compacted[:end])), 0)
        if longest:
            found.append(compacted[4:longest])
    return found


@lru_cache(maxsize=256)
def _pattern(prefix: str) -> re.Pattern[str]:
    letters = [character for character in prefix if character.isalnum()]
    written = _ASIDE.join(re.escape(part) for part in re.findall(r"[^\W_]+", prefix))
    # Zeros in front stand there all or none: with fewer the number was cut.
    many = rf"(0\d{{{DIGITS - 1},11}}|[1-9]\d{{0,11}})" if len(letters) >= SHORTEST_PREFIX else rf"(\d{{{DIGITS},12}})"
    if not written:
        return re.compile(r"(?!)")
    return re.compile(rf"(?<![^\W_]){written}{_ASIDE}{many}(?!\d)", re.IGNORECASE | re.ASCII)
