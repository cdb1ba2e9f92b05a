"""Which taxes a document bears: rates of its date, certificates, reverse charge; all of it kept (BR-76 to BR-78)."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from invoices.models import BillingCycle, Invoice
from invoices.services import issuing, planning
from invoices.services.inputs import gather_inputs
from invoices.services.issuing import document_taxes
from invoices.services.orders import invoice_due_orders
from invoices.services.sweeping import close_due_cycles
from invoices.services.verifying import verify_invoice
from subscriptions.domain.tax_ids import CHECKED_BY
from subscriptions.models import (
    AuthorityRate,
    ExemptionCertificate,
    IssuingEntity,
    Order,
    Organization,
    OrganizationTax,
    Product,
    Shipment,
    Subscription,
    TaxAuthority,
)
from tests.factories.subscriptions import (
    a_list_price,
    a_prepaid_subscription,
    a_subscription,
    an_issuer,
    an_organization,
)
from tests.factories.usage import a_working_day, report

pytestmark = pytest.mark.usefixtures("billing")

BEGIN = datetime(2026, 1, 15, 5, tzinfo=UTC)
CUTOFF = datetime(2026, 2, 15, 11, tzinfo=UTC)
SECOND_CUTOFF = datetime(2026, 3, 15, 10, tzinfo=UTC)
INVOICE_DATE = date(2026, 2, 15)
GERMAN, FRENCH = "DE136695976", "FR61954506077"
NOTE = "Reverse charge: VAT due by the recipient, Article 196, Directive 2006/112/EC"


def taxed_by(organization: Organization, *rates: tuple[str, str], name: str = "State", position: int = 0) -> None:
    """Let an authority tax an organization's software at rates from days on."""
    authority = TaxAuthority.objects.create(name=name)
    OrganizationTax.objects.create(organization=organization, authority=authority, position=position)
    for effective_date, rate in rates:
        AuthorityRate.objects.create(
            authority=authority, effective_date=effective_date, rate=rate, categories=["software"]
        )


def a_german_sale(**organization: Any) -> Subscription:
    """Return an agreement of a German issuing entity, whose customer would be taxed at 19 percent."""
    german = an_issuer("de", country="DE", legal_name="Nordwind GmbH", tax_ids=["HRB 1234", f"USt-IdNr. {GERMAN}"])
    customer = an_organization("etoile", **{"country": "FR", "tax_id": FRENCH} | organization)
    taxed_by(customer, ("2020-01-01", "19"), name="Umsatzsteuer")
    return a_prepaid_subscription(customer, issuing_entity=german, currency="EUR")


def charged(invoice: Invoice) -> list[tuple[str, Decimal, Decimal]]:
    return list(invoice.taxes.values_list("authority", "rate", "amount"))


def differences() -> list[str]:
    return [difference for invoice in Invoice.objects.all() for difference in verify_invoice(invoice)]


def test_a_business_in_another_member_state_is_invoiced_under_reverse_charge():
    a_german_sale()

    close_due_cycles(now=BEGIN)

    invoice = Invoice.objects.get()
    assert (charged(invoice), invoice.subtotal, invoice.tax, invoice.total) == ([], 280, 0, 280)
    assert invoice.frozen["notes"] == [NOTE, f"VAT numbers: supplier {GERMAN}, recipient {FRENCH}"]
    assert invoice.frozen["tax"] == {
        "treatment": "reverse_charge",
        "issuer_country": "DE",
        "issuer_vat_number": GERMAN,
        "customer_country": "FR",
        "customer_vat_number": FRENCH,
        "vat_number_check": CHECKED_BY,
        "exemption": None,
    }


@pytest.mark.parametrize(
    ("label", "organization"),
    [
        ("at home", {"country": "DE", "tax_id": GERMAN}),
        ("without a number", {"tax_id": ""}),
        ("with a mistyped one", {"tax_id": "FR61954506078"}),
        ("with one of another country", {"tax_id": GERMAN}),
        ("outside the union", {"country": "GB", "tax_id": "GB980780684"}),
    ],
)
def test_whoever_else_is_taxed_as_agreed(label, organization):
    a_german_sale(**organization)

    close_due_cycles(now=BEGIN)

    invoice = Invoice.objects.get()
    assert charged(invoice) == [("Umsatzsteuer", 19, Decimal("53.20"))]
    assert (invoice.frozen["tax"]["treatment"], invoice.frozen["notes"]) == ("taxed", [])


