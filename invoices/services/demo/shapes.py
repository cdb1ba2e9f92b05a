"""What the demo is made of: plain values, so that the cast can be read like a list of characters."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum

from dateutil.relativedelta import relativedelta

from subscriptions.domain.policy import Edition
from subscriptions.domain.terms import CommercialModel, LicensingModel

WEEKDAYS = (0, 1, 2, 3, 4)
MONDAY_TO_SATURDAY = (0, 1, 2, 3, 4, 5)
EVERY_DAY = (0, 1, 2, 3, 4, 5, 6)

Anchor = Callable[[date], date]
"""Returns the effective date of an agreement from today's date: the demo is always of today."""


def billed_days_ago(days: int, *, periods: int) -> Anchor:
    """Return an anchor with about so many whole periods behind it, the last of which ended so many days ago."""

    def effective_date(today: date) -> date:
        last_end = today - timedelta(days=days)
        # An anchor on the 31st ends its periods on other days too (BR-01): take the nearest month that does not.
        near = sorted(range(1, periods + 4), key=lambda months: (abs(months - periods), months))
        starts = ((last_end - relativedelta(months=months), months) for months in near)
        return next(start for start, months in starts if start + relativedelta(months=months) == last_end)

    return effective_date


def on_the_31st(today: date) -> date:
    """Return the last 31st of a month that lies at least two months back."""
    day = today.replace(day=1) - relativedelta(months=2)
    while (day + relativedelta(day=31)).day != 31:
        day -= relativedelta(months=1)
    return day + relativedelta(day=31)


def starting_today(today: date) -> date:
    """Return today."""
    return today


class Role(StrEnum):
    """What a person of the demo may do."""

    SUPERUSER = "superuser"
    LEAD = "CSM lead"
    CSM = "CSM"
    SUBSCRIPTION_ADMIN = "subscription admin"
    BILLING_CONTACT = "billing contact"
    MEMBER = "member"


