"""Carries over what is open, or left, in the old system when an organization goes live, and sets it right (ADR 43)."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any

from django.db import transaction
from moneyed import Money

from invoices.choices import DocumentType
from invoices.domain.ledger import opening_postings
from invoices.domain.moving_in.opening_balances import OpeningKind
from invoices.domain.payments import PaymentMethod, Share
from invoices.domain.rating import RULE_VERSION
from invoices.models import Allocation, DocumentBalance, Invoice, OpeningBalance, TermsSnapshot
from invoices.selectors.opening import list_waiting, sums_of_rows
from invoices.services.issuing import facts_of_document, lock_series, open_balances, post_documents
from invoices.services.locking import lock_account
from invoices.services.payments import PaymentError, Receipt, record_payment, record_payments
from invoices.services.shadow.known import issuers_of
from subscriptions.choices import AuditKind
from subscriptions.domain.money import exponent
from subscriptions.domain.period import local_date
from subscriptions.domain.violations import Violation, refuse
from subscriptions.domain.words import translatable
from subscriptions.models import Organization, Subscription
from subscriptions.selectors.parties import copy_of_bill_to, copy_of_issuer
from subscriptions.services.auditing import Deed, record_all
from subscriptions.services.bulk import insert_rows, update_rows
from subscriptions.services.recording import Recording

NUMBERS_NAMED = 20
AT_ONCE = 500


class OpeningError(StrEnum):
    """Why opening balances are not carried over, or an opening item is not set right."""

    CHANGED = "changed"
    NO_AGREEMENT = "no_agreement"
    NUMBER_TAKEN = "number_taken"
    NO_REASON = "no_reason"
    NOT_OPEN = "not_open"
    NO_AMOUNT = "no_amount"


def carry_over(organization_id: int, *, seen: str | None, reason: str, recording: Recording) -> int:
    """
    Book what was entered of an organization and is not booked yet, and return how much that is; nothing twice.

    An open invoice becomes an opening item under its old number, outside of our series; a credit a sum that pays
    nothing yet. No revenue and no tax is booked: both are in the books of the old system. `seen` is the key of what
    was shown; None where nobody was asked. The reason is kept with each.

    :raises Refused: if it is no longer what was shown, there is no agreement, or a number was given here meanwhile
    """
    with transaction.atomic():
        lock_account(organization_id)
        balances = list(list_waiting(organization_id))
        if seen is not None and sums_of_rows(balances).key != seen:
            message = translatable("Opening balances were entered or withdrawn since this was shown: look once more.")
            refuse([Violation(code=OpeningError.CHANGED, field="balances", message=message)])
        if not balances:
            return 0
        subscription = find_agreement_of(organization_id)
        if subscription is None:
            message = translatable("This organization has no agreement yet: make it first.")
            refuse([Violation(code=OpeningError.NO_AGREEMENT, field="organization", message=message)])
            return 0
        owed = [balance for balance in balances if balance.kind == OpeningKind.INVOICE]
        _refuse_numbers(owed, subscription)
        left = [balance for balance in balances if balance.kind == OpeningKind.CREDIT]
        _carry_invoices(owed, subscription, reason, recording)
        _carry_credits(left, reason, recording)
        update_rows(balances, ["document", "payment", "days_past_due"])
    return len(balances)


def find_agreement_of(organization_id: int) -> Subscription | None:
    """Return the agreement whose issuer goes on with an organization: the newest one, None if there is none."""
    rows = Subscription.objects.filter(organization=organization_id).select_related("organization", "issuing_entity")
    return rows.order_by("effective_date", "pk").last()


def set_right(document_id: int, *, amount: Decimal, seen: Decimal, reason: str, recording: Recording) -> Allocation:
    """
    Lower what is open of an opening item because less was open in the old system, and return what does so.

    It is booked against the opening balances, as no money came in; whoever was wrong reverses it as any payment. `seen`
    is what was shown as open: asked twice it is done once.

    :raises Refused: if that much is not open, or something else than was shown, it is no amount, or no reason is given
    """
    with transaction.atomic():
        document = Invoice.objects.select_related("organization").defer("frozen").get(pk=document_id)
        lock_account(document.organization_id)
        refuse(set_right_violations(document, amount=amount, seen=seen, reason=reason))
        before = Allocation.objects.filter(invoice=document, payment__method=PaymentMethod.CARRIED).count()
        receipt = Receipt(
            organization=document.organization,
            amount=Money(amount, document.currency),
            method=PaymentMethod.CARRIED,
            reference=f"{document.number} / {before + 1}",
            received_on=recording.at.date(),
            note=reason.strip(),
        )
        shares = [Share(document_id=document.pk, amount=amount)]
        payment = record_payment(receipt, shares=shares, recorded_by=recording.by, now=recording.at)
        return payment.allocations.get()


def set_right_violations(document: Invoice, *, amount: Decimal, seen: Decimal, reason: str) -> list[Violation]:
    """Return why an opening item is not lowered by an amount; nothing if it can be."""
    found = []
    if not reason.strip():
        message = translatable("Say why: it is kept with the organization.")
        found.append(Violation(code=OpeningError.NO_REASON, field="reason", message=message))
    still_open = DocumentBalance.objects.values_list("open", flat=True).get(pk=document.pk)
    if document.document_type != DocumentType.OPENING_ITEM or not still_open:
        message = translatable("Nothing is open of it any more.")
        found.append(Violation(code=OpeningError.NOT_OPEN, field="amount", message=message))
    elif still_open != seen:
        message = translatable("Something was paid or set right since this was shown: look once more.")
        found.append(Violation(code=OpeningError.CHANGED, field="amount", message=message))
    elif not 0 < amount <= still_open or amount != round(amount, exponent(document.currency)):
        message = translatable("Enter more than 0 and at most what is open.")
        found.append(Violation(code=OpeningError.NO_AMOUNT, field="amount", message=message))
    return found


def _refuse_numbers(owed: Sequence[OpeningBalance], subscription: Subscription) -> None:
    """
    Refuse old numbers that documents of the issuer bear, or will: each names one (BR-75).

    When they were entered, it may have been another issuer.
    """
    numbers = [balance.number for balance in owed]
    entity = subscription.issuing_entity
    issuer = issuers_of([entity])[entity.pk]
    taken = Invoice.objects.filter(issuing_entity=entity, number__in=numbers)
    given = translatable("Documents of the same issuer bear these numbers: %(numbers)s.")
    coming = translatable("Our own series will give these numbers: %(numbers)s. Set its next number beyond them first.")
    for message, found in (
        (given, sorted(taken.values_list("number", flat=True))),
        (coming, sorted(filter(issuer.will_give, numbers))),
    ):
        if found:
            words = {"numbers": ", ".join(found[:NUMBERS_NAMED])}
            refuse([Violation(code=OpeningError.NUMBER_TAKEN, field="balances", message=message, words=words)])


def _carry_invoices(
    owed: Sequence[OpeningBalance], subscription: Subscription, reason: str, recording: Recording
) -> None:
    if not owed:
        return
    key = (subscription.issuing_entity_id, DocumentType.OPENING_ITEM.value)
    series = lock_series({key: recording.at})[key]
    # They have a place among themselves, and no number of ours.
    first, series.last_number = series.last_number + 1, series.last_number + len(owed)
    series.last_issued_at = max(series.last_issued_at, recording.at)
    series.save(update_fields=["last_number", "last_issued_at"])
    terms = insert_rows((_terms(balance) for balance in owed), keyed=True)
    copies = {currency: _frozen(subscription, currency) for currency in {balance.currency for balance in owed}}
    documents = insert_rows(
        (
            Invoice(
                organization_id=balance.organization_id,
                subscription=subscription,
                terms_snapshot=snapshot,
                issuing_entity_id=subscription.issuing_entity_id,
                document_type=DocumentType.OPENING_ITEM,
                sequence=sequence,
                number=balance.number,
                issued_at=series.last_issued_at,
                invoice_date=balance.document_date,
                due_date=_due(balance),
                currency=balance.currency,
                subtotal=balance.amount,
                tax=Decimal(0),
                total=balance.amount,
                frozen=copies[balance.currency],
            )
            for sequence, (balance, snapshot) in enumerate(zip(owed, terms, strict=True), start=first)
        ),
        keyed=True,
    )
    post_documents([(document, opening_postings(Money(document.total, document.currency))) for document in documents])
    open_balances(documents)
    record_all(
        Deed(
            organization_id=document.organization_id,
            kind=AuditKind.DOCUMENT,
            deed="opening_item_carried_over",
            subject=document,
            by=recording.by,
            at=recording.at,
            facts=facts_of_document(document),
            reason=reason,
        )
        for document in documents
    )
    today = local_date(recording.at, time_zone=subscription.time_zone)
    for balance, document in zip(owed, documents, strict=True):
        balance.document = document
        balance.days_past_due = max(0, (today - document.due_date).days)


def _carry_credits(left: Sequence[OpeningBalance], reason: str, recording: Recording) -> None:
    receipts = [
        Receipt(
            organization=balance.organization,
            amount=Money(balance.amount, balance.currency),
            method=PaymentMethod.CARRIED,
            reference=balance.number,
            received_on=balance.document_date,
            note=reason,
        )
        for balance in left
    ]
    # It pays nothing by itself: in the old system it did not, either.
    outcomes = record_payments([(receipt, []) for receipt in receipts], recorded_by=recording.by, now=recording.at)
    for balance, outcome in zip(left, outcomes, strict=True):
        if isinstance(outcome, PaymentError):
            message = translatable("A payment with the reference %(number)s is recorded already.")
            words = {"number": balance.number}
            refuse([Violation(code=OpeningError.NUMBER_TAKEN, field="balances", message=message, words=words)])
        else:
            balance.payment = outcome


def _due(balance: OpeningBalance) -> date:
    assert balance.due_date is not None, "an open invoice has a due date"
    return balance.due_date


def _terms(balance: OpeningBalance) -> TermsSnapshot:
    """Return what an opening item follows from, not stored yet: a row of a file that a person confirmed."""
    return TermsSnapshot(
        organization_id=balance.organization_id,
        rule_version=RULE_VERSION,
        terms={"opening_balance": balance.pk, "file": balance.file_id},
    )


def _frozen(subscription: Subscription, currency: str) -> dict[str, Any]:
    """Copy who is owed, and how to pay, as they stand: what the old document said is in the old system."""
    organization: Organization = subscription.organization
    return {
        "issuer": copy_of_issuer(subscription.issuing_entity, currency=currency),
        "bill_to": copy_of_bill_to(organization),
        "language": organization.language,
        "time_zone": subscription.time_zone,
    }
