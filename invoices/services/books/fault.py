"""What is found wrong."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """
    Something that must never be: of which organization (None: of the books as a whole), where, and what, in words.

    One that `is_overdue` is no fault of the books: something should have happened by now.
    """

    organization_id: int | None
    where: str
    what: str
    is_overdue: bool = False

    def __str__(self) -> str:
        """Show it in one line."""
        return f"{self.where}: {self.what}"
