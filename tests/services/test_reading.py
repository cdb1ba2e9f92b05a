"""What is read of a period, packed and reduced to what bears, counts as every row that was ever reported does."""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from operator import attrgetter
from random import Random
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from subscriptions.domain.period import Window, window
from subscriptions.domain.rate_deck import Rate, RateDeck
from subscriptions.models import Organization
from tests.domain.agreements import an_agreement
from tests.factories.subscriptions import an_organization
from tests.reference.reading import count_from_rows
from usage.domain.bearing import LICENSE_KINDS, SESSION_KINDS
from usage.domain.events import Client, Direction, EventKind
from usage.domain.known_period import KnownPeriod
from usage.models import UsageEvent
from usage.selectors import columns
from usage.selectors.late import Late, LateSince, find_late
from usage.selectors.together import for_each
from usage.services.counting import ToCount, count_period, read_together
from usage.services.person import find_person

pytestmark = pytest.mark.django_db

SECOND_PERIOD = datetime(2026, 2, 15, 5, tzinfo=UTC)
A_DAY, AN_HOUR = timedelta(days=1), timedelta(hours=1)
PEOPLE = ("ann", "ben", "cid", "d\x1f", "émile")
SESSIONS = ("s-1", "s-2", "a session of its own")
PRODUCTS = ("communicate", "purecloud-1", "purecloud-3", "salesforce")
REMOTES = ("+331", "+336123", "+49301234567890", "+1")
DECK = RateDeck(
    rates=[
        Rate(direction="outbound", prefix="+33", destination="France", per_minute=Decimal("0.05")),
        Rate(direction="outbound", prefix="+336", destination="France", per_minute=Decimal("0.050")),
        Rate(direction="inbound", prefix="", destination="Anywhere", per_minute=Decimal("0.01")),
    ]
)
AGREEMENTS = [(model, edition) for model in ("named", "concurrent", "hourly") for edition in ("2016", "2019", "2025")]


def some_events(
    chance: Random, organization: Organization, *, count: int, kinds: Sequence[EventKind] = tuple(EventKind)
) -> list[UsageEvent]:
    """Return events of all kinds, or of some, most of them in the second period, some long before it or after."""
    events = []
    for number in range(count):
        days = chance.choice([chance.uniform(0, 28), chance.uniform(0, 28), chance.uniform(-40, 35), 0, 28])
        kind = chance.choice(kinds)
        # Whole hours, so that much happens at one instant.
        at = SECOND_PERIOD + round(days * 24) * AN_HOUR
        event = UsageEvent(
            organization=organization,
            kind=kind,
            occurred_at=at,
            received_at=at + chance.choice([0, 0, 1, 50]) * A_DAY,
            subject=chance.choice(PEOPLE),
            identity=f"{number:016}".encode(),
            source="/platform",
            event_id=str(number),
        )
        if kind in {EventKind.LOGGED_IN, EventKind.LOGGED_OUT}:
            event.session = chance.choice(SESSIONS)
            event.client = chance.choice(list(Client)) if kind == EventKind.LOGGED_IN else None
        elif kind in {EventKind.ASSIGNED, EventKind.UNASSIGNED}:
            event.product = chance.choice(PRODUCTS)
        elif kind in {EventKind.NUMBER_ACTIVATED, EventKind.NUMBER_RELEASED}:
            event.product = "did-number"
        elif kind == EventKind.CALL:
            event.direction, event.remote = chance.choice(list(Direction)), chance.choice(REMOTES)
        elif kind == EventKind.STORAGE:
            event.gigabytes = Decimal(chance.randint(0, 9_000)) / 7
        elif kind == EventKind.RETRACTED:
            event.target = f"{chance.randrange(count):016}".encode()
        if kind in {EventKind.CALL, EventKind.IVR, EventKind.BYOC, EventKind.TRANSCRIPTION, EventKind.API}:
            event.amount = chance.randint(0, 9_000)
        events.append(event)
    return events


def in_one_order(count):
    """Return a count whose unrated calls are in one order; their order says nothing."""
    return replace(count, calls=replace(count.calls, unrated=sorted(count.calls.unrated, key=repr)))


