"""
Every address, with hostile text wherever people or machines put words: it stays text on each page and in each file.

The text closes whatever it may stand in (an attribute, a tag, a script, a style, a title) and opens an element that no
page of ours has; begins like a formula; and holds template code. A page that lets it through has that element in it.
"""

import csv
import io
import re
import zipfile
from html.parser import HTMLParser
from typing import Any

import pytest
from django.apps import apps
from django.db import connection, models, transaction

from tests.permissions.asking import Seen, ask
from tests.permissions.pages import Address, addresses
from tests.permissions.world import World

MARK = "canary"
HOSTILE = (
    f"=1+1'\"></title></textarea></style></script></option><{MARK} onclick=x>{{{{ 7|add:7 }}}}{{% now 'Y' %}}"
    f"<script>{MARK}()</script><img src=x onerror={MARK}()>\r\nX-{MARK}: 1 &lt;{MARK}&gt; javascript:{MARK}() \x1b"
)
FORMULA = ("=", "+", "-", "@", "\t", "\r")

TYPED = {
    "subscriptions.Product": ["name"],
    "subscriptions.PriceBook": ["name"],
    "subscriptions.Approval": ["subject", "reason", "answer"],
    "subscriptions.Account": ["name"],
    "subscriptions.Organization": ["name", "legal_name", "address", "tax_id"],
    "subscriptions.BillingContact": ["name"],
    "subscriptions.ContactRequest": ["name", "note", "answer"],
    "subscriptions.ContactChange": ["old_name", "new_name", "reason"],
    "subscriptions.OutgoingMail": ["subject", "body", "last_error"],
    "subscriptions.TrialRequest": ["company", "contact_name"],
    "subscriptions.Erasure": ["reason"],
    "subscriptions.IssuingEntity": ["legal_name", "address", "invoice_prefix", "quote_prefix"],
    "subscriptions.BankAccount": ["bank_name"],
    "subscriptions.VoiceRateDeck": ["name"],
    "subscriptions.VoiceRate": ["destination"],
    "subscriptions.Quote": ["notes"],
    "subscriptions.QuoteStep": ["customer", "words", "po_number"],
    "subscriptions.QuotePdf": ["last_error"],
    "subscriptions.Subscription": ["po_number"],
    "subscriptions.SubscriptionChange": ["reason"],
    "subscriptions.PriceImport": ["file_name"],
    "subscriptions.SavedFilter": ["name"],
    "subscriptions.TaxAuthority": ["name"],
    "subscriptions.ExemptionCertificate": ["number"],
    "subscriptions.WebhookEndpoint": ["name", "url"],
    "subscriptions.WebhookDelivery": ["body", "response"],
    "usage.UsageEvent": ["session", "source", "event_id"],
    "usage.RejectedEvent": ["message", "source", "event_id", "payload"],
    "usage.IngestionKey": ["name"],
    "usage.SnapshotUser": ["user"],
    "invoices.BankFormat": ["name"],
    "invoices.BankFile": ["file_name"],
    "invoices.BankLine": ["payer_name", "text", "bank_reference", "creditor_reference", "reason"],
    "invoices.CycleException": ["subject"],
    "invoices.InvoiceLine": ["description", "destination"],
    "invoices.InvoiceTax": ["authority"],
    "invoices.RenderedPdf": ["last_error"],
    "invoices.Credit": ["reason"],
    "invoices.HoldDecision": ["reason"],
    "invoices.InvoiceDelivery": ["last_error"],
    "invoices.Payment": ["reference", "note", "reversal_reason"],
    "invoices.TooLateSettlement": ["reason"],
    "invoices.Withholding": ["file_name"],
    "auth.Group": ["name"],
    "auth.User": ["first_name", "last_name"],
}
"""The columns that hold what somebody typed or sent. A number in them keeps names apart that have to be."""

FROZEN = {"subscriptions.Quote": "frozen", "invoices.Invoice": "frozen"}
FROZEN_WORDS = {"name", "legal_name", "address", "po_number", "notes", "bank_name", "words", "reference"}

READERS = ["SU", "SA"]


@pytest.fixture(scope="module")
def hostile_world(world: World) -> World:
    """Put hostile text into everything that is typed, also into what is frozen, as if it had been frozen with it."""
    without_triggers()
    for label, columns in TYPED.items():
        for row in apps.get_model(label).objects.order_by("pk"):
            changes = {column: fitting(row._meta.get_field(column), row.pk) for column in columns}
            type(row).objects.filter(pk=row.pk).update(**changes)
    for label, column in FROZEN.items():
        for row in apps.get_model(label).objects.exclude(**{column: None}):
            type(row).objects.filter(pk=row.pk).update(**{column: spoiled(getattr(row, column))})
    return world


