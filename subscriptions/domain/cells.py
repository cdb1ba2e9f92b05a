"""Text as a spreadsheet takes it: what begins like a formula is guarded, so that nothing in a file is ever run."""

RISKY = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet takes for the beginning of a formula; an apostrophe before it makes it text."""


def guarded(text: str) -> str:
    """Write text so that a spreadsheet does not run it; `unguarded` takes it back."""
    return f"'{text}" if text.lstrip("'").startswith(RISKY) else text


def unguarded(text: str) -> str:
    """Return what `guarded` was given."""
    return text[1:] if text.startswith("'") and text.lstrip("'").startswith(RISKY) else text
