"""What a document number looks like (BR-75)."""

DIGITS = 6


def document_number(*, prefix: str, sequence: int) -> str:
    """Return the printed number of the document with this place in its series: `INV-000042`."""
    return f"{prefix}{sequence:0{DIGITS}d}"
