"""Names and addresses as they may be printed."""

from subscriptions.domain.characters import is_printable


def printable(text: str) -> str:
    """Return the text without control characters, which no page or PDF can show, and on one line."""
    spaced = "".join(" " if character.isspace() else character for character in text)
    return "".join(character for character in spaced if is_printable(character)).strip()


def printable_lines(text: str) -> tuple[str, ...]:
    """Return the lines of an address that are not blank."""
    return tuple(line for line in map(printable, text.splitlines()) if line)
