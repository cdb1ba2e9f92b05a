"""A term that ends is followed by one of the same length, counted from the end of the ramp (BR-17)."""

from datetime import date

import pytest

from subscriptions.domain.renewal import next_renewal


@pytest.mark.parametrize(
    ("label", "since", "ramp", "term", "after", "expected"),
    [
        ("a year", date(2026, 1, 15), 0, 12, date(2026, 11, 26), date(2027, 1, 15)),
        ("the day before", date(2026, 1, 15), 0, 12, date(2027, 1, 14), date(2027, 1, 15)),
        ("on the day it has happened", date(2026, 1, 15), 0, 12, date(2027, 1, 15), date(2028, 1, 15)),
        ("after a ramp", date(2026, 1, 15), 3, 12, date(2026, 11, 26), date(2027, 4, 15)),
        ("in the ramp", date(2026, 1, 15), 3, 12, date(2026, 2, 1), date(2027, 4, 15)),
        ("before it begins", date(2026, 1, 15), 0, 12, date(2025, 1, 1), date(2027, 1, 15)),
        ("a month's end", date(2026, 1, 31), 0, 1, date(2026, 2, 27), date(2026, 2, 28)),
        ("the third term", date(2020, 5, 1), 0, 18, date(2023, 6, 1), date(2024, 11, 1)),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_the_next_renewal(label, since, ramp, term, after, expected):
    assert next_renewal(effective_date=since, ramp_months=ramp, term_months=term, after=after) == expected
