"""
Whatever people sign, change, cancel, report and decide, in whatever order, and whenever a close is missed, repeated or
struck down: the books hold after every step, and each document can be computed again at the end.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pkgutil import resolve_name

import pytest
from django.db import connection, transaction
from django.test import override_settings
from hypothesis import HealthCheck, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from invoices.models import BillingCycle, Invoice
from invoices.services.verifying import verify_invoice
from subscriptions.models import (
    AuthorityRate,
    Organization,
    PriceBookEntry,
    Subscription,
    SubscriptionPrice,
    VoiceRateDeckVersion,
)
from tests.books import assert_the_books_hold
from tests.invariants.frozen import EVERYTHING, Remembered
from tests.invariants.periods import assert_closed_periods_are_billed_in_full
from tests.machine import closer, mending, sender
from tests.machine.agreements import SEATS, Agreed, agreements, prices, quantities
from tests.machine.closer import FAILPOINTS, FAULTS, let_it_fall_due, strike_down
from tests.machine.happenings import Happening, happenings
from tests.machine.market import LONG_AGO
from tests.machine.sender import Sender
from tests.machine.world import World
from tests.machine.written import rows_written

BEGINNINGS = (datetime(2026, 1, 20, 12, tzinfo=UTC), datetime(2024, 1, 31, 4, tzinfo=UTC))
AN_HOUR = timedelta(hours=1)
MONTHS_TO_CATCH_UP = 12
"""So many closes may each find something of their own to mend."""

pytestmark = pytest.mark.django_db

whose = st.integers(0, 2)
ways_to_send = st.sampled_from(sender.WAYS)
ways_to_close = st.sampled_from(closer.WAYS)
places = st.integers(0, 30)
delays = st.sampled_from([timedelta(0), AN_HOUR, timedelta(days=9)])
calls = st.sampled_from([1, 1, 2, 3])
figures = prices.map(lambda text: None if text is None else Decimal(text))


class Billing(RuleBasedStateMachine):
    """The product, driven through its own services on a simulated clock."""

    def __init__(self) -> None:
        """Begin in a transaction that is undone at the end."""
        super().__init__()
        self._ground = transaction.atomic()
        self._ground.__enter__()
        self.remembered = Remembered()
        self.verified: set[int] = set()
        self.written = 0

    @initialize(now=st.sampled_from(BEGINNINGS), agreed=agreements())
    def begin(self, now: datetime, agreed: Agreed) -> None:
        self.world = World(now)
        self.sender = Sender(self.world)
        self.world.sign(agreed)

    # --- What people type ---------------------------------------------------------------------------------------------

    @precondition(lambda self: len(self.world.organizations) < 3)
    @rule(agreed=agreements())
    def sign(self, agreed: Agreed) -> None:
        self.world.sign(agreed)

    @precondition(lambda self: self.world.ending())
    @rule(who=whose, agreed=agreements())
    def sign_again(self, who: int, agreed: Agreed) -> None:
        self.world.sign_again(who, agreed)

    @rule(
        who=whose,
        product=st.sampled_from(SEATS),
        ahead=st.integers(-40, 80),
        commitment=quantities.map(Decimal) | st.none(),
        price=figures,
        overage_price=figures,
    )
    def change(self, who: int, product: str, ahead: int, **asked: Decimal | None) -> None:
        self.world.change(who, product, days_ahead=ahead, **asked)

    @rule(who=whose, ahead=st.sampled_from([0, 1, 20, 45, 100, 200]))
    def cancel(self, who: int, ahead: int) -> None:
        self.world.cancel(who, days_ahead=ahead)

    @precondition(lambda self: self.world.ending())
    @rule(who=whose)
    def withdraw_the_cancellation(self, who: int) -> None:
        self.world.withdraw(who)

    @rule(who=whose, ahead=st.sampled_from([45, 100]), happened=happenings, closing=ways_to_close)
    def cancel_and_think_again(self, who: int, ahead: int, happened: list[Happening], closing: str) -> None:
        self.world.cancel(who, days_ahead=ahead)
        self.live_on(who, happened, closing, closes=1, tidy=True)
        self.world.withdraw(who)
        self.live_on(who, happened, closing, closes=4, tidy=True)

    @rule(
        who=whose,
        product=st.sampled_from(["onboarding", "headset"]),
        quantity=st.integers(1, 3),
        ahead=st.integers(-5, 20),
    )
    def order(self, who: int, product: str, quantity: int, ahead: int) -> None:
        self.world.order(who, product, quantity=quantity, days_ahead=ahead)

    @rule(who=whose, what=st.sampled_from(["names", "prices", "rates", "taxes", "exemption", "papers"]))
    def change_master_data(self, who: int, what: str) -> None:
        self.world.change_master_data(what, who)

    # --- What a platform reports --------------------------------------------------------------------------------------

    @rule(who=whose, happened=happenings, way=ways_to_send, delay=delays, order=st.integers(0, 3))
    def report(self, who: int, happened: list[Happening], way: str, delay: timedelta, order: int) -> None:
        self.sender.report(who, happened, way=way, delay=delay, order=order)

    @precondition(lambda self: self.sender.has_sent())
    @rule(what=st.sampled_from(["repeat", "contradict", "retract", "retract"]), place=places, way=ways_to_send)
    def send_something_again(self, what: str, place: int, way: str) -> None:
        getattr(self.sender, what)(place, way=way)

    # --- Months that are lived and closed -----------------------------------------------------------------------------

    @rule(who=whose, happened=happenings, closing=ways_to_close, closes=st.integers(1, 4), tidy=st.booleans())
    def live_on(self, who: int, happened: list[Happening], closing: str, closes: int, tidy: bool) -> None:
        for _ in range(closes):
            self._advance_to_what_falls_due_next()
            self.sender.report(who, happened, way="trusted", delay=AN_HOUR, order=0)
            let_it_fall_due(self.world, way=closing)
            if tidy:
                mending.mend_everything()

    @rule(who=whose, happened=happenings, late=happenings, closing=ways_to_close)
    def live_on_and_report_some_of_it_late(
        self, who: int, happened: list[Happening], late: list[Happening], closing: str
    ) -> None:
        self.live_on(who, happened, closing, closes=1, tidy=True)
        self.world.now += AN_HOUR
        self.sender.report(who, late, way="live", delay=AN_HOUR, order=1)

    @precondition(lambda self: self.sender.has_sent())
    @rule(who=whose, happened=happenings, place=places, closing=ways_to_close)
    def live_on_and_take_something_back(self, who: int, happened: list[Happening], place: int, closing: str) -> None:
        self.sender.retract(place, way="live")
        self.live_on(who, happened, closing, closes=2, tidy=False)

    @rule(hours=st.sampled_from([1, 5, 24, 24 * 9, 24 * 40]))
    def let_time_pass(self, hours: int) -> None:
        self.world.now += timedelta(hours=hours)

    @rule(closing=ways_to_close)
    def close(self, closing: str) -> None:
        let_it_fall_due(self.world, way=closing)

    @rule(failpoint=st.sampled_from(FAILPOINTS), fault=st.sampled_from(FAULTS), after=st.booleans(), call=calls)
    def close_and_be_struck_down(self, failpoint: str, fault: type[BaseException], after: bool, call: int) -> None:
        self._advance_to_what_falls_due_next()
        strike_down(self.world, failpoint=failpoint, fault=fault, after=after, call=call)

    # --- What waits for a person --------------------------------------------------------------------------------------

    @precondition(lambda self: mending.waiting())
    @rule(which=st.integers(0, 5))
    def mend(self, which: int) -> None:
        cycles = mending.waiting()
        mending.mend(cycles[which % len(cycles)])

    @precondition(lambda self: mending.waiting())
    @rule(which=st.integers(0, 5), choice=st.integers(0, 4))
    def decide(self, which: int, choice: int) -> None:
        cycles = mending.waiting()
        mending.decide(self.world, cycles[which % len(cycles)], which=choice)

    @precondition(lambda self: mending.waiting() and self.sender.has_sent())
    @rule(which=st.integers(0, 5), place=places, closing=ways_to_close)
    def leave_out_what_follows_and_take_something_back(self, which: int, place: int, closing: str) -> None:
        cycles = mending.waiting()
        who = self.world.organizations.index(cycles[which % len(cycles)].organization)
        mending.leave_out_everything(self.world)
        mending.mend_everything()
        self.live_on(who, [], closing, closes=1, tidy=False)
        self.sender.retract(place, way="live")
        self.live_on(who, [], closing, closes=1, tidy=True)

    # --- What must be true --------------------------------------------------------------------------------------------

    @invariant()
    def the_books_hold(self) -> None:
        """Look at the books after whatever wrote anything; they depend on nothing but the rows."""
        written = rows_written()
        if written == self.written:
            return
        self.written = written
        assert_the_books_hold()
        self.remembered.assert_unchanged()
        for invoice in Invoice.objects.exclude(pk__in=self.verified):
            assert verify_invoice(invoice) == []
            self.verified.add(invoice.pk)

    def teardown(self) -> None:
        """Settle what waits, change everything that may change, and compute every document again."""
        try:
            if hasattr(self, "world"):
                self._settle()
                # Once more, for what follows only when the next period closes.
                self.world.now += timedelta(days=31)
                self._settle()
                assert_closed_periods_are_billed_in_full()
                self.the_books_hold()
                self.remembered.assert_unchanged(EVERYTHING)
                self.sender.assert_everything_acknowledged_is_there()
                _change_everything()
                assert [difference for invoice in Invoice.objects.all() for difference in verify_invoice(invoice)] == []
                self.remembered.assert_unchanged(EVERYTHING)
                connection.check_constraints()
        finally:
            transaction.set_rollback(True)
            self._ground.__exit__(None, None, None)

    def _advance_to_what_falls_due_next(self) -> None:
        now = self.world.now
        instants = [
            instant
            for starts_at, cutoff_at in BillingCycle.objects.exclude(state="closed").values_list(
                "starts_at", "cutoff_at"
            )
            for instant in (starts_at, cutoff_at)
            if instant > now
        ]
        self.world.now = min(instants, default=now + timedelta(days=1))

    def _settle(self) -> None:
        """Mend and decide whatever waits: then nothing is held any longer (BR-72)."""
        held = BillingCycle.objects.exclude(held_reasons=[])
        for _ in range(MONTHS_TO_CATCH_UP):
            self.world.now += AN_HOUR
            mending.mend_everything()
            mending.decide_for_good(self.world)
            let_it_fall_due(self.world, way="sweep")
            if not held.exists():
                return
        raise AssertionError(f"nothing mends it: {list(held.values('subscription', 'index', 'held_reasons'))}")


def _change_everything() -> None:
    """Type over whatever an issued document was made from."""
    SubscriptionPrice.objects.update(price=1, overage_price=2, commitment=3)
    PriceBookEntry.objects.update(price=4)
    AuthorityRate.objects.update(rate=99)
    VoiceRateDeckVersion.objects.filter(effective_date=LONG_AGO).update(effective_date="2090-01-01")
    Subscription.objects.update(net_days=1, cutoff_hours=48, ramp_months=9, last_service_date=None, cancelled_on=None)
    Organization.objects.update(name="Renamed", legal_name="Renamed")


COMMON = settings(deadline=None, database=None, suppress_health_check=list(HealthCheck), print_blob=True)


@pytest.fixture(autouse=True)
def _usage_may_jump() -> Iterator[None]:
    """Random usage jumps as nobody's does; every other safety bound stays, and holds nothing that is right."""
    with override_settings(SAFETY_BOUND_ARREARS_TIMES=10**9):
        yield


@pytest.mark.parametrize("failpoint", FAILPOINTS)
def test_a_failpoint_names_a_function(failpoint: str) -> None:
    assert callable(resolve_name(failpoint))


@seed({"sqlite": 1, "postgresql": 2}[connection.vendor])
class BillingAsBefore(Billing):
    """Goes through the same examples each time: nobody's change fails by bad luck. Each database has its own."""


def test_the_books_hold_whatever_happens() -> None:
    run_state_machine_as_test(BillingAsBefore, settings=settings(COMMON, max_examples=15, stateful_step_count=25))


@pytest.mark.long
def test_the_books_hold_whatever_happens_for_long() -> None:
    """Hypothesis tries other examples each time, and prints the steps of one that fails."""
    run_state_machine_as_test(Billing, settings=settings(COMMON, max_examples=200, stateful_step_count=40))
