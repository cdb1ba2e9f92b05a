"""F30: what happened before an agreement began, or after it ended, is kept and bills nothing."""

from datetime import UTC, date, datetime

import pytest

from invoices.models import InvoiceLine
from invoices.services.sweeping import close_due_cycles
from tests.books import assert_the_books_hold
from tests.factories.subscriptions import a_subscription
from tests.factories.usage import a_working_day, report
from usage.models import UsageEvent

pytestmark = pytest.mark.django_db

LONG_AFTER = datetime(2026, 9, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize("day", ["2000-01-01", "2026-01-14", "2026-03-15", "2026-05-01"])
def test_f30_use_outside_of_the_agreement_bills_nothing(day: str) -> None:
    subscription = a_subscription(last_service_date=date(2026, 3, 14), cancelled_on=date(2026, 1, 20))
    inside = a_working_day("ann", "2026-01-20")
    outside = a_working_day("eve", day)
    report(subscription.organization, *inside, *outside)

    close_due_cycles(now=LONG_AFTER)

    assert UsageEvent.objects.count() == len(inside) + len(outside)
    assert {line.quantity for line in InvoiceLine.objects.filter(service_start=date(2026, 1, 15))} == {1}
    assert_the_books_hold()