def test_reverse_charge_holds_for_orders_and_shipments_too():
    subscription = a_german_sale()
    Product.objects.create(code="phone", name="Phone", kind="hardware")
    Product.objects.create(code="package", name="Package", kind="one_time")
    sold = {"organization": subscription.organization, "subscription": subscription, "price": 100}
    Order.objects.create(**sold, product_id="package", quantity=1, processed_on="2026-01-20")
    phones = Order.objects.create(**sold, product_id="phone", quantity=2)
    Shipment.objects.create(organization=subscription.organization, order=phones, shipped_on="2026-01-20", quantity=2)

    invoice_due_orders(now=datetime(2026, 1, 20, 12, tzinfo=UTC))

    assert [(charged(one), one.frozen["notes"][0], one.total) for one in Invoice.objects.order_by("pk")] == [
        ([], NOTE, 100),
        ([], NOTE, 200),
    ]
    Organization.objects.update(tax_id="")
    assert differences() == []


def test_a_document_stays_under_reverse_charge_when_the_number_is_removed_and_the_next_one_is_taxed():
    subscription = a_german_sale()
    report(subscription.organization, *a_working_day("ann", "2026-01-20", "purecloud-3"))
    close_due_cycles(now=BEGIN)

    Organization.objects.update(tax_id="", country="DE")
    IssuingEntity.objects.update(country="US", tax_ids=[])
    close_due_cycles(now=CUTOFF)
    Organization.objects.update(tax_id=FRENCH, country="FR")
    IssuingEntity.objects.update(country="DE")

    assert differences() == []
    before, after = Invoice.objects.order_by("pk")
    assert (before.frozen["tax"]["treatment"], after.frozen["tax"]["treatment"]) == ("reverse_charge", "taxed")
    assert (before.tax, after.tax) == (0, Decimal("53.20"))


def test_a_treatment_that_was_tampered_with_is_noticed(monkeypatch):
    a_german_sale()
    close_due_cycles(now=BEGIN)
    monkeypatch.setattr("invoices.domain.tax_treatment.vat_state", lambda country, *, on: None)

    assert differences() == ["INV-000001: tax treatment: issued reverse_charge, computed taxed"]


@pytest.mark.parametrize(
    ("label", "valid_from", "valid_until", "exempt"),
    [
        ("from the invoice date", INVOICE_DATE, None, True),
        ("from the day after it", INVOICE_DATE + timedelta(days=1), None, False),
        ("until the invoice date", date(2025, 1, 1), INVOICE_DATE, True),
        ("until the day before it", date(2025, 1, 1), INVOICE_DATE - timedelta(days=1), False),
        ("on that day only", INVOICE_DATE, INVOICE_DATE, True),
    ],
)
def test_a_certificate_is_valid_on_both_of_its_days(label, valid_from, valid_until, exempt):
    subscription = a_subscription()
    taxed_by(subscription.organization, ("2020-01-01", "6.25"))
    ExemptionCertificate.objects.create(
        organization=subscription.organization, number="ME-4471", valid_from=valid_from, valid_until=valid_until
    )
    report(subscription.organization, *a_working_day("ann", "2026-01-20"))

    close_due_cycles(now=CUTOFF)

    invoice = Invoice.objects.get()
    assert invoice.tax == (0 if exempt else Decimal("4.69"))
    assert invoice.frozen["tax"]["treatment"] == ("exempt" if exempt else "taxed")
    assert invoice.frozen["notes"] == (["No tax is charged: exemption certificate ME-4471."] if exempt else [])


def test_of_two_certificates_the_newer_one_is_named():
    subscription = a_prepaid_subscription()
    for number, valid_from in (("OLD", "2024-01-01"), ("NEW", "2025-06-01"), ("COMING", "2027-01-01")):
        ExemptionCertificate.objects.create(
            organization=subscription.organization, number=number, valid_from=valid_from
        )

    close_due_cycles(now=BEGIN)

    assert Invoice.objects.get().frozen["tax"]["exemption"] == "NEW"


def test_the_rate_is_that_of_the_invoice_date_and_not_of_the_period():
    subscription = a_subscription()
    taxed_by(subscription.organization, ("2020-01-01", "5"), (INVOICE_DATE.isoformat(), "7"), ("2026-02-16", "9"))
    report(subscription.organization, *a_working_day("ann", "2026-01-20"))

    close_due_cycles(now=CUTOFF)

    assert charged(Invoice.objects.get()) == [("State", 7, Decimal("5.25"))]


def test_an_authority_without_a_rate_on_the_invoice_date_is_not_named():
    subscription = a_subscription()
    taxed_by(subscription.organization, ("2026-02-16", "5"))
    report(subscription.organization, *a_working_day("ann", "2026-01-20"))

    close_due_cycles(now=CUTOFF)

    assert charged(Invoice.objects.get()) == []


