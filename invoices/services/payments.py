"""Records payments, spreads them and credit notes over open invoices, and takes bounced ones back (BR-80)."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from moneyed import Money

from invoices.choices import DocumentType
from invoices.domain.ledger import Account, payment_postings
from invoices.domain.payments import (
    Certificate,
    OpenItem,
    PaymentFault,
    PaymentMethod,
    Share,
    faults,
    less,
    oldest_due_first,
)
from invoices.models import Allocation, DocumentBalance, Invoice, LedgerEntry, LedgerTransaction, Payment, Withholding
from invoices.selectors.accounts import get_unallocated, get_withheld, list_open_items_of
from invoices.services.announcing import announce_paid
from invoices.services.locking import lock_accounts
from subscriptions.choices import AuditKind
from subscriptions.domain.money import at_precision
from subscriptions.models import Organization
from subscriptions.services.auditing import Deed, record, record_all
from subscriptions.services.bulk import update_rows
from subscriptions.services.recording import Recording


class PaymentError(ValueError):
    """A payment cannot be recorded, spread or reversed as asked; `faults` says why, by document, 0 for all of it."""

    def __init__(self, found: Mapping[int, PaymentFault]) -> None:
        """Keep what is wrong."""
        super().__init__(", ".join(f"{document}: {fault}" for document, fault in found.items()))
        self.faults = found


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """
    A sum that came in; `amount` is in the currency of the invoices it pays.

    What the payer `withheld` as tax, in the same currency, came in addition and not as money; the certificate for it
    may follow.
    """

    organization: Organization
    amount: Money
    method: PaymentMethod
    reference: str
    received_on: date
    note: str = ""
    withheld: Decimal = Decimal(0)
    certificate: Certificate | None = None

    @property
    def settles(self) -> Decimal:
        """Return how much it may pay of invoices."""
        return self.amount.amount + self.withheld


def record_payment(
    receipt: Receipt, *, shares: Sequence[Share] | None, recorded_by: User | None, now: datetime
) -> Payment:
    """
    Record a sum once, and spread it: as chosen, or what has been due longest first; a remainder stays as credit.

    :raises PaymentError: if its reference is recorded already, or a share exceeds what is open; nothing is kept then
    """
    try:
        (outcome,) = record_payments([(receipt, shares)], recorded_by=recorded_by, now=now)
    except IntegrityError:
        # Where rows cannot be locked, two may have found that it is not recorded yet.
        raise PaymentError({0: PaymentFault.RECORDED_BEFORE}) from None
    if isinstance(outcome, PaymentError):
        raise outcome
    return outcome


def record_payments(
    wanted: Sequence[tuple[Receipt, Sequence[Share] | None]], *, recorded_by: User | None, now: datetime
) -> list[Payment | PaymentError]:
    """
    Record several sums in one transaction, and in as many statements for many as for one; see `record_payment`.

    What cannot be recorded is answered in its place, and keeps no other one from being recorded.
    """
    outcomes: list[Payment | PaymentError] = []
    with transaction.atomic():
        open_of = _lock_open_items_of({receipt.organization.pk for receipt, _shares in wanted})
        taken = _recorded_references([receipt for receipt, _shares in wanted])
        spread: list[tuple[Payment, Sequence[Share]]] = []
        certificates: dict[int, Receipt] = {}
        for receipt, chosen in wanted:
            key = (receipt.organization.pk, receipt.amount.currency.code)
            items = open_of.get(key, [])
            shares = oldest_due_first(receipt.settles, items) if chosen is None else chosen
            reference = (receipt.organization.pk, receipt.reference.strip())
            found = {0: PaymentFault.RECORDED_BEFORE} if reference in taken else {}
            found = found or dict(faults(shares, available=receipt.settles, items=items, withheld=receipt.withheld))
            if found:
                outcomes.append(PaymentError(found))
                continue
            taken.add(reference)
            open_of[key] = less(items, shares)
            payment = _payment_of(receipt, by=recorded_by, now=now)
            certificates[len(spread)] = receipt
            spread.append((payment, shares))
            outcomes.append(payment)
        if spread:
            payments = [payment for payment, _shares in spread]
            Payment.objects.bulk_create(payments)
            withheld = [_withholding_of(payments[index], receipt, now) for index, receipt in certificates.items()]
            Withholding.objects.bulk_create(one for one in withheld if one is not None)
            of_payment = {payments[index].pk: receipt.withheld for index, receipt in certificates.items()}
            _post([(payment, of_payment[payment.pk]) for payment in payments], is_reversal=False, now=now)
            _allocate(spread, by=recorded_by, now=now)
            record_all(
                _deed(payment, "payment_recorded", payment.amount, Recording(by=recorded_by, at=now), payment.note)
                for payment in payments
            )
    return outcomes


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
        _allocate([(payment, shares)], by=by, now=now)
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
        _allocate([(credit_note, shares)], by=by, now=now)
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
        _post([(payment, get_withheld(payment))], is_reversal=True, now=now)
        paid = [
            Share(document_id=invoice_id, amount=-amount)
            for invoice_id, amount in payment.allocations.values_list("invoice_id", "amount")
        ]
        _allocate([(payment, paid)], by=by, now=now)
        _record(payment, "payment_reversed", payment.amount, Recording(by=by, at=now), reason=reason)


def _sum(shares: Sequence[Share]) -> Decimal:
    return sum((share.amount for share in shares), start=Decimal(0))


def _record(subject: Payment | Invoice, deed: str, amount: Decimal, recording: Recording, *, reason: str = "") -> None:
    record(_deed(subject, deed, amount, recording, reason))


def _deed(subject: Payment | Invoice, deed: str, amount: Decimal, recording: Recording, reason: str) -> Deed:
    named = {"reference": subject.reference} if isinstance(subject, Payment) else {"number": subject.number}
    return Deed(
        organization_id=subject.organization_id,
        kind=AuditKind.PAYMENT,
        deed=deed,
        subject=subject,
        by=recording.by,
        at=recording.at,
        facts={**named, "currency": subject.currency, "amount": at_precision(Money(amount, subject.currency))},
        reason=reason,
    )


def _lock_open_items(organization_id: int, currency: str) -> list[OpenItem]:
    """Return what is open of an organization; nobody else changes it until the transaction ends."""
    return _lock_open_items_of({organization_id}).get((organization_id, currency), [])


def _lock_open_items_of(organization_ids: Collection[int]) -> dict[tuple[int, str], list[OpenItem]]:
    """Return what is open of organizations, by them and currency; nobody changes it until the transaction ends."""
    lock_accounts(organization_ids)
    return list_open_items_of(organization_ids)


def _recorded_references(receipts: Sequence[Receipt]) -> set[tuple[int, str]]:
    """Return the references, by organization, under which a payment stands."""
    rows = Payment.objects.filter(
        organization__in={receipt.organization.pk for receipt in receipts},
        reference__in={receipt.reference.strip() for receipt in receipts},
        reversed_at__isnull=True,
    )
    return set(rows.values_list("organization_id", "reference"))


def _payment_of(receipt: Receipt, *, by: User | None, now: datetime) -> Payment:
    return Payment(
        organization=receipt.organization,
        currency=receipt.amount.currency.code,
        amount=receipt.amount.amount,
        method=receipt.method.value,
        reference=receipt.reference.strip(),
        received_on=receipt.received_on,
        note=receipt.note,
        recorded_at=now,
        recorded_by=by,
    )


def _withholding_of(payment: Payment, receipt: Receipt, now: datetime) -> Withholding | None:
    """Return what the payer of a payment withheld, not stored yet; None if it is nothing."""
    if not receipt.withheld:
        return None
    known = receipt.certificate
    return Withholding(
        organization_id=payment.organization_id,
        payment=payment,
        amount=receipt.withheld,
        certificate_number=known.number.strip() if known else "",
        certificate_date=known.dated if known else None,
        received_at=now if known else None,
        received_by=payment.recorded_by if known else None,
    )


def _check(shares: Sequence[Share], *, available: Decimal, items: Iterable[OpenItem]) -> None:
    found = faults(shares, available=available, items=items)
    if found:
        raise PaymentError(found)


def _allocate(spread: Sequence[tuple[Payment | Invoice, Sequence[Share]]], *, by: User | None, now: datetime) -> None:
    """Write which parts of payments, or credit notes, pay which invoices; a negative share takes one back."""
    ids = {share.document_id for _source, shares in spread for share in shares}
    documents = Invoice.objects.only("organization_id", "document_type").in_bulk(ids)
    balances = DocumentBalance.objects.in_bulk(ids)
    rows = []
    for source, shares in spread:
        for share in shares:
            balances[share.document_id].open -= share.amount
            rows.append(
                Allocation(
                    organization_id=documents[share.document_id].organization_id,
                    invoice_id=share.document_id,
                    payment=source if isinstance(source, Payment) else None,
                    credit_note=source if isinstance(source, Invoice) else None,
                    amount=share.amount,
                    allocated_at=now,
                    allocated_by=by,
                )
            )
    allocations = Allocation.objects.bulk_create(rows)
    update_rows(balances.values(), ["open"])
    # What was carried over was never issued here: nothing is told of it (ADR 43).
    ours = {pk for pk, document in documents.items() if document.document_type != DocumentType.OPENING_ITEM}
    paid = [part for part in allocations if part.amount > 0 and not balances[part.invoice_id].open]
    # Each invoice once, by what paid the last of it: several payments at once may pay parts of one.
    last = {part.invoice_id: part for part in paid if part.invoice_id in ours}
    announce_paid(list(last.values()), now=now)


def _post(posted: Sequence[tuple[Payment, Decimal]], *, is_reversal: bool, now: datetime) -> None:
    """Write the double entry of payments, with what was withheld, or of their reversal."""
    movements = LedgerTransaction.objects.bulk_create(
        [
            LedgerTransaction(
                organization_id=payment.organization_id,
                currency=payment.currency,
                posted_at=now,
                payment=payment,
                is_reversal=is_reversal,
            )
            for payment, _withheld in posted
        ]
    )
    LedgerEntry.objects.bulk_create(
        LedgerEntry(
            organization_id=payment.organization_id,
            transaction=movement,
            account=account.value,
            currency=payment.currency,
            amount=entry.amount,
        )
        for movement, (payment, withheld) in zip(movements, posted, strict=True)
        for account, entry in payment_postings(
            Money(payment.amount, payment.currency),
            withheld=Money(withheld, payment.currency),
            is_reversal=is_reversal,
            came_in=_account_of(payment),
        ).items()
    )


def _account_of(payment: Payment) -> Account:
    """Return where a payment came in; what was carried over never did (ADR 43)."""
    return Account.OPENING_BALANCE if payment.method == PaymentMethod.CARRIED else Account.CASH


def keep_certificate(
    withholding: Withholding, *, certificate: Certificate, file: tuple[str, bytes] | None, recording: Recording
) -> bool:
    """
    Keep the certificate for tax that a payer withheld, once, with its file if there is one; tell whether it was kept.

    That the payment is reversed meanwhile does not matter: the certificate stays what it is.
    """
    name, content = file or ("", b"")
    with transaction.atomic():
        awaited = Withholding.objects.filter(pk=withholding.pk, received_at__isnull=True)
        kept = awaited.update(
            certificate_number=certificate.number.strip(),
            certificate_date=certificate.dated,
            received_at=recording.at,
            received_by=recording.by,
            file_name=name,
            content=content,
        )
        if kept:
            _record(withholding.payment, "certificate_kept", withholding.amount, recording, reason=certificate.number)
    return kept == 1
