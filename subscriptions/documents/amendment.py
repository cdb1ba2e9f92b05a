"""What a change or a cancellation will mean, sentence by sentence, before it is confirmed (BR-15, BR-16)."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from subscriptions.domain.amendment import CancellationEffect, ChangeEffect, CommitmentEffect
from subscriptions.domain.formatting import format_day, format_days, format_money, format_price, format_quantity
from subscriptions.domain.money import round_money
from subscriptions.domain.terms import CommercialModel, ContractTerms, TermsChange


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """For whom it is said: the language, what products are called, and the agreement it is about."""

    language: str
    names: Mapping[str, str]
    terms: ContractTerms
    list_prices: Mapping[str, Decimal] = field(default_factory=dict)

    def product(self, code: str) -> str:
        """Return what a product is called."""
        return self.names.get(code, code)

    def day(self, day: date) -> str:
        """Return a date as it is read."""
        return format_day(day, self.language)

    def price(self, price: Decimal) -> str:
        """Return a price per unit as it is read."""
        return format_price(price, self.terms.currency, self.language)

    def number(self, quantity: Decimal) -> str:
        """Return a quantity as it is read."""
        return format_quantity(quantity, self.language)


def change_in_words(effect: ChangeEffect, reader: Reader) -> list[str]:
    """Return from when a change bears, what is charged in advance for which months, and what it ends (BR-15)."""
    change, sentences = effect.change, [_begins(effect, reader)]
    if effect.commitment is not None:
        sentences += _commitment(effect.commitment, change, reader)
    elif change.commitment is not None:
        sentences.append(_("The commitment stays what it is: it is this one already, or a later change overrides it."))
    index = effect.period.index
    before = (reader.terms.price(change.product, index), reader.terms.overage_price(change.product, index))
    for label, price, now in (
        (_("price"), change.price, before[0]),
        (_("overage price"), change.overage_price, before[1]),
    ):
        if price is not None:
            words = {
                "label": label,
                "product": reader.product(change.product),
                "price": reader.price(price),
                "day": reader.day(effect.period.start),
            }
            sentences.append(_("The %(label)s of %(product)s is %(price)s from %(day)s.") % words)
            if now is not None and now != price:
                sentences.append(_("Without this change it would be %(price)s then.") % {"price": reader.price(now)})
    listed = reader.list_prices.get(change.product)
    if change.price is not None and before[0] is None and listed is not None:
        words = {"price": reader.price(listed)}
        sentences.append(_("Without this change the list price holds: %(price)s now.") % words)
    if effect.ends is not None:
        sentences.append(_ends(effect.ends, reader))
    return sentences


def cancellation_in_words(effect: CancellationEffect, reader: Reader) -> list[str]:
    """Return which period is the last one, when the final invoice comes, and what is not refunded (BR-16)."""
    last = effect.last_period
    sentences = [
        _("The last period is %(days)s.") % {"days": format_days(last.start, last.last_day, reader.language)},
        _("The final invoice, dated %(day)s, charges what is used until then in full, and nothing in advance.")
        % {"day": reader.day(last.end)},
    ]
    if effect.is_short:
        sentences.append(_("The last period is shorter than a month; licenses are charged in full all the same."))
    if effect.prepaid_until is not None:
        words = {"day": reader.day(effect.prepaid_until)}
        sentences.append(
            _("It is paid in advance until %(day)s: what is left is not refunded, unless by a credit note.") % words
        )
    return sentences


def _begins(effect: ChangeEffect, reader: Reader) -> str:
    words = {"day": reader.day(effect.period.start), "asked": reader.day(effect.change.effective_date)}
    if effect.is_later:
        return (
            _("It takes effect on %(day)s, not on %(asked)s: changes wait for the start of a period to come.") % words
        )
    return _("It takes effect on %(day)s, the start of a period.") % words


def _commitment(effect: CommitmentEffect, change: TermsChange, reader: Reader) -> list[str]:
    words = {
        "product": reader.product(effect.product),
        "before": reader.number(effect.before),
        "after": reader.number(effect.after),
        "day": reader.day(effect.period.start),
        "charged": reader.number(effect.charged),
        "months": ngettext("%(count)s month", "%(count)s months", effect.months) % {"count": effect.months},
        "days": format_days(effect.period.start, effect.last_day, reader.language),
    }
    sentences = [_("The commitment to %(product)s goes from %(before)s to %(after)s on %(day)s.") % words]
    if effect.charged <= 0:
        return sentences
    if reader.terms.commercial_model is CommercialModel.PREPAY:
        sentences.append(_("On %(day)s %(charged)s are charged in advance for %(months)s, %(days)s.") % words)
    else:
        sentences.append(_("From %(day)s on %(charged)s are charged in advance, each month for that month.") % words)
    amount = _in_advance(effect, change, reader)
    if amount:
        sentences.append(_("That comes to %(amount)s each time, net of tax.") % {"amount": amount})
    return sentences


def _in_advance(effect: CommitmentEffect, change: TermsChange, reader: Reader) -> str:
    """Return what the charge in advance comes to; nothing if nobody has a price."""
    terms = replace(reader.terms, changes=(*reader.terms.changes, change))
    price = terms.price(effect.product, effect.period.index)
    price = reader.list_prices.get(effect.product) if price is None else price
    if price is None:
        return ""
    amount = Fraction(effect.charged) * Fraction(price) * effect.months
    return format_money(round_money(amount, terms.currency), reader.language)


def _ends(effect: CommitmentEffect, reader: Reader) -> str:
    words = {
        "product": reader.product(effect.product),
        "quantity": reader.number(effect.before),
        "day": reader.day(effect.period.start - timedelta(days=1)),
    }
    return _("The commitment to %(quantity)s %(product)s ends: its last day is %(day)s.") % words
