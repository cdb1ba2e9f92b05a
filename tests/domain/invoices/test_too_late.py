"""Up to when usage of a period is still billed: three closes after its own, or the last one (BR-74)."""

from datetime import UTC, datetime

import pytest

from invoices.domain.too_late import billed_until

CUTOFFS = {index: datetime(2026, 2 + index, 15, 11, tzinfo=UTC) for index in range(6)}


@pytest.mark.parametrize(
    ("label", "index", "closed", "has_ended", "decisive"),
    [
        ("its own close", 0, 1, False, None),
        ("two closes later", 0, 3, False, None),
        ("the third close after it", 0, 4, False, 3),
        ("closes after that", 0, 6, False, 3),
        ("a later period, still rated again", 3, 6, False, None),
        ("a later period, at its third", 2, 6, False, 5),
        ("the only period of an agreement that has ended", 0, 1, True, 0),
        ("the last period of an agreement that has ended", 5, 6, True, 5),
        ("one before it", 4, 6, True, 5),
        ("an old one, all the same", 1, 6, True, 4),
    ],
)
def test_usage_is_billed_until_the_third_close_after_its_own_or_the_last(label, index, closed, has_ended, decisive):
    cutoffs = {place: cutoff for place, cutoff in CUTOFFS.items() if place < closed}

    assert billed_until(index, cutoffs=cutoffs, has_ended=has_ended) == (
        CUTOFFS[decisive] if decisive is not None else None
    )


def test_before_anything_is_closed_nothing_is_decided():
    assert billed_until(0, cutoffs={}, has_ended=False) is None
