"""Facts of usage for the tests of the meters: told in words, or drawn at random on a grid of ten minutes."""

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from math import prod
from typing import Any, TypeVar

from hypothesis import strategies as st

from subscriptions.domain.period import BillingPeriod, Window, window
from subscriptions.domain.rate_deck import RateDeck
from subscriptions.domain.terms import ContractTerms
from tests.domain.agreements import an_agreement
from usage.domain.columns import columns_of
from usage.domain.events import (
    Assignment,
    Call,
    Client,
    Consumption,
    Direction,
    Login,
    Logout,
    NumberFact,
    StorageReading,
    UsageFacts,
    UserFact,
)
from usage.domain.snapshot import UsageCount, count_usage

T = TypeVar("T")

Fact = tuple[str, Any]
"""A fact with the list of `UsageFacts` it belongs to."""


def at(text: str) -> datetime:
    """Return an instant of 2026 in UTC, written `01-20 14:00`."""
    return datetime.fromisoformat(f"2026-{text}").replace(tzinfo=UTC)


PERIOD_START, PERIOD_END = at("01-15 05:00"), at("02-15 05:00")
"""The first period of an agreement of January 15th in New York."""
PERIOD = Window(start=PERIOD_START, end=PERIOD_END)


def login(user: str, when: datetime, *, session: str = "s", client: Client = Client.DESKTOP) -> Fact:
    return "logins", Login(user, session, client, when)


def logout(user: str, when: datetime, *, session: str = "s") -> Fact:
    return "logouts", Logout(user, session, when)


def stay(user: str, start: datetime, end: datetime, *, client: Client = Client.DESKTOP) -> list[Fact]:
    """Return the login and the logout of a session of its own."""
    session = f"{user}-{start}-{client}"
    return [login(user, start, session=session, client=client), logout(user, end, session=session)]


def deleted(user: str, when: datetime) -> Fact:
    return "deletions", UserFact(user, when)


def assigned(user: str, product: str, when: datetime = PERIOD_START) -> Fact:
    return "assignments", Assignment(user, product, when)


def unassigned(user: str, product: str, when: datetime) -> Fact:
    return "unassignments", Assignment(user, product, when)


def held(user: str, product: str, start: datetime, end: datetime) -> list[Fact]:
    """Return an assignment and its end."""
    return [assigned(user, product, start), unassigned(user, product, end)]


def joined_queue(user: str, when: datetime) -> Fact:
    return "queue_joins", UserFact(user, when)


def left_queue(user: str, when: datetime) -> Fact:
    return "queue_leaves", UserFact(user, when)


def crowd(size: int, start: datetime, end: datetime, *, tier: str = "purecloud-2", offset: int = 0) -> list[Fact]:
    """Return the sessions of so many users who hold a tier and were on queue."""
    people = [f"u-{number:03}" for number in range(offset, offset + size)]
    return [
        fact
        for user in people
        for fact in (*stay(user, start, end), assigned(user, tier), joined_queue(user, PERIOD_START))
    ]


def call(
    seconds: int, end: datetime, *, remote: str = "+15550100", direction: str = "outbound", call_id: str = "c"
) -> Fact:
    return "calls", Call(call_id, Direction[direction.upper()], remote, seconds, end)


def consumed(resource: str, amount: int, when: datetime = PERIOD_START) -> Fact:
    return "consumptions", Consumption(resource, amount, when)


def reading(gigabytes: Any, when: datetime) -> Fact:
    return "readings", StorageReading(gigabytes, when)


def activated(number: str, when: datetime, *, product: str = "did-number") -> Fact:
    return "activations", NumberFact(number, product, when)


def released(number: str, when: datetime, *, product: str = "did-number") -> Fact:
    return "releases", NumberFact(number, product, when)


def history(*told: Fact | Iterable[Fact]) -> UsageFacts:
    """Return facts, and lists of facts, as the meters read them."""
    facts = UsageFacts()
    for entry in told:
        for kind, fact in [entry] if isinstance(entry, tuple) else entry:
            getattr(facts, kind).append(fact)
    return facts


