"""What an explanation reads: a line, the terms and the count it was computed from, and for whom it is written."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from functools import cached_property

from django.utils.translation import gettext as _
from moneyed import Money

from invoices.documents.section import DocumentLine
from invoices.domain.charge import ChargeKind
from invoices.domain.prices import Prices
from invoices.models import InvoiceLine
from subscriptions.documents import Fact
from subscriptions.domain.formatting import format_day, format_moment, format_money, format_price, format_service
from subscriptions.domain.money import round_half_up
from subscriptions.domain.period import BillingPeriod, Window, local_date
from subscriptions.domain.rate_deck import RateDeck
from subscriptions.domain.terms import CommercialModel, ContractTerms
from usage.documents import Counted, Reader, get_counted
from usage.models import SnapshotUser, UsageSnapshot
from usage.selectors.people import list_people_counted

PRINTED_DECIMALS = 6


PeopleSource = Callable[[], Iterable[SnapshotUser]]
"""Reads everyone who was logged in during a period, by user; each time anew."""


def stored_people(snapshot: UsageSnapshot) -> PeopleSource:
    """Return the people stored with a count, read row by row."""
    return lambda: list_people_counted(snapshot.pk).iterator(chunk_size=2_000)


@dataclass(frozen=True, kw_only=True)
class Basis:
    """
    Everything that stands behind a line of a cycle's document.

    `kind` is the kind of charge, that of the corrected one for an adjustment; `snapshot` is what was counted for
    `period`, None for a commitment; `bills_agreed_tier` tells that a person chose the license of the peak (BR-21).
    `people` reads who was counted, by user; None if that was not kept.
    `read_rate_deck` returns the voice rates that were known then; a large deck is read only where calls are listed.
    """

    line: InvoiceLine
    shown: DocumentLine
    kind: ChargeKind
    currency: str
    prices: Prices
    read_rate_deck: Callable[[], RateDeck | None]
    bills_agreed_tier: bool
    period: BillingPeriod
    snapshot: UsageSnapshot | None
    people: PeopleSource | None
    reader: Reader

    @property
    def terms(self) -> ContractTerms:
        """Return the agreement as the close used it."""
        return self.prices.terms

    @property
    def index(self) -> int:
        """Return which period of the agreement the line is about."""
        return self.period.index

    @property
    def is_uncommitted(self) -> bool:
        """Tell whether no commitment is in force, whatever was agreed (BR-10, BR-11)."""
        return self.terms.commercial_model is CommercialModel.MONTH_TO_MONTH or self.terms.in_ramp(self.index)

    @cached_property
    def counted(self) -> Counted:
        """Return what was counted for the period."""
        return get_counted(self.counted_snapshot)

    @property
    def counted_snapshot(self) -> UsageSnapshot:
        """
        Return the count of the period.

        :raises ValueError: if the line is not about usage
        """
        if self.snapshot is None:
            raise ValueError(f"Nothing was counted for a {self.kind} line.")
        return self.snapshot

    @property
    def window(self) -> Window:
        """Return the instants that were counted."""
        return Window(start=self.counted_snapshot.starts_at, end=self.counted_snapshot.ends_at)

    def money(self, amount: Decimal) -> str:
        """Write an amount of the document."""
        return format_money(Money(amount, self.currency), self.reader.language)

    def price(self, price: Decimal) -> str:
        """Write a price with the decimals it needs."""
        return format_price(price, self.currency, self.reader.language)

    def number(self, figure: Fraction | Decimal | int) -> str:
        """Write a figure with at most six decimals."""
        return self.reader.quantity(round_half_up(Fraction(figure), PRINTED_DECIMALS))

    def moment(self, instant: datetime) -> str:
        """Write an instant with its year, on the billing zone's clock."""
        day = format_day(local_date(instant, time_zone=self.reader.time_zone), self.reader.language)
        return format_moment(day, self.reader.clock(instant), self.reader.language)

    def quantity_times_price(self) -> str:
        """Write the arithmetic of an ordinary line: `3 × $150.00 = $450.00`."""
        return f"{self.shown.quantity} × {self.shown.rate} = {self.shown.amount}"

    def service_facts(self) -> list[Fact]:
        """Return the period, and up to when what was reported for it counted."""
        line, reader = self.line, self.reader
        service = format_service(line.service_start, line.service_end, reader.time_zone, reader.language)
        facts = [Fact(label=_("Service period"), value=service)]
        if self.terms.in_ramp(self.index):
            place = {"place": self.index + 1, "months": self.terms.ramp_months}
            facts.append(Fact(label=_("Ramp"), value=_("period %(place)s of %(months)s") % place))
        if self.snapshot is not None:
            known = _("what was received by %(moment)s %(zone)s") % {
                "moment": self.moment(self.snapshot.cutoff_at),
                "zone": reader.zone,
            }
            facts.append(Fact(label=_("Counted with"), value=known))
        return facts


def arrears_rules(basis: Basis, *counting: str) -> Sequence[str]:
    """Return the rules behind a charge in arrears: how it is counted, then how it is charged."""
    ramp = ["BR-11"] if basis.terms.in_ramp(basis.index) else []
    return [*counting, *ramp, "BR-30", "BR-31"]
