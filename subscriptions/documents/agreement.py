"""A running agreement in words: what a person would say about it on the telephone."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from subscriptions.choices import COMMERCIAL_MODELS, LICENSING_MODELS
from subscriptions.domain.catalog import CONTACT_CENTER_TIERS
from subscriptions.domain.formatting import format_day, format_price, format_quantity, zone_name
from subscriptions.domain.period import BillingPeriod, index_holding, nth_period
from subscriptions.domain.terms import CommercialModel, ContractTerms, LicensingModel


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreementInWords:
    """An agreement on a day: phrases that name it, each for itself, and sentences about how it goes on."""

    phrases: Sequence[str]
    sentences: Sequence[str]


def agreement_on(
    terms: ContractTerms, *, on: date, list_prices: Mapping[str, Decimal], names: Mapping[str, str], language: str
) -> AgreementInWords:
    """Return an agreement as it stands on a day; of one that has not begun or has ended, as it begins or ended."""
    speaker = _Speaker(terms=terms, on=on, list_prices=list_prices, names=names, language=language)
    return AgreementInWords(phrases=list(speaker.phrases()), sentences=list(speaker.sentences()))


def index_on(terms: ContractTerms, on: date) -> int:
    """Return the index of the period that holds a day, at most the last; 0 before the agreement begins."""
    if on < terms.effective_date:
        return 0
    index = index_holding(on, effective_date=terms.effective_date)
    return index if terms.last_index is None else min(index, terms.last_index)


def term_on(terms: ContractTerms, index: int) -> range:
    """Return the indexes of the term that a period belongs to; of a ramp, those of the term after it."""
    number = max(0, index - terms.ramp_months) // terms.term_months
    first = terms.ramp_months + number * terms.term_months
    return range(first, first + terms.term_months)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Speaker:
    terms: ContractTerms
    on: date
    list_prices: Mapping[str, Decimal]
    names: Mapping[str, str]
    language: str

    def phrases(self) -> Iterator[str]:
        terms, index = self.terms, index_on(self.terms, self.on)
        yield str(dict(COMMERCIAL_MODELS)[terms.commercial_model])
        # In a ramp nothing is committed yet: what follows it is what was agreed.
        committed = terms.committed_products(max(index, terms.ramp_months))
        if not set(committed) & set(CONTACT_CENTER_TIERS):
            yield str(dict(LICENSING_MODELS)[terms.licensing_model])
        for product in committed:
            yield self._committed(product, max(index, terms.ramp_months))
        if not committed:
            yield _("no commitment: what is used is charged")
        if terms.in_ramp(index):
            yield _("ramp until %(day)s") % {"day": self._day(self._period(terms.ramp_months - 1).last_day)}
        if terms.last_service_date is not None:
            day = self._day(terms.last_service_date)
            yield (_("cancelled: ends on %(day)s") if terms.last_service_date >= self.on else _("ended on %(day)s")) % {
                "day": day
            }

    def sentences(self) -> Iterator[str]:
        terms = self.terms
        words = {
            "day": self._day(terms.effective_date),
            "zone": zone_name(terms.time_zone, self.language),
            "term": ngettext("%(count)s month", "%(count)s months", terms.term_months) % {"count": terms.term_months},
            "end": self._day(self._period(term_on(terms, index_on(terms, self.on))[-1]).last_day),
        }
        if terms.effective_date > self.on:
            yield _("It begins on %(day)s.") % words
        else:
            yield _("It runs since %(day)s.") % words
        if terms.last_service_date is None:
            if terms.commercial_model is CommercialModel.MONTH_TO_MONTH:
                yield _("It goes on month by month until it is cancelled.")
            else:
                yield (
                    _("Its term of %(term)s ends on %(end)s and renews for the same length unless it is cancelled.")
                    % words
                )
        yield _("Billing periods begin at midnight, %(zone)s.") % words
        due = ngettext(
            "Invoices are due %(count)s day after their date.",
            "Invoices are due %(count)s days after their date.",
            terms.net_days,
        )
        yield due % {"count": terms.net_days}

    def _committed(self, product: str, index: int) -> str:
        price = self.terms.price(product, index)
        price = self.list_prices.get(product) if price is None else price
        words = {
            "quantity": format_quantity(self.terms.commitment(product, index), self.language),
            "product": self.names.get(product, product),
            "price": "" if price is None else format_price(price, self.terms.currency, self.language),
        }
        if price is None:
            return _("%(quantity)s %(product)s, without a price yet") % words
        if product not in CONTACT_CENTER_TIERS:
            return _("%(quantity)s %(product)s at %(price)s") % words
        return {
            LicensingModel.NAMED: _("%(quantity)s %(product)s named at %(price)s"),
            LicensingModel.CONCURRENT: _("%(quantity)s %(product)s concurrent at %(price)s"),
            LicensingModel.HOURLY: _("%(quantity)s %(product)s hourly at %(price)s"),
        }[self.terms.licensing_model] % words

    def _period(self, index: int) -> BillingPeriod:
        return nth_period(effective_date=self.terms.effective_date, index=index)

    def _day(self, day: date) -> str:
        return format_day(day, self.language)
