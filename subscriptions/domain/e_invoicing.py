"""Which organizations get e-invoices: a file for their program in the PDF that their people read (BR-76)."""

from datetime import date
from enum import StrEnum

from subscriptions.domain.european_union import vat_state


class EInvoicing(StrEnum):
    """Whether an organization's documents carry a file that its program reads."""

    BY_COUNTRY = "by_country"
    ALWAYS = "always"
    NEVER = "never"


def gets_e_invoices(setting: EInvoicing, *, country: str, on: date) -> bool:
    """Tell whether the documents of a day carry the file; by country: in the European Union they do."""
    if setting is EInvoicing.BY_COUNTRY:
        return vat_state(country, on=on) is not None
    return setting is EInvoicing.ALWAYS
