"""From taxes by authority and category of revenue to taxes by category and rate, as EN 16931 has them (BR-78)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from invoices.domain.e_invoice.values import EInvoiceError, Item, Vat, VatBreakdown, VatCategory
from invoices.domain.tax import PERCENT, TaxRate
from invoices.domain.tax_treatment import TaxTreatment
from subscriptions.domain.catalog import TaxCategory
from subscriptions.domain.european_union import vat_state
from subscriptions.domain.money import plain

_NO_TAX = Decimal(0)

REASON_CODES: Mapping[VatCategory, str] = {
    VatCategory.REVERSE_CHARGE: "VATEX-EU-AE",
    VatCategory.OUTSIDE: "VATEX-EU-O",
}
"""Why there is no tax, as a program reads it; an exemption certificate has no code of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Charged:
    """The tax of one authority as it stands on a document."""

    rate: TaxRate
    tax: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Taxation:
    """How a document is taxed: its treatment, what its authorities charge, and who is in the union on its day."""

    treatment: TaxTreatment
    charged: Sequence[Charged]
    seller_country: str
    buyer_country: str
    dated: date

    def vat_of(self, category: str) -> Vat:
        """
        Return how a line of a category of revenue is taxed.

        Where nobody taxes a document at all it is outside the tax if seller or buyer is outside the union; else, and
        where only others of its lines are taxed, its rate is zero.

        :raises EInvoiceError: if two authorities tax it, as only one rate stands with a line
        """
        if self.treatment is TaxTreatment.EXEMPT:
            return Vat(category=VatCategory.EXEMPT, rate=_NO_TAX)
        if self.treatment is TaxTreatment.REVERSE_CHARGE:
            return Vat(category=VatCategory.REVERSE_CHARGE, rate=_NO_TAX)
        covering = [one.rate for one in self.charged if TaxCategory(category) in one.rate.categories]
        if len(covering) > 1:
            names = ", ".join(rate.authority for rate in covering)
            raise EInvoiceError(
                f"Several authorities tax the same line ({names}). An e-invoice has one rate a line, as VAT has, "
                "and cannot state sales taxes beside one another."
            )
        if covering:
            return vat_at(covering[0])
        if not self.charged and not self._within_the_union:
            return Vat(category=VatCategory.OUTSIDE, rate=None)
        return Vat(category=VatCategory.ZERO, rate=_NO_TAX)

    @property
    def _within_the_union(self) -> bool:
        return all(vat_state(country, on=self.dated) for country in (self.seller_country, self.buyer_country))


def vat_at(rate: TaxRate) -> Vat:
    """Return category and rate of what an authority charges; of a taxable share it is the rate on the whole."""
    percent = Decimal(plain(rate.rate * rate.taxable / PERCENT))
    return Vat(category=VatCategory.STANDARD if percent else VatCategory.ZERO, rate=percent)


def breakdown(
    items: Iterable[Item],
    *,
    charged: Sequence[Charged],
    reasons: Mapping[VatCategory, str],
    minor_unit: Decimal,
    times_rounded: int = 1,
) -> list[VatBreakdown]:
    """
    Return basis and tax by category and rate, in the order of the lines.

    The tax is that of the document, and is not worked out anew: where it was rounded more than once, by several
    authorities or `times_rounded` as what is credited by hand, it may be a minor unit away for each further time.
    """
    nothing, bases = _NO_TAX.quantize(minor_unit), dict[Vat, Decimal]()
    for item in items:
        bases[item.vat] = bases.get(item.vat, nothing) + item.net
    taxes: dict[Vat, list[Decimal]] = {vat: [] for vat in bases}
    for one in charged:
        taxes.setdefault(vat_at(one.rate), []).append(one.tax)
    return [
        VatBreakdown(
            vat=vat,
            basis=bases.get(vat, nothing),
            tax=sum(amounts, nothing),
            reason=reasons.get(vat.category, ""),
            reason_code=REASON_CODES.get(vat.category, ""),
            slack=minor_unit * max(0, len(amounts) * times_rounded - 1),
        )
        for vat, amounts in taxes.items()
    ]
