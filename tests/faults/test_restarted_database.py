"""F9: a PostgreSQL that is stopped as by a power cut in the middle of closes, and started again."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from random import Random

import environ
import pytest
from django.conf import settings
from django.db import connection

from invoices.models import BillingCycle
from invoices.services.sweeping import close_due_cycles
from subscriptions.models import Subscription
from tests.books import assert_the_books_hold
from tests.factories.subscriptions import a_prepaid_subscription, an_organization
from tests.faults.processes import Brood
from tests.faults.servers import own_postgres

pytestmark = [pytest.mark.postgresql, pytest.mark.long, pytest.mark.usefixtures("committed_db")]

BEGIN = datetime(2026, 1, 15, 12, tzinfo=UTC)
CUTOFF = datetime(2026, 2, 15, 12, tzinfo=UTC)
RESTARTS = 5


@contextmanager
def connected_to(url: str) -> Iterator[None]:
    """Let this process use another database."""
    own = dict(connection.settings_dict)
    connection.close()
    connection.settings_dict.update(environ.Env.db_url_config(url))
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict.update(own)


def test_f9_restarted_in_the_middle_it_has_billed_each_period_once(tmp_path) -> None:
    chance = Random(9)
    with own_postgres() as postgres:
        url = postgres.url("postgres")
        environment = dict(os.environ) | {"DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "tests.settings"}
        subprocess.run(
            [sys.executable, "manage.py", "migrate", "-v", "0"], cwd=settings.BASE_DIR, env=environment, check=True
        )
        brood = Brood(tmp_path, LOG_LEVEL="ERROR", DATABASE_URL=url)
        try:
            with connected_to(url):
                for number in range(8):
                    a_prepaid_subscription(an_organization(f"org-{number}"))
                close_due_cycles(now=BEGIN)
                for period in range(RESTARTS):
                    now = CUTOFF + timedelta(days=31 * period)
                    connection.close()
                    closers = [brood.begin("close", now=now.isoformat()) for _ in range(2)]
                    time.sleep(chance.uniform(0.05, 0.6))
                    postgres.restart()
                    for closer in closers:
                        closer.wait_for_end()
                    assert_the_books_hold()
                    close_due_cycles(now=now)
                assert BillingCycle.objects.filter(state="closed").count() == 8 * RESTARTS
                assert {each.invoices.count() for each in Subscription.objects.all()} == {RESTARTS + 1}
                assert_the_books_hold()
        finally:
            brood.end()
