"""Which characters a text may hold that people read: none that hides, none that turns what stands beside it round."""

import unicodedata

TURN_TEXT = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Directional overrides and isolates. The plain marks of real right-to-left text (U+200E, U+200F) are none of them."""

INVISIBLE = frozenset("\u00ad\u180e\u200b\u2060\u2061\u2062\u2063\u2064\ufeff\ufff9\ufffa\ufffb")
"""Two texts that differ only in these look alike. Joiners (U+200C, U+200D) are none: Persian and emoji need them."""

MOST_MARKS = 8
"""More marks in a row than any language puts on a letter; beyond that they cover the lines around them."""

_LINES = frozenset("\n\r\t")
_UNPRINTABLE_CATEGORIES = frozenset({"Cc", "Cs"})
_MARKS = frozenset({"Mn", "Me"})


def turns_text(text: str) -> bool:
    """Tell whether a text holds a character that turns what stands beside it round."""
    return not text.isascii() and not TURN_TEXT.isdisjoint(text)


def is_printable(character: str) -> bool:
    """Tell whether a page or PDF can show a character, and nothing happens to its neighbors."""
    return character not in TURN_TEXT and unicodedata.category(character) not in _UNPRINTABLE_CATEGORIES


def find_misleading(text: str, *, several_lines: bool = False) -> str | None:
    """
    Return the first character of a text that hides or misleads, as `U+202E`, if there is one.

    Ends of lines and tabs are fine where a text may have several lines.
    """
    marks = 0
    for character in text:
        marks = marks + 1 if unicodedata.category(character) in _MARKS else 0
        harmless = several_lines and character in _LINES
        if marks > MOST_MARKS or character in INVISIBLE or not (harmless or is_printable(character)):
            return f"U+{ord(character):04X}"
    return None
