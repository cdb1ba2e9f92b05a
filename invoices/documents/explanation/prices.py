"""Where a unit price came from, in words (BR-30, BR-31)."""

from collections.abc import Iterable
from datetime import date

from django.utils.translation import gettext as _

from invoices.documents.explanation.basis import Basis
from invoices.domain.charge import ChargeKind
from subscriptions.documents import Fact
from subscriptions.domain.formatting import format_day
from subscriptions.domain.terms import TermsChange, starts_on


def price_fact(basis: Basis) -> Fact:
    """Return the line's price and where it came from: the agreement, a change of it, or the price book."""
    if basis.kind is ChargeKind.NUMBER_SETUP:
        label, agreed = _("Setup price"), basis.terms.setup_price(basis.line.product)
    elif basis.kind is ChargeKind.OVERAGE:
        label, agreed = _("Overage price"), basis.terms.overage_price(basis.line.product, basis.index)
    else:
        label, agreed = _("Price"), basis.terms.price(basis.line.product, basis.index)
    source = _from_the_book(basis) if agreed is None else _from_the_agreement(basis)
    return Fact(label=label, value=_("%(price)s, %(source)s") % {"price": basis.shown.rate, "source": source})


def changes_of(basis: Basis) -> list[tuple[date, TermsChange]]:
    """Return the changes of the line's product so far, each with the first day of the period it bore on (BR-15)."""
    terms = basis.terms
    indexed = [(terms.takes_effect(change), change) for change in terms.changes if change.product == basis.line.product]
    in_force = [pair for pair in indexed if pair[0] <= basis.index]
    in_order = sorted(in_force, key=lambda pair: (pair[0], pair[1].effective_date))
    return [(starts_on(terms, index), change) for index, change in in_order]


def _from_the_book(basis: Basis) -> str:
    words = {"currency": basis.currency, "day": _day(basis, starts_on(basis.terms, basis.index))}
    return _("from the %(currency)s price book in force on %(day)s") % words


def _from_the_agreement(basis: Basis) -> str:
    changed = [day for day, change in _price_changes(basis)]
    if not changed or basis.kind is ChargeKind.NUMBER_SETUP:
        return _("as agreed")
    return _("as agreed, changed from %(day)s") % {"day": _day(basis, changed[-1])}


def _price_changes(basis: Basis) -> Iterable[tuple[date, TermsChange]]:
    for day, change in changes_of(basis):
        overage = basis.kind is ChargeKind.OVERAGE and change.overage_price is not None
        if overage or change.price is not None:
            yield day, change


def _day(basis: Basis, day: date) -> str:
    return format_day(day, basis.reader.language)
