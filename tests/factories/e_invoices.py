"""Issued documents for e-invoices: a German seller and buyer, and what is left of them in other countries."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from hashlib import sha256
from typing import Any

from invoices.documents.e_invoice import IssuedRows, build_e_invoice
from invoices.domain.e_invoice.values import EInvoice
from invoices.domain.tax import TaxRate
from invoices.models import EInvoiceFile, Invoice, InvoiceLine, RenderedPdf
from subscriptions.domain.catalog import TaxCategory
from subscriptions.models import Subscription
from tests.factories.documents import BILL_TO, ISSUER, a_line, a_tax, an_invoice, issue

FILE = b"<e-invoice/>"

GERMAN_ISSUER = ISSUER | {
    "legal_name": "Nordwind Cloud GmbH",
    "address": "Speicherstraße 11\n20457 Hamburg",
    "country": "DE",
    "tax_ids": ["HRB 148221", "USt-IdNr. DE136695976"],
    "bank": {
        "bank_name": "Hafenbank Hamburg",
        "details": [
            ["Kontoinhaber", "Nordwind Cloud GmbH"],
            ["IBAN", "DE89 3704 0044 0532 0130 00"],
            ["BIC", "COBADEFF"],
        ],
    },
}
GERMAN_BUYER = BILL_TO | {
    "legal_name": "Großbäckerei Strüßmann & Söhne GmbH & Co. KG",
    "address": "Kreditorenbuchhaltung\nAn der Obertrave 141\n23552 Lübeck",
    "country": "DE",
    "tax_id": "DE811904471",
    "buyer_reference": "04011000-12345-34",
}
FRENCH_BUYER = BILL_TO | {
    "legal_name": "L’Étoile d’Armor SAS",
    "address": "Service comptabilité\n3 bis, quai de l’Aber-Wrac’h\n29200 Brest",
    "country": "FR",
    "tax_id": "FR61954506077",
}
GERMAN: dict[str, Any] = {"issuer": GERMAN_ISSUER, "bill_to": GERMAN_BUYER, "language": "de"}
EVERYTHING = frozenset(TaxCategory)
NINETEEN = TaxRate(authority="Umsatzsteuer", rate=Decimal(19), taxable=Decimal(100), categories=EVERYTHING)


def usual_lines() -> list[InvoiceLine]:
    """Return a line of every kind that a close bills, none of them taxed in a way of its own."""
    following = {"service_start": date(2026, 2, 15), "service_end": date(2026, 3, 14)}
    lines = [
        a_line("prepay", "purecloud-3", "PureCloud 3", "80", "120", "9600", **following),
        a_line("prepay", "purecloud-2", "PureCloud 2", "8", "101.5", "9744", months=12, **following),
        a_line("usage", "communicate", "Communicate", "4", "22.5", "90"),
        a_line("overage", "purecloud-3", "PureCloud 3", "13", "140", "1820"),
        a_line("fair_use", "data-storage", "Data storage", "100.25", "0.25", "25.06"),
        a_line("fair_use", "api-requests", "API requests", "323992", "0.000125", "40.50"),
        a_line("fair_use", "byoc-cloud", "BYOC Cloud", "10", "0.1", "1"),
        a_line("call_ports", "call-ports", "Call ports", "30", "1", "30"),
        a_line("voice", "voice", "Voice", "12845.4", "0.0119", "152.86", direction="outbound", destination="Japan"),
        a_line("number_setup", "did-number", "DID number", "2", "1.5", "3"),
        a_line("number", "did-number", "DID number", "2", "1", "0.97", days=15, period_days=31),
        a_line("one_time", "onboarding", "Onboarding", "1", "500", "500"),
        a_line("hardware", "phone", "Phone", "2", "99", "198"),
        a_line("adjustment", "purecloud-3", "PureCloud 3", "-1", "140", "-140", corrects="overage"),
        a_line("adjustment", "voice", "Voice", "0.4", "0.0119", "0.01", corrects="voice", direction="inbound"),
        a_line("usage", "collaborate", "Collaborate", "3", "0", "0"),
    ]
    for position, line in enumerate(lines):
        line.position, line.tax_category = position, "software"
    return lines


def e_invoice_of(
    lines: Sequence[InvoiceLine] | None = None,
    *,
    rates: Sequence[TaxRate] | None = (NINETEEN,),
    taxes: Sequence[Any] | None = None,
    frozen: dict[str, Any] | None = None,
    **invoice: Any,
) -> EInvoice:
    """Return the e-invoice of a document in euros, of a German seller to a German buyer unless told otherwise."""
    return build_e_invoice(issued_rows(lines, rates=rates, taxes=taxes, frozen=frozen, **invoice))


def issued_rows(
    lines: Sequence[InvoiceLine] | None = None,
    *,
    rates: Sequence[TaxRate] | None = (NINETEEN,),
    taxes: Sequence[Any] | None = None,
    frozen: dict[str, Any] | None = None,
    **invoice: Any,
) -> IssuedRows:
    """Return the rows of such a document; its taxes are those of its rates unless they are named."""
    own = usual_lines() if lines is None else list(lines)
    for position, line in enumerate(own):
        line.position = position
        line.tax_category = line.tax_category or "software"
    charged = [_tax_of(rate, own) for rate in rates or ()] if taxes is None else list(taxes)
    row = an_invoice(own, charged, frozen=GERMAN | (frozen or {}), **{"currency": "EUR", "number": "RE-0147"} | invoice)
    return IssuedRows(invoice=row, lines=own, taxes=charged, rates=rates)


def _tax_of(rate: TaxRate, lines: Sequence[InvoiceLine]) -> Any:
    revenue = sum((line.amount for line in lines if line.tax_category in rate.categories), Decimal(0))
    amount = (revenue * rate.rate * rate.taxable / 10_000).quantize(Decimal("0.01"), rounding="ROUND_HALF_UP")
    return a_tax(rate.authority, str(rate.rate), str(amount), str(rate.taxable), revenue=str(revenue))


def make_german_invoice(subscription: Subscription, **invoice: Any) -> Invoice:
    """Write an issued invoice in euros with its PDF and its e-invoice file to the database."""
    lines = [a_line("overage", "purecloud-3", "PureCloud 3", "13", "140", "1820")]
    taxes = [a_tax("Umsatzsteuer", "19", "345.80", revenue="1820")]
    row = an_invoice(lines, taxes, **{"currency": "EUR", "number": "RE-7", "frozen": GERMAN} | invoice)
    issued = issue(row, lines, taxes, subscription=subscription)
    at, owner = issued.issued_at, {"invoice": issued, "organization": issued.organization}
    RenderedPdf.objects.filter(invoice=issued).update(content=b"%PDF-", sha256="0" * 64, rendered_at=at)
    EInvoiceFile.objects.create(**owner, content=FILE, sha256=sha256(FILE).hexdigest(), stored_at=at)
    return issued
