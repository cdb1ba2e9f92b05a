"""Who uses more than they have committed to, and who uses less than half of it (ADR 41)."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

HALF = Fraction(1, 2)


class Fit(StrEnum):
    """How a commitment fits what is used."""

    OVER_TWICE = "over_twice"
    """Over it in this period and in the one before: a higher commitment may be cheaper for the customer."""
    UNDER_HALF = "under_half"
    """Less than half of it is used: somebody will ask why they pay for it."""
    OVER = "over"
    WITHIN = "within"


@dataclass(frozen=True, slots=True, kw_only=True)
class LicenseUse:
    """What was committed to and used of a product in one period; users, seats or hours."""

    committed: Decimal
    used: Decimal

    @property
    def over(self) -> Decimal:
        """Return what was used above the commitment."""
        return max(self.used - self.committed, Decimal(0))

    @property
    def share(self) -> Fraction | None:
        """Return which part of the commitment is used, more than 1 above it; None where nothing is committed."""
        return Fraction(self.used) / Fraction(self.committed) if self.committed else None


def fit_of(now: LicenseUse, before: LicenseUse | None) -> Fit:
    """Return how a commitment fits; `before` is the use in the period before, None where there was none."""
    if now.over and before is not None and before.over:
        return Fit.OVER_TWICE
    if now.over:
        return Fit.OVER
    return Fit.UNDER_HALF if now.share is not None and now.share < HALF else Fit.WITHIN
