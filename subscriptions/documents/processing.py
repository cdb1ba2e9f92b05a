"""What processing a quote will make, and when the first invoices come, in words (BR-50 to BR-52)."""

from datetime import date

from django.utils.translation import gettext as _

from subscriptions.choices import COMMERCIAL_MODELS, LICENSING_MODELS
from subscriptions.documents.offer import Offer
from subscriptions.domain.formatting import format_day, format_days, format_money, format_quantity
from subscriptions.domain.quote import first_invoice_on
from subscriptions.domain.terms import ContractTerms
from subscriptions.models import QuoteItem, Subscription


def agreement_made(terms: ContractTerms, *, today: date, language: str) -> list[str]:
    """Say which agreement is made, and when its first invoice comes."""
    first = first_invoice_on(terms)
    words = {
        "begins": format_day(terms.effective_date, language),
        "billed": dict(COMMERCIAL_MODELS)[terms.commercial_model],
        "licensed": dict(LICENSING_MODELS)[terms.licensing_model],
        "first": format_day(first, language),
    }
    sentences = [_("A subscription from %(begins)s is made: %(billed)s, %(licensed)s.") % words]
    if first <= today:
        sentences.append(_("Its first invoice is due since %(first)s and is issued within minutes.") % words)
    else:
        sentences.append(_("Its first invoice comes on %(first)s.") % words)
    return sentences


def amounts_made(offer: Offer) -> list[str]:
    """Say what the first charge in advance, the services and the hardware of a quote come to."""
    first, language, sentences = offer.first_advance, offer.language, []
    if first is not None:
        words = {
            "amount": format_money(offer.advance_amount, language),
            "days": format_days(first.starts_on, first.last_day, language),
        }
        sentences.append(_("The first charge in advance, for %(days)s, comes to %(amount)s, net of tax.") % words)
    for amount, sentence in (
        (offer.services_amount, _("The services come to %(amount)s, net of tax.")),
        (offer.hardware_amount, _("The hardware comes to %(amount)s, net of tax, as it ships.")),
    ):
        if amount:
            sentences.append(sentence % {"amount": format_money(amount, language)})
    return sentences


def order_made(item: QuoteItem, *, is_hardware: bool, language: str) -> str:
    """Say what becomes of a one-time item."""
    words = {"quantity": format_quantity(item.quantity, language), "product": str(item.product)}
    if is_hardware:
        return _("%(quantity)s × %(product)s: an order is made, and each shipment of it invoiced as it ships.") % words
    return _("%(quantity)s × %(product)s: an order is made and invoiced within minutes.") % words


def invoiced_under(subscription: Subscription, *, today: date, language: str) -> str:
    """Say which agreement the items are invoiced under."""
    words = {"begins": format_day(subscription.effective_date, language)}
    if subscription.effective_date > today:
        return _("The items are invoiced under the agreement that begins on %(begins)s.") % words
    return _("The items are invoiced under the agreement that runs since %(begins)s.") % words