def without_triggers() -> None:
    """Let frozen rows be changed until the transaction is taken back."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL session_replication_role = replica")
            return
        cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        for (name,) in cursor.fetchall():
            cursor.execute(f'DROP TRIGGER "{name}"')


def fitting(column: models.Field, number: int) -> str:
    """Return the hostile text, as much of it as the column takes; names that have to be apart are, by a number."""
    text = f"=<{MARK}>{number}{HOSTILE}"
    return text[: column.max_length or len(text)]


def spoiled(value: Any, key: str = "") -> Any:
    if isinstance(value, dict):
        return {name: spoiled(inner, name) for name, inner in value.items()}
    if isinstance(value, list):
        return [spoiled(inner, key) for inner in value]
    return HOSTILE if isinstance(value, str) and key in FROZEN_WORDS and value else value


class Elements(HTMLParser):
    """Finds what a browser would take for an element, a handler or an address of the hostile text's."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []
        self._inside = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._inside = tag
        if tag == MARK:
            self.found.append(f"<{tag}>")
        for name, value in attrs:
            if name.startswith("on") and MARK in (value or ""):
                self.found.append(f"{tag} {name}={value}")
            if name in {"href", "src", "action", "formaction"} and (value or "").strip().startswith("javascript:"):
                self.found.append(f"{tag} {name}={value}")
            if name == "style" and MARK in (value or ""):
                self.found.append(f"{tag} {name}={value}")

    def handle_endtag(self, tag: str) -> None:
        self._inside = ""

    def handle_data(self, data: str) -> None:
        # Nothing that was typed belongs into a script or a style, however it is escaped: it has rules of its own there.
        if self._inside in {"script", "style"} and f"{MARK}(" in data:
            self.found.append(f"text in <{self._inside}>: {data[:80]}")


def elements_of(page: str) -> list[str]:
    parser = Elements()
    parser.feed(page)
    parser.close()
    return parser.found


def cells_that_run(content: str) -> list[str]:
    """Return the cells of a CSV file that a spreadsheet would run; numbers below nothing are none."""
    rows = csv.reader(io.StringIO(content, newline=""))
    return [
        cell
        for row in rows
        for cell in row
        if cell.startswith(FORMULA) and not re.fullmatch(r"-[0-9]+(\.[0-9]+)?", cell)
    ]


def formulas_of(content: bytes) -> list[str]:
    """Return the parts of a spreadsheet with a formula, a link or something typed that is no text."""
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        sheets = {name: book.read(name).decode() for name in book.namelist() if name.endswith((".xml", ".rels"))}
    return [name for name, text in sheets.items() if re.search(r"<f[ >]|<hyperlink|TargetMode=\"External\"", text)]


@pytest.mark.parametrize("address", list(addresses()), ids=str)
def test_hostile_text_stays_text(address: Address, hostile_world: World) -> None:
    wrong = []
    for role in READERS:
        path = hostile_world.address(address.path, role, own=True)
        with transaction.atomic():
            answer = hostile_world.client(role, sure=True).get(path)
            content = b"".join(answer)
            transaction.set_rollback(True)
        kind = answer.headers.get("Content-Type", "")
        assert answer.status_code < 500, path
        assert f"X-{MARK}" not in answer.headers
        disposition = answer.headers.get("Content-Disposition", "")
        assert re.fullmatch(r'(attachment; filename="[A-Za-z0-9._-]+")?', disposition), disposition
        if kind.startswith("text/html"):
            found = elements_of(content.decode())
        elif kind.startswith("text/csv"):
            found = cells_that_run(content.decode())
        elif "spreadsheetml" in kind:
            found = formulas_of(content)
        else:
            found = []
        wrong += [f"{role} at {path}: {one}" for one in found]
    assert not wrong, "\n".join(wrong)


def test_the_walk_sees_the_text_where_it_is_shown(hostile_world: World) -> None:
    """Else it would pass for the wrong reason."""
    for path in ("/admin/subscriptions/organization/", "/organizations/"):
        page = ask(hostile_world.client("SU"), "GET", path, seen=Seen.ALL).page
        assert f"&lt;{MARK} onclick=x&gt;" in page
        assert "{{ 7|add:7 }}" in page
    assert elements_of(f'<p title="{HOSTILE}">')
    assert cells_that_run(f'"{HOSTILE}"'.replace('"', "")) != []
