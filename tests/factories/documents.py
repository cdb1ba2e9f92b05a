"""Issued documents as the books hold them, made without a close: for what shows and renders them."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

from invoices.choices import DocumentType
from invoices.domain.charges.orders import Sale, sale_charge
from invoices.domain.draft import draft_invoice
from invoices.models import DocumentBalance, Invoice, InvoiceLine, InvoiceTax, RenderedPdf, TermsSnapshot
from invoices.services.inputs import SaleInputs, save_inputs
from invoices.services.issuing import Issue, issue_invoice, issue_invoices
from subscriptions.domain.policy import Edition
from subscriptions.domain.terms import CommercialModel, LicensingModel
from subscriptions.models import Account, IssuingEntity, Organization, Subscription

ISSUED_AT = datetime(2026, 2, 15, 11, 4, 30, tzinfo=UTC)

ISSUER: dict[str, Any] = {
    "legal_name": "Northwind Cloud, Inc.",
    "address": "548 Market Street, Suite 1200\nSan Francisco, CA 94104",
    "country": "US",
    "tax_ids": ["EIN 94-3287110"],
    "invoicing_email": "invoices@northwind.example",
    "collections_email": "payments@northwind.example",
    "sales_email": "sales@northwind.example",
    "hardware_email": "hardware@northwind.example",
    "terms_url": "https://northwind.example/terms",
    "service_level_url": "https://northwind.example/sla",
    "logo_svg": "",
    "bank": {
        "bank_name": "First Pacific Bank",
        "details": [["Account name", "Northwind Cloud, Inc."], ["Routing (ACH)", "021000021"], ["SWIFT", "FPACUS6S"]],
    },
}
BILL_TO: dict[str, Any] = {
    "name": "Harbor Light",
    "legal_name": "Harbor Light Insurance Group",
    "address": "Accounts Payable\n77 Beacon Street\nBoston, MA 02108",
    "country": "US",
    "tax_id": "04-2719938",
}
FROZEN: dict[str, Any] = {
    "issuer": ISSUER,
    "bill_to": BILL_TO,
    "language": "en",
    "time_zone": "America/New_York",
    "net_days": 30,
    "po_number": "PO-2026-0417",
    "commercial_model": CommercialModel.PREPAY_MONTHLY_COMMITMENT.value,
    "licensing_model": LicensingModel.NAMED.value,
    "edition": Edition.E2019.value,
    "period": {"start": "2026-01-15", "last_day": "2026-02-14"},
    "notes": [],
}


def a_line(
    kind: str, product: str, description: str, quantity: str, price: str, amount: str, **more: Any
) -> InvoiceLine:
    """Return an unsaved line, of January 15 to February 14, 2026 unless told otherwise."""
    return InvoiceLine(
        **{"service_start": date(2026, 1, 15), "service_end": date(2026, 2, 14)} | more,
        kind=kind,
        product=product,
        description=description,
        quantity=Decimal(quantity),
        unit_price=Decimal(price),
        amount=Decimal(amount),
    )


def a_tax(authority: str, rate: str, amount: str, taxable: str = "100", revenue: str | None = None) -> InvoiceTax:
    """Return an unsaved tax, as it was kept before its revenue was unless that is named."""
    return InvoiceTax(
        authority=authority,
        rate=Decimal(rate),
        taxable=Decimal(taxable),
        revenue=None if revenue is None else Decimal(revenue),
        amount=Decimal(amount),
    )


def an_invoice(
    lines: Sequence[InvoiceLine], taxes: Sequence[InvoiceTax] = (), *, frozen: dict[str, Any] | None = None, **more: Any
) -> Invoice:
    """Return an unsaved invoice whose totals are those of its lines and taxes."""
    subtotal = sum((line.amount for line in lines), Decimal(0))
    tax = sum((tax.amount for tax in taxes), Decimal(0))
    return Invoice(
        **{
            "document_type": DocumentType.INVOICE,
            "number": "INV-000147",
            "sequence": 147,
            "currency": "USD",
            "invoice_date": date(2026, 2, 15),
            "due_date": date(2026, 3, 17),
            "issued_at": ISSUED_AT,
        }
        | more,
        subtotal=subtotal,
        tax=tax,
        total=subtotal + tax,
        frozen=FROZEN | (frozen or {}),
    )


def issue(
    invoice: Invoice, lines: Sequence[InvoiceLine], taxes: Sequence[InvoiceTax] = (), *, subscription: Subscription
) -> Invoice:
    """Write a document with its lines, taxes and pending PDF to the database."""
    invoice.organization = subscription.organization
    invoice.subscription = subscription
    invoice.issuing_entity = subscription.issuing_entity
    invoice.terms_snapshot = TermsSnapshot.objects.create(
        organization=subscription.organization, rule_version=1, terms={}
    )
    invoice.save()
    owner = {"organization": subscription.organization, "invoice": invoice}
    for position, line in enumerate(lines):
        line.subscription, line.position, line.charge_key = subscription, position, f"{invoice.number}|{position}"
        line.tax_category = "software"
        save_of(line, owner)
    for position, tax in enumerate(taxes):
        tax.position = position
        save_of(tax, owner)
    DocumentBalance.objects.create(document=invoice, organization=invoice.organization, open=invoice.total)
    RenderedPdf.objects.create(**owner, next_attempt_at=invoice.issued_at)
    return invoice


def save_of(row: InvoiceLine | InvoiceTax, owner: dict[str, Any]) -> None:
    """Save a part of a document under its owner."""
    for name, value in owner.items():
        setattr(row, name, value)
    row.save()


def a_subscription() -> Subscription:
    """Write an organization with a subscription to the database, for documents to belong to."""
    issuer = IssuingEntity.objects.create(
        code="northwind", legal_name="Northwind Cloud, Inc.", address="", country="US"
    )
    organization = Organization.objects.create(
        account=Account.objects.create(name="Harbor Light"),
        code="harbor-light",
        name="Harbor Light",
        legal_name="Harbor Light Insurance Group",
        country="US",
    )
    return Subscription.objects.create(
        organization=organization,
        issuing_entity=issuer,
        effective_date=date(2026, 1, 15),
        currency="USD",
        commercial_model=CommercialModel.PREPAY_MONTHLY_COMMITMENT.value,
        licensing_model=LicensingModel.NAMED.value,
    )


def draft_and_issue_many(subscription: Subscription, amounts: Sequence[str], *, dated: date) -> list[Invoice]:
    """Issue documents over one charge each as `draft_and_issue` does, in as many statements for many as for one."""
    drafts = []
    for place, amount in enumerate(amounts):
        sale = Sale(
            key=f"one of many|{dated}|{place}",
            product="enablement",
            hardware=False,
            quantity=Decimal(1),
            price=Decimal(amount),
            on=dated,
            currency=subscription.currency,
        )
        draft = draft_invoice(
            [sale_charge(sale)], currency=subscription.currency, dated=dated, net_days=30, tax_rates=[]
        )
        assert draft is not None
        drafts.append(draft)
    inputs = SaleInputs(sale=sale, net_days=30, tax_rates=[])
    terms = save_inputs(inputs, organization_id=subscription.organization_id)
    issued_at = datetime.combine(dated, time(12), tzinfo=UTC)
    issue = Issue(subscription=subscription, cycle=None, period=None, issued_at=issued_at, terms=terms)
    return issue_invoices([(draft, issue) for draft in drafts])


def draft_and_issue(subscription: Subscription, amount: str, *, dated: date) -> Invoice:
    """Issue a document over one charge by the product's own service, with number, ledger and balance."""
    sale = Sale(
        key=f"made for a test|{dated}|{amount}",
        product="enablement",
        hardware=False,
        quantity=Decimal(1) if Decimal(amount) > 0 else Decimal(-1),
        price=abs(Decimal(amount)),
        on=dated,
        currency=subscription.currency,
    )
    charge = sale_charge(sale)
    draft = draft_invoice([charge], currency=subscription.currency, dated=dated, net_days=30, tax_rates=[])
    assert draft is not None
    inputs = SaleInputs(sale=sale, net_days=30, tax_rates=[])
    terms = save_inputs(inputs, organization_id=subscription.organization_id)
    issued_at = datetime.combine(dated, time(12), tzinfo=UTC)
    return issue_invoice(
        draft, issue=Issue(subscription=subscription, cycle=None, period=None, issued_at=issued_at, terms=terms)
    )
