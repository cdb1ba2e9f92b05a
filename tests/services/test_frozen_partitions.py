"""A partition of a frozen table is as frozen as the whole."""

from datetime import UTC, datetime

import pytest
from django.db import connection

from invoices.services.books.frozen import find_thawed
from tests.factories.usage import a_working_day, report
from tests.services.test_frozen import as_replica, assert_refused, close_two_months, execute
from usage.services.partitions import prepare_partitions


@pytest.mark.postgresql
def test_no_partition_can_be_changed_or_emptied_by_itself(committed_db):
    organization = close_two_months()
    prepare_partitions(now=datetime(2026, 3, 1, tzinfo=UTC))
    report(organization, *a_working_day("ann", "2026-03-20"), *a_working_day("old", "2006-03-20"))
    partitions = names_of_partitions()
    assert {"usage_usageevent_default", "usage_usageevent_y2026m03", "usage_usageevent_y2026m06"} <= partitions

    for run in (execute, as_replica):
        for name in sorted(partitions):
            assert_refused(lambda name=name, run=run: run(f"TRUNCATE {name}"))
        for name in ("usage_usageevent_default", "usage_usageevent_y2026m03"):
            assert_refused(lambda name=name, run=run: run(f"UPDATE {name} SET subject = 'x'"))
            assert_refused(lambda name=name, run=run: run(f"DELETE FROM {name}"))
    assert list(find_thawed()) == []


def names_of_partitions() -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'usage_usageevent'::regclass"
        )
        return {name for (name,) in cursor.fetchall()}
