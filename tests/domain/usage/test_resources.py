"""Resources day by day (BR-40)."""

from datetime import date
from fractions import Fraction

from usage.domain.resources import DayOfResources, used_by_then


def test_what_was_used_adds_up_from_day_to_day_and_a_day_without_any_adds_nothing():
    days = [
        DayOfResources(date=date(2026, 1, 15), used={"basic-ivr": Fraction(3, 2), "api-requests": Fraction(7)}),
        DayOfResources(date=date(2026, 1, 16), used={}),
        DayOfResources(date=date(2026, 1, 17), used={"basic-ivr": Fraction(1)}),
    ]

    assert used_by_then(days, "basic-ivr") == [Fraction(3, 2), Fraction(3, 2), Fraction(5, 2)]
    assert used_by_then(days, "byoc-cloud") == [0, 0, 0]
    assert used_by_then([], "basic-ivr") == []
