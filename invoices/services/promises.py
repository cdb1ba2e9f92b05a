"""Records that a customer promised to pay, which keeps reminders back until then, and takes it back (BR-82)."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction
from django.utils.translation import get_language
from moneyed import Money

from invoices.domain.payments import OpenItem, oldest_due_first
from invoices.domain.promises import LONGEST, PromiseError
from invoices.models import Invoice, PaymentPromise, PromisedInvoice
from invoices.selectors.reminders import list_open_invoices
from invoices.services.locking import lock_account
from subscriptions.choices import AuditKind
from subscriptions.domain.formatting import format_money
from subscriptions.domain.money import at_precision, exponent
from subscriptions.domain.period import local_date
from subscriptions.domain.violations import Violation, reason_violations, refuse
from subscriptions.domain.words import translatable
from subscriptions.models import Organization
from subscriptions.services.auditing import Deed, record
from subscriptions.services.recording import Recording

WHERE_DAYS_END = "Etc/GMT+12"


@dataclass(frozen=True, slots=True, kw_only=True)
class Promised:
    """What was promised: for which invoices, how much of them (None: all that is open), by whom, for which day."""

    organization: Organization
    invoice_ids: Collection[int]
    amount: Decimal | None
    promised_on: date
    promised_by: str
    note: str = ""


def record_promise(promised: Promised, *, recording: Recording) -> PaymentPromise:
    """
    Record a promise to pay; it takes the place of what was promised of the same invoices before.

    A part of the sum counts for what is due longest.

    :raises Refused: if nothing is open of an invoice, they are in several currencies, the sum is none or more than is
        open, the day has passed or is more than a year away, or nobody is named; nothing changes then
    """
    with transaction.atomic():
        lock_account(promised.organization.pk)
        refuse(promise_violations(promised, now=recording.at))
        invoices = list_promised(promised)
        amount = sum_promised(promised, invoices)
        assert recording.by is not None
        promise = PaymentPromise.objects.create(
            organization=promised.organization,
            currency=invoices[0].currency,
            amount=amount,
            promised_on=promised.promised_on,
            promised_by=promised.promised_by.strip(),
            note=promised.note.strip(),
            recorded_at=recording.at,
            recorded_by=recording.by,
        )
        _spread(promise, invoices)
        record(_deed(promise, "promise_recorded", recording, reason=promise.note))
    return promise


def withdraw_promise(promise_id: int, *, reason: str, recording: Recording) -> PaymentPromise:
    """
    Take a promise back: reminders of its invoices go on, and nobody waits for it any more.

    :raises Refused: if it does not stand any more, or no reason is given; nothing changes then
    """
    with transaction.atomic():
        promise = PaymentPromise.objects.select_related("organization").get(pk=promise_id)
        lock_account(promise.organization_id)
        promise.refresh_from_db()
        refuse(reason_violations(reason))
        standing = PromisedInvoice.objects.filter(promise=promise, ended_at__isnull=True)
        if promise.withdrawn_at is not None or not standing.exists():
            message = translatable(
                "This promise does not stand any more: it was taken back, or another took its place."
            )
            refuse([Violation(code=PromiseError.OVER, field="promise", message=message)])
        standing.update(ended_at=recording.at)
        promise.withdrawn_at, promise.withdrawn_by = recording.at, recording.by
        promise.withdrawal_reason = reason.strip()
        promise.save(update_fields=["withdrawn_at", "withdrawn_by", "withdrawal_reason"])
        record(_deed(promise, "promise_withdrawn", recording, reason=promise.withdrawal_reason))
    return promise


def list_promised(promised: Promised) -> list[Invoice]:
    """Return the invoices of a promise of which something is open, oldest due first."""
    return list(list_open_invoices(promised.organization).filter(pk__in=promised.invoice_ids))


def sum_promised(promised: Promised, invoices: Sequence[Invoice]) -> Decimal:
    """Return what is promised of these invoices: all that is open of them, unless another sum was named."""
    if promised.amount is not None:
        return promised.amount
    return sum((invoice.balance.open for invoice in invoices), start=Decimal(0))


def promise_violations(promised: Promised, *, now: datetime) -> list[Violation]:
    """Return everything that forbids a promise, each naming the field to mend."""
    invoices = list_promised(promised)
    found = _of_invoices(promised, invoices)
    if invoices and not found:
        total = sum((invoice.balance.open for invoice in invoices), start=Decimal(0))
        found += _of_sum(sum_promised(promised, invoices), total=Money(total, invoices[0].currency))
    return [*found, *_of_the_rest(promised, now=now)]


def _of_invoices(promised: Promised, invoices: Sequence[Invoice]) -> list[Violation]:
    if not promised.invoice_ids:
        message = translatable("Choose at least one invoice.")
        return [Violation(code=PromiseError.NO_INVOICE, field="invoices", message=message)]
    if len(invoices) < len(set(promised.invoice_ids)):
        message = translatable("Nothing is open any more of an invoice that you chose: choose among those that are.")
        return [Violation(code=PromiseError.NOT_OPEN, field="invoices", message=message)]
    if len({invoice.currency for invoice in invoices}) > 1:
        message = translatable("These invoices are in several currencies: record a promise for each.")
        return [Violation(code=PromiseError.SEVERAL_CURRENCIES, field="invoices", message=message)]
    return []


def _of_sum(amount: Decimal, *, total: Money) -> list[Violation]:
    currency = total.currency.code
    if not amount.is_finite() or amount <= 0 or amount != round(amount, exponent(currency)):
        message = translatable("Enter more than 0, with no more decimals than the currency has, or leave it empty.")
        return [Violation(code=PromiseError.NO_SUM, field="amount", message=message)]
    if amount > total.amount:
        message = translatable("Only %(open)s is open of these invoices: enter at most that, or leave it empty.")
        words = {"open": format_money(total, get_language() or "en")}
        return [Violation(code=PromiseError.MORE_THAN_OPEN, field="amount", message=message, words=words)]
    return []


def _of_the_rest(promised: Promised, *, now: datetime) -> list[Violation]:
    found = []
    today = local_date(now, time_zone=WHERE_DAYS_END)
    if promised.promised_on < today:
        message = translatable("This day has passed: enter the day on which the money is to be there.")
        found.append(Violation(code=PromiseError.IN_THE_PAST, field="promised_on", message=message))
    elif promised.promised_on > today + LONGEST:
        message = translatable("This is more than a year away: enter a day within a year.")
        found.append(Violation(code=PromiseError.TOO_FAR, field="promised_on", message=message))
    if not promised.promised_by.strip():
        message = translatable("Say who promised it.")
        found.append(Violation(code=PromiseError.NOBODY, field="promised_by", message=message))
    return found


def _spread(promise: PaymentPromise, invoices: Sequence[Invoice]) -> None:
    """Keep how much of each invoice was promised; what was promised of them before stands no more."""
    items = [
        OpenItem(document_id=row.pk, number=row.number, due_date=row.due_date, open=row.balance.open)
        for row in invoices
    ]
    shares = oldest_due_first(promise.amount, items)
    open_amounts = {item.document_id: item.open for item in items}
    before = PromisedInvoice.objects.filter(invoice__in=[share.document_id for share in shares], ended_at__isnull=True)
    before.update(ended_at=promise.recorded_at)
    PromisedInvoice.objects.bulk_create(
        [
            PromisedInvoice(
                organization_id=promise.organization_id,
                promise=promise,
                invoice_id=share.document_id,
                amount=share.amount,
                remains=open_amounts[share.document_id] - share.amount,
            )
            for share in shares
        ]
    )


def _deed(promise: PaymentPromise, deed: str, recording: Recording, *, reason: str) -> Deed:
    return Deed(
        organization_id=promise.organization_id,
        kind=AuditKind.PAYMENT,
        deed=deed,
        subject=promise,
        by=recording.by,
        at=recording.at,
        facts={
            "currency": promise.currency,
            "amount": at_precision(Money(promise.amount, promise.currency)),
            "promised_day": promise.promised_on.isoformat(),
        },
        reason=reason,
    )
