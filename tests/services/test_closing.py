"""Closing by the sweep: each period once, in order, dated by the calendar (BR-03, BR-70, BR-71, BR-73)."""

from datetime import UTC, date, datetime, timedelta

import pytest

from invoices.models import BillingCycle, Invoice, InvoiceLine
from invoices.services.closing import Outcome
from invoices.services.sweeping import close_due_cycles
from invoices.services.verifying import verify_invoice
from tests.books import contents, rows_per_table
from tests.factories.subscriptions import a_change, a_prepaid_subscription, a_subscription, an_organization
from tests.factories.usage import a_working_day, report

pytestmark = pytest.mark.usefixtures("billing")

# January 15 to February 14, 2026 in New York; the cut-off is six hours after the period's end.
BEGIN = datetime(2026, 1, 15, 5, tzinfo=UTC)
CUTOFF = datetime(2026, 2, 15, 11, tzinfo=UTC)
SECOND_CUTOFF = datetime(2026, 3, 15, 10, tzinfo=UTC)
THIRD_CUTOFF = datetime(2026, 4, 15, 10, tzinfo=UTC)
A_SECOND = timedelta(seconds=1)


def test_the_order_of_january_15_bills_to_february_14():
    subscription = a_subscription()
    report(subscription.organization, *a_working_day("ann", "2026-01-20"))

    close_due_cycles(now=CUTOFF)

    invoice = Invoice.objects.get()
    line = invoice.lines.get()
    assert (line.service_start, line.service_end) == (date(2026, 1, 15), date(2026, 2, 14))
    assert (invoice.invoice_date, invoice.due_date) == (date(2026, 2, 15), date(2026, 3, 17))
    assert (invoice.number, str(invoice.total)) == ("INV-000001", "75.00")


