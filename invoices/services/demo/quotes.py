"""Writes the quotes of the demo with the product's own services: what was bought, and what waits for somebody."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

from dateutil.relativedelta import relativedelta

from invoices.services.demo.market import decimal_or_none
from invoices.services.demo.shapes import Customer, Offer, OfferedItem, Purchase
from subscriptions.domain.catalog import ProductKind
from subscriptions.models import Organization, Quote, QuoteItem, QuotePrice, Shipment, Subscription
from subscriptions.services.quotes import Answer, accept_quote, decline_quote, issue_quote, process_quote
from subscriptions.services.recording import Recording

OFFICE_HOUR = time(14, 40)
ISSUED_BEFORE = timedelta(days=12)
ACCEPTED_BEFORE = timedelta(days=3)
"""A purchase was quoted and accepted so long before it was processed."""


def make_quotes(customer: Customer, organization: Organization, today: date) -> None:
    """Insert a customer's quotes, and the orders and shipments that came of them."""
    for purchase in customer.agreement.purchases:
        _buy(purchase, organization)
    for offer in customer.offers:
        _offer(offer, organization, today)


def _buy(purchase: Purchase, organization: Organization) -> None:
    subscription = organization.subscriptions.get()
    day = subscription.effective_date + timedelta(days=purchase.after_days)
    item = OfferedItem(product=purchase.product, quantity=purchase.quantity, price=purchase.price)
    quote = _draft(Offer(items=[item]), subscription)
    issue_quote(quote.pk, recording=_recording(organization, day - ISSUED_BEFORE))
    answer = Answer(customer=_contact(organization), words="Signed PDF by e-mail", po_number=subscription.po_number)
    accept_quote(quote.pk, answer, recording=_recording(organization, day - ACCEPTED_BEFORE))
    [order] = process_quote(quote.pk, recording=_recording(organization, day)).orders
    if order.product.kind == ProductKind.HARDWARE:
        Shipment.objects.create(organization=organization, order=order, shipped_on=day, quantity=order.quantity)


def _offer(offer: Offer, organization: Organization, today: date) -> None:
    subscription = organization.subscriptions.get()
    quote = _draft(offer, subscription)
    if offer.agreement is not None:
        quote.effective_date = today.replace(day=1) + relativedelta(months=2)
        quote.commercial_model = offer.agreement.commercial_model.value
        quote.licensing_model = offer.agreement.licensing_model.value
        quote.ramp_months = offer.agreement.ramp_months
        quote.save()
        for product, price in offer.agreement.prices.items():
            QuotePrice.objects.create(
                quote=quote,
                product_id=product,
                commitment=price.commitment,
                price=decimal_or_none(price.price),
                overage_price=decimal_or_none(price.overage_price),
            )
    answer = Answer(customer=offer.customer, words=offer.words, po_number=offer.po_number)
    if offer.issued_days_ago is not None:
        issue_quote(quote.pk, recording=_recording(organization, today - timedelta(days=offer.issued_days_ago)))
    if offer.accepted_days_ago is not None:
        on = today - timedelta(days=offer.accepted_days_ago)
        accept_quote(quote.pk, answer, recording=_recording(organization, on))
    if offer.declined_days_ago is not None:
        on = today - timedelta(days=offer.declined_days_ago)
        decline_quote(quote.pk, answer, recording=_recording(organization, on))


def _draft(offer: Offer, subscription: Subscription) -> Quote:
    quote = Quote.objects.create(
        organization=subscription.organization,
        issuing_entity=subscription.issuing_entity,
        currency=subscription.currency,
        time_zone=subscription.time_zone,
        net_days=subscription.net_days,
        multi_shift=subscription.multi_shift,
        notes=offer.notes,
        made_by=subscription.organization.csms.first(),
    )
    QuoteItem.objects.bulk_create(
        [
            QuoteItem(quote=quote, product_id=item.product, quantity=item.quantity, price=Decimal(item.price))
            for item in offer.items
        ]
    )
    return quote


def _recording(organization: Organization, day: date) -> Recording:
    return Recording(by=organization.csms.first(), at=datetime.combine(day, OFFICE_HOUR, tzinfo=UTC))


def _contact(organization: Organization) -> str:
    contact = organization.billing_contacts.first()
    return contact.name if contact else organization.name
