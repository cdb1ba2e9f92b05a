"""P10: pages of lists of a million rows, beside their first page, the same lists of a thousand, and a plain list."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from pathlib import Path
from urllib.parse import urlencode

from django.conf import settings
from django.db import connection, transaction
from django.test import Client, override_settings
from django.urls import reverse

from benchmarks.figures import Figure, Size, medians, seconds
from invoices.models import TermsSnapshot
from subscriptions.models import Subscription
from tests.admin.rows import make_lead
from tests.factories.subscriptions import a_subscription

REQUESTS = 3
"""A page is asked for so many times in a row: one request is short."""

FEW = 1_000
FIRST_ISSUED = datetime(2020, 1, 1, tzinfo=UTC)

FEW_SCHEMA = "benchmark_few"
NAIVE_TEMPLATES = Path(__file__).parent / "naive" / "templates"

# The tables that the lists read, with their keys.
TABLES = {
    "invoices_invoice": "id",
    "invoices_documentbalance": "document_id",
    "invoices_renderedpdf": "invoice_id",
    "invoices_invoicedelivery": "invoice_id",
}

INVOICES = """
    INSERT INTO invoices_invoice (id, organization_id, subscription_id, terms_snapshot_id, issuing_entity_id,
        document_type, sequence, number, issued_at, invoice_date, due_date, currency, subtotal, tax, total, frozen)
    SELECT place, %(organization)s, %(subscription)s, %(terms)s, %(entity)s,
        'invoice', place, 'INV-' || place, %(first)s::timestamptz + place * interval '1 second',
        %(first)s::date, %(first)s::date + 30, 'USD', 100, 0, 100, '{}'
    FROM generate_series(1, %(count)s) AS place
"""
BALANCES = """
    INSERT INTO invoices_documentbalance (document_id, organization_id, open)
    SELECT id, organization_id, total FROM invoices_invoice
"""
PDFS = """
    INSERT INTO invoices_renderedpdf (invoice_id, organization_id, content, sha256, rendered_at, renderer, attempts,
        next_attempt_at, last_error)
    SELECT id, organization_id, '%PDF', repeat('0', 64), issued_at, 'none', 1, issued_at, '' FROM invoices_invoice
"""
DELIVERIES = """
    INSERT INTO invoices_invoicedelivery (invoice_id, organization_id, queued_at, times_again, attempts,
        next_attempt_at, last_error)
    SELECT id, organization_id, issued_at, 0, 1, issued_at, '' FROM invoices_invoice
"""


@dataclass(frozen=True, kw_only=True)
class List:
    """A list of invoices, the newest first; its cursors hold the key, after the instant of issue if it is by that."""

    name: str
    url: str
    rows: int
    by_instant: bool

    def page(self, number: int, *, of: int) -> str:
        """Return the address of a page of so many invoices."""
        last = of - self.rows * (number - 1) + 1
        keys = [(FIRST_ISSUED + timedelta(seconds=last)).isoformat()] if self.by_instant else []
        return f"{self.url}?{urlencode({'after': json.dumps([*keys, str(last)])})}"


def measure(size: Size) -> Iterator[Figure]:
    """Yield what a late page, a long list and the admin's own list cost beside what is simpler."""
    count, late = size.pick(full=1_000_000, smoke=2_000), size.pick(full=9_000, smoke=9)
    subscription = a_subscription()
    fill(subscription, count)
    portal = reverse("invoice_list", args=[subscription.organization.code])
    lists = [
        List(name="the portal's invoices", url=portal, rows=25, by_instant=True),
        List(name="the admin's invoices", url=reverse("admin:invoices_invoice_changelist"), rows=50, by_instant=False),
    ]
    templates = [{**settings.TEMPLATES[0], "DIRS": [*settings.TEMPLATES[0]["DIRS"], NAIVE_TEMPLATES]}]
    with few_beside(), override_settings(ROOT_URLCONF="benchmarks.naive.lists", TEMPLATES=templates):
        browser = Client(headers={"host": "localhost"})
        browser.force_login(make_lead("lead"))
        ways: dict[str, Callable[[], float]] = {"plain": lambda: asked(browser, "/naive/invoices", shows=count)}
        for one in lists:
            at = count - one.rows * (late - 1)
            ways |= {
                f"{one.name}, first": lambda one=one: asked(browser, one.url, shows=count),
                f"{one.name}, late": lambda one=one, at=at: asked(browser, one.page(late, of=count), shows=at),
                f"{one.name}, few": lambda one=one: asked_of_few(browser, one.url, shows=count),
            }
        taken = medians(ways, rounds=size.pick(full=15, smoke=1))
    for one in lists:
        first, last, few = (f"{one.name}, {which}" for which in ("first", "late", "few"))
        what = f"{one.name}: page {late:,} of {count:,} rows against the first"
        yield compared(taken, last, first, what=what, at_most=1.2)
        what = f"{one.name}: the first page of {count:,} rows against that of {FEW:,}"
        yield compared(taken, first, few, what=what, at_most=1.5)
    what = f"{lists[1].name}: {count:,} rows against a plain list of them"
    yield compared(taken, f"{lists[1].name}, first", "plain", what=what, at_most=6)


