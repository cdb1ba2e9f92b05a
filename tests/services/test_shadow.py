"""An organization in shadow: its cycles close as ever, and nothing is issued for it until it goes live (ADR 42)."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.contrib.auth.models import User
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from invoices.models import (
    BillingCycle,
    Invoice,
    InvoiceDelivery,
    LedgerTransaction,
    NumberSeries,
    PeriodCorrection,
    RenderedPdf,
    Shadow,
    ShadowBill,
    TooLateUsage,
)
from invoices.services.books.shadow import find_shadow_faults
from invoices.services.closing import Outcome
from invoices.services.orders import invoice_due_orders
from invoices.services.shadow.beginning import Launch, ShadowError, begin_shadow, go_live, list_launch_days
from invoices.services.sweeping import close_due_cycles
from invoices.services.too_late import list_too_late_usage
from invoices.services.verifying import (
    list_closes_without_document,
    list_documents_to_verify,
    list_openings_without_document,
    verify_invoice,
)
from subscriptions.domain.violations import Refused
from subscriptions.models import DeletionPermit, Order, Product
from tests.factories.subscriptions import a_prepaid_subscription, an_organization
from tests.factories.usage import a_working_day, report
from tests.trail import trail_of

pytestmark = pytest.mark.usefixtures("billing")

BEGIN = datetime(2026, 1, 15, 5, tzinfo=UTC)
CUTOFF = datetime(2026, 2, 15, 11, tzinfo=UTC)
SECOND_CUTOFF = datetime(2026, 3, 15, 10, tzinfo=UTC)
THIRD_CUTOFF = datetime(2026, 4, 15, 10, tzinfo=UTC)
SECOND, THIRD = date(2026, 2, 15), date(2026, 3, 15)


@pytest.fixture
def lea():
    return User.objects.create_superuser("lea")


def in_shadow(lea, code="lantern", **terms):
    """Return an agreement on 2 seats in shadow, whose first period has begun; three people use it."""
    subscription = a_prepaid_subscription(an_organization(code), **terms)
    for user in ("ann", "ben", "cid"):
        report(subscription.organization, *a_working_day(user, "2026-01-20", "purecloud-3"))
    begin_shadow(subscription.organization, reason="Moves in.", by=lea, now=BEGIN)
    return subscription


def live(subscription, day, lea, *, ahead_is_billed, today=SECOND):
    launch = Launch(live_from=day, ahead_is_billed=ahead_is_billed, reason="It agrees.")
    return go_live(subscription.organization.shadow.pk, launch, today=today, by=lea, now=BEGIN)


def bills(subscription):
    """Return what stands in shadow: opening or close, and each line's kind, quantity, amount and first day."""
    rows = ShadowBill.objects.filter(subscription=subscription).order_by("pk").prefetch_related("lines")
    return [(bill.is_opening, said(bill.lines.all())) for bill in rows]


def issued(subscription):
    return [said(invoice.lines.order_by("position")) for invoice in subscription.invoices.order_by("sequence")]


def said(lines):
    return [(line.kind, line.quantity, line.amount, line.service_start) for line in lines]


SEATS = ("prepay", Decimal(2), Decimal("280.00"))
ONE_MORE = ("overage", Decimal(1), Decimal("150.00"), date(2026, 1, 15))


def test_it_closes_as_ever_and_nothing_is_issued(lea):
    shadowed, billed = in_shadow(lea), a_prepaid_subscription(an_organization("billed"))
    for user in ("ann", "ben", "cid"):
        report(billed.organization, *a_working_day(user, "2026-01-20", "purecloud-3"))

    close_due_cycles(now=BEGIN)
    steps = close_due_cycles(now=CUTOFF)

    assert [step.outcome for step in steps] == [Outcome.CLOSED, Outcome.CLOSED]
    expected = [[(*SEATS, date(2026, 1, 15))], [(*SEATS, SECOND), ONE_MORE]]
    assert issued(billed) == expected
    assert bills(shadowed) == list(zip([True, False], expected, strict=True))
    organization = shadowed.organization
    for model in (Invoice, LedgerTransaction, RenderedPdf, InvoiceDelivery):
        assert not model.objects.filter(organization=organization).exists()
    # The numbers are those of the other organization: none was spent.
    assert NumberSeries.objects.get().last_number == 2
    first, second = shadowed.cycles.order_by("index")
    of_billed = billed.cycles.get(index=0)
    assert (first.state, second.state, first.arrears) == ("closed", "open", of_billed.arrears)
    assert first.usage_snapshot.quantities == of_billed.usage_snapshot.quantities
    assert first.terms_snapshot.terms["tax_rates"] == of_billed.terms_snapshot.terms["tax_rates"]
    bill = first.shadow_bills.get(is_opening=False)
    assert (bill.subtotal, bill.total) == (Decimal("430.00"), Decimal("430.00"))
    assert bill.frozen["bill_to"]["legal_name"] == organization.legal_name


