"""Random stories, plausible one by one, that crowd where rules meet; the same seed always tells the same story."""

from datetime import date, timedelta
from random import Random

from tests.reference.clock import midnight, months_after
from tests.reference.events import EventTeller

MODELS = ["MONTH_TO_MONTH", "MONTH_TO_MONTH", "PREPAY_MONTHLY_COMMITMENT", "PREPAY"]
LICENSING = ["named", "concurrent", "hourly"]
EDITIONS = ["2016", "2019", "2025"]
CURRENCIES = ["USD", "USD", "JPY", "EUR", "BRL"]
PRICES = [
    "75.00",
    "75.0",
    "75",
    "120",
    "99.995",
    "0.005",
    "12.345",
    "0",
    "150.5",
    "33.333333",
    "1.10",
    "0.000001",
    "1000.50",
]
SMALL_PRICES = ["0.01", "0.25", "0.005", "1.5", "0", "0.0125"]
PER_MINUTE = ["0.0470", "0.047", "0.015", "0.0005", "0.0150", "0.0119", "0.00833", "0", "1"]
PLAIN_ZONES = ["America/New_York", "America/New_York", "America/New_York", "UTC", "Asia/Tokyo", "Asia/Kolkata"]
ODD_MIDNIGHTS = [
    # a zone, and a day whose midnight does not exist there, or occurs twice
    ("America/Sao_Paulo", date(2018, 11, 4)),
    ("America/Sao_Paulo", date(2018, 2, 18)),
    ("Asia/Beirut", date(2022, 3, 27)),
    ("Africa/Cairo", date(2023, 4, 28)),
    ("Africa/Cairo", date(2023, 10, 27)),
    ("Pacific/Apia", date(2011, 12, 30)),
    ("Pacific/Apia", date(2011, 12, 31)),
    ("America/Havana", date(2024, 3, 10)),
    ("America/Havana", date(2024, 11, 3)),
    ("Atlantic/Azores", date(2025, 3, 30)),
    ("America/St_Johns", date(2010, 11, 7)),
    ("America/New_York", date(2026, 3, 8)),
    ("America/New_York", date(2026, 11, 1)),
]
ANCHORS = [
    date(2026, 1, 15), date(2026, 1, 31), date(2026, 1, 30), date(2026, 1, 29), date(2028, 1, 31), date(2027, 12, 31),
    date(2028, 2, 29), date(2026, 8, 31), date(2026, 3, 1), date(2026, 2, 28), date(2025, 11, 30),
]  # fmt: skip
TIERS = ["purecloud-1", "purecloud-2", "purecloud-3"]
LICENSES = ["collaborate", "communicate", *TIERS]
RESOURCES = ["api-requests", "basic-ivr", "byoc-cloud", "data-storage", "voice-transcription"]
NUMBERS = ["did-number", "toll-free-number"]
ADD_ONS = ["salesforce", "agent-assist"]
CATEGORIES = ["software", "telecom", "hardware", "service"]


def random_story(seed):
    """Return a well-formed story as the plain values of its YAML."""
    return _Author(seed).story()


