"""A file that goes along inside of a PDF, and how the PDF announces it."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Embedded:
    """
    A file in a PDF, dated `at`.

    `relationship` is what it is to the PDF (ISO 32000-2, 7.11.3), such as `Alternative`; `announcement` are
    descriptions in RDF for the PDF's own metadata.
    """

    name: str
    description: str
    mime_type: str
    relationship: str
    at: datetime
    announcement: str
    content: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Hybrid:
    """A PDF, and what the file in it says."""

    pdf: bytes
    file: bytes
