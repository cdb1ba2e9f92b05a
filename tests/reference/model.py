"""A second opinion: a story's result by the rules' text alone, sharing no code with the product.

Written to be read beside the rules, and slow: every period is rated anew at each close that may correct it.
"""

from decimal import Decimal
from fractions import Fraction
from itertools import count

from tests.reference.agreement import Agreement
from tests.reference.clock import day, instant, midnight
from tests.reference.documents import document, line
from tests.reference.facts import Facts
from tests.reference.money import decimals, half_up
from tests.reference.rating import Rating

HELD_CODES = ["tier_above_agreement", "unpriced_product", "unrated_call"]
PERIODS_CORRECTED = 3
ONE_TIME_FIRST, CYCLES_AFTER = 0, 1


def play(story):
    """Return the Result of the scenario format for a story that is well formed."""
    life = _Life(story)
    life.order()
    life.bill()
    issued = sorted(life.issued, key=lambda entry: entry[:3])
    return {
        "invoices": [made for *_, made in issued],
        "exceptions": life.exceptions,
        "held": life.held,
    }


class _Life:
    def __init__(self, story):
        self.story = story
        self.agreement = Agreement(story)
        self.places = decimals(story["organization"]["currency"])
        self.until = instant(story["run_until"])
        self.issued = []
        self.exceptions = []
        self.held = []
        self._invoiced = []  # per closed period: charge key -> (quantity, amount, charge)

    def _issue(self, moment, rank, lines, invoice_date):
        made = document(self.story, lines, invoice_date, self.agreement.net_days)
        if made is not None:
            self.issued.append((moment, rank, len(self.issued), made))

    # one-time charges

    def order(self):
        for order in self.story.get("orders") or []:
            if order.get("hardware"):
                for shipment in order.get("shipments") or []:
                    self._issue_order("hardware", order, shipment["quantity"], day(shipment["shipped_on"]))
            else:
                self._issue_order("one_time", order, order["quantity"], day(order["placed_on"]))

    def _issue_order(self, kind, order, quantity, on):
        moment = midnight(on, self.agreement.zone)
        if moment > self.until:
            return
        price = Decimal(str(order["price"]))
        amount = half_up(Fraction(quantity) * Fraction(price), self.places)
        self._issue(moment, ONE_TIME_FIRST, [line(kind, order["product"], quantity, price, amount, on, on)], on)

    # cycles

    def bill(self):
        opening = self.agreement.period(0)
        if opening.start > self.until:
            return
        lines, reasons = self._advance(0)
        if reasons:
            self._hold(opening, reasons)
            return
        self._issue(opening.start, CYCLES_AFTER, lines, opening.first_day)
        for number in count():
            period = self.agreement.period(number)
            if period is None or period.cutoff > self.until or self.held:
                return
            self._close(period)

    def _close(self, period):
        facts = Facts(self.story.get("events") or [], period.cutoff)
        rating = Rating(self.story, self.agreement, period, facts)
        self.exceptions += [
            {"code": code, "subject": subject, "period_start": period.first_day.isoformat()}
            for code, subject in rating.exceptions
        ]
        lines, reasons = self._advance(period.number + 1)
        reasons |= rating.reasons
        lines += [
            line(
                charge.kind, charge.product, charge.quantity, charge.unit_price, charge.amount,
                period.first_day, period.last_day, **charge.extra,
            )
            for charge in rating.charges
        ]  # fmt: skip
        for earlier in range(max(0, period.number - PERIODS_CORRECTED), period.number):
            corrections, found = self._correct(self.agreement.period(earlier), facts)
            lines += corrections
            reasons |= found
        if reasons:
            self._hold(period, reasons)
            return
        self._invoiced.append({charge.key: (charge.quantity, charge.amount, charge) for charge in rating.charges})
        self._issue(period.cutoff, CYCLES_AFTER, lines, self._day_after(period))

    def _day_after(self, period):
        return day(period.last_day).fromordinal(period.last_day.toordinal() + 1)

    def _hold(self, period, reasons):
        self.held = [
            {"period_start": period.first_day.isoformat(), "code": code} for code in HELD_CODES if code in reasons
        ]

    def _advance(self, number):
        """Return the lines in advance that fall due at a period's start, and the reasons that forbid it."""
        lines, reasons = [], set()
        for advance in self.agreement.advances(number):
            price = self.agreement.price(advance.product, number)
            if price is None:
                reasons.add("unpriced_product")
                continue
            amount = half_up(Fraction(advance.quantity) * Fraction(price) * advance.months, self.places)
            lines.append(
                line(
                    "prepay", advance.product, advance.quantity, price, amount,
                    self.agreement.first_day(number), advance.last_day, months=advance.months,
                )
            )  # fmt: skip
        return lines, reasons

    def _correct(self, period, facts):
        """Return the adjustments of an earlier period (BR-74), and the reasons that forbid them."""
        rating = Rating(self.story, self.agreement, period, facts)
        now = {charge.key: (charge.quantity, charge.amount, charge) for charge in rating.charges}
        if rating.reasons:
            return [], rating.reasons
        before = self._invoiced[period.number]
        lines = []
        for key in before.keys() | now.keys():
            charge = (now.get(key) or before.get(key))[2]
            quantity = now.get(key, (0, 0))[0] - before.get(key, (0, 0))[0]
            amount = now.get(key, (0, 0))[1] - before.get(key, (0, 0))[1]
            if quantity or amount:
                lines.append(
                    line(
                        "adjustment", charge.product, quantity, charge.unit_price, amount,
                        period.first_day, period.last_day, of=charge.kind, **charge.extra,
                    )
                )  # fmt: skip
        self._invoiced[period.number] = now
        return lines, set()
