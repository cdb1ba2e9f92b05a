"""A document is issued whole: number, frozen copy, lines, tax, ledger, the renderer's queue (BR-75, BR-76, BR-79)."""

import copy
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from invoices.models import BillingCycle, Invoice, LedgerEntry, NumberSeries, RenderedPdf
from invoices.services.inputs import save_inputs
from invoices.services.issuing import Issue, issue_invoice
from invoices.services.planning import plan_cycle
from invoices.services.sweeping import close_due_cycles
from subscriptions.models import (
    AuthorityRate,
    BankAccount,
    IssuingEntity,
    Organization,
    OrganizationTax,
    Product,
    Subscription,
    SubscriptionPrice,
    TaxAuthority,
)
from tests.books import rows_per_table
from tests.factories.subscriptions import a_prepaid_subscription, a_subscription, an_issuer, an_organization
from tests.factories.usage import a_working_day, report

pytestmark = pytest.mark.usefixtures("billing")

BEGIN = datetime(2026, 1, 15, 5, tzinfo=UTC)
CUTOFF = datetime(2026, 2, 15, 11, tzinfo=UTC)


class RolledBackError(Exception):
    """Stands for whatever undoes a transaction after a number was taken."""


def test_numbers_are_consecutive_per_entity_and_carry_its_prefix():
    american, british = an_issuer("us"), an_issuer("uk", invoice_prefix="GB/")
    for code, entity in (("a", american), ("b", british), ("c", american), ("d", american), ("e", british)):
        a_prepaid_subscription(an_organization(code), issuing_entity=entity)
        close_due_cycles(now=BEGIN)

    assert list(american.subscriptions.values_list("invoices__number", flat=True).order_by("pk")) == [
        "INV-000001",
        "INV-000002",
        "INV-000003",
    ]
    assert list(british.subscriptions.values_list("invoices__number", flat=True).order_by("pk")) == [
        "GB/000001",
        "GB/000002",
    ]


def test_the_order_of_numbers_is_the_order_of_issue_though_a_sweep_that_began_earlier_comes_later():
    first, second = a_prepaid_subscription(an_organization("a")), a_prepaid_subscription(an_organization("b"))

    close_due_cycles(now=BEGIN + timedelta(minutes=2), organization_id=first.organization_id)
    close_due_cycles(now=BEGIN, organization_id=second.organization_id)

    earlier, later = Invoice.objects.order_by("sequence")
    assert (earlier.subscription, later.subscription) == (first, second)
    assert later.issued_at == earlier.issued_at == BEGIN + timedelta(minutes=2)
    assert later.invoice_date == date(2026, 1, 15)


def test_a_number_that_was_rolled_back_is_given_to_the_next_document():
    for number in range(6):
        a_prepaid_subscription(an_organization(f"org-{number}"))
    for organization in Organization.objects.order_by("pk"):
        if organization.pk % 2:
            with pytest.raises(RolledBackError), transaction.atomic():
                close_and_fail(organization)
        close_due_cycles(now=BEGIN, organization_id=organization.pk)

    assert list(Invoice.objects.order_by("sequence").values_list("number", flat=True)) == [
        f"INV-{number:06}" for number in range(1, 7)
    ]
    assert NumberSeries.objects.get().last_number == 6


def close_and_fail(organization):
    (step,) = close_due_cycles(now=BEGIN, organization_id=organization.pk)
    assert step.invoice is not None
    raise RolledBackError


def test_credit_notes_have_a_series_and_a_prefix_of_their_own():
    subscription = a_subscription(issuing_entity=an_issuer("us", credit_note_prefix="CR-"))
    report(subscription.organization, *a_working_day("ann", "2026-01-20"))
    close_due_cycles(now=CUTOFF)
    report(
        subscription.organization,
        {
            "specversion": "1.0",
            "id": "r-1",
            "source": "/platform",
            "type": "event.retracted",
            "subject": "mistake",
            "time": "2026-02-20T00:00:00Z",
            "data": {"source": "/platform", "id": "ann-in-2026-01-20T14:00:00Z"},
        },
    )

    close_due_cycles(now=datetime(2026, 3, 15, 10, tzinfo=UTC))

    invoice, credit_note = Invoice.objects.order_by("pk")
    assert (invoice.document_type, invoice.number) == ("invoice", "INV-000001")
    assert (credit_note.document_type, credit_note.number) == ("credit_note", "CR-000001")
    assert (credit_note.total, credit_note.lines.get().quantity) == (75, 1)
    assert posted(credit_note) == {"receivable": Decimal("-75.00"), "revenue": Decimal("75.00")}