def test_a_shadow_costs_a_chunk_no_statement_per_organization(lea):
    def statements(size, code):
        for number in range(size):
            in_shadow(lea, f"{code}-{number}")
        close_due_cycles(now=BEGIN)
        with CaptureQueriesContext(
            connection,
        ) as found:
            close_due_cycles(now=CUTOFF)
        # Usage is read for each by itself (ADR 29), and nothing else.
        return [query["sql"] for query in found if "shadow" in query["sql"] or "invoices_invoice" in query["sql"]]

    assert len(statements(1, "one")) == len(statements(4, "four"))


def test_what_is_due_without_a_charge_is_kept_as_nothing(lea):
    idle = a_prepaid_subscription(commercial_model="MONTH_TO_MONTH")
    begin_shadow(idle.organization, reason="Moves in.", by=lea, now=BEGIN)
    close_due_cycles(now=CUTOFF)
    assert bills(idle) == [(False, [])]
    assert ShadowBill.objects.get().total == 0


def test_a_year_in_advance_stands_in_shadow_once(lea):
    yearly = in_shadow(lea, commercial_model="PREPAY")
    close_due_cycles(now=SECOND_CUTOFF)
    kinds = [[line[0] for line in lines] for _is_opening, lines in bills(yearly)]
    assert kinds == [["prepay"], ["overage"], []]


# --- Going live ------------------------------------------------------------------------------------------------------


def test_only_what_falls_due_from_the_boundary_on_is_billed(lea):
    subscription = in_shadow(lea)
    close_due_cycles(now=CUTOFF)
    report(subscription.organization, *(a_working_day("dan", "2026-02-20", "purecloud-3")))
    live(subscription, SECOND, lea, ahead_is_billed=True)

    close_due_cycles(now=SECOND_CUTOFF)

    # The seats from February 15 on were billed by the old system; nobody is above them.
    assert issued(subscription) == [[(*SEATS, THIRD)]]
    assert not [verify_invoice(row) for row in list_documents_to_verify(organization_id=None) if verify_invoice(row)]


def test_an_advance_that_was_not_billed_is_billed_when_it_goes_live(lea):
    subscription = in_shadow(lea)
    close_due_cycles(now=CUTOFF)
    live(subscription, SECOND, lea, ahead_is_billed=False)

    close_due_cycles(now=CUTOFF)
    assert issued(subscription) == [[(*SEATS, SECOND)]]
    close_due_cycles(now=SECOND_CUTOFF)

    assert issued(subscription) == [[(*SEATS, SECOND)], [(*SEATS, THIRD)]]
    assert [verify_invoice(row) for row in list_documents_to_verify(organization_id=None)] == [[], []]


def test_the_boundary_may_lie_ahead(lea):
    subscription = in_shadow(lea)
    close_due_cycles(now=CUTOFF)
    live(subscription, THIRD, lea, ahead_is_billed=False)

    close_due_cycles(now=SECOND_CUTOFF)

    assert [is_opening for is_opening, _lines in bills(subscription)] == [True, False, False]
    assert issued(subscription) == [[(*SEATS, THIRD)]]


def test_of_a_year_that_was_billed_nothing_is_billed_again(lea):
    yearly = in_shadow(lea, commercial_model="PREPAY")
    close_due_cycles(now=CUTOFF)
    live(yearly, SECOND, lea, ahead_is_billed=True)
    close_due_cycles(now=THIRD_CUTOFF)
    assert issued(yearly) == []


def test_of_a_year_that_was_not_billed_the_rest_is(lea):
    yearly = in_shadow(lea, commercial_model="PREPAY")
    close_due_cycles(now=CUTOFF)
    live(yearly, SECOND, lea, ahead_is_billed=False)
    close_due_cycles(now=THIRD_CUTOFF)
    # 2 seats x 140.00 x 11 months that are left, once.
    assert issued(yearly) == [[("prepay", Decimal(2), Decimal("3080.00"), SECOND)]]
    assert [verify_invoice(row) for row in list_documents_to_verify(organization_id=None)] == [[]]


def test_late_usage_of_a_period_in_shadow_is_not_corrected(lea):
    subscription = in_shadow(lea)
    close_due_cycles(now=CUTOFF)
    live(subscription, SECOND, lea, ahead_is_billed=True)
    report(
        subscription.organization, *a_working_day("eve", "2026-01-22", "purecloud-3", received="2026-03-01T12:00:00Z")
    )
    close_due_cycles(now=THIRD_CUTOFF)
    list_too_late_usage(now=datetime(2026, 12, 1, tzinfo=UTC))
    assert not PeriodCorrection.objects.exists()
    assert not TooLateUsage.objects.exists()
    assert [line[0] for lines in issued(subscription) for line in lines] == ["prepay", "prepay"]