STAFF = frozenset({Role.SUPERUSER, Role.LEAD, Role.CSM})
"""Who works in the admin; everyone else in the customer's pages."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoPerson:
    """Someone who can log in; `organizations` are those they belong to or, of a CSM, work on."""

    username: str
    first_name: str
    last_name: str
    email: str
    role: Role
    organizations: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Bank:
    """Where a seller is paid in one currency."""

    name: str
    details: Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Seller:
    """A legal entity that issues invoices."""

    code: str
    legal_name: str
    address: str
    country: str
    tax_ids: Sequence[str]
    prefix: str
    banks: Mapping[str, Bank]


@dataclass(frozen=True, slots=True, kw_only=True)
class ListPrice:
    """A price of the book, and the set-up price of a phone number."""

    price: str
    setup_price: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CallRate:
    """The price per minute of calls in one direction with numbers that begin with a prefix."""

    direction: str
    prefix: str
    destination: str
    per_minute: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """What was agreed for a product; empty prices come from the book."""

    commitment: int = 0
    price: str | None = None
    overage_price: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A new commitment from so many periods after the start; recorded ten days before it takes effect."""

    after_periods: int
    product: str
    commitment: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Purchase:
    """A one-time product bought so many days after the start; hardware ships that day."""

    after_days: int
    product: str
    quantity: int
    price: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Return:
    """Pieces of a shipment that were sent back: the CSM issued a credit note for them."""

    product: str
    quantity: int
    reason: str
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferedItem:
    """A one-time product that is quoted."""

    product: str
    quantity: int
    price: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferedAgreement:
    """An agreement that is quoted: it would begin with the month after the next one."""

    commercial_model: CommercialModel
    licensing_model: LicensingModel
    ramp_months: int = 0
    prices: Mapping[str, Price]


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """
    A quote that waits for somebody; `issued_days_ago` is None of a draft.

    What was accepted or declined was so many days ago, by `customer`, in these `words`.
    """

    issued_days_ago: int | None = None
    accepted_days_ago: int | None = None
    declined_days_ago: int | None = None
    customer: str = ""
    words: str = ""
    po_number: str = ""
    notes: str = ""
    items: Sequence[OfferedItem] = ()
    agreement: OfferedAgreement | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """The subscription; `ends_days_ago` is the last day of service of one that was cancelled 20 days earlier."""

    seller: str
    effective_date: Anchor
    currency: str
    commercial_model: CommercialModel
    licensing_model: LicensingModel
    edition: Edition = Edition.E2019
    time_zone: str
    ramp_months: int = 0
    net_days: int = 30
    po_number: str = ""
    rate_deck: str = ""
    ends_days_ago: int | None = None
    prices: Mapping[str, Price] = field(default_factory=dict)
    changes: Sequence[Change] = ()
    purchases: Sequence[Purchase] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Crew:
    """People who work the same shift: from `start` o'clock, local time, for so many hours."""

    name: str
    size: int
    license: str
    start: float
    hours: float
    days: Sequence[int] = WEEKDAYS
    on_queue: bool = False
    add_ons: Mapping[str, int] = field(default_factory=dict)
    """How many of the crew have each add-on."""
    joiners: int = 0
    """How many of the crew came after the start."""
    hired_days_ago: int | None = None
    """Since when there is the crew at all, if not from the start."""
    leavers: int = 0
    """How many of the crew were deleted since."""
    upgraded: int = 0
    """How many of the crew moved from Communicate to the crew's license since."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Traffic:
    """What an organization uses beside seats, on an ordinary working day."""

    calls: int = 0
    surge: int = 0
    """Calls an hour on the one bad day of each month, for three hours."""
    surge_seconds: int = 0
    """How long such a call lasts."""
    ivr_minutes: int = 0
    byoc_minutes: int = 0
    transcription_minutes: int = 0
    """Only since the last period began: a feature that someone has just switched on."""
    api_requests: int = 0
    storage_gigabytes: float = 0
    storage_growth: float = 0
    """Gigabytes a day."""
    direct_numbers: int = 0
    toll_free_numbers: int = 0
    home: str = "US"
    abroad: Sequence[str] = ()
    open_from: int = 8
    open_hours: int = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Exemption:
    """A certificate by which a customer is charged no tax, valid since so many days ago."""

    number: str
    since_days_ago: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Customer:
    """An organization with its agreement and the people and machines that use it."""

    account: str
    code: str
    name: str
    legal_name: str
    address: str
    country: str
    tax_id: str = ""
    language: str = "en"
    """Of its documents, of its mails, and of the people who look at them."""
    region: str
    taxes: Sequence[str] = ()
    exemption: Exemption | None = None
    agreement: Agreement
    crews: Sequence[Crew]
    traffic: Traffic
    offers: Sequence[Offer] = ()
    unlicensed: int = 0
    """How many people log in although nobody gave them a license."""
    returns: Sequence[Return] = ()
    reported_after_the_end: bool = False
    """On the last day of service someone works offline, of which we hear after the final invoice (BR-74)."""
    offline_period: int | None = None
    """On the last day of this period someone works offline, of which we hear after its close (BR-74)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tryout:
    """An organization on a trial of so many days: people and machines use it, and nothing is agreed."""

    code: str
    name: str
    country: str
    region: str
    time_zone: str
    started_days_ago: int
    days: int
    crews: Sequence[Crew]
    traffic: Traffic

    def as_used(self) -> Customer:
        """Return it as its usage is made up: of an agreement only the zone and the days bear on that."""
        agreement = Agreement(
            seller="",
            effective_date=lambda today: today - timedelta(days=self.started_days_ago),
            currency="USD",
            commercial_model=CommercialModel.MONTH_TO_MONTH,
            licensing_model=LicensingModel.NAMED,
            time_zone=self.time_zone,
            # The last whole day before its end.
            ends_days_ago=max(0, self.started_days_ago - self.days + 1),
        )
        return Customer(
            account=self.name,
            code=self.code,
            name=self.name,
            legal_name=self.name,
            address="",
            country=self.country,
            region=self.region,
            agreement=agreement,
            crews=self.crews,
            traffic=self.traffic,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxRow:
    """An authority and what it charges, in percent of its categories' revenue."""

    name: str
    rate: str
    taxable: str
    categories: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Owed:
    """What was open in the old system, or left there as a credit, which is never due; in days before today."""

    number: str
    days_ago: int
    due_days_ago: int | None
    amount: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Newcomer:
    """A customer who comes from another billing system; with something `owed` there it is live, without in shadow."""

    customer: Customer
    owed: Sequence[Owed] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Cast:
    """Everything the demo is made of."""

    sellers: Sequence[Seller]
    price_books: Mapping[str, Mapping[str, ListPrice]]
    rate_decks: Mapping[str, tuple[str, Sequence[CallRate]]]
    """By name: the currency and the rates."""
    taxes: Mapping[str, TaxRow]
    products: Mapping[str, tuple[str, str]]
    """By code: the name and the kind."""
    customers: Sequence[Customer]
    tryouts: Sequence[Tryout]
    newcomers: Sequence[Newcomer] = ()
    people: Sequence[DemoPerson]
    password: str
    """Everyone's."""
    logo: str
    """The sellers' logo as SVG source."""
