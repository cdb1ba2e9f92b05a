"""The database itself refuses what belongs to another organization's document, booking or count."""

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import Model

from invoices.models import DocumentBalance, InvoiceLine, LedgerEntry, LedgerTransaction
from tests.factories.documents import ISSUED_AT, a_line, an_invoice, issue
from tests.factories.subscriptions import a_subscription, an_organization
from usage.models import SnapshotUser, UsageSnapshot

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db]

TIED = {
    "invoices_documentbalance": "invoices_invoice",
    "invoices_invoicedelivery": "invoices_invoice",
    "invoices_invoiceline": "invoices_invoice",
    "invoices_invoicetax": "invoices_invoice",
    "invoices_ledgerentry": "invoices_ledgertransaction",
    "invoices_renderedpdf": "invoices_invoice",
    "usage_snapshotuser": "usage_usagesnapshot",
}


def a_part(model: type[Model], of: str) -> Model:
    """Return an unsaved part of what the organization `own` has, of the organization `own` or `other`."""
    agreements = {code: a_subscription(an_organization(code)) for code in ("own", "other")}
    organization = agreements["own"].organization
    invoice = issue(an_invoice([]), [], subscription=agreements["own"])
    if model is InvoiceLine:
        line = a_line("prepay", "purecloud-2", "PureCloud 2", "1", "1", "1", tax_category="software", charge_key="one")
        line.invoice, line.subscription, line.position = invoice, agreements[of], 0
        part: Model = line
    elif model is DocumentBalance:
        part = DocumentBalance.objects.get(document=invoice)
    elif model is LedgerEntry:
        booking = LedgerTransaction.objects.create(
            organization=organization, currency="USD", posted_at=ISSUED_AT, invoice=invoice
        )
        part = LedgerEntry(transaction=booking, account="receivable", currency="USD", amount=1)
    else:
        bounds = dict.fromkeys(("starts_at", "ends_at", "cutoff_at"), ISSUED_AT)
        snapshot = UsageSnapshot.objects.create(organization=organization, quantities={}, **bounds)
        part = SnapshotUser(
            snapshot=snapshot, user="ann", license="", first_login_at=ISSUED_AT, last_seen_at=ISSUED_AT, seconds=0
        )
    part.organization = agreements[of].organization  # type: ignore[attr-defined]
    return part


@transaction.atomic
def save_and_check(part: Model) -> None:
    """Save a row, and let the database look at its keys as it would at a commit."""
    part.save()
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


@pytest.mark.parametrize("model", [InvoiceLine, DocumentBalance, LedgerEntry, SnapshotUser])
def test_a_part_is_of_the_organization_of_the_whole(model):
    save_and_check(a_part(model, of="own"))


@pytest.mark.parametrize("model", [InvoiceLine, DocumentBalance, LedgerEntry, SnapshotUser])
def test_a_part_of_another_organization_is_refused(model):
    part = a_part(model, of="other")

    with pytest.raises(IntegrityError, match=f"{model._meta.db_table}_of_its_"):
        save_and_check(part)


def test_one_key_takes_the_place_of_two():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT conrelid::regclass::text, confrelid::regclass::text FROM pg_constraint"
            " WHERE contype = 'f' AND convalidated AND conrelid::regclass::text = ANY (%s) ORDER BY 1",
            [list(TIED)],
        )
        assert cursor.fetchall() == list(TIED.items())