def test_what_is_not_issued_is_not_missed(lea):
    in_shadow(lea)
    close_due_cycles(now=SECOND_CUTOFF)
    assert not list_closes_without_document(organization_id=None).exists()
    assert not list_openings_without_document(organization_id=None).exists()


def test_an_order_is_invoiced_only_from_the_boundary_on(lea):
    subscription = in_shadow(lea)
    enablement = Product.objects.create(code="enablement", name="Enablement", kind="one_time")
    for day in (date(2026, 1, 20), date(2026, 2, 20)):
        Order.objects.create(
            organization=subscription.organization,
            subscription=subscription,
            product=enablement,
            quantity=1,
            price=Decimal("500.00"),
            processed_on=day,
        )
    assert invoice_due_orders(now=SECOND_CUTOFF) == []
    close_due_cycles(now=CUTOFF)
    live(subscription, SECOND, lea, ahead_is_billed=True)
    assert [invoice.invoice_date for invoice in invoice_due_orders(now=SECOND_CUTOFF)] == [SECOND_CUTOFF.date()]


def test_books_that_both_systems_or_neither_would_bill_are_found(lea):
    subscription = in_shadow(lea)
    close_due_cycles(now=CUTOFF)
    organization_id = subscription.organization_id
    assert list(find_shadow_faults(organization_id)) == []
    with transaction.atomic():
        live(subscription, SECOND, lea, ahead_is_billed=False)
        close_due_cycles(now=CUTOFF)
        # As if the organization had never been taken live.
        DeletionPermit.objects.create(organization=subscription.organization, reason="A test.")
        Shadow.objects.all().delete()
        Shadow.objects.create(organization_id=organization_id, reason="x", begun_at=BEGIN, begun_by=lea)
        told = [fault.what for fault in find_shadow_faults(organization_id)]
        assert told == ["it was issued for what the old system bills"]
        transaction.set_rollback(True)


# --- What is refused -------------------------------------------------------------------------------------------------


def codes(refused):
    return [reason.code for reason in refused.value.reasons]


def test_who_is_billed_here_is_not_put_into_shadow(lea):
    billed = a_prepaid_subscription()
    close_due_cycles(now=BEGIN)
    with pytest.raises(Refused) as refused:
        begin_shadow(billed.organization, reason=" ", by=lea, now=BEGIN)
    assert codes(refused) == [ShadowError.BILLED, ShadowError.NO_REASON]
    assert not Shadow.objects.exists()


def test_each_moves_in_once(lea):
    subscription = in_shadow(lea)
    with pytest.raises(Refused) as refused:
        begin_shadow(subscription.organization, reason="Again.", by=lea, now=BEGIN)
    assert codes(refused) == [ShadowError.KNOWN]


def test_it_goes_live_once_and_from_no_closed_period(lea):
    subscription = in_shadow(lea)
    close_due_cycles(now=CUTOFF)
    assert list_launch_days(subscription.organization_id, today=SECOND) == [SECOND, THIRD]
    with pytest.raises(Refused) as refused:
        live(subscription, date(2026, 1, 15), lea, ahead_is_billed=True)
    assert codes(refused) == [ShadowError.NO_BOUNDARY]
    assert Shadow.objects.get().live_from is None
    live(subscription, SECOND, lea, ahead_is_billed=True)
    with pytest.raises(Refused) as refused:
        live(subscription, THIRD, lea, ahead_is_billed=True)
    assert codes(refused) == [ShadowError.LIVE]
    assert Shadow.objects.get().live_from == SECOND


def test_what_was_kept_cannot_be_changed(lea):
    subscription = in_shadow(lea)
    close_due_cycles(now=BEGIN)
    with pytest.raises(IntegrityError, match="frozen"), transaction.atomic():
        ShadowBill.objects.update(total=1)
    with pytest.raises(IntegrityError, match="frozen"), transaction.atomic():
        subscription.cycles.get().shadow_bills.get().lines.update(amount=1)


def test_it_is_told(lea):
    subscription = in_shadow(lea)
    live(subscription, date(2026, 1, 15), lea, ahead_is_billed=True)
    told = [(entry.what, entry.why, entry.who) for entry in trail_of(subscription.organization_id)]
    assert told == [
        ("Taken live: billed here from Jan 15, 2026.", "It agrees.", "lea"),
        ("Put into shadow: its old system bills it.", "Moves in.", "lea"),
    ]
    assert BillingCycle.objects.count() == 0
