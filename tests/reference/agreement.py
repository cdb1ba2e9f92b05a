"""What was agreed: periods, commitments in force, prices, and what is due in advance (BR-10 to BR-17, BR-30, BR-31)."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from tests.reference.clock import Period, day, midnight, months_after
from tests.reference.counting import RANKS, TIERS


@dataclass(frozen=True)
class Advance:
    """A commitment that falls due at a period's start."""

    product: str
    quantity: int
    months: int
    last_day: date


class Agreement:
    """A story's subscription, with the defaults of the format."""

    def __init__(self, story):
        terms = {key: value for key, value in story["subscription"].items() if value is not None}
        self.effective = day(terms["effective_date"])
        self.commercial_model = terms["commercial_model"]
        self.licensing_model = terms["licensing_model"]
        self.edition = str(terms.get("edition", "2019"))
        self.zone = terms.get("time_zone", "America/New_York")
        self.ramp = terms.get("ramp_months", 0)
        self.term = terms.get("term_months", 12)
        self.net_days = terms.get("net_days", 30)
        self.grace = timedelta(hours=terms.get("cutoff_hours", 6))
        self.last_service = day(terms["last_service_date"]) if "last_service_date" in terms else None
        self.cancelled_on = day(terms["cancelled_on"]) if "cancelled_on" in terms else self.last_service
        self.add_ons = story.get("add_ons") or []
        self._prices = story.get("prices") or {}
        self._book = story.get("price_book") or {}
        self._changes = story.get("changes") or []

    # periods

    def first_day(self, number):
        return months_after(self.effective, number)

    def period(self, number):
        """Return the period as it is closed, or None after the last one."""
        first, following = self.first_day(number), self.first_day(number + 1)
        if self.last_service and first > self.last_service:
            return None
        last = following - timedelta(days=1)
        if self.last_service:
            last = min(last, self.last_service)
        end = midnight(last + timedelta(days=1), self.zone)
        return Period(
            number=number,
            first_day=first,
            last_day=last,
            whole_days=(following - first).days,
            start=midnight(first, self.zone),
            end=end,
            cutoff=end + self.grace,
        )

    def in_ramp(self, number):
        return number < self.ramp

    def commits(self, number):
        """Tell whether commitments count in a period at all."""
        return self.commercial_model != "MONTH_TO_MONTH" and not self.in_ramp(number)

    def is_free(self, number):
        """Tell whether licenses and add-ons are free in the period (BR-11)."""
        return self.edition == "2025" and self.in_ramp(number)

    def contract_year(self, number):
        """Return the first period of the contract year that holds the period, and the first one after that year."""
        into_term = (number - self.ramp) % self.term
        term_starts = number - into_term
        starts = term_starts + into_term // 12 * 12
        return starts, min(starts + 12, term_starts + self.term)

    # commitments

    def commitment(self, product, number):
        """Return the commitment in force in a period."""
        return self._in_force(number).get(product, 0)

    def _in_force(self, number):
        if not self.commits(number):
            return {}
        asked = self._asked(number)
        if self.commercial_model == "PREPAY_MONTHLY_COMMITMENT" or number == self.contract_year(number)[0]:
            return asked
        running = self._in_force(number - 1)
        paid_tiers = [tier for tier in TIERS if running.get(tier, 0)]
        return {
            product: running[product]
            if product in TIERS and paid_tiers and product not in paid_tiers
            else max(running[product], wanted)
            for product, wanted in asked.items()
        }

    def _asked(self, number):
        """Return what is asked for as of a period; a commitment to one tier is the end of that to another (BR-15)."""
        products = [*RANKS, *self.add_ons]
        asked = {product: (self._prices.get(product) or {}).get("commitment") or 0 for product in products}
        for change in sorted(self._changes, key=lambda change: day(change["effective_date"])):
            if change.get("commitment") is None or day(change["effective_date"]) > self.first_day(number):
                continue
            if change["product"] in TIERS and change["commitment"]:
                asked |= dict.fromkeys(TIERS, 0)
            asked[change["product"]] = change["commitment"]
        return asked

    def advances(self, number):
        """Return what falls due in advance at the start of a period."""
        if not self.commits(number):
            return []
        due = self.first_day(number)
        before, after = {}, number + 1
        if self.commercial_model == "PREPAY":
            starts, after = self.contract_year(number)
            before = self._in_force(number - 1) if number > starts else {}
        last_day = self.first_day(after) - timedelta(days=1)
        if self.last_service and due >= self.cancelled_on:
            while after > number and self.first_day(after - 1) > self.last_service:
                after -= 1
            last_day = min(self.first_day(after) - timedelta(days=1), self.last_service)
        rises = {product: wanted - before.get(product, 0) for product, wanted in self._in_force(number).items()}
        return [
            Advance(product, rise, after - number, last_day)
            for product, rise in rises.items()
            if rise and after > number
        ]

    # prices

    def price(self, product, number):
        """Return the price as it is written, or None where there is none."""
        own = self._stated(product, "price", number)
        return _price(own if own is not None else self._book.get(product))

    def overage_price(self, product, number):
        own = self._stated(product, "overage_price", number)
        return _price(own) if own is not None else self.price(product, number)

    def setup_price(self, product):
        return _price((self._prices.get(product) or {}).get("setup_price"))

    def _stated(self, product, what, number):
        """Return what is agreed about a product in a period: by the latest change, else from the start."""
        first = self.first_day(number)
        known = [
            change
            for change in self._changes
            if change["product"] == product and change.get(what) is not None and day(change["effective_date"]) <= first
        ]
        if known:
            # Of two with one date the later in the story.
            return sorted(known, key=lambda change: day(change["effective_date"]))[-1][what]  # noqa: FURB192
        return (self._prices.get(product) or {}).get(what)


def _price(stated):
    return None if stated is None else Decimal(str(stated))