def compared(taken: Mapping[str, float], over: str, under: str, *, what: str, at_most: float) -> Figure:
    """Return how many times as long one way takes as another."""
    remark = " against ".join(f"{1000 * taken[name] / REQUESTS:.0f} ms" for name in (over, under))
    return Figure(goal="P10", what=what, value=taken[over] / taken[under], at_most=at_most, remark=remark)


def fill(subscription: Subscription, count: int) -> None:
    """Store invoices 1 to `count`, each a second after the one before it, with all that the lists show of them."""
    terms = TermsSnapshot.objects.create(organization=subscription.organization, rule_version=1, terms={})
    parameters = {
        "organization": subscription.organization_id,
        "subscription": subscription.pk,
        "terms": terms.pk,
        "entity": subscription.issuing_entity_id,
        "first": FIRST_ISSUED,
        "count": count,
    }
    with transaction.atomic(), connection.cursor() as cursor:
        # Without the checks of foreign keys, which would take most of the time: the rows are right by construction.
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(INVOICES, parameters)
        for statement in (BALANCES, PDFS, DELIVERIES):
            cursor.execute(statement)
    with connection.cursor() as cursor:
        cursor.execute(f"VACUUM ANALYZE {', '.join(TABLES)}")


@contextmanager
def few_beside() -> Iterator[None]:
    """Keep tables of the newest rows only, with the same indexes, in a schema beside the others."""
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE SCHEMA {FEW_SCHEMA}")
        try:
            for table, key in TABLES.items():
                cursor.execute(f"CREATE TABLE {FEW_SCHEMA}.{table} (LIKE public.{table} INCLUDING ALL)")
                cursor.execute(
                    f"INSERT INTO {FEW_SCHEMA}.{table} SELECT * FROM public.{table} ORDER BY {key} DESC LIMIT {FEW}"
                )
            cursor.execute(f"ANALYZE {', '.join(f'{FEW_SCHEMA}.{table}' for table in TABLES)}")
            yield
        finally:
            cursor.execute(f"DROP SCHEMA {FEW_SCHEMA} CASCADE")


def asked(browser: Client, url: str, *, shows: int) -> float:
    """Return the seconds that some requests for a page take, which shows an invoice."""

    def ask() -> None:
        for _ in range(REQUESTS):
            answer = browser.get(url)
            assert answer.status_code == HTTPStatus.OK, url
            assert f"INV-{shows}<" in answer.content.decode(), url

    return seconds(ask)


def asked_of_few(browser: Client, url: str, *, shows: int) -> float:
    """Return the same of the list of few rows."""
    with connection.cursor() as cursor:
        cursor.execute(f"SET search_path TO {FEW_SCHEMA}, public")
        try:
            return asked(browser, url, shows=shows)
        finally:
            cursor.execute("RESET search_path")
