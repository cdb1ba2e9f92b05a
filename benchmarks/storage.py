"""P2 and P3: what storing events once costs beside a bare COPY, and what sending them again costs beside the first."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import count

from django.db import connection, transaction

from benchmarks.figures import Figure, Size, medians, seconds
from benchmarks.traffic import EVENTS_A_BATCH, SENT_AGAIN, Traffic, make_organizations, prepare_months
from subscriptions.selectors.clock import database_now
from usage.models import EventIdentity, UsageEvent
from usage.services import storage
from usage.services.decoding import decode_batch
from usage.services.ingestion import Admission, admit, ingest, store
from usage.services.scope import Scope

PLATFORM = Scope(organization=None)
IDENTITIES = "COPY usage_eventidentity (organization_id, identity, content) FROM STDIN (FORMAT BINARY)"


def measure(size: Size) -> Iterator[Figure]:
    """Yield both figures, each way with events of its own, through one connection."""
    batches = size.pick(full=30, smoke=2)
    now = database_now()
    prepare_months(now)
    codes = [organization.code for organization in make_organizations()]
    seeds = count()
    sent: list[bytes] = []

    def bodies(*, again: int = SENT_AGAIN) -> list[bytes]:
        return Traffic(codes, now=now, seed=f"{next(seeds)}", again=again).batches(batches)

    def store_once() -> float:
        admissions = [admitted(body) for body in bodies()]
        return seconds(lambda: [store(admission, latest_receipt=now) for admission in admissions])

    def copy() -> float:
        # COPY fails on an event that came before, so none of these did.
        admissions = [admitted(body) for body in bodies(again=0)]
        return seconds(lambda: [copy_straight(admission, received_at=now) for admission in admissions])

    def send_first() -> float:
        sent[:] = bodies(again=0)
        return seconds(lambda: send(sent, now=now))

    def send_again() -> float:
        before = stored()
        spent = seconds(lambda: send(sent, now=now))
        assert stored() == before
        return spent

    taken = medians({"store": store_once, "copy": copy, "first": send_first, "again": send_again})
    rates = {name: batches * EVENTS_A_BATCH / spent for name, spent in taken.items()}
    yield Figure(
        goal="P2",
        what="storing events once, a tenth of them for the second time, against COPY into the same tables",
        value=rates["store"] / rates["copy"],
        at_least=0.5,
        remark=f"{rates['store']:,.0f}/s against {rates['copy']:,.0f}/s, in batches of {EVENTS_A_BATCH:,}",
    )
    yield Figure(
        goal="P3",
        what="sending batches again, which adds no row, against the first time",
        value=taken["again"] / taken["first"],
        at_most=0.6,
        remark=f"{rates['again']:,.0f}/s against {rates['first']:,.0f}/s, decoding included",
    )


def admitted(body: bytes) -> Admission:
    """Return the events of a batch as rows on their way to the disk."""
    return admit(decode_batch(body), scope=PLATFORM, receive=lambda _event: None)


def copy_straight(admission: Admission, *, received_at: datetime) -> None:
    """Write the same rows to the same tables, and trust that they are new."""
    rows = [candidate.row for candidate in admission.candidates]
    with transaction.atomic(), connection.cursor() as cursor:
        with cursor.copy(IDENTITIES) as identities:
            identities.set_types(("int8", "bytea", "bytea"))
            for candidate in admission.candidates:
                identities.write_row((candidate.row.organization_id, candidate.row.identity, candidate.content))
        storage.add_events(rows, [received_at] * len(rows))


def send(bodies: Sequence[bytes], *, now: datetime) -> None:
    """Take batches in, from their bytes on."""
    for body in bodies:
        ingest(decode_batch(body), scope=PLATFORM, now=now)


def stored() -> tuple[int, int]:
    """Return how many identities and events there are."""
    return EventIdentity.objects.count(), UsageEvent.objects.count()
