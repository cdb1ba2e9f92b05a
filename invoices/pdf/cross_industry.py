"""
Writes an e-invoice as Cross Industry Invoice, checked against its schema (Factur-X and ZUGFeRD, profile EN 16931).

drafthorse and lxml are loaded by the process that renders, and by no other: this module is imported there.
"""

from decimal import Decimal

from drafthorse.models.accounting import ApplicableTradeTax
from drafthorse.models.document import Document
from drafthorse.models.note import IncludedNote
from drafthorse.models.party import TaxRegistration, TradeParty
from drafthorse.models.payment import PaymentMeans, PaymentTerms
from drafthorse.models.tradelines import LineItem
from lxml.etree import XMLSyntaxError

from invoices.domain.e_invoice import values
from subscriptions.domain.money import plain

GUIDELINE = "urn:cen.eu:en16931:2017"
SCHEMA = "FACTUR-X_EN16931"

COUNTRY_CODES = {"XK": "1A", "IC": "ES", "EA": "ES", "AC": "SH", "TA": "SH", "CP": "FR", "CQ": "GG", "DG": "IO"}
"""What the standard has for codes that ISO 3166-1 only sets aside: Kosovo's has another name, parts are of a whole."""

VAT = "VAT"
VAT_NUMBER, TAX_NUMBER, EMAIL = "VA", "FC", "EM"


def cross_industry_invoice(e_invoice: values.EInvoice) -> bytes:
    """
    Return the file that a program reads: the same e-invoice, the same bytes.

    :raises EInvoiceError: if it does not fit the schema
    """
    document = Document()
    document.context.guideline_parameter.id = GUIDELINE
    header, agreement = document.header, document.trade.agreement
    header.id = e_invoice.number
    header.type_code = e_invoice.type_code
    header.issue_date_time = e_invoice.dated
    for note in e_invoice.notes:
        header.notes.add(_note(note))
    if e_invoice.buyer_reference:
        agreement.buyer_reference = e_invoice.buyer_reference
    _write_party(agreement.seller, e_invoice.seller)
    _write_party(agreement.buyer, e_invoice.buyer)
    if e_invoice.order_number:
        agreement.buyer_order.issuer_assigned_id = e_invoice.order_number
    for item in e_invoice.items:
        document.trade.items.add(_line(item))
    if e_invoice.delivered:
        document.trade.delivery.event.occurrence = e_invoice.delivered
    _write_settlement(document, e_invoice)
    try:
        written: bytes = document.serialize(schema=SCHEMA)
    except XMLSyntaxError as fault:
        raise values.EInvoiceError(f"The file does not fit its schema: {fault}") from fault
    return written


def _note(words: str) -> IncludedNote:
    note = IncludedNote()
    note.content = words
    return note


def _write_party(party: TradeParty, told: values.TradeParty) -> None:
    party.name = told.name
    if told.legal_id:
        party.legal_organization.id = told.legal_id
    if told.email:
        party.contact.email.address = told.email
        party.electronic_address.uri_ID = (EMAIL, told.email)
    address = party.address
    for name, line in zip(("line_one", "line_two", "line_three"), told.address.lines, strict=False):
        setattr(address, name, line)
    if told.address.post_code:
        address.postcode = told.address.post_code
    if told.address.city:
        address.city_name = told.address.city
    address.country_id = COUNTRY_CODES.get(told.address.country, told.address.country)
    for scheme, number in ((VAT_NUMBER, told.vat_number), (TAX_NUMBER, told.tax_number)):
        if number:
            registration = TaxRegistration()
            registration.id = (scheme, number)
            party.tax_registrations.add(registration)


def _line(item: values.Item) -> LineItem:
    line, figures = LineItem(), item.figures
    line.document.line_id = item.number
    if item.note:
        line.document.notes.add(_note(item.note))
    line.product.seller_assigned_id = item.product
    line.product.name = item.name
    if item.description:
        line.product.description = item.description
    line.agreement.net.amount = plain(figures.price)
    if figures.basis != 1:
        line.agreement.net.basis_quantity = (plain(figures.basis), figures.unit)
    line.delivery.billed_quantity = (plain(figures.quantity), figures.unit)
    settlement = line.settlement
    settlement.trade_tax.type_code = VAT
    settlement.trade_tax.category_code = item.vat.category.value
    if item.vat.rate is not None:
        settlement.trade_tax.rate_applicable_percent = plain(item.vat.rate)
    settlement.period.start = item.dates.start
    settlement.period.end = item.dates.last_day
    settlement.monetary_summation.total_amount = _amount(item.net)
    return line


def _write_settlement(document: Document, e_invoice: values.EInvoice) -> None:
    settlement = document.trade.settlement
    settlement.payment_reference = e_invoice.number
    settlement.currency_code = e_invoice.currency
    settlement.payment_means.add(_payment(e_invoice.payment))
    for tax in e_invoice.taxes:
        settlement.trade_tax.add(_tax(tax))
    settlement.period.start = e_invoice.period.start
    settlement.period.end = e_invoice.period.last_day
    terms = PaymentTerms()
    terms.description = e_invoice.terms
    terms.due = e_invoice.due
    settlement.terms.add(terms)
    _write_totals(document, e_invoice)
    if e_invoice.preceding:
        settlement.invoice_referenced_document.issuer_assigned_id = e_invoice.preceding.number
        settlement.invoice_referenced_document.issue_date_time = e_invoice.preceding.dated


def _payment(payment: values.Payment) -> PaymentMeans:
    means = PaymentMeans()
    means.type_code = payment.code
    if payment.bank_name:
        means.information.add(payment.bank_name)
    if payment.is_iban:
        means.payee_account.iban = payment.account
    elif payment.account:
        means.payee_account.proprietary_id = payment.account
    if payment.account_name:
        means.payee_account.account_name = payment.account_name
    if payment.bic:
        means.payee_institution.bic = payment.bic
    return means


def _tax(tax: values.VatBreakdown) -> ApplicableTradeTax:
    written = ApplicableTradeTax()
    written.calculated_amount = _amount(tax.tax)
    written.type_code = VAT
    if tax.reason:
        written.exemption_reason = tax.reason
    written.basis_amount = _amount(tax.basis)
    written.category_code = tax.vat.category.value
    if tax.reason_code:
        written.exemption_reason_code = tax.reason_code
    # Without a rate the standard allows 0 here, though not with a line; XRechnung asks for one (BR-DE-14).
    written.rate_applicable_percent = plain(tax.vat.rate or Decimal(0))
    return written


def _write_totals(document: Document, e_invoice: values.EInvoice) -> None:
    told, totals = document.trade.settlement.monetary_summation, e_invoice.totals
    told.line_total = _amount(totals.lines)
    told.tax_basis_total = (_amount(totals.basis), None)
    told.tax_total = (_amount(totals.tax), e_invoice.currency)
    told.grand_total = (_amount(totals.total), None)
    told.due_amount = _amount(totals.payable)


def _amount(amount: Decimal) -> str:
    return f"{amount:f}"
