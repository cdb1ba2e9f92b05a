"""Who uses more or less than they have committed to."""

from decimal import Decimal
from fractions import Fraction

import pytest

from invoices.domain.finance.commitments import Fit, LicenseUse, fit_of


def use(committed: str, used: str) -> LicenseUse:
    return LicenseUse(committed=Decimal(committed), used=Decimal(used))


@pytest.mark.parametrize(
    ("now", "before", "fit"),
    [
        (("10", "12"), ("10", "11"), Fit.OVER_TWICE),
        (("10", "12"), ("10", "10"), Fit.OVER),
        (("10", "12"), None, Fit.OVER),
        (("10", "10"), ("10", "12"), Fit.WITHIN),
        (("10", "5"), ("10", "12"), Fit.WITHIN),
        (("10", "4"), None, Fit.UNDER_HALF),
        (("10", "0"), ("10", "0"), Fit.UNDER_HALF),
        # Without a commitment all of it is above; nothing used of nothing is fine.
        (("0", "3"), ("0", "3"), Fit.OVER_TWICE),
        (("0", "0"), None, Fit.WITHIN),
    ],
)
def test_how_a_commitment_fits(now, before, fit):
    assert fit_of(use(*now), None if before is None else use(*before)) is fit


def test_how_much_of_it_is_used():
    assert (use("10", "12").over, use("10", "12").share) == (Decimal(2), Fraction(6, 5))
    assert (use("10", "4").over, use("10", "4").share) == (Decimal(0), Fraction(2, 5))
    assert use("0", "4").share is None
