"""What is unusual about an agreement or an issuing entity without forbidding it: a person is told (BR-03, BR-79)."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from subscriptions.domain.european_union import vat_state
from subscriptions.domain.tax_ids import find_registration_number, find_vat_number

USUAL_NET_DAYS = 30
USUAL_CUTOFF_HOURS = 6
JAPAN = "JP"


class NoticeCode(StrEnum):
    """What a person is told."""

    NET_DAYS = "net_days"
    CUTOFF_HOURS = "cutoff_hours"
    NO_BANK_ACCOUNT = "no_bank_account"
    NO_VAT_NUMBER = "no_vat_number"
    NO_REGISTRATION_NUMBER = "no_registration_number"


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One thing that is unusual, and the figure or code that makes it so."""

    code: NoticeCode
    subject: str


def agreement_notices(*, net_days: int, cutoff_hours: int, currency: str, paid_in: Collection[str]) -> Iterator[Notice]:
    """Yield what is unusual about an agreement; `paid_in` are the currencies its issuing entity has accounts in."""
    if net_days != USUAL_NET_DAYS:
        yield Notice(code=NoticeCode.NET_DAYS, subject=str(net_days))
    if cutoff_hours != USUAL_CUTOFF_HOURS:
        yield Notice(code=NoticeCode.CUTOFF_HOURS, subject=str(cutoff_hours))
    if currency not in paid_in:
        yield Notice(code=NoticeCode.NO_BANK_ACCOUNT, subject=currency)


def issuer_notices(
    *, country: str, tax_ids: Sequence[str], invoices_in: Collection[str], paid_in: Collection[str], on: date
) -> Iterator[Notice]:
    """Yield what customers of an issuing entity will miss on its documents."""
    for currency in sorted(set(invoices_in) - set(paid_in)):
        yield Notice(code=NoticeCode.NO_BANK_ACCOUNT, subject=currency)
    if vat_state(country, on=on) is not None and not find_vat_number(tax_ids, country=country, on=on):
        yield Notice(code=NoticeCode.NO_VAT_NUMBER, subject=country)
    if country.upper() == JAPAN and not find_registration_number(tax_ids):
        yield Notice(code=NoticeCode.NO_REGISTRATION_NUMBER, subject=country)
