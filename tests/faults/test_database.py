"""F9 to F12: what the database gives up is begun anew as a whole, a bounded number of times, and never half of it."""

import time
from datetime import UTC, datetime, timedelta

import pytest
from django.db import OperationalError, connection

from invoices.models import BillingCycle, Invoice
from invoices.services.closing import Outcome
from invoices.services.sweeping import close_due_cycles
from subscriptions.models import Order
from subscriptions.services import transactions
from subscriptions.services.transactions import TRIES, in_one_transaction
from tests.books import assert_the_books_hold
from tests.factories.subscriptions import a_prepaid_subscription, an_issuer, an_organization
from tests.faults.processes import (
    Brood,
    another_session,
    backends_waiting_for,
    database_url,
    series_locked,
    wait_until,
)
from tests.faults.refusing import DEADLOCK, SERIALIZATION_FAILURE, refusing
from tests.faults.servers import CuttingProxy

pytestmark = [pytest.mark.postgresql, pytest.mark.usefixtures("committed_db")]

BEGIN = datetime(2026, 1, 15, 12, tzinfo=UTC)
CUTOFF = datetime(2026, 2, 15, 12, tzinfo=UTC)


@pytest.fixture
def fleet(committed_db: None) -> list[object]:
    """Return three agreements whose first period has begun."""
    found = [a_prepaid_subscription(an_organization(f"org-{number}")) for number in range(3)]
    close_due_cycles(now=BEGIN)
    return found


