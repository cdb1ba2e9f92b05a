"""The lines of a quote by section, in words and formatted figures."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _

from subscriptions.documents.offer import Offer, OfferedItem, OfferedPrice
from subscriptions.domain.catalog import CONTACT_CENTER_TIERS, ProductKind
from subscriptions.domain.formatting import format_money, format_price, format_quantity
from subscriptions.domain.money import zero
from subscriptions.domain.terms import LicensingModel

SEATS = (ProductKind.LICENSE, ProductKind.ADD_ON)


@dataclass(frozen=True, slots=True, kw_only=True)
class QuoteLine:
    """One thing offered: its name, a remark on it, and its figures under the headings of its section."""

    description: str
    remark: str
    figures: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class QuoteSection:
    """Lines of one family; `subtotal` is empty where they do not add up to anything."""

    title: str
    headings: tuple[str, ...]
    lines: tuple[QuoteLine, ...]
    subtotal: str


def sections_of(offer: Offer) -> tuple[QuoteSection, ...]:
    """Return the sections that have lines; words are in the language that is active."""
    sections = [
        _seats(offer),
        _rates(offer),
        _items(offer, _("One-time services"), [item for item in offer.items if item.kind is not ProductKind.HARDWARE]),
        _items(offer, _("Hardware"), [item for item in offer.items if item.kind is ProductKind.HARDWARE]),
    ]
    return tuple(section for section in sections if section.lines)


def _seats(offer: Offer) -> QuoteSection:
    rows = [row for row in offer.prices if row.kind in SEATS]
    first = offer.first_advance
    if first is None:
        headings: tuple[str, ...] = (_("Price a month"),)
    else:
        amount = _("A month") if first.months == 1 else _("%(months)s months") % {"months": first.months}
        headings = (_("Commitment"), _("Price a month"), _("Overage price"), amount)
    return QuoteSection(
        title=_("Licenses and add-ons"),
        headings=headings,
        lines=tuple(_seat(offer, row, committed=first is not None) for row in rows),
        subtotal=format_money(offer.advance_amount, offer.language) if first else "",
    )


def _seat(offer: Offer, row: OfferedPrice, *, committed: bool) -> QuoteLine:
    hours = offer.terms is not None and offer.terms.licensing_model is LicensingModel.HOURLY
    hourly = hours and row.agreed.product in CONTACT_CENTER_TIERS
    price = _price(offer, row.price)
    remarks = [_("by the hour")] if hourly else []
    if row.agreed.price is None:
        remarks.append(_("list price at the start of each period"))
    if not committed:
        return QuoteLine(description=row.name, remark=", ".join(remarks), figures=(price,))
    amount = offer.in_advance(row)
    commitment = format_quantity(row.agreed.commitment, offer.language) if row.agreed.commitment else "–"
    return QuoteLine(
        description=row.name,
        remark=", ".join(remarks),
        figures=(
            _("%(number)s h") % {"number": commitment} if hourly and row.agreed.commitment else commitment,
            price,
            _price(offer, row.price if row.agreed.overage_price is None else row.agreed.overage_price),
            "–" if amount is None else format_money(amount, offer.language),
        ),
    )


def _rates(offer: Offer) -> QuoteSection:
    rows = [row for row in offer.prices if row.kind not in SEATS]
    return QuoteSection(
        title=_("Usage and numbers"),
        headings=(_("Setup, once"), _("Price")),
        lines=tuple(
            QuoteLine(
                description=row.name,
                remark="" if row.agreed.price is not None else _("list price at the start of each period"),
                figures=(_price(offer, row.setup_price), _price(offer, row.price)),
            )
            for row in rows
        ),
        subtotal="",
    )


def _items(offer: Offer, title: str, items: Sequence[OfferedItem]) -> QuoteSection:
    total = sum((offer.amount(item.quantity, item.price) for item in items), zero(offer.currency))
    return QuoteSection(
        title=title,
        headings=(_("Quantity"), _("Price"), _("Amount")),
        lines=tuple(
            QuoteLine(
                description=item.name,
                remark="",
                figures=(
                    format_quantity(item.quantity, offer.language),
                    _price(offer, item.price),
                    format_money(offer.amount(item.quantity, item.price), offer.language),
                ),
            )
            for item in items
        ),
        subtotal=format_money(total, offer.language),
    )


def _price(offer: Offer, price: Decimal | None) -> str:
    return "–" if price is None else format_price(price, offer.currency, offer.language)