def test_a_document_is_booked_twice_and_the_sides_are_equal():
    subscription = a_subscription()
    authority = TaxAuthority.objects.create(name="State")
    AuthorityRate.objects.create(
        authority=authority, effective_date=date(2020, 1, 1), rate="6.25", categories=["software"]
    )
    OrganizationTax.objects.create(organization=subscription.organization, authority=authority)
    report(subscription.organization, *a_working_day("ann", "2026-01-20"))

    close_due_cycles(now=CUTOFF)

    invoice = Invoice.objects.get()
    assert (invoice.subtotal, invoice.tax, invoice.total) == (75, Decimal("4.69"), Decimal("79.69"))
    assert posted(invoice) == {
        "receivable": Decimal("79.69"),
        "revenue": Decimal("-75.00"),
        "tax": Decimal("-4.69"),
    }
    assert invoice.ledger_transaction.posted_at == invoice.issued_at == CUTOFF


def test_a_free_month_is_an_invoice_of_zero():
    subscription = a_subscription(prices={"purecloud-1": "0"})
    report(subscription.organization, *a_working_day("ann", "2026-01-20"))

    close_due_cycles(now=CUTOFF)

    invoice = Invoice.objects.get()
    assert (invoice.document_type, invoice.total, invoice.lines.count()) == ("invoice", 0, 1)
    assert not LedgerEntry.objects.exists()


def test_a_document_waits_for_its_pdf_from_the_moment_it_is_issued():
    a_prepaid_subscription()

    close_due_cycles(now=BEGIN)

    pdf = RenderedPdf.objects.get()
    assert (pdf.invoice, pdf.next_attempt_at, pdf.rendered_at) == (Invoice.objects.get(), BEGIN, None)


def test_the_same_charge_is_refused_a_second_time_and_leaves_nothing():
    subscription = a_subscription()
    report(subscription.organization, *a_working_day("ann", "2026-01-20"))
    close_due_cycles(now=BEGIN)
    plan = plan_cycle(BillingCycle.objects.get(), issued_at=CUTOFF)
    close_due_cycles(now=CUTOFF)
    before = rows_per_table()
    issue = Issue(
        subscription=subscription,
        cycle=None,
        period=None,
        issued_at=CUTOFF + timedelta(days=1),
        terms=save_inputs(plan.inputs, organization_id=subscription.organization_id),
    )
    before["invoices.TermsSnapshot"] += 1

    with pytest.raises(IntegrityError), transaction.atomic():
        issue_invoice(plan.draft, issue=issue)

    assert rows_per_table() == before
    assert NumberSeries.objects.get().last_number == 1


def test_an_issued_document_keeps_its_own_copy_of_everything_it_says():
    subscription = a_prepaid_subscription(po_number="PO-7")
    BankAccount.objects.create(
        issuing_entity=subscription.issuing_entity,
        currency="USD",
        bank_name="First Harbor Bank",
        details=[["Routing (ACH)", "021000021"]],
    )
    close_due_cycles(now=BEGIN)
    before = said(Invoice.objects.get())
    kept = copy.deepcopy(before)

    Organization.objects.update(name="New", legal_name="New Ltd.", address="Elsewhere", country="GB", tax_id="GB1")
    IssuingEntity.objects.update(legal_name="Other, Inc.", address="Nowhere", tax_ids=["X"], invoice_prefix="Z-")
    BankAccount.objects.update(bank_name="Another Bank", details=[])
    Product.objects.update(name="Renamed")
    SubscriptionPrice.objects.update(price=1, overage_price=2)
    Subscription.objects.update(net_days=1, po_number="", edition="2025", currency="USD", time_zone="Asia/Tokyo")

    assert said(Invoice.objects.get()) == before == kept
    frozen = Invoice.objects.get().frozen
    assert frozen["issuer"]["legal_name"] == "Northwind Cloud, Inc."
    assert frozen["issuer"]["bank"] == {"bank_name": "First Harbor Bank", "details": [["Routing (ACH)", "021000021"]]}
    assert frozen["bill_to"]["legal_name"] == "Lantern Foods, Inc."
    assert (frozen["time_zone"], frozen["net_days"], frozen["po_number"]) == ("America/New_York", 30, "PO-7")
    assert frozen["period"] == {"start": "2026-01-15", "last_day": "2026-02-14"}
    assert Invoice.objects.get().lines.get().description == "PureCloud 3"


def test_without_a_bank_account_in_the_currency_there_is_none_on_the_document():
    subscription = a_prepaid_subscription(currency="EUR")
    BankAccount.objects.create(issuing_entity=subscription.issuing_entity, currency="USD", bank_name="US", details=[])

    close_due_cycles(now=BEGIN)

    assert Invoice.objects.get().frozen["issuer"]["bank"] is None


def posted(invoice):
    """Return the entries of a document by account."""
    return dict(invoice.ledger_transaction.entries.values_list("account", "amount"))


def said(invoice):
    """Return everything that a document says."""
    own = {field.name: getattr(invoice, field.name) for field in invoice._meta.concrete_fields}
    return own | {"lines": list(invoice.lines.values()), "taxes": list(invoice.taxes.values())}
