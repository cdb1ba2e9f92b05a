"""The due dates of an age are those that have it: the list behind a number shows what the number counts (BR-82)."""

from datetime import date, timedelta

import pytest

from invoices.domain.ageing import Age, age_on, due_dates_of

TODAY = date(2026, 11, 26)


@pytest.mark.parametrize("age", Age)
def test_the_bounds_of_an_age_hold_exactly_what_has_it(age):
    first, last = due_dates_of(age, on=TODAY)
    days = [TODAY - timedelta(days=days) for days in range(-40, 200)]

    within = [day for day in days if (first is None or day >= first) and (last is None or day <= last)]

    assert within == [day for day in days if age_on(day, on=TODAY) is age]
    assert within
