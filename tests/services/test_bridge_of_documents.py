"""An invoice's page tells what changed since the document before, with parts that lead from one total to the other."""

from datetime import UTC, date, datetime

import pytest

from invoices.documents.bridge import find_bridge
from invoices.models import Invoice
from invoices.services.sweeping import close_due_cycles
from tests.factories.documents import draft_and_issue
from tests.factories.subscriptions import a_change, a_prepaid_subscription
from tests.factories.usage import a_working_day, report

pytestmark = pytest.mark.usefixtures("billing")

BEGIN = datetime(2026, 1, 15, 5, tzinfo=UTC)
CUTOFF = datetime(2026, 2, 15, 11, tzinfo=UTC)
SECOND_CUTOFF = datetime(2026, 3, 15, 10, tzinfo=UTC)


def work(subscription, day: str, *users: str) -> None:
    for user in users:
        report(subscription.organization, *a_working_day(user, day, "purecloud-3"))


def documents() -> list[Invoice]:
    return list(Invoice.objects.order_by("issued_at", "pk"))


def test_the_second_close_is_told_from_the_first():
    subscription = a_prepaid_subscription()
    a_change(
        subscription=subscription,
        product_id="purecloud-3",
        effective_date=date(2026, 3, 15),
        price="145.00",
        recorded_at=BEGIN,
        reason="Agreed.",
    )
    close_due_cycles(now=BEGIN)
    work(subscription, "2026-01-20", "ann", "bob", "cyd")
    close_due_cycles(now=CUTOFF)
    work(subscription, "2026-02-20", "ann", "bob", "cyd", "dan", "eve")
    close_due_cycles(now=SECOND_CUTOFF)
    opening, first, second = documents()

    told = find_bridge(second, language="en")

    assert find_bridge(opening, language="en") is None
    assert find_bridge(first, language="en") is None
    assert told is not None
    assert (told.before, told.total_before, told.total) == (first, "$430.00", "$740.00")
    assert [(row.words, row.amount) for row in told.rows] == [
        ("New price from Mar 15, 2026: $145.00 for PureCloud 3 in the commitment", "+$10.00"),
        ("+2 PureCloud 3 over the commitment", "+$300.00"),
    ]


def test_a_late_correction_is_told_and_so_is_that_it_was_for_once():
    subscription = a_prepaid_subscription()
    close_due_cycles(now=BEGIN)
    close_due_cycles(now=CUTOFF)
    report(
        subscription.organization,
        *(
            event
            for user in ("ann", "bob", "cyd")
            for event in a_working_day(user, "2026-01-20", "purecloud-3", received="2026-03-01T00:00:00Z")
        ),
    )
    close_due_cycles(now=SECOND_CUTOFF)
    close_due_cycles(now=datetime(2026, 4, 15, 10, tzinfo=UTC))
    _opening, _first, second, third = documents()

    assert [(row.words, row.amount) for row in find_bridge(second, language="en").rows] == [
        ("One late correction of an earlier period", "+$150.00")
    ]
    assert [(row.words, row.amount) for row in find_bridge(third, language="en").rows] == [
        (f"The correction on {second.number}, which was for once", "-$150.00")
    ]


def test_what_an_order_was_billed_by_is_compared_with_nothing():
    subscription = a_prepaid_subscription()
    close_due_cycles(now=BEGIN)
    close_due_cycles(now=CUTOFF)
    order = draft_and_issue(subscription, "100.00", dated=date(2026, 3, 1))
    close_due_cycles(now=SECOND_CUTOFF)
    _opening, first, _order, second = documents()

    assert find_bridge(order, language="en") is None
    assert find_bridge(second, language="en").before == first
    assert find_bridge(second, language="en").rows == ()