@pytest.fixture
def in_no_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pause no longer than it takes to look."""
    monkeypatch.setattr(transactions, "FIRST_PAUSE_SECONDS", 0.01)


@pytest.mark.usefixtures("in_no_time")
@pytest.mark.parametrize("code", [SERIALIZATION_FAILURE, DEADLOCK])
def test_f11_a_transaction_is_begun_anew_four_times(code: str, fleet: list[object]) -> None:
    with refusing("invoices_ledgerentry", code=code, times=TRIES - 1):
        steps = close_due_cycles(now=CUTOFF)

    assert [step.outcome for step in steps] == 3 * [Outcome.CLOSED]
    assert Invoice.objects.count() == 6
    assert_the_books_hold()


@pytest.mark.usefixtures("in_no_time")
def test_f11_what_does_not_succeed_in_the_end_is_left_to_the_next_sweep_as_it_was(fleet: list[object]) -> None:
    with refusing("invoices_ledgerentry", code=DEADLOCK, times=1_000):
        steps = close_due_cycles(now=CUTOFF)

    assert [step.outcome for step in steps] == 3 * [Outcome.FAILED]
    assert not BillingCycle.objects.exclude(state="open", held_reasons=[]).exists()
    assert_the_books_hold()

    close_due_cycles(now=CUTOFF + timedelta(minutes=1))
    assert Invoice.objects.count() == 6
    assert_the_books_hold()


@pytest.mark.usefixtures("in_no_time")
def test_f11_inside_another_transaction_nothing_is_begun_anew(committed_db: None) -> None:
    tried = []

    def fail() -> None:
        tried.append(1)
        raise OperationalError("deadlock")

    with pytest.raises(OperationalError), transactions.transaction.atomic():
        in_one_transaction(fail)
    assert len(tried) == 1

    with pytest.raises(OperationalError):
        in_one_transaction(fail)
    assert len(tried) == 1 + TRIES


def test_f12_a_series_that_is_held_costs_its_own_entity_a_wait_and_nobody_else_anything(tmp_path) -> None:
    stuck, free = an_issuer("stuck"), an_issuer("free", invoice_prefix="F-")
    for number, entity in enumerate((stuck, stuck, free)):
        a_prepaid_subscription(an_organization(f"{entity.code}-{number}"), issuing_entity=entity)
    close_due_cycles(now=BEGIN)
    brood = Brood(tmp_path, LOG_LEVEL="ERROR", DATABASE_LOCK_TIMEOUT="1")
    try:
        with series_locked(stuck.pk):
            began = time.monotonic()
            outcome = brood.begin("close", now=CUTOFF.isoformat()).outcome
            took = time.monotonic() - began
            # Whoever looks at the series, or at what it issued, does not wait.
            assert Invoice.objects.filter(issuing_entity=stuck).count() == 2
        assert sorted(what for _cycle, what in outcome) == ["closed", "failed", "failed"]
        # Not once for each cycle: that would be to wait for the same lock again and again.
        assert took < 10
        assert not BillingCycle.objects.exclude(held_reasons=[]).exists()
        assert_the_books_hold()

        brood.begin("close", now=CUTOFF.isoformat()).wait_for_end()
    finally:
        brood.end()
    assert Invoice.objects.count() == 6
    assert_the_books_hold()


@pytest.mark.parametrize("times", [1, pytest.param(20, marks=pytest.mark.long)])
def test_f9_a_session_that_is_cut_in_the_middle_begins_anew_on_another(times: int, brood: Brood) -> None:
    entity = an_issuer("northwind")
    a_prepaid_subscription(issuing_entity=entity)
    close_due_cycles(now=BEGIN)
    for period in range(times):
        now = CUTOFF + timedelta(days=31 * period)
        with series_locked(entity.pk):
            closer = brood.begin("close", now=now.isoformat())
            wait_until(lambda: backends_waiting_for("invoices_numberseries"), about="it waits")
            (backend,) = backends_waiting_for("invoices_numberseries")
            with another_session() as session:
                session.execute("SELECT pg_terminate_backend(%s)", [backend])
            wait_until(lambda: has_begun_anew(backend), about="it begins anew")  # noqa: B023
        assert [what for _cycle, what in closer.outcome] == ["closed"]
        assert Invoice.objects.count() == period + 2
        assert_the_books_hold()


def has_begun_anew(backend: int) -> bool:
    return backends_waiting_for("invoices_numberseries") not in ([], [backend])


@pytest.mark.parametrize("committed", [True, False], ids=["committed", "not committed"])
@pytest.mark.parametrize("times", [1, pytest.param(4, marks=pytest.mark.long)])
def test_f10_a_connection_cut_during_commit_neither_loses_nor_doubles(
    committed: bool, times: int, fleet: list[object], tmp_path
) -> None:
    proxy = CuttingProxy(after=b"invoices_ledgerentry", times=times, committed=committed)
    own = connection.settings_dict
    through = f"postgres://{own['USER']}:{own['PASSWORD'] or ''}@127.0.0.1:{proxy.port}/{own['NAME']}"
    brood = Brood(tmp_path, LOG_LEVEL="ERROR", DATABASE_URL=f"{through}?sslmode=disable&gssencmode=disable")
    try:
        brood.begin("close", now=CUTOFF.isoformat()).wait_for_end()
    finally:
        brood.end()
        proxy.close()

    assert proxy.cuts >= 1
    assert Invoice.objects.count() == 6
    assert BillingCycle.objects.filter(state="closed").count() == 3
    assert_the_books_hold()


def test_f9_an_order_whose_session_fails_keeps_no_other_order_from_its_invoice(fleet, monkeypatch) -> None:
    from invoices.services import orders  # noqa: PLC0415 - what is broken below

    for number, subscription in enumerate(fleet):
        Order.objects.create(
            organization=subscription.organization,
            subscription=subscription,
            product_id="purecloud-1",
            quantity=1,
            price=10 + number,
            processed_on=BEGIN.date(),
        )
    broken = Order.objects.get(subscription=fleet[1]).pk
    original = orders._sale

    def fail(order, *args):
        assert order.pk != broken
        return original(order, *args)

    monkeypatch.setattr(orders, "_sale", fail)
    assert [invoice.total for invoice in orders.invoice_due_orders(now=CUTOFF)] == [10, 12]
    monkeypatch.undo()
    assert [invoice.total for invoice in orders.invoice_due_orders(now=CUTOFF)] == [11]
    assert_the_books_hold()


def test_the_limits_of_waiting_are_set_on_every_connection() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('lock_timeout'), current_setting('statement_timeout')")
        assert cursor.fetchone() == ("15s", "15min")
    assert database_url().startswith("postgres")
