"""The instant of receipt: read after announcing the ingestion, so that a close can wait for it (BR-02)."""

from collections.abc import Iterable
from datetime import datetime

from django.db import connection

from subscriptions.selectors.clock import database_now

# Our namespace among PostgreSQL's advisory locks; the second key is the organization.
_INGESTION_LOCK = 0x5EA7
_KEY_RANGE = 2**31


def take_receipt(organization_ids: Iterable[int]) -> datetime:
    """
    Announce an ingestion for these organizations until the transaction ends, then return the database's clock.

    Call it inside the transaction that stores the events, before the first of them. On SQLite there is nothing to
    announce: transactions that write are serial.
    """
    if connection.vendor == "postgresql":
        # Ascending, so that two platforms that report for the same organizations cannot wait for each other.
        keys = sorted({organization_id % _KEY_RANGE for organization_id in organization_ids})
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_advisory_xact_lock_shared(%s, key) FROM unnest(%s::integer[]) AS keys (key)",
                [_INGESTION_LOCK, keys],
            )
    return database_now()


def wait_for_ingestion(organization_ids: Iterable[int]) -> None:
    """
    Return once every ingestion for these organizations that has already begun is committed or undone (BR-02).

    What is received from now on has a later instant of receipt than this call. Call it before taking any lock for which
    an ingestion waits, and read the events by a statement that begins afterwards.
    """
    if connection.vendor != "postgresql":
        return
    keys = sorted({organization_id % _KEY_RANGE for organization_id in organization_ids})
    with connection.cursor() as cursor:
        # Locks of the session, each given back before the next is asked for: the transaction's would keep events out
        # until the close ends, and several at once would keep one organization's out while another's are stored.
        cursor.execute(
            "SELECT CASE WHEN pg_advisory_lock(%s, key) IS NOT NULL THEN pg_advisory_unlock(%s, key) END"
            " FROM unnest(%s::integer[]) AS keys (key)",
            [_INGESTION_LOCK, _INGESTION_LOCK, keys],
        )


def shut_out_ingestion(organization_id: int) -> None:
    """
    Wait for every ingestion for an organization that has begun, and keep later ones waiting until the transaction ends.

    Call it before taking any lock on the organization's rows. What waited finds the organization as it is left.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [_INGESTION_LOCK, organization_id % _KEY_RANGE])