@pytest.mark.parametrize(
    ("case", "now", "states"),
    [
        ("before it begins", BEGIN - A_SECOND, []),
        ("as it begins", BEGIN, ["open"]),
        ("at its end", CUTOFF - timedelta(hours=6), ["open"]),
        ("a second before the cut-off", CUTOFF - A_SECOND, ["open"]),
        ("at the cut-off", CUTOFF, ["closed", "open"]),
        ("at the next one", SECOND_CUTOFF, ["closed", "closed", "open"]),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_cycle_opens_at_its_first_midnight_and_closes_at_its_cut_off(case, now, states):
    a_subscription()

    close_due_cycles(now=now)

    assert list(BillingCycle.objects.values_list("state", flat=True)) == states


def test_a_second_sweep_writes_nothing():
    subscription = a_prepaid_subscription()
    report(subscription.organization, *a_working_day("ann", "2026-01-20", "purecloud-3"))
    close_due_cycles(now=CUTOFF)
    before = contents()

    assert close_due_cycles(now=CUTOFF) == []
    assert close_due_cycles(now=CUTOFF + timedelta(minutes=1)) == []

    assert contents() == before


def test_a_sweep_with_a_clock_that_went_back_reopens_nothing():
    subscription = a_prepaid_subscription()
    report(subscription.organization, *a_working_day("ann", "2026-01-20", "purecloud-3"))
    close_due_cycles(now=SECOND_CUTOFF)
    before = contents()

    assert close_due_cycles(now=SECOND_CUTOFF - timedelta(days=1)) == []
    assert close_due_cycles(now=BEGIN) == []

    assert contents() == before


def test_one_invoice_bears_the_arrears_and_the_next_advance_with_their_own_dates():
    subscription = a_prepaid_subscription()
    for user in ("ann", "ben", "cid"):
        report(subscription.organization, *a_working_day(user, "2026-01-20", "purecloud-3"))

    steps = close_due_cycles(now=CUTOFF)

    assert [step.outcome for step in steps] == [Outcome.OPENED, Outcome.CLOSED]
    opening, closing = (step.invoice for step in steps)
    assert described(opening) == [("prepay", "280.00", "2026-01-15", "2026-02-14")]
    assert described(closing) == [
        ("prepay", "280.00", "2026-02-15", "2026-03-14"),
        ("overage", "150.00", "2026-01-15", "2026-02-14"),
    ]
    assert Invoice.objects.count() == 2


def test_three_missed_months_are_caught_up_in_order_each_with_its_own_usage():
    subscription = a_subscription()
    months = [("2026-01-20", 1), ("2026-02-20", 2), ("2026-03-20", 3)]
    for day, people in months:
        for number in range(people):
            report(subscription.organization, *a_working_day(f"user-{number}", day))

    steps = close_due_cycles(now=THIRD_CUTOFF)

    assert [step.outcome for step in steps] == [Outcome.OPENED, *3 * [Outcome.CLOSED]]
    invoices = list(Invoice.objects.order_by("sequence"))
    assert [described(invoice) for invoice in invoices] == [
        [("usage", "75.00", "2026-01-15", "2026-02-14")],
        [("usage", "150.00", "2026-02-15", "2026-03-14")],
        [("usage", "225.00", "2026-03-15", "2026-04-14")],
    ]
    # More than three days late: dated on the day of issue, and due from there (BR-03).
    assert [invoice.invoice_date for invoice in invoices] == 3 * [date(2026, 4, 15)]
    assert [invoice.due_date for invoice in invoices] == 3 * [date(2026, 5, 15)]


def test_catching_up_issues_what_closing_in_time_would_have_issued():
    def life(code):
        subscription = a_prepaid_subscription(an_organization(code))
        for day in ("2026-01-20", "2026-02-20", "2026-03-20"):
            for user in ("ann", "ben", "cid")[: 3 if day < "2026-03" else 1]:
                report(subscription.organization, *a_working_day(user, day, "purecloud-3"))
        return subscription

    in_time, late = life("punctual"), life("late")
    for now in (BEGIN, CUTOFF, SECOND_CUTOFF, THIRD_CUTOFF):
        close_due_cycles(now=now, organization_id=in_time.organization_id)
    close_due_cycles(now=THIRD_CUTOFF, organization_id=late.organization_id)

    documents = {
        subscription: [described(invoice) for invoice in subscription.invoices.order_by("sequence")]
        for subscription in (in_time, late)
    }
    assert documents[in_time] == documents[late]
    assert len(documents[late]) == 4


@pytest.mark.parametrize(
    ("case", "late_by", "dated"),
    [
        ("at once", timedelta(0), date(2026, 2, 15)),
        ("two days late", timedelta(days=2), date(2026, 2, 15)),
        ("three days late", timedelta(days=3), date(2026, 2, 15)),
        ("three days and a second late", timedelta(days=3, seconds=1), date(2026, 2, 18)),
        ("late on the evening of a day in New York", timedelta(days=9, hours=17), date(2026, 2, 24)),
        ("two months late", timedelta(days=60), date(2026, 4, 16)),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_document_is_dated_on_the_anniversary_unless_it_is_more_than_three_days_late(case, late_by, dated):
    subscription = a_subscription(net_days=45)
    report(subscription.organization, *a_working_day("ann", "2026-01-20"))
    close_due_cycles(now=BEGIN)

    close_due_cycles(now=CUTOFF + late_by)

    invoice = Invoice.objects.order_by("sequence").first()
    assert (invoice.invoice_date, invoice.due_date) == (dated, dated + timedelta(days=45))
    assert described(invoice) == [("usage", "75.00", "2026-01-15", "2026-02-14")]


def test_a_job_two_days_late_makes_the_same_invoice():
    for code, now in (("punctual", CUTOFF), ("late", CUTOFF + timedelta(days=2))):
        subscription = a_subscription(an_organization(code))
        report(
            subscription.organization,
            *a_working_day("ann", "2026-01-20"),
            *a_working_day("ben", "2026-01-20", received="2026-02-15T11:00:00Z"),
            *a_working_day("cid", "2026-01-20", received="2026-02-15T11:00:01Z"),
            *a_working_day("dot", "2026-02-16"),
        )
        close_due_cycles(now=BEGIN, organization_id=subscription.organization_id)
        close_due_cycles(now=now, organization_id=subscription.organization_id)

    punctual, late = Invoice.objects.order_by("sequence")
    assert described(punctual) == described(late) == [("usage", "150.00", "2026-01-15", "2026-02-14")]
    assert (punctual.invoice_date, punctual.due_date) == (late.invoice_date, late.due_date)


def test_a_cycle_is_stored_with_its_bounds_when_it_is_opened():
    a_subscription(effective_date=date(2026, 1, 31))

    close_due_cycles(now=datetime(2026, 2, 28, 11, tzinfo=UTC))

    following = BillingCycle.objects.get(index=1)
    assert (following.period_start, following.period_end) == (date(2026, 2, 28), date(2026, 3, 31))
    # The clocks go forward on March 8: 31 days of 743 hours.
    assert following.starts_at == datetime(2026, 2, 28, 5, tzinfo=UTC)
    assert following.ends_at == datetime(2026, 3, 31, 4, tzinfo=UTC)
    assert following.cutoff_at == datetime(2026, 3, 31, 10, tzinfo=UTC)


def test_a_period_begins_where_the_last_one_ended_whatever_became_of_the_zone():
    subscription = a_subscription()
    close_due_cycles(now=BEGIN)
    subscription.time_zone = "Asia/Tokyo"
    subscription.save()

    close_due_cycles(now=CUTOFF)

    running, following = BillingCycle.objects.order_by("index")
    assert running.ends_at == datetime(2026, 2, 15, 5, tzinfo=UTC)
    assert following.starts_at == running.ends_at
    assert following.ends_at == datetime(2026, 3, 14, 15, tzinfo=UTC)


@pytest.mark.parametrize("effective_date", [date(2024, 1, 29), date(2024, 1, 30), date(2024, 1, 31), date(2024, 2, 29)])
def test_periods_tile_time_from_any_month_end(effective_date):
    a_subscription(effective_date=effective_date)

    steps = close_due_cycles(now=datetime(2025, 4, 2, tzinfo=UTC))

    assert len(steps) >= 13
    assert {step.outcome for step in steps} == {Outcome.OPENED, Outcome.CLOSED}
    starts = set(BillingCycle.objects.values_list("period_start", flat=True))
    assert {start.day for start in starts if start.month not in {2, 4, 6, 9, 11}} == {effective_date.day}


def test_nothing_due_is_no_invoice_and_no_number():
    a_subscription()

    steps = close_due_cycles(now=CUTOFF)

    assert [(step.outcome, step.invoice) for step in steps] == [(Outcome.OPENED, None), (Outcome.CLOSED, None)]
    counted = rows_per_table()
    assert counted["invoices.Invoice"] == counted["invoices.NumberSeries"] == 0
    assert counted["invoices.LedgerTransaction"] == counted["invoices.RenderedPdf"] == 0
    cycle = BillingCycle.objects.get(index=0)
    assert (cycle.state, cycle.closed_at) == ("closed", CUTOFF)
    assert cycle.usage_snapshot is not None
    assert cycle.terms_snapshot is not None


def test_the_last_period_of_a_cancelled_subscription_ends_it():
    subscription = a_prepaid_subscription(last_service_date=date(2026, 2, 25), cancelled_on=date(2026, 2, 10))
    for user in ("ann", "ben", "cid"):
        report(subscription.organization, *a_working_day(user, "2026-02-20", "purecloud-3"))

    close_due_cycles(now=datetime(2026, 2, 26, 11, tzinfo=UTC))
    close_due_cycles(now=datetime(2026, 9, 1, tzinfo=UTC))

    last = BillingCycle.objects.order_by("index").last()
    assert (last.index, last.state, last.period_end) == (1, "closed", date(2026, 2, 26))
    invoices = list(Invoice.objects.order_by("sequence"))
    assert [invoice.invoice_date for invoice in invoices] == [date(2026, 2, 26)] * 2 + [date(2026, 2, 26)]
    assert described(invoices[-1]) == [("overage", "150.00", "2026-02-15", "2026-02-25")]
    assert described(invoices[-2]) == [("prepay", "280.00", "2026-02-15", "2026-02-25")]


def test_organizations_are_billed_apart_with_the_same_event_ids():
    subscriptions = [a_subscription(an_organization(code)) for code in ("lantern", "harbor")]
    for subscription, people in zip(subscriptions, (1, 2), strict=True):
        for number in range(people):
            report(subscription.organization, *a_working_day(f"user-{number}", "2026-01-20"))

    close_due_cycles(now=CUTOFF)

    totals = {invoice.organization.code: str(invoice.total) for invoice in Invoice.objects.all()}
    assert totals == {"lantern": "75.00", "harbor": "150.00"}


def test_one_organization_may_be_closed_by_itself():
    first, second = (a_subscription(an_organization(code)) for code in ("lantern", "harbor"))
    close_due_cycles(now=BEGIN)

    close_due_cycles(now=CUTOFF, organization_id=first.organization_id)

    assert BillingCycle.objects.filter(subscription=first).count() == 2
    assert BillingCycle.objects.filter(subscription=second).count() == 1


def test_a_change_recorded_before_the_close_is_wholly_in_it():
    subscription = a_prepaid_subscription()
    close_due_cycles(now=BEGIN)
    a_change(
        subscription=subscription,
        product_id="purecloud-3",
        effective_date=date(2026, 2, 15),
        commitment=5,
        price="141.50",
        recorded_at=CUTOFF - timedelta(days=3),
        reason="Three more seats",
    )

    close_due_cycles(now=CUTOFF)

    line = InvoiceLine.objects.get(service_start=date(2026, 2, 15))
    assert (line.quantity, line.unit_price, str(line.amount)) == (5, 141.5, "707.50")


def described(invoice):
    """Return kind, amount and service dates of each line of a document."""
    return [
        (line.kind, str(line.amount), line.service_start.isoformat(), line.service_end.isoformat())
        for line in invoice.lines.all()
    ]


def test_a_cancellation_shortens_the_running_period_and_its_withdrawal_lengthens_it_again():
    subscription = a_subscription()
    close_due_cycles(now=BEGIN)
    subscription.last_service_date = date(2026, 1, 25)
    subscription.cancelled_on = date(2026, 1, 20)
    subscription.save()

    close_due_cycles(now=datetime(2026, 1, 21, tzinfo=UTC))
    running = BillingCycle.objects.get()
    assert running.period_end == date(2026, 1, 26)
    assert running.cutoff_at == datetime(2026, 1, 26, 11, tzinfo=UTC)

    subscription.last_service_date = subscription.cancelled_on = None
    subscription.save()
    assert close_due_cycles(now=datetime(2026, 1, 26, 11, tzinfo=UTC)) == []
    running.refresh_from_db()
    assert running.period_end == date(2026, 2, 15)
    assert running.cutoff_at == CUTOFF


def test_a_cancelled_agreement_closes_after_its_last_day_and_never_again():
    subscription = a_subscription()
    close_due_cycles(now=BEGIN)
    subscription.last_service_date = date(2026, 1, 25)
    subscription.cancelled_on = date(2026, 1, 20)
    subscription.save()

    (step,) = close_due_cycles(now=datetime(2026, 1, 26, 11, tzinfo=UTC))

    assert step.outcome is Outcome.CLOSED
    assert close_due_cycles(now=datetime(2026, 6, 1, tzinfo=UTC)) == []
    assert BillingCycle.objects.get().period_end == date(2026, 1, 26)


def test_a_prepaid_year_whose_cancellation_was_withdrawn_is_paid_for_to_its_end():
    subscription = a_prepaid_subscription(
        commercial_model="PREPAY", last_service_date=date(2026, 4, 20), cancelled_on=date(2026, 1, 10)
    )
    close_due_cycles(now=BEGIN)
    subscription.last_service_date = subscription.cancelled_on = None
    subscription.save()

    close_due_cycles(now=datetime(2027, 1, 15, 11, tzinfo=UTC))

    prepaid = InvoiceLine.objects.filter(kind="prepay").order_by("service_start")
    assert [(line.months, str(line.amount), line.service_end) for line in prepaid] == [
        (4, "1120.00", date(2026, 4, 20)),
        (8, "2240.00", date(2027, 1, 14)),
        (12, "3360.00", date(2028, 1, 14)),
    ]


def test_an_increase_that_a_cancellation_cut_short_is_paid_for_to_the_end_once_it_is_withdrawn():
    subscription = a_prepaid_subscription(commercial_model="PREPAY")
    close_due_cycles(now=BEGIN)
    a_change(
        subscription=subscription,
        product_id="purecloud-3",
        effective_date=date(2026, 2, 15),
        commitment=5,
        recorded_at=BEGIN,
        reason="More",
    )
    subscription.last_service_date, subscription.cancelled_on = date(2026, 4, 14), date(2026, 2, 1)
    subscription.save()
    close_due_cycles(now=CUTOFF)
    subscription.last_service_date = subscription.cancelled_on = None
    subscription.save()

    close_due_cycles(now=datetime(2026, 6, 15, 11, tzinfo=UTC))

    prepaid = InvoiceLine.objects.filter(kind="prepay").order_by("service_start")
    assert [(line.quantity, line.months, line.service_start, line.service_end) for line in prepaid] == [
        (2, 12, date(2026, 1, 15), date(2027, 1, 14)),
        (3, 2, date(2026, 2, 15), date(2026, 4, 14)),
        (3, 9, date(2026, 4, 15), date(2027, 1, 14)),
    ]
    assert [difference for invoice in Invoice.objects.all() for difference in verify_invoice(invoice)] == []
