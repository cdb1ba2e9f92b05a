"""Names and addresses as they may be printed."""

import unicodedata

# Directional overrides and isolates: a name that carries them could turn the digits beside it round.
_BIDI_CONTROLS = set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_UNPRINTABLE_CATEGORIES = {"Cc", "Cs"}


def printable(text: str) -> str:
    """Return the text without control characters, which no page or PDF can show, and on one line."""
    spaced = "".join(" " if character.isspace() else character for character in text)
    return "".join(character for character in spaced if _is_printable(character)).strip()


def printable_lines(text: str) -> tuple[str, ...]:
    """Return the lines of an address that are not blank."""
    return tuple(line for line in map(printable, text.splitlines()) if line)


def _is_printable(character: str) -> bool:
    return character not in _BIDI_CONTROLS and unicodedata.category(character) not in _UNPRINTABLE_CATEGORIES
