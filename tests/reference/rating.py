"""What a period costs in arrears (BR-11, BR-30, BR-40 to BR-43, BR-72)."""

from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction

from tests.reference import consumption
from tests.reference.counting import RANKS, TIERS, count
from tests.reference.money import decimals, half_up


@dataclass(frozen=True)
class Charge:
    """A charge in arrears as a line shows it; ``extra`` are the fields that only some kinds have."""

    kind: str
    product: str
    quantity: Decimal
    unit_price: Decimal
    amount: Decimal
    extra: dict = field(default_factory=dict)

    @property
    def key(self):
        rate = self.unit_price if self.kind == "voice" else None
        return self.kind, self.product, rate, tuple(sorted(self.extra.items()))


class Rating:
    """A period rated with what is known at an instant: its charges, exceptions, and reasons to hold it."""

    def __init__(self, story, agreement, period, facts):
        self._agreement, self._period, self._facts = agreement, period, facts
        self._places = decimals(story["organization"]["currency"])
        self._counted = count(
            facts,
            period,
            model=agreement.licensing_model,
            edition=agreement.edition,
            add_ons=agreement.add_ons,
        )
        self.exceptions = self._counted.exceptions
        self.reasons = set()
        self.charges = []
        self._licenses()
        if agreement.edition == "2016":
            self._call_ports()
        else:
            self._fair_use(story.get("allowances") or {})
        self._voice(story.get("rate_deck"))
        self._numbers()

    def _add(self, kind, product, quantity, price, *, share=Fraction(1), **extra):
        if not quantity:
            return
        if price is None:
            self.reasons.add("unpriced_product")
            return
        amount = half_up(Fraction(quantity) * Fraction(price) * share, self._places)
        self.charges.append(Charge(kind, product, Decimal(quantity), price, amount, extra))

    def _committed(self, product):
        return self._agreement.commitment(product, self._period.number)

    def _licenses(self):
        agreement, number = self._agreement, self._period.number
        committed_tiers = [tier for tier in TIERS if self._committed(tier)]
        peak_tier = self._counted.peak_tier
        if peak_tier and committed_tiers and peak_tier > max(committed_tiers):
            self.reasons.add("tier_above_agreement")
        if agreement.is_free(number):
            return
        for product, billable in self._counted.quantities.items():
            if agreement.commits(number):
                over = max(0, billable - self._committed(product))
                self._add("overage", product, over, agreement.overage_price(product, number))
            else:
                self._add("usage", product, billable, agreement.price(product, number))

    def _seats(self, products):
        return {
            product: max(self._committed(product), self._counted.quantities.get(product, 0)) for product in products
        }

    def _fair_use(self, overrides):
        seats = self._seats([*RANKS, *self._agreement.add_ons])
        for resource in consumption.RESOURCES:
            over = consumption.over_allotment(
                self._facts,
                self._period,
                resource,
                seats=seats,
                model=self._agreement.licensing_model,
                overrides=overrides,
            )
            self._add("fair_use", resource, over, self._agreement.price(resource, self._period.number))

    def _call_ports(self):
        if self._agreement.licensing_model == "hourly":
            contact_center = self._counted.tier_seats
        else:
            contact_center = sum(self._seats(TIERS).values())
        included = 2 * contact_center + self._seats(["communicate"])["communicate"]
        hours = consumption.excess_port_hours(self._facts, self._period, included)
        self._add("call_ports", "call-ports", hours, self._agreement.price("call-ports", self._period.number))

    def _voice(self, deck):
        traffics, unrated = consumption.rated_calls(self._facts, self._period, deck)
        if unrated:
            self.reasons.add("unrated_call")
        for traffic in traffics:
            if traffic.minutes:
                self.charges.append(
                    Charge(
                        "voice",
                        "voice",
                        traffic.minutes,
                        traffic.per_minute,
                        half_up(traffic.amount, self._places),
                        {"destination": traffic.destination, "direction": traffic.direction},
                    )
                )

    def _numbers(self):
        agreement, period = self._agreement, self._period
        for product, activations in consumption.number_setups(self._facts, period).items():
            if agreement.setup_price(product) is not None:
                self._add("number_setup", product, activations, agreement.setup_price(product))
        for (product, days), numbers in consumption.number_days(self._facts, period, agreement.zone).items():
            self._add(
                "number",
                product,
                numbers,
                agreement.price(product, period.number),
                share=Fraction(days, period.whole_days),
                days=days,
                period_days=period.whole_days,
            )
