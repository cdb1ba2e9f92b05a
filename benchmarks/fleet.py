"""P7 and P8: the sweep closes a fleet of small organizations."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from benchmarks.figures import Figure, Size
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
    """Close the fleet in turns."""
    raise NotImplementedError