@pytest.mark.parametrize("seed", range(18))
@pytest.mark.parametrize("at_once", [400_000, 40])
def test_what_is_read_counts_as_every_row_does(seed, at_once, monkeypatch):
    monkeypatch.setattr(columns, "MOST_AT_ONCE", at_once)
    chance = Random(seed)
    organization = an_organization()
    UsageEvent.objects.bulk_create(some_events(chance, organization, count=chance.choice([0, 30, 300])))
    UsageEvent.objects.bulk_create(some_events(chance, an_organization("other"), count=50))
    model, edition = AGREEMENTS[seed % len(AGREEMENTS)]
    terms = an_agreement(licensing_model=model, edition=edition, add_ons=frozenset({"salesforce"}))
    period = terms.period(1)
    asked = {
        "organization_id": organization.pk,
        "terms": terms,
        "period": period,
        "window": window(period, time_zone=terms.time_zone),
        "received_until": SECOND_PERIOD + 29 * A_DAY,
        "deck": DECK if seed % 2 else None,
    }
    assert period.start == date(2026, 2, 15)

    assert in_one_order(count_period(**asked)) == in_one_order(count_from_rows(**asked))


@pytest.mark.parametrize("seed", range(9))
def test_one_person_is_counted_as_among_everyone(seed):
    chance = Random(200 + seed)
    organization = an_organization()
    UsageEvent.objects.bulk_create(some_events(chance, organization, count=300))
    model, edition = AGREEMENTS[seed]
    known = a_known_period(organization, licensing_model=model, edition=edition, add_ons=frozenset({"salesforce"}))

    count = count_period(
        organization_id=organization.pk,
        terms=known.terms,
        period=known.period,
        window=known.window,
        received_until=known.received_until,
        deck=None,
    )
    found = {user: find_person(known, user=user) for user in (*PEOPLE, "nobody")}

    assert [one.use for one in found.values() if one and one.use] == sorted(count.people, key=attrgetter("user"))
    for add_on, holders in count.add_on_holders.items():
        assert {user for user, one in found.items() if one and add_on in one.add_ons} == holders
    assert found["nobody"] is None


def test_of_one_person_nobody_elses_events_are_read():
    organization = an_organization()
    chance = Random(7)
    crowd = some_events(chance, organization, count=3_000, kinds=sorted(SESSION_KINDS | LICENSE_KINDS))
    for number, event in enumerate(crowd):
        event.subject = f"user-{number % 300}"
    UsageEvent.objects.bulk_create(crowd)
    known = a_known_period(organization, licensing_model="named")

    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    with CaptureQueriesContext(connection) as statements:
        find_person(known, user="user-7")

    plans = [plan_of(statement["sql"]) for statement in statements if "usage_usageevent" in statement["sql"]]
    assert len(plans) == 2, "what is rare; logins and logouts"
    for plan in plans:
        if connection.vendor == "postgresql":
            # Whichever index it is, each month has its own: an empty one may be looked through.
            assert sum(map(int, re.findall(r"Rows Removed by Filter: (\d+)", plan))) < 30, plan
        else:
            assert "of_a_person" in plan
            # By time.
            assert not re.search("by_occurrence|event_received", plan), plan


def plan_of(statement: str) -> str:
    """Return what the database does for a statement, or for the one whose rows are copied out."""
    copied = re.fullmatch(r"COPY \((.*)\) TO STDOUT .*", statement, re.DOTALL)
    explain = "EXPLAIN (ANALYZE)" if connection.vendor == "postgresql" else "EXPLAIN QUERY PLAN"
    with connection.cursor() as cursor:
        cursor.execute(f"{explain} {copied[1] if copied else statement}")
        return "\n".join(str(row[-1]) for row in cursor.fetchall())


def a_known_period(organization: Organization, **agreed: Any) -> KnownPeriod:
    terms = an_agreement(**agreed)
    period = terms.period(1)
    return KnownPeriod(
        organization_id=organization.pk,
        terms=terms,
        period=period,
        window=window(period, time_zone=terms.time_zone),
        received_until=SECOND_PERIOD + 29 * A_DAY,
    )


