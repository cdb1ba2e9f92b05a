"""Records payments, spreads them and credit notes over open invoices, and takes bounced ones back (BR-80)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from moneyed import Money

from invoices.choices import DocumentType
from invoices.domain.ledger import payment_postings
from invoices.domain.payments import OpenItem, PaymentFault, PaymentMethod, Share, faults, oldest_due_first
from invoices.models import Allocation, DocumentBalance, Invoice, LedgerEntry, LedgerTransaction, Payment
from invoices.selectors import get_unallocated, list_open_items
from invoices.services.announcing import announce_paid
from invoices.services.locking import lock_account
from subscriptions.choices import AuditKind
from subscriptions.domain.money import at_precision
from subscriptions.models import Organization
from subscriptions.services.auditing import Deed, record
from subscriptions.services.recording import Recording


class PaymentError(ValueError):
    """A payment cannot be recorded, spread or reversed as asked; `faults` says why, by document, 0 for all of it."""

    def __init__(self, found: Mapping[int, PaymentFault]) -> None:
        """Keep what is wrong."""
        super().__init__(", ".join(f"{document}: {fault}" for document, fault in found.items()))
        self.faults = found


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """A sum that came in; `amount` is in the currency of the invoices it pays."""

    organization: Organization
    amount: Money
    method: PaymentMethod
    reference: str
    received_on: date
    note: str = ""


def record_payment(
    receipt: Receipt, *, shares: Sequence[Share] | None, recorded_by: User | None, now: datetime
) -> Payment:
    """
    Record a sum once, and spread it: as chosen, or what has been due longest first; a remainder stays as credit.

    :raises PaymentError: if its reference is recorded already, or a share exceeds what is open; nothing is kept then
    """
    currency = receipt.amount.currency.code
    try:
        with transaction.atomic():
            items = _lock_open_items(receipt.organization.pk, currency)
            payment = Payment.objects.create(
                organization=receipt.organization,
                currency=currency,
                amount=receipt.amount.amount,
                method=receipt.method.value,
                reference=receipt.reference.strip(),
                received_on=receipt.received_on,
                note=receipt.note,
                recorded_at=now,
                recorded_by=recorded_by,
            )
            _post(payment, is_reversal=False, now=now)
            chosen = oldest_due_first(receipt.amount.amount, items) if shares is None else shares
            _check(chosen, available=payment.amount, items=items)
            _allocate(chosen, payment=payment, credit_note=None, by=recorded_by, now=now)
            _record(payment, "payment_recorded", payment.amount, Recording(by=recorded_by, at=now), reason=receipt.note)
    except IntegrityError:
        raise PaymentError({0: PaymentFault.RECORDED_BEFORE}) from None
    return payment


def allocate_payment(payment: Payment, *, shares: Sequence[Share], by: User, now: datetime) -> None:
    """
    Spread what is left of a payment over invoices.

    :raises PaymentError: if it was reversed, or a share exceeds what is open or left; nothing changes then
    """
    with transaction.atomic():
        items = _lock_open_items(payment.organization_id, payment.currency)
        payment.refresh_from_db()
        if payment.reversed_at is not None:
            raise PaymentError({0: PaymentFault.REVERSED})
        _check(shares, available=get_unallocated(payment), items=items)
        _allocate(shares, payment=payment, credit_note=None, by=by, now=now)
        _record(payment, "payment_allocated", _sum(shares), Recording(by=by, at=now))


def apply_credit_note(credit_note: Invoice, *, shares: Sequence[Share], by: User | None, now: datetime) -> None:
    """
    Use what is left of a credit note for invoices.

    :raises PaymentError: if a share exceeds what is open or left; nothing changes then
    :raises ValueError: if it is none
    """
    if credit_note.document_type != DocumentType.CREDIT_NOTE:
        raise ValueError(f"{credit_note.number} is no credit note.")
    with transaction.atomic():
        items = _lock_open_items(credit_note.organization_id, credit_note.currency)
        left = DocumentBalance.objects.get(document=credit_note)
        _check(shares, available=left.open, items=items)
        left.open -= _sum(shares)
        left.save(update_fields=["open"])
        _allocate(shares, payment=None, credit_note=credit_note, by=by, now=now)
        _record(credit_note, "credit_note_used", _sum(shares), Recording(by=by, at=now))


def pay_by_credit_note(credit_note: Invoice, *, invoice: Invoice, by: User | None, now: datetime) -> None:
    """Use a credit note for the invoice that it credits, as far as that is open; the rest stays as credit."""
    with transaction.atomic():
        items = _lock_open_items(invoice.organization_id, invoice.currency)
        still_open = next((item.open for item in items if item.document_id == invoice.pk), Decimal(0))
        paid = min(still_open, credit_note.total)
        if paid:
            share = Share(document_id=invoice.pk, amount=paid)
            apply_credit_note(credit_note, shares=[share], by=by, now=now)


def reverse_payment(payment: Payment, *, reason: str, by: User | None, now: datetime) -> None:
    """
    Take a payment back that bounced: what it paid is open again (BR-80).

    :raises PaymentError: if it was reversed before, or there is no reason; nothing changes then
    """
    if not reason.strip():
        raise PaymentError({0: PaymentFault.NO_REASON})
    with transaction.atomic():
        _lock_open_items(payment.organization_id, payment.currency)
        payment.refresh_from_db()
        if payment.reversed_at is not None:
            raise PaymentError({0: PaymentFault.REVERSED})
        payment.reversed_at, payment.reversed_by, payment.reversal_reason = now, by, reason.strip()
        payment.save(update_fields=["reversed_at", "reversed_by", "reversal_reason"])
        _post(payment, is_reversal=True, now=now)
        paid = [
            Share(document_id=invoice_id, amount=-amount)
            for invoice_id, amount in payment.allocations.values_list("invoice_id", "amount")
        ]
        _allocate(paid, payment=payment, credit_note=None, by=by, now=now)
        _record(payment, "payment_reversed", payment.amount, Recording(by=by, at=now), reason=reason)


def _sum(shares: Sequence[Share]) -> Decimal:
    return sum((share.amount for share in shares), start=Decimal(0))


def _record(subject: Payment | Invoice, deed: str, amount: Decimal, recording: Recording, *, reason: str = "") -> None:
    named = {"reference": subject.reference} if isinstance(subject, Payment) else {"number": subject.number}
    record(
        Deed(
            organization_id=subject.organization_id,
            kind=AuditKind.PAYMENT,
            deed=deed,
            subject=subject,
            by=recording.by,
            at=recording.at,
            facts={**named, "currency": subject.currency, "amount": at_precision(Money(amount, subject.currency))},
            reason=reason,
        )
    )


def _lock_open_items(organization_id: int, currency: str) -> list[OpenItem]:
    """Return what is open of an organization; nobody else changes it until the transaction ends."""
    lock_account(organization_id)
    return list_open_items(organization_id, currency=currency)


def _check(shares: Sequence[Share], *, available: Decimal, items: Iterable[OpenItem]) -> None:
    found = faults(shares, available=available, items=items)
    if found:
        raise PaymentError(found)


def _allocate(
    shares: Sequence[Share], *, payment: Payment | None, credit_note: Invoice | None, by: User | None, now: datetime
) -> None:
    documents = Invoice.objects.only("organization_id").in_bulk([share.document_id for share in shares])
    balances = DocumentBalance.objects.in_bulk(list(documents))
    for share in shares:
        balances[share.document_id].open -= share.amount
    allocations = Allocation.objects.bulk_create(
        [
            Allocation(
                organization_id=documents[share.document_id].organization_id,
                invoice_id=share.document_id,
                payment=payment,
                credit_note=credit_note,
                amount=share.amount,
                allocated_at=now,
                allocated_by=by,
            )
            for share in shares
        ]
    )
    DocumentBalance.objects.bulk_update(balances.values(), ["open"])
    announce_paid([paid for paid in allocations if paid.amount > 0 and not balances[paid.invoice_id].open], now=now)


def _post(payment: Payment, *, is_reversal: bool, now: datetime) -> None:
    """Write the double entry of a payment or of its reversal (cash against receivable)."""
    movement = LedgerTransaction.objects.create(
        organization_id=payment.organization_id,
        currency=payment.currency,
        posted_at=now,
        payment=payment,
        is_reversal=is_reversal,
    )
    entries = payment_postings(Money(payment.amount, payment.currency), is_reversal=is_reversal)
    LedgerEntry.objects.bulk_create(
        [
            LedgerEntry(
                organization_id=payment.organization_id,
                transaction=movement,
                account=account.value,
                currency=payment.currency,
                amount=amount.amount,
            )
            for account, amount in entries.items()
        ]
    )
