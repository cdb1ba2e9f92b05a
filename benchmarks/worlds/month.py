"""An organization with an agreement, and months of its use: written by the server itself, without ingesting it."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from dateutil.relativedelta import relativedelta
from django.db import connection

from invoices.models import BillingCycle
from invoices.services.sweeping import close_due_cycles
from subscriptions.models import Subscription, VoiceRate, VoiceRateDeck, VoiceRateDeckVersion
from tests.factories.subscriptions import a_list_price, a_subscription, an_organization
from usage.services.partitions import ensure_partitions

FIRST_DAY = date(2023, 3, 15)
PREFIXES, ZONES = 1_000, 12


@dataclass(frozen=True, kw_only=True)
class Use:
    """What happens in a month: so many people, each with so many sessions and calls on each of 30 days."""

    users: int
    sessions: int
    calls: int
    queue: bool = False
    """Whether each session begins and ends with joining and leaving a queue."""
    retractions: int = 0
    """How many calls of each month but the last are retracted in it."""

    @property
    def logins(self) -> int:
        """Return the sessions of a month."""
        return self.users * self.sessions * 30


def an_agreement(code: str, *, edition: str = "2019", months: int = 0) -> Subscription:
    """Return a concurrent agreement that has run for some months, with rates for calls to everywhere."""
    deck, is_new = VoiceRateDeck.objects.get_or_create(name="Voice", currency="USD")
    if is_new:
        version = VoiceRateDeckVersion.objects.create(deck=deck, effective_date=date(2020, 1, 1))
        VoiceRate.objects.bulk_create(
            VoiceRate(
                version=version,
                direction=direction,
                prefix=f"+{place}" if place else "+",
                destination=f"Zone {place % ZONES}",
                per_minute=Decimal(place % ZONES + 10) / 1000,
            )
            for direction in ("outbound", "inbound")
            for place in (0, *range(100, 100 + PREFIXES))
        )
        for product in ("purecloud-2", "did-number"):
            a_list_price(product, "75.00")
    return a_subscription(
        an_organization(code),
        licensing_model="concurrent",
        edition=edition,
        effective_date=FIRST_DAY - relativedelta(months=months),
        rate_deck=deck,
        prices={"purecloud-2": "75.00"},
    )


def fill(subscription: Subscription, use: Use, *, months: int = 1) -> None:
    """
    Write so many months of use, the last of which begins on the first day of all.

    Everyone holds a license from the first of them on; one person in thirty comes and leaves in each.
    """
    for month in reversed(range(months)):
        begin = FIRST_DAY - relativedelta(months=month)
        begin_at = datetime(begin.year, begin.month, begin.day, 13, tzinfo=UTC)
        ensure_partitions([begin_at, begin_at + timedelta(days=31)], received=begin_at)
        values = {"organization": subscription.organization_id, "begin": begin_at, "month": month}
        values |= {"users": use.users, "sessions": use.sessions, "calls": use.calls}
        values |= {"comers": use.users if month == months - 1 else 0, "leavers": max(use.users // 30, 1)}
        values |= {"retractions": use.retractions if month else 0}
        statements = [_SESSIONS, _CALLS, _LICENSES, _RETRACTIONS] + ([_QUEUE] if use.queue else [])
        with connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement, values)


def close_what_is_older(subscription: Subscription) -> BillingCycle:
    """Close every period up to the first day of all, and return the cycle of the period that begins then."""
    at = datetime(FIRST_DAY.year, FIRST_DAY.month, FIRST_DAY.day, 12, tzinfo=UTC)
    # The server knows nothing yet of what was just written: it would read all of it again and again.
    connection.cursor().execute("ANALYZE")
    while close_due_cycles(now=at):
        pass
    connection.cursor().execute("VACUUM ANALYZE")
    return BillingCycle.objects.get(subscription=subscription, period_start=FIRST_DAY)


CLOSES_AT = datetime(2023, 4, 15, 12, tzinfo=UTC)

# Ids as a platform makes them: 36 characters. Chance comes from a hash, so that each run makes the same.
_CHANCE = "(hashint8(u * {} + d * {} + k)::bigint + 2147483648)"
_EVENT = f"""
    WITH times AS (
        SELECT u, d, k, md5('u' || u)::uuid::text AS subject,
            md5(%(month)s || '-' || u || '-' || d || '-' || k)::uuid::text AS session,
            %(begin)s + d * interval '1 day' + k * interval '3 hours'
                + {_CHANCE.format(7919, 104729)} %% 3600000000 * interval '1 microsecond' AS began,
            interval '10 minutes' + {_CHANCE.format(6131, 92821)} %% 7200000000 * interval '1 microsecond' AS length
        FROM generate_series(0, 29) d, generate_series(0, {{times}} - 1) k, generate_series(1, %(users)s::bigint) u
    )
    INSERT INTO usage_usageevent (
        organization_id, kind, occurred_at, received_at, subject, session, client, product, direction, remote, amount,
        identity, source, event_id)
    SELECT %(organization)s, kind, at, at + interval '1 second', subject, session, client::smallint, product,
        direction::smallint, remote, amount::bigint, decode(md5(kind || event_id), 'hex'), '/platform', kind || event_id
    FROM ({{rows}}) AS reported (kind, at, subject, session, client, product, direction, remote, amount, event_id)
    ORDER BY at"""
_SESSIONS = _EVENT.format(
    times="%(sessions)s",
    rows="""
    SELECT 1, began, subject, session, 1, NULL, NULL, NULL, NULL, session FROM times
    UNION ALL
    SELECT 2, began + length, subject, session, NULL, NULL, NULL, NULL, NULL, session FROM times""",
)
_QUEUE = _EVENT.format(
    times="%(sessions)s",
    rows="""
    SELECT 6, began, subject, NULL, NULL, NULL, NULL, NULL, NULL, session FROM times
    UNION ALL
    SELECT 7, began + length, subject, NULL, NULL, NULL, NULL, NULL, NULL, session FROM times""",
)
_CALLS = _EVENT.format(
    times="%(calls)s",
    rows=f"""
    SELECT 8, began + length, md5('call' || session)::uuid::text, NULL, NULL, NULL, 1 + u %% 2,
        '+' || 1000000000 + {_CHANCE.format(31, 977)} * 2, extract(second FROM length)::bigint * 10, session
    FROM times""",
)
_LICENSES = _EVENT.format(
    times="0",
    rows="""
    SELECT kind, %(begin)s + since * interval '1 day', md5(name)::uuid::text, NULL, NULL, 'purecloud-2',
        NULL, NULL, NULL, %(month)s || name
    FROM (
        SELECT 4, -0.1, 'u' || u FROM generate_series(1, %(comers)s) u
        UNION ALL
        SELECT kind, kind * 5 - 20, %(month)s || 'left' || u
        FROM generate_series(1, %(leavers)s) u, (VALUES (4), (5)) kinds (kind)
    ) AS changes (kind, since, name)""",
)
_RETRACTIONS = """
    INSERT INTO usage_usageevent (
        organization_id, kind, occurred_at, received_at, subject, target, identity, source, event_id)
    SELECT %(organization)s, 16, occurred_at + interval '1 hour', occurred_at + interval '1 hour', subject, identity,
        decode(md5('retraction' || event_id), 'hex'), '/platform', 'retraction' || event_id
    FROM usage_usageevent
    WHERE organization_id = %(organization)s AND kind = 8
        AND occurred_at >= %(begin)s AND occurred_at < %(begin)s + interval '20 days'
    LIMIT %(retractions)s"""
