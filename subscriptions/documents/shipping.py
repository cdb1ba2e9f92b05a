"""What shipping a part of an order will mean, in words, before it is confirmed (BR-51)."""

from collections.abc import Iterator
from datetime import date, timedelta
from fractions import Fraction

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from subscriptions.domain.formatting import format_day, format_money, format_price, format_quantity
from subscriptions.domain.money import round_money
from subscriptions.domain.shipping import Parcel
from subscriptions.models import Order


def shipping_in_words(order: Order, parcel: Parcel, *, today: date, language: str) -> Iterator[str]:
    """Yield what the shipment costs, when that is invoiced and due, and what is left to ship."""
    currency, net_days = order.subscription.currency, order.subscription.net_days
    words = {
        "quantity": format_quantity(parcel.quantity, language),
        "product": order.product.name,
        "price": format_price(order.price, currency, language),
        "amount": format_money(round_money(Fraction(parcel.quantity) * Fraction(order.price), currency), language),
        "shipped": format_day(parcel.shipped_on, language),
        "due": format_day(parcel.shipped_on + timedelta(days=net_days), language),
        "left": format_quantity(order.quantity - parcel.shipped_before - parcel.quantity, language),
        "ordered": format_quantity(order.quantity, language),
        "count": net_days,
    }
    yield _("%(quantity)s × %(product)s at %(price)s come to %(amount)s, net of tax.") % words
    if parcel.shipped_on > today:
        yield _("The invoice of this shipment is issued on %(shipped)s and due on %(due)s.") % words
        yield _("Until then the shipment can be corrected or called off on the order’s page.")
    else:
        issued = ngettext(
            "The invoice of this shipment is issued within minutes and due %(count)s day after its date.",
            "The invoice of this shipment is issued within minutes and due %(count)s days after its date.",
            net_days,
        )
        yield issued % words
        yield _("Once it is issued it cannot be taken back, only credited.")
    yield _("Of the %(ordered)s that were ordered, %(left)s remain to be shipped.") % words
