"""Payments as a bank tells of them."""

from datetime import date, datetime

from django.contrib.auth.models import User
from moneyed import Money

from invoices.domain.payments import PaymentMethod
from invoices.models import Payment
from invoices.services.payments import Receipt, record_payment
from subscriptions.models import Organization


def pay_by_wire(
    organization: Organization,
    amount: Money,
    *,
    reference: str = "WIRE-1",
    on: date,
    at: datetime,
    by: User | None = None,
) -> Payment:
    """Record a transfer that came in on a day; it pays the oldest invoices."""
    receipt = Receipt(
        organization=organization, amount=amount, method=PaymentMethod.WIRE, reference=reference, received_on=on
    )
    return record_payment(receipt, shares=None, recorded_by=by, now=at)
