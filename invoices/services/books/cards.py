"""Payments online stand as they were recorded: each paid one is one payment of exactly as much (BR-81)."""

from collections.abc import Iterator

from invoices.domain.card_payments import AttemptState
from invoices.models import CardPayment
from invoices.services.books.fault import Fault


def find_card_faults(organization_id: int) -> Iterator[Fault]:
    """Yield the payments online that differ from the payment they became, or from their invoice."""
    rows = CardPayment.objects.filter(organization_id=organization_id).select_related("invoice", "payment")
    for attempt in rows.defer("invoice__frozen").order_by("pk").iterator(chunk_size=500):
        for what in _faults(attempt):
            yield Fault(organization_id=organization_id, where=f"online payment {attempt.token}", what=what)


def _faults(attempt: CardPayment) -> Iterator[str]:
    payment = attempt.payment
    if attempt.currency != attempt.invoice.currency or attempt.amount > attempt.invoice.total:
        yield f"it asks for {attempt.amount} {attempt.currency} of an invoice over {attempt.invoice.total}"
    if payment is None:
        return
    if (payment.amount, payment.currency) != (attempt.amount, attempt.currency):
        yield f"{attempt.amount} were paid, {payment.amount} {payment.currency} are recorded"
    if attempt.state == AttemptState.REVERSED and payment.reversed_at is None:
        yield "it was taken back, and its payment stands"