def counted(
    *told: Fact | Iterable[Fact], terms: ContractTerms | None = None, index: int = 0, deck: RateDeck | None = None
) -> UsageCount:
    """Return the count of a period of an agreement, the first one by default."""
    terms = terms or an_agreement()
    period = terms.period(index)
    assert period is not None
    return count_usage(
        columns_of(history(*told)),
        terms=terms,
        period=period,
        window=window(period, time_zone=terms.time_zone),
        deck=deck,
    )


def billable(count: UsageCount) -> dict[str, int]:
    """Return what is billable, without what is billable zero times."""
    return {product: int(quantity) for product, quantity in count.billable.items() if quantity}


def noticed(count: UsageCount) -> list[tuple[str, str]]:
    """Return the exceptions as code and subject."""
    return [(str(found.code), found.subject) for found in count.exceptions]


# Random histories on a grid: every instant is a whole number of ticks from an origin.

TICK = timedelta(minutes=10)
ORIGIN = PERIOD_START
TICKS = 48
"""The random period lasts eight hours, so that what is drawn meets in it."""
GRID_PERIOD = Window(start=ORIGIN, end=ORIGIN + TICKS * TICK)
GRID_DATES = BillingPeriod(index=0, start=date(2026, 1, 15), end=date(2026, 1, 16), whole_end=date(2026, 2, 15))

USERS = ("ann", "bob", "carl", "dora", "emil")
PRODUCTS = ("collaborate", "communicate", "purecloud-1", "purecloud-2", "purecloud-3", "salesforce")

SESSIONS = ("s-1", "s-2")
CLIENTS = (Client.DESKTOP, Client.DESKTOP, Client.WEB, Client.MOBILE, Client.API, Client.INTEGRATION)
# Most of what is drawn lies in the period, some around its ends, a little a day before and after.
INSTANTS = [
    ORIGIN + ticks * TICK
    for ticks in (*range(TICKS), *range(TICKS), *range(-6, TICKS + 6), *range(-150, TICKS + 150, 3))
]

instants = st.sampled_from(INSTANTS)


def made_of(make: Callable[..., T], *choices: Sequence[Any]) -> st.SearchStrategy[T]:
    """Return a strategy for facts made of one of each of the choices; a single draw for each fact keeps it fast."""

    def decode(number: int) -> T:
        picked = []
        for choice in choices:
            number, position = divmod(number, len(choice))
            picked.append(choice[position])
        return make(*picked)

    return st.integers(0, prod(map(len, choices)) - 1).map(decode)


user_facts = made_of(UserFact, USERS, INSTANTS)
assignments = made_of(Assignment, USERS, PRODUCTS, INSTANTS)

histories = st.builds(
    UsageFacts,
    logins=st.lists(made_of(Login, USERS, SESSIONS, CLIENTS, INSTANTS), max_size=14),
    logouts=st.lists(made_of(Logout, USERS, SESSIONS, INSTANTS), max_size=10),
    deletions=st.lists(user_facts, max_size=1),
    assignments=st.lists(assignments, max_size=12),
    unassignments=st.lists(assignments, max_size=6),
    queue_joins=st.lists(user_facts, max_size=4),
    queue_leaves=st.lists(user_facts, max_size=4),
)


def _shift(user: str, start: int, length: int) -> list[Fact]:
    return stay(user, ORIGIN + start * TICK, ORIGIN + (start + length) * TICK)


def _working(facts: UsageFacts, shifts: list[list[Fact]], everybody: bool) -> UsageFacts:
    """Add shifts to a history, and perhaps a tier and the queue for all."""
    told = [fact for shift in shifts for fact in shift]
    if everybody:
        told += [fact for user in USERS for fact in (assigned(user, "purecloud-1"), joined_queue(user, PERIOD_START))]
    for kind, fact in told:
        getattr(facts, kind).append(fact)
    return facts


working_days = st.builds(
    _working,
    histories,
    st.lists(made_of(_shift, USERS, range(-3, TICKS), range(13)), min_size=4, max_size=16),
    st.sampled_from([True, True, False]),
)
"""Histories in which people are often in together."""