def test_a_held_cycle_bears_the_rate_and_the_certificates_of_the_day_it_is_issued():
    subscription = a_subscription()
    taxed_by(subscription.organization, ("2020-01-01", "5"), ("2026-02-20", "7"))
    ExemptionCertificate.objects.create(
        organization=subscription.organization, number="X", valid_from="2026-01-01", valid_until="2026-02-19"
    )
    report(subscription.organization, *a_working_day("ann", "2026-01-20", "purecloud-2"))
    close_due_cycles(now=CUTOFF)
    assert BillingCycle.objects.get().held_reasons
    a_list_price("purecloud-2", "100.00")

    close_due_cycles(now=datetime(2026, 2, 20, 12, tzinfo=UTC))

    invoice = Invoice.objects.get()
    assert invoice.invoice_date == date(2026, 2, 20)
    assert charged(invoice) == [("State", 7, Decimal("7.00"))]
    assert differences() == []


def test_an_adjustment_is_taxed_at_the_rate_of_the_invoice_that_bears_it():
    subscription = a_subscription()
    taxed_by(subscription.organization, ("2020-01-01", "5"), ("2026-03-01", "7"))
    report(subscription.organization, *a_working_day("ann", "2026-01-20"))
    close_due_cycles(now=CUTOFF)
    report(subscription.organization, *a_working_day("bob", "2026-01-20", received="2026-02-20T00:00:00Z"))

    close_due_cycles(now=SECOND_CUTOFF)

    first, second = Invoice.objects.order_by("pk")
    assert second.lines.get().kind == "adjustment"
    assert (charged(first), charged(second)) == ([("State", 5, Decimal("3.75"))], [("State", 7, Decimal("5.25"))])
    AuthorityRate.objects.update(rate=99)
    assert differences() == []


def test_a_credit_note_credits_tax_and_the_revenue_it_was_computed_from():
    subscription = a_subscription(prices={"purecloud-1": "0.10"})
    taxed_by(subscription.organization, ("2020-01-01", "5"))
    report(subscription.organization, *a_working_day("ann", "2026-01-20"))
    close_due_cycles(now=CUTOFF)
    retraction = {
        "specversion": "1.0",
        "id": "r-1",
        "source": "/platform",
        "type": "event.retracted",
        "subject": "mistake",
        "time": "2026-02-20T00:00:00Z",
        "data": {"source": "/platform", "id": "ann-in-2026-01-20T14:00:00Z"},
    }
    report(subscription.organization, retraction)

    close_due_cycles(now=SECOND_CUTOFF)

    invoice, note = Invoice.objects.order_by("pk")
    assert note.document_type == "credit_note"
    # Half a cent is rounded away from zero both when it is charged and when it is credited.
    assert [invoice.tax, note.tax] == [Decimal("0.01"), Decimal("0.01")]
    assert [one.taxes.get().revenue for one in (invoice, note)] == [Decimal("0.10"), Decimal("0.10")]
    assert differences() == []


def test_tax_is_rounded_once_per_authority_and_authorities_stand_in_their_order():
    subscription = a_subscription(prices={"purecloud-1": "0.10", "communicate": "0.10"})
    taxed_by(subscription.organization, ("2020-01-01", "5"), name="County", position=2)
    taxed_by(subscription.organization, ("2020-01-01", "0"), name="City", position=1)
    report(subscription.organization, *a_working_day("ann", "2026-01-20"))
    report(subscription.organization, *a_working_day("bob", "2026-01-20", "communicate"))

    close_due_cycles(now=CUTOFF)

    # 0.20 × 5 % = 0.01; line by line it would be 0.01 + 0.01.
    assert charged(Invoice.objects.get()) == [("City", 0, Decimal(0)), ("County", 5, Decimal("0.01"))]


def test_half_a_yen_of_tax_is_a_yen():
    subscription = a_subscription(currency="JPY", prices={"purecloud-1": "105"})
    taxed_by(subscription.organization, ("2020-01-01", "10"), name="消費税")
    report(subscription.organization, *a_working_day("ann", "2026-01-20"))

    close_due_cycles(now=CUTOFF)

    invoice = Invoice.objects.get()
    # 10.5 yen.
    assert (invoice.tax, invoice.total, invoice.taxes.get().revenue) == (11, 116, 105)


def test_documents_of_before_facts_and_revenue_were_kept_are_still_computed_again(monkeypatch):
    monkeypatch.setattr(planning, "gather_inputs", _without_facts)
    monkeypatch.setattr(issuing, "document_taxes", _without_revenue)
    subscription = a_prepaid_subscription()
    taxed_by(subscription.organization, ("2020-01-01", "5"))

    close_due_cycles(now=BEGIN)

    invoice = Invoice.objects.get()
    assert (invoice.frozen["tax"], invoice.tax, invoice.taxes.get().revenue) == ({}, Decimal("14.00"), None)
    assert differences() == []


def _without_facts(*args: Any, **kwargs: Any) -> Any:
    found = gather_inputs(*args, **kwargs)
    return {key: replace(inputs, tax_facts=None) for key, inputs in found.items()}


def _without_revenue(*args: Any) -> list[dict[str, Any]]:
    return [tax | {"revenue": None} for tax in document_taxes(*args)]
