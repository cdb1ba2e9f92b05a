"""P7 and P8: the sweep closes a fleet of small organizations."""

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from django.db import connection
from django.test.utils import CaptureQueriesContext

from benchmarks.figures import ROUNDS, Figure, Size, medians, seconds
from benchmarks.peers.silver_fleet import NoSilverError, Silver, a_silver
from invoices.models import BillingCycle
from invoices.services.closing import Outcome
from invoices.services.sweeping import close_due_cycles
from subscriptions.models import (
    Account,
    AuthorityRate,
    IssuingEntity,
    Organization,
    OrganizationTax,
    PriceBook,
    PriceBookEntry,
    Subscription,
    SubscriptionPrice,
    TaxAuthority,
    VoiceRate,
    VoiceRateDeck,
    VoiceRateDeckVersion,
)
from usage.services.importing import import_trusted

FIRST_DAY = date(2026, 1, 1)
DAYS = 20
"""The agreements begin on so many days of January: by the 25th of a month every one has a period to close."""
ZONES = ("America/New_York", "Europe/Berlin", "Asia/Tokyo", "America/Los_Angeles")
USERS = ("ann", "ben", "cid", "dot")
SESSIONS, CALLS = 2, 6


def sweep_at(month: int) -> datetime:
    """Return the instant at which the periods that began in a month, counted from 0, are closed."""
    return datetime(2026 + (month + 1) // 12, (month + 1) % 12 + 1, 25, tzinfo=UTC)


def make_fleet(organizations: int, *, months: int) -> None:
    """Store organizations with their agreements, and what they use in so many periods."""
    entity = IssuingEntity.objects.create(
        code="northwind", legal_name="Northwind Cloud, Inc.", address="548 Market Street", country="US"
    )
    deck = _make_prices()
    authority = TaxAuthority.objects.create(name="State")
    AuthorityRate.objects.create(
        authority=authority, effective_date=date(2020, 1, 1), rate=Decimal(8), categories=["software", "telecom"]
    )
    account = Account.objects.create(name="Fleet")
    customers = Organization.objects.bulk_create(
        Organization(
            account=account,
            code=f"org-{number:05}",
            name=f"Organization {number}",
            legal_name=f"Organization {number}, Inc.",
            address="12 Harbor Street\nPortland, ME 04101",
            country="US",
            regions=["us-east-1"],
        )
        for number in range(organizations)
    )
    OrganizationTax.objects.bulk_create(
        OrganizationTax(organization=customer, authority=authority) for customer in customers
    )
    agreements = Subscription.objects.bulk_create(
        Subscription(
            organization=customer,
            issuing_entity=entity,
            effective_date=FIRST_DAY + timedelta(days=number % DAYS),
            currency="USD",
            commercial_model="PREPAY_MONTHLY_COMMITMENT",
            licensing_model="named",
            time_zone=ZONES[number % len(ZONES)],
            rate_deck=deck,
        )
        for number, customer in enumerate(customers)
    )
    SubscriptionPrice.objects.bulk_create(
        SubscriptionPrice(subscription=agreement, product_id=product, commitment=commitment, price=price)
        for agreement in agreements
        for product, commitment, price in (
            ("purecloud-2", Decimal(2), Decimal("110.00")),
            ("purecloud-1", Decimal(0), Decimal("75.00")),
            ("communicate", Decimal(1), None),
        )
    )
    for agreement in agreements:
        report = import_trusted(_usage(agreement, months), organization=agreement.organization)
        assert not report.rejected, report.rejected[0]


def _make_prices() -> VoiceRateDeck:
    book = PriceBook.objects.create(currency="USD", effective_date=date(2020, 1, 1))
    PriceBookEntry.objects.bulk_create(
        PriceBookEntry(price_book=book, product_id=product, price=Decimal(price))
        for product, price in (("purecloud-1", 80), ("purecloud-2", 120), ("purecloud-3", 150), ("communicate", 30))
    )
    deck = VoiceRateDeck.objects.create(name="Voice", currency="USD")
    version = VoiceRateDeckVersion.objects.create(deck=deck, effective_date=date(2020, 1, 1))
    VoiceRate.objects.bulk_create(
        VoiceRate(version=version, direction="outbound", prefix=prefix, destination=where, per_minute=Decimal("0.01"))
        for prefix, where in (("+1", "United States"), ("+49", "Germany"))
    )
    return deck


def _usage(agreement: Subscription, months: int) -> list[dict[str, Any]]:
    """Return what an organization reports: who holds which license, sessions, and calls."""
    noon = datetime(2026, 1, agreement.effective_date.day, 12, tzinfo=UTC)
    events = [
        _event("license.assigned", user, noon, product="purecloud-2" if number < 3 else "communicate")
        for number, user in enumerate(USERS)
    ]
    for month in range(months):
        begin = noon.replace(year=2026 + month // 12, month=month % 12 + 1) + timedelta(days=1)
        for number, user in enumerate(USERS):
            for day in range(SESSIONS):
                since = begin + timedelta(days=3 * day, minutes=number)
                session = f"{user}-{month}-{day}"
                events.append(_event("user.logged_in", user, since, session=session, client="desktop"))
                events.append(_event("user.logged_out", user, since + timedelta(hours=8), session=session))
        for call in range(CALLS):
            remote = ("+12125550100", "+493012345")[call % 2]
            at = begin + timedelta(days=call, hours=1)
            events.append(
                _event(
                    "call.completed", f"call-{month}-{call}", at, direction="outbound", remote=remote, seconds=90 + call
                )
            )
    return events


def _event(kind: str, subject: str, at: datetime, **data: Any) -> dict[str, Any]:
    return {
        "specversion": "1.0",
        "id": f"{kind}-{subject}-{at.isoformat()}",
        "source": "/fleet",
        "type": kind,
        "subject": subject,
        "time": at.isoformat(),
        "data": data,
    }


def measure(size: Size) -> Iterator[Figure]:
    """Close a month of the fleet in each way, in turns, each time the next one."""
    organizations = size.pick(2_000, 6)
    months = count()
    make_fleet(organizations, months=2 * (ROUNDS + 1) + 1)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    close_due_cycles(now=sweep_at(-1))
    with ExitStack() as stack:
        one, other = (stack.enter_context(Sweeper.started()) for _ in range(2))
        silver, why_not = (
            _silver(stack, organizations) if size is Size.FULL else (None, "not installed for a smoke run")
        )
        ways = {
            "one": lambda: sweep_with([one], next(months), closing=organizations),
            "two": lambda: sweep_with([one, other], next(months), closing=organizations),
            "again": lambda: sweep_again(one),
        }
        if silver is not None:
            ways["silver"] = lambda: _seconds_of(silver, documents=organizations)
        spent = medians(ways)
    rate = organizations / spent["one"]
    yield _statements(next(months), organizations)
    yield Figure(
        goal="P7",
        what="documents a second beside Silver, one process each",
        value=spent["silver"] / spent["one"] if silver else 0,
        at_least=10,
        remark=f"{rate:.0f} against {organizations / spent['silver']:.0f}" if silver else f"no Silver: {why_not}",
    )
    yield Figure(
        goal="P7",
        what="two processes beside one",
        value=spent["one"] / spent["two"],
        at_least=1.7,
        remark=f"{organizations / spent['two']:.0f} documents a second against {rate:.0f}",
    )
    with CaptureQueriesContext(connection) as captured:
        close_due_cycles(now=sweep_at(next(months) - 1))
    yield Figure(
        goal="P8",
        what="statements of a second sweep that write",
        value=sum(_verb(query) in {"INSERT", "UPDATE", "DELETE", "COPY"} for query in captured.captured_queries),
        unit="",
        at_most=0,
    )
    yield Figure(
        goal="P8",
        what="time of a second sweep beside the first",
        value=spent["again"] / spent["one"],
        at_most=0.05,
        remark=f"{1000 * spent['again']:.0f} ms against {1000 * spent['one']:.0f} ms",
    )


def _statements(month: int, organizations: int) -> Figure:
    """Count the statements of closing a month."""
    with CaptureQueriesContext(connection) as captured:
        steps = close_due_cycles(now=sweep_at(month))
    assert [step.outcome for step in steps] == organizations * [Outcome.CLOSED]
    told = [query for query in captured.captured_queries if _verb(query) not in {"BEGIN", "COMMIT"}]
    counting = [query for query in told if "usage_usageevent" in query["sql"]]
    return Figure(
        goal="P7",
        what="statements for each organization closed",
        value=len(told) / organizations,
        unit="",
        at_most=8,
        remark=f"{(len(told) - len(counting)) / organizations:.2f} without reading its usage",
    )


def _verb(query: dict[str, str]) -> str:
    return query["sql"].split(maxsplit=1)[0]


def _silver(stack: ExitStack, customers: int) -> tuple[Silver | None, str]:
    """Return a Silver with a fleet of its own, or why there is none."""
    try:
        return stack.enter_context(a_silver(database_url(), customers=customers)), ""
    except NoSilverError as error:
        return None, str(error)


def _seconds_of(silver: Silver, *, documents: int) -> float:
    issued, spent = silver.close_a_month()
    assert issued == documents, f"Silver issued {issued} documents of {documents}"
    return spent


def database_url() -> str:
    """Return the address of the database that is used here."""
    address = urlsplit(os.environ["DATABASE_URL"])
    return urlunsplit(address._replace(path=f"/{connection.settings_dict['NAME']}"))


class Sweeper:
    """A process that sweeps whenever it is told to."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    @classmethod
    @contextmanager
    def started(cls) -> Iterator["Sweeper"]:
        """Start one that is ready, and end it in the end."""
        command = [sys.executable, "-c", SWEEPER]
        environment = os.environ | {"DATABASE_URL": database_url()}
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
        with subprocess.Popen(command, env=environment, text=True, **pipes) as process:
            sweeper = cls(process)
            assert sweeper.steps() == 0
            try:
                yield sweeper
            finally:
                process.kill()

    def begin(self, now: datetime) -> None:
        """Let it sweep."""
        assert self._process.stdin
        self._process.stdin.write(f"{now.isoformat()}\n")
        self._process.stdin.flush()

    def steps(self) -> int:
        """Return how many cycles it has closed, once it is done."""
        assert self._process.stdout
        return int(self._process.stdout.readline())


SWEEPER = """
import sys
from datetime import datetime
import django
django.setup()
from invoices.services.sweeping import close_due_cycles
print(0, flush=True)
for line in sys.stdin:
    print(len(close_due_cycles(now=datetime.fromisoformat(line.strip()))), flush=True)
"""


def sweep_with(sweepers: Sequence[Sweeper], month: int, *, closing: int) -> float:
    """Return in how many seconds some processes close a month together."""
    return seconds(lambda: _sweep(sweepers, sweep_at(month), closing))


def sweep_again(sweeper: Sweeper) -> float:
    """Return in how many seconds a process finds that nothing is due any more."""
    newest = BillingCycle.objects.filter(state="closed").latest("closed_at").closed_at
    assert newest
    return seconds(lambda: _sweep([sweeper], newest, 0))


def _sweep(sweepers: Sequence[Sweeper], now: datetime, closing: int) -> None:
    for sweeper in sweepers:
        sweeper.begin(now)
    closed = sum(sweeper.steps() for sweeper in sweepers)
    assert closed == closing, f"{closed} closed of {closing}"