class _Author:
    def __init__(self, seed):
        self.seed = seed
        self.rng = Random(seed)
        self.currency = self.rng.choice(CURRENCIES)
        self.model = self.rng.choice(MODELS)
        self.licensing = self.rng.choice(LICENSING)
        self.edition = self.rng.choice(EDITIONS)
        self.tier = self.rng.choice(TIERS)
        self.add_ons = self.rng.sample(ADD_ONS, self.rng.choice([0, 0, 1, 2]))
        self.periods = self.rng.choice([1, 2, 3, 4, 5] if self.model != "PREPAY" else [2, 3, 5, 8, 14])
        self.zone, self.effective = self._where_and_when()
        self.cutoff_hours = self.rng.choice([6, 6, 6, 0, 1, 48, 73, 240, 1000])
        self.stops = [midnight(self.first_day(k), self.zone) for k in range(self.periods + 2)]

    def chance(self, percent):
        return self.rng.random() * 100 < percent

    def first_day(self, number):
        return months_after(self.effective, number)

    def _where_and_when(self):
        if self.chance(30):
            zone, day = self.rng.choice(ODD_MIDNIGHTS)
            return zone, months_after(day, -self.rng.choice([0, 1, 1, 2]))
        return self.rng.choice(PLAIN_ZONES), self.rng.choice(ANCHORS)

    def story(self):
        subscription = self._subscription()
        story = {
            "story": f"random story {self.seed}",
            "organization": {"name": "Lantern", "country": "US", "currency": self.currency},
            "subscription": subscription,
            "prices": self._prices(),
            "price_book": self._price_book(),
            "rate_deck": self._rate_deck(),
            "add_ons": self.add_ons,
            "changes": self._changes(),
            "orders": self._orders(),
            "tax": self._taxes(),
            "tax_exempt": self.chance(8),
            "allowances": self._allowances(),
            "events": EventTeller(
                self.rng,
                stops=self.stops,
                zone=self.zone,
                grace=timedelta(hours=self.cutoff_hours),
                edition=self.edition,
                licensing=self.licensing,
                tier=self.tier,
                products=[*LICENSES, *self.add_ons],
            ).events(),
            "run_until": self._run_until(),
        }
        return {key: value for key, value in story.items() if value or key == "prices"}

    # the agreement

    def _subscription(self):
        terms = {
            "effective_date": self.effective,
            "commercial_model": self.model,
            "licensing_model": self.licensing,
            "edition": self.edition,
            "time_zone": self.zone,
            "ramp_months": self.rng.choice([0, 0, 0, 1, 2]),
            "term_months": self.rng.choice([1, 2, 3, 5, 12, 12, 13, 18, 36]),
            "net_days": self.rng.choice([0, 14, 30, 30, 45]),
            "cutoff_hours": self.cutoff_hours,
        }
        if self.chance(40):
            terms["last_service_date"] = self._last_service_date()
            if self.chance(70):
                terms["cancelled_on"] = self._cancelled_on(terms["last_service_date"])
        return terms

    def _last_service_date(self):
        start = self.first_day(self.rng.randint(0, self.periods))
        return max(self.effective, start + timedelta(days=self.rng.choice([-1, -1, 0, 1, 10, 20, 27])))

    def _cancelled_on(self, last):
        start = self.first_day(self.rng.randint(0, self.periods))
        return min(last, start + timedelta(days=self.rng.choice([-40, -1, 0, 0, 1, 10])))

    def _prices(self):
        prices = {}
        for product in [*LICENSES, *self.add_ons, *RESOURCES, *NUMBERS, "call-ports"]:
            if not self.chance(85):
                continue
            terms = {}
            if self.chance(90):
                terms["price"] = self.rng.choice(PRICES if product in LICENSES else SMALL_PRICES + PRICES[:3])
            if product in NUMBERS and self.chance(60):
                terms["setup_price"] = self.rng.choice(["5.00", "0", "0.125"])
            if product in LICENSES + self.add_ons and self.chance(40):
                terms["overage_price"] = self.rng.choice(PRICES)
            prices[product] = terms
        for product in [self.tier, "communicate", "collaborate", *self.add_ons]:
            if self.chance(80 if product == self.tier else 25):
                prices.setdefault(product, {})["commitment"] = self.rng.choice([0, 1, 1, 2, 3, 10])
        return prices

    def _price_book(self):
        products = [*LICENSES, *self.add_ons, *RESOURCES, *NUMBERS, "call-ports"]
        share = self.rng.choice([100, 100, 100, 97, 60, 0])
        return {product: self.rng.choice(PRICES + SMALL_PRICES) for product in products if self.chance(share)}

    def _changes(self):
        changes = []
        for _ in range(self.rng.choice([0, 0, 1, 2, 4])):
            start = self.first_day(self.rng.randint(0, self.periods))
            change = {
                "effective_date": start + timedelta(days=self.rng.choice([-15, -2, -1, 0, 0, 0, 1])),
                "product": self.rng.choice([self.tier, self.tier, "communicate", *TIERS, *self.add_ons]),
            }
            if self.chance(75):
                change["commitment"] = self.rng.choice([0, 1, 2, 3, 5, 12])
            if self.chance(35):
                change["price"] = self.rng.choice(PRICES)
            if self.chance(20):
                change["overage_price"] = self.rng.choice(PRICES)
            changes.append(change)
        return changes

    def _allowances(self):
        if self.chance(40):
            return {}
        return {
            product: {
                resource: self.rng.choice(["0", "100", "0.5", "17.25", "3"])
                for resource in self.rng.sample(RESOURCES, 2)
            }
            for product in self.rng.sample([*LICENSES, *self.add_ons], 3)
        }

    # what stands beside it

    def _rate_deck(self):
        if self.chance(35):
            return None
        rates = [{"direction": "outbound", "prefix": "+", "destination": "Anywhere", "per_minute": "0.5"}]
        if self.chance(15):
            rates = []
        for direction in ("outbound", "inbound", "toll_free"):
            for prefix, destination in (
                ("+1", "United States"), ("+1212", "New York"), ("+33", "France"),
                ("+336", "France mobile"), ("+3361", "France"),
            ):  # fmt: skip
                if self.chance(65):
                    rates.append(
                        {
                            "direction": direction,
                            "prefix": prefix,
                            "destination": destination,
                            "per_minute": self.rng.choice(PER_MINUTE),
                        }
                    )
            if direction != "outbound" and self.chance(80):
                rates.append({"direction": direction, "prefix": "+", "destination": "Anywhere", "per_minute": "0.02"})
        return {"increment_seconds": self.rng.choice([6, 6, 12, 60]), "rates": rates}

    def _orders(self):
        orders = []
        for _ in range(self.rng.choice([0, 0, 0, 1, 2])):
            start = self.first_day(self.rng.randint(0, self.periods))
            placed = start + timedelta(days=self.rng.choice([-30, -1, 0, 0, 5, 60]))
            order = {
                "placed_on": placed,
                "product": self.rng.choice(
                    ["enablement-basic", "training-day", "phone", "phone", "did-number", "salesforce"]
                ),
                "quantity": self.rng.choice([1, 3, 10]),
                "price": self.rng.choice(PRICES[2:]),
            }
            if order["product"] == "phone":
                order["hardware"] = True
                order["shipments"] = self._shipments(placed, order["quantity"])
            orders.append(order)
        return orders

    def _shipments(self, placed, quantity):
        shipments = []
        while quantity and self.chance(80):
            part = self.rng.randint(1, quantity)
            quantity -= part
            days = self.rng.choice([0, 0, 1, 5, 40])
            shipments.append({"shipped_on": placed + timedelta(days=days), "quantity": part})
        return shipments

    def _taxes(self):
        return [
            {
                "authority": f"Authority {self.rng.choice([place, place, 0])}",
                "rate": self.rng.choice(["6.25", "10", "1", "1.862", "0", "33.3333"]),
                "taxable": self.rng.choice(["100", "100", "64.9", "50", "0"]),
                "categories": self.rng.sample(CATEGORIES, self.rng.randint(1, 4)),
            }
            for place in range(self.rng.choice([0, 0, 1, 2, 3]))
        ]

    def _run_until(self):
        until = self.stops[self.periods] + timedelta(hours=self.cutoff_hours)
        return until + self.rng.choice([timedelta(0), timedelta(0), timedelta(seconds=-1), timedelta(days=20)])