@pytest.mark.postgresql
def test_what_is_left_unread_does_not_disturb_the_transaction(monkeypatch):
    # More than what lies between the server and us: it is still sending.
    for kind in SESSION_KINDS:
        monkeypatch.setitem(columns._DETAIL, kind, "repeat('x', 300000)")
    organization = an_organization()
    UsageEvent.objects.bulk_create(some_events(Random(1), organization, count=300, kinds=sorted(SESSION_KINDS)))
    known = a_known_period(organization)
    asked = columns.Asked(
        organization_id=organization.pk, kinds=frozenset(SESSION_KINDS), received_until=known.received_until
    )

    period = columns.AskedPeriod(asked=asked, window=known.window, calls=known.window)
    frequent = period.frequent(are_retracted=False)
    parts = frequent.parts(*frequent.bounds)
    assert next(parts)
    parts.close()

    assert UsageEvent.objects.filter(organization=organization).count() == 300


@pytest.mark.parametrize("seed", range(6))
def test_periods_that_are_read_together_count_as_each_by_itself(seed, monkeypatch):
    monkeypatch.setattr(columns, "MOST_AT_ONCE", 120)
    chance = Random(seed)
    asked = []
    # Two of each agreement, which share a statement; the last reports more than its share.
    for number, (model, edition) in enumerate([*AGREEMENTS[:2], *AGREEMENTS[:2], AGREEMENTS[2]]):
        organization = an_organization(f"org-{number}")
        terms = an_agreement(licensing_model=model, edition=edition)
        period = terms.period(1)
        asked.append(
            {
                "organization_id": organization.pk,
                "terms": terms,
                "window": window(period, time_zone=terms.time_zone),
                "received_until": SECOND_PERIOD + (20 + number) * A_DAY,
                "deck": DECK,
            }
        )
        events = some_events(chance, organization, count=1_000 if number == 4 else 40)
        for event in events:
            event.identity = organization.pk.to_bytes(2, "big") + event.identity[2:]
            event.target = event.target and organization.pk.to_bytes(2, "big") + event.target[2:]
        UsageEvent.objects.bulk_create(events)

    read = list(read_together([ToCount(**one) for one in asked]))

    assert [one is None for one in read] == [False, False, False, False, True]
    for one, columns_of_one in zip(asked, read, strict=True):
        of_period = one | {"period": one["terms"].period(1)}
        counted = count_period(**of_period, read=columns_of_one)
        assert in_one_order(counted) == in_one_order(count_from_rows(**of_period))


@pytest.mark.parametrize("seed", range(4))
def test_what_differs_from_cycle_to_cycle_is_kept_apart(seed, monkeypatch):
    """Two periods of one organization, one without events, each with its own calendar, edition and receipt."""
    monkeypatch.setattr(columns, "PERIODS_AT_ONCE", 3)
    chance = Random(100 + seed)
    busy, quiet = an_organization("busy"), an_organization("quiet")
    UsageEvent.objects.bulk_create(some_events(chance, busy, count=400))
    asked, periods = [], []
    for organization, index, zone, days in (
        (busy, 0, "America/New_York", 3),
        (quiet, 1, "Asia/Tokyo", 29),
        (busy, 1, "Pacific/Auckland", 29),
        (busy, 1, "America/New_York", 10),
        (busy, 2, "Pacific/Honolulu", 60),
        (quiet, 0, "America/New_York", 0),
        (busy, 1, "America/New_York", -60),
    ):
        model, edition = AGREEMENTS[chance.randrange(len(AGREEMENTS))]
        terms = an_agreement(licensing_model=model, edition=edition, time_zone=zone)
        periods.append(terms.period(index))
        asked.append(
            {
                "organization_id": organization.pk,
                "terms": terms,
                "window": window(periods[-1], time_zone=zone),
                "received_until": SECOND_PERIOD + days * A_DAY,
                "deck": chance.choice([DECK, None]),
            }
        )

    read = list(read_together([ToCount(**one) for one in asked]))

    assert len(read) == len(asked)
    for one, period, columns_of_one in zip(asked, periods, read, strict=True):
        assert columns_of_one is not None
        counted = count_period(**one, period=period, read=columns_of_one)
        assert in_one_order(counted) == in_one_order(count_from_rows(**one, period=period))


