"""Whether a document is taxed: an exemption certificate, or reverse charge between two member states (BR-78)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from invoices.domain.tax import TaxRate
from subscriptions.domain.european_union import vat_state


class TaxTreatment(StrEnum):
    """How a document is taxed, and so which note it bears."""

    TAXED = "taxed"
    EXEMPT = "exempt"
    REVERSE_CHARGE = "reverse_charge"


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxFacts:
    """
    What decides whether an organization is taxed, as it stood when its document was issued.

    A VAT number is empty unless it was found to be one of its party's country; `vat_number_check` says by what.
    """

    issuer_country: str
    issuer_vat_number: str
    customer_country: str
    customer_vat_number: str
    vat_number_check: str
    exemption: str | None
    """The number of the exemption certificate in force."""


def treatment_of(facts: TaxFacts, *, on: date) -> TaxTreatment:
    """
    Return who owes the tax on a document of a day (BR-78).

    A certificate comes first: who is exempt owes nothing under reverse charge either.
    """
    if facts.exemption is not None:
        return TaxTreatment.EXEMPT
    seller, buyer = vat_state(facts.issuer_country, on=on), vat_state(facts.customer_country, on=on)
    crosses_a_border = seller is not None and buyer is not None and seller != buyer
    return TaxTreatment.REVERSE_CHARGE if crosses_a_border and facts.customer_vat_number else TaxTreatment.TAXED


def charged_rates(rates: Sequence[TaxRate], *, facts: TaxFacts, on: date) -> list[TaxRate]:
    """Return the rates a document of a day is charged: all of the organization's or none (BR-78)."""
    return list(rates) if treatment_of(facts, on=on) is TaxTreatment.TAXED else []
