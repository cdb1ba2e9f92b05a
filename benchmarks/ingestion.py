"""P1: batches of events over HTTP, through the real endpoint and through the usual Django way to write one."""

import json
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from http import HTTPStatus
from http.client import HTTPConnection
from unittest import mock

from django.db import connection

from benchmarks.figures import ROUNDS, Figure, Size, medians, seconds
from benchmarks.traffic import EVENTS_A_BATCH, NAIVE_TABLE, Traffic, make_organizations, prepare_months
from billingsite.processes import supervised
from billingsite.serving import HOST, free_port, start_site, wait_for_site
from subscriptions.selectors.clock import database_now
from tests.faults.processes import database_url
from usage.services.keys import create_key

PROCESSES = 2
SENDERS = 4


def measure(size: Size) -> Iterator[Figure]:
    """Yield how many times as many events the endpoint takes in as serializers and `bulk_create` do."""
    batches = size.pick(full=10, smoke=1)
    now = database_now()
    prepare_months(now)
    codes = [organization.code for organization in make_organizations()]
    _key, secret = create_key(organization=None, name="Benchmark", created_by=None, now=now)

    def traffics(name: str) -> list[Traffic]:
        return [Traffic(codes, now=now, seed=f"{name} {sender}") for sender in range(SENDERS)]

    with naive_table(), site() as port:
        ways = {
            "product": Target(port, "/api/v1/events", secret, traffics("product")),
            "naive": Target(port, "/naive/events", secret, traffics("naive")),
        }
        taken = medians(
            {name: lambda target=target: target.send(batches) for name, target in ways.items()},
            rounds=size.pick(full=ROUNDS, smoke=1),
        )
    product, naive = (SENDERS * batches * EVENTS_A_BATCH / taken[name] for name in ("product", "naive"))
    yield Figure(
        goal="P1",
        what="events a second over HTTP, checked and taken once, against DRF and bulk_create",
        value=product / naive,
        at_least=10,
        remark=f"{product:,.0f}/s against {naive:,.0f}/s, {PROCESSES} processes, {SENDERS} senders",
    )


class Target:
    """An address that takes events in, and the senders that report to it."""

    def __init__(self, port: int, path: str, secret: str, traffics: Sequence[Traffic]) -> None:
        """Keep where to send what; each sender has traffic of its own, of which it repeats some."""
        self._port = port
        self._path = path
        self._headers = {"Authorization": f"Bearer {secret}", "Content-Type": "application/json"}
        self._traffics = traffics

    def send(self, batches: int) -> float:
        """Let each sender send some batches, all senders at once; return the seconds until all is answered."""
        bodies = [traffic.batches(batches) for traffic in self._traffics]
        with ThreadPoolExecutor(len(bodies)) as pool:
            return seconds(lambda: list(pool.map(self._send_all, bodies)))

    def _send_all(self, bodies: Sequence[bytes]) -> None:
        with closing(HTTPConnection(HOST, self._port)) as site:
            for body in bodies:
                site.request("POST", self._path, body, self._headers)
                response = site.getresponse()
                answer = json.loads(response.read())
                assert response.status == HTTPStatus.OK, answer
                assert not answer.get("rejected"), answer


@contextmanager
def naive_table() -> Iterator[None]:
    """Make the table that is compared with: the events' columns, indexes and foreign key, and a key that is unique."""
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TABLE {NAIVE_TABLE} (LIKE usage_usageevent INCLUDING DEFAULTS INCLUDING INDEXES)")
        cursor.execute(
            f"ALTER TABLE {NAIVE_TABLE} ADD UNIQUE (organization_id, identity),"
            " ADD FOREIGN KEY (organization_id) REFERENCES subscriptions_organization DEFERRABLE INITIALLY DEFERRED"
        )
        try:
            yield
        finally:
            cursor.execute(f"DROP TABLE {NAIVE_TABLE}")


@contextmanager
def site() -> Iterator[int]:
    """Serve both from the database of this process, by the product's own server, and yield its port."""
    environment = {
        "DATABASE_URL": database_url(),
        "DJANGO_SETTINGS_MODULE": "benchmarks.naive.settings",
        "GRANIAN_WORKERS": str(PROCESSES),
        "LOG_LEVEL": "WARNING",
    }
    port = free_port(8100)
    with mock.patch.dict(os.environ, environment), supervised() as children:
        start_site(children, port)
        wait_for_site(children, port)
        yield port