def leave_only(cursor: Any, index: str) -> None:
    """Drop the other indexes of the events: so few are found by any of them, or read from the table itself."""
    cursor.execute("SET LOCAL enable_seqscan = off")
    cursor.execute("SET LOCAL enable_bitmapscan = off")
    cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    cursor.execute(
        "SELECT indexrelid::regclass::text FROM pg_index"
        " WHERE indrelid = 'usage_usageevent'::regclass AND NOT indisprimary"
    )
    if others := {name for (name,) in cursor.fetchall()} - {index}:
        cursor.execute(f"DROP INDEX {', '.join(others)}")


def test_a_call_that_began_before_an_instant_bears_on_it_where_calls_occupy_ports():
    """It ends 60 seconds after a period and was received late, of two organizations that are asked about together."""
    asked = []
    for code, seconds in (("longer", 61), ("shorter", 60)):
        organization = an_organization(code)
        UsageEvent.objects.create(
            organization=organization,
            kind=EventKind.CALL,
            occurred_at=SECOND_PERIOD + timedelta(seconds=60),
            received_at=SECOND_PERIOD + A_DAY,
            subject="call",
            direction=Direction.OUTBOUND,
            remote=REMOTES[0],
            amount=seconds,
            identity=code.encode().ljust(16),
            source="/platform",
            event_id=code,
        )
        received = Window(start=SECOND_PERIOD, end=SECOND_PERIOD + 2 * A_DAY)
        asked.append(
            LateSince(organization_id=organization.pk, received=received, before=SECOND_PERIOD, calls_by_begin=True)
        )

    began = SECOND_PERIOD - timedelta(seconds=1)
    assert find_late(asked) == {asked[0].organization_id: Late(first=began, are_retracted=False)}
    assert find_late([replace(one, calls_by_begin=False) for one in asked]) == {}


@pytest.mark.postgresql
@pytest.mark.parametrize("count", [1, 4])
def test_what_lasts_is_read_from_an_index_of_its_own_alone(count):
    """Of one organization, and of several in one statement."""
    periods = []
    for number in range(count):
        organization = an_organization(f"org-{number}")
        kinds = SESSION_KINDS | LICENSE_KINDS
        UsageEvent.objects.bulk_create(some_events(Random(number), organization, count=300, kinds=sorted(kinds)))
        known = a_known_period(organization)
        asked = columns.Asked(organization_id=organization.pk, kinds=kinds, received_until=known.received_until)
        periods.append(columns.AskedPeriod(asked=asked, window=known.window, calls=known.window))
    with connection.cursor() as cursor:
        leave_only(cursor, "usage_event_lasting")

    with CaptureQueriesContext(connection) as statements:
        assert all(read and read.rare.assignments for read in columns.iterate_usage_columns(periods))

    plan = plan_of(next(statement["sql"] for statement in statements if "WITH told" in statement["sql"]))
    assert "Index Only Scan" in plan, plan
    assert "Index Scan" not in plan, plan


@pytest.mark.postgresql
def test_sessions_and_calls_are_read_from_an_index_alone(monkeypatch):
    """Of a close they are most of the rows; those of many organizations lie side by side in the table."""
    organization = an_organization()
    UsageEvent.objects.bulk_create(some_events(Random(1), organization, count=300))
    terms = an_agreement(licensing_model="concurrent", edition="2016")
    asked = ToCount(
        organization_id=organization.pk,
        terms=terms,
        window=window(terms.period(1), time_zone=terms.time_zone),
        received_until=SECOND_PERIOD + 29 * A_DAY,
        deck=DECK,
    )
    plans: list[str] = []
    read = columns._read_on_postgresql

    def explained(packing, of, kinds):
        with connection.cursor() as cursor:
            leave_only(cursor, "usage_event_by_occurrence")
            statement, parameters = for_each(packing, of)
            cursor.execute(f"EXPLAIN {statement}", parameters)
            lines = [line for (line,) in cursor.fetchall()]
            # A month without events is looked through by whatever there is.
            cursor.execute("SELECT DISTINCT tableoid::regclass::text FROM usage_usageevent")
            filled = "|".join(name for (name,) in cursor.fetchall())
        plans.extend(line for line in lines if re.search(rf" on ({filled}) e", line))
        return read(packing, of, kinds)

    monkeypatch.setattr(columns, "_read_on_postgresql", explained)
    columns.get_usage_columns(asked.period)

    assert plans
    assert all("Index Only Scan" in plan for plan in plans), plans
