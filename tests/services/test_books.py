"""What must never be in the books is found, whoever put it there, and sound books are told to be sound."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from io import StringIO
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.db.models import F
from moneyed import Money

from invoices.domain.payments import PaymentMethod
from invoices.models import (
    Allocation,
    BillingCycle,
    DocumentBalance,
    Invoice,
    InvoiceDelivery,
    InvoiceLine,
    InvoiceTax,
    LedgerEntry,
    LedgerTransaction,
    NumberSeries,
    OldInvoiceFile,
    OpeningBalance,
    Payment,
    RenderedPdf,
    SeriesStart,
    Shadow,
)
from invoices.services.books.verify import verify_books
from invoices.services.crediting import CreditRequest, issue_credit
from invoices.services.payments import Receipt, record_payment, reverse_payment
from invoices.services.sweeping import close_due_cycles
from subscriptions.models import AuthorityRate, OrganizationTax, Subscription, TaxAuthority
from tests.factories.subscriptions import a_prepaid_subscription, an_organization
from tests.factories.usage import a_working_day, report
from tests.flushing import WITHOUT_TRIGGERS
from usage.models import EventIdentity, UsageEvent

NOW = datetime(2026, 4, 15, 11, tzinfo=UTC)


@pytest.fixture(scope="module")
def db(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """Use the database for all tests of this file together, in one transaction."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.fixture(scope="module")
def subscription(db: None) -> Subscription:
    """An agreement of three closed periods, with an invoice paid in part, a credit note, and a payment that bounced."""
    subscription = a_prepaid_subscription(an_organization("harbor"))
    for user in ("ann", "bob", "cid"):
        report(subscription.organization, *a_working_day(user, "2026-01-20", "purecloud-3"))
    close_due_cycles(now=NOW)
    first = Invoice.objects.earliest("pk")
    record_payment(a_receipt(subscription, "100.00", "WIRE-1"), shares=None, recorded_by=None, now=NOW)
    bounced = record_payment(a_receipt(subscription, "50.00", "CHECK-2"), shares=None, recorded_by=None, now=NOW)
    reverse_payment(bounced, reason="No funds", by=User.objects.create_user("finance"), now=NOW)
    whole = CreditRequest(place=1, parts=None, reason="Never worked.")
    issue_credit(invoice_id=Invoice.objects.latest("pk").pk, request=whole, issued_by=None, now=NOW)
    # A neighbor whose books are sound.
    umbra, ohio = an_organization("umbra"), TaxAuthority.objects.create(name="Ohio")
    AuthorityRate.objects.create(authority=ohio, effective_date=date(2020, 1, 1), rate=6, categories=["software"])
    OrganizationTax.objects.create(organization=umbra, authority=ohio)
    a_prepaid_subscription(umbra)
    close_due_cycles(now=NOW)
    assert first.organization_id == subscription.organization_id
    return subscription


def a_receipt(subscription: Subscription, amount: str, reference: str) -> Receipt:
    return Receipt(
        organization=subscription.organization,
        amount=Money(amount, "USD"),
        method=PaymentMethod.WIRE,
        reference=reference,
        received_on=date(2026, 4, 1),
    )


@pytest.fixture
def thawed(subscription: Subscription) -> Iterator[None]:
    """The database without what freezes its rows; what is done to them is taken back."""
    with transaction.atomic(), connection.cursor() as cursor, ExitStack() as stack:
        stack.enter_context(WITHOUT_TRIGGERS[connection.vendor](cursor))
        yield
        # The triggers come back with the transaction, and need not be made again.
        stack.pop_all()
        transaction.set_rollback(True)


def told(now: datetime | None = None) -> list[str]:
    return [str(fault) for fault in verify_books(now=now)]


def test_sound_books_are_told_to_be_sound(subscription: Subscription) -> None:
    assert told(NOW + timedelta(minutes=59)) == []


def of(model: Any, **fields: Any) -> Any:
    return model.objects.filter(organization__code="harbor", **fields).order_by("pk")


def one(rows: Any) -> Any:
    return rows.filter(pk=rows.first().pk)


def taxes_of_umbra() -> Any:
    return InvoiceTax.objects.filter(organization__code="umbra").order_by("pk")


def a_tax() -> None:
    document = of(Invoice).first()
    InvoiceTax.objects.create(
        organization_id=document.organization_id,
        invoice=document,
        position=0,
        authority="Texas",
        rate=8,
        taxable=100,
        amount=5,
    )


def _leave_out(document: Invoice) -> None:
    SeriesStart.objects.create(
        series=NumberSeries.objects.get(issuing_entity=document.issuing_entity, document_type=document.document_type),
        first_left_out=1,
        next_number=2,
        reason="Moved in.",
        set_at=NOW,
        set_by=User.objects.create(username="lea"),
    )


def _go_live_without_its_balance(document: Invoice) -> None:
    lea, own = User.objects.create(username="lea"), {"organization": document.organization}
    live = {"live_from": date(2026, 1, 1), "ahead_is_billed": True, "live_reason": "x", "live_at": NOW, "live_by": lea}
    Shadow.objects.create(**own, reason="x", begun_at=NOW, begun_by=lea, **live)
    file = OldInvoiceFile.objects.create(file_name="x.csv", sha256="x", content=b"", uploaded_at=NOW, uploaded_by=lea)
    OpeningBalance.objects.create(
        **own,
        file=file,
        kind="invoice",
        number="OLD-1",
        document_date=date(2026, 1, 1),
        due_date=date(2026, 2, 1),
        currency="USD",
        amount=1,
    )


def half_a_yen() -> None:
    one(of(InvoiceLine)).update(amount=Decimal("280.50"))
    one(of(Invoice)).update(currency="JPY")


def unposted() -> None:
    transaction = of(LedgerTransaction, invoice__isnull=False).first()
    transaction.entries.all().delete()
    transaction.delete()


FAULTS: dict[str, tuple[Callable[[], Any], str]] = {
    "a line that was changed": (
        lambda: one(of(InvoiceLine)).update(amount=F("amount") + 1),
        "its lines come to 281.00, its subtotal is 280.00",
    ),
    "a line that was removed": (
        lambda: of(InvoiceLine, invoice=of(Invoice).first()).delete(),
        "it has no lines",
    ),
    "lines that are counted from 1": (lambda: one(of(InvoiceLine)).update(position=9), "not counted from 0"),
    "half a yen": (half_a_yen, "280.50 is no amount in JPY"),
    "a tax from nowhere": (a_tax, "its taxes come to 5.00, its tax is 0.00"),
    "a tax that is not rate x revenue": (
        lambda: one(taxes_of_umbra()).update(amount=F("amount") + 1),
        "its tax of Ohio is 17.80, 280.00 at 6 % makes 16.80",
    ),
    "a tax on other revenue": (
        lambda: one(taxes_of_umbra()).update(revenue=1),
        "its revenue taxed by Ohio is 1.00, its lines come to 280.00",
    ),
    "a tax at another rate": (
        lambda: one(taxes_of_umbra()).update(rate=7),
        "its taxes are not those of the rates stored with it",
    ),
    "a payment of half a cent's part": (
        lambda: of(Payment, reference="WIRE-1").update(currency="JPY", amount=Decimal("100.50")),
        "100.50 is no amount in JPY",
    ),
    "two documents of one close": (
        lambda: of(Invoice, cycle__index=2).update(cycle=of(BillingCycle, index=1).first()),
        "2 documents were issued, 1 at most belong to it",
    ),
    "another currency": (lambda: one(of(Invoice)).update(currency="EUR"), "it is in EUR, its agreement in USD"),
    "no PDF": (lambda: one(of(RenderedPdf)).delete(), "it has no rendered pdf"),
    "no mail": (lambda: one(of(InvoiceDelivery)).delete(), "it has no invoice delivery"),
    "no balance": (lambda: one(of(DocumentBalance)).delete(), "it has no document balance"),
    "a balance of its own": (
        lambda: one(of(DocumentBalance)).update(open=1),
        "1.00 is open, 180.00 follows from what pays it",
    ),
    "no posting": (unposted, "it is not posted"),
    "an entry too little": (
        lambda: one(of(LedgerEntry, account="revenue")).delete(),
        "its entries do not sum to zero",
    ),
    "entries of another amount": (
        lambda: of(LedgerEntry, transaction=of(LedgerTransaction).first()).update(amount=F("amount") * 2),
        "560.00 is posted as receivable, 280.00 is due",
    ),
    "an entry in another currency": (lambda: one(of(LedgerEntry)).update(currency="EUR"), "its entries are not"),
    "a payment of another amount": (
        lambda: of(Payment, reference="WIRE-1").update(amount=90),
        "payment WIRE-1: -100.00 is posted as receivable, -90.00 is due",
    ),
    "a payment spread over more than it is": (
        lambda: of(Allocation, payment__reference="WIRE-1").update(amount=101),
        "payment WIRE-1: 101.00 of 100.00 is spread over invoices",
    ),
    "a bounced payment that still counts": (
        lambda: of(Payment, reference="CHECK-2").update(reversed_at=None, reversal_reason=""),
        "payment CHECK-2: it is not posted, or not taken back in the ledger, as it stands",
    ),
    "more given back than there was": (
        lambda: of(Invoice, document_type="credit_note").update(subtotal=900, total=900),
        "900.00 was given back of",
    ),
    "a number that was skipped": (
        lambda: NumberSeries.objects.filter(document_type="invoice").update(last_number=F("last_number") + 1),
        "numbers were given",
    ),
    "a number that was left out and is borne": (
        lambda: _leave_out(of(Invoice).first()),
        "a document bears a number that was left out",
    ),
    "an opening balance that was forgotten": (
        lambda: _go_live_without_its_balance(of(Invoice).first()),
        "its organization is live, and it is not carried over",
    ),
    "a number before its time": (
        lambda: one(of(Invoice)).update(issued_at=NOW + timedelta(days=1)),
        "it was issued before the number before it",
    ),
    "a gap between periods": (
        lambda: one(of(BillingCycle)).update(ends_at=F("ends_at") - timedelta(hours=1)),
        "does not begin where the one before it ends",
    ),
    "a period of another day": (
        lambda: of(BillingCycle, index=0).update(period_start=date(2026, 1, 14)),
        "the period of 2026-01-14 should begin on 2026-01-15",
    ),
    "a period that is missing": (lambda: of(BillingCycle, index=0).update(index=9), "not counted from 0"),
    "closed and held": (lambda: one(of(BillingCycle)).update(held_reasons=[{"code": "no_price"}]), "closed and held"),
    "an event that counts twice": (lambda: of(EventIdentity).first().delete(), "are known"),
    "an event that is gone": (lambda: one(of(UsageEvent)).delete(), "events are stored"),
    "a document of somebody else's": (
        lambda: one(of(RenderedPdf)).update(organization=an_organization("other")),
        "RenderedPdf.invoice joins rows of two organizations",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_found_and_named(fault: str, thawed: None) -> None:
    put_it_there, words = FAULTS[fault]
    put_it_there()

    found = told()

    assert any(words in line for line in found), found


def test_what_is_overdue_for_an_hour_was_forgotten(subscription: Subscription) -> None:
    due = BillingCycle.objects.filter(subscription=subscription).latest("index").cutoff_at

    assert told(due + timedelta(hours=1)) == []
    assert any("neither closed nor held" in line for line in told(due + timedelta(hours=1, seconds=1)))


@pytest.fixture
def _at_noon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("invoices.management.commands.verify_books.database_now", lambda: NOW)


@pytest.mark.usefixtures("_at_noon")
def test_the_command_says_whose_books_are_wrong_and_ends_with_1(thawed: None) -> None:
    one(of(DocumentBalance)).update(open=1)

    with pytest.raises(SystemExit) as ended:
        call_command("verify_books", stdout=(said := StringIO()))

    assert ended.value.code == 1
    assert "harbor: INV-000001: 1.00 is open" in said.getvalue()
    assert "The books of 2 organizations were looked through" in said.getvalue()


@pytest.mark.usefixtures("_at_noon")
def test_the_command_looks_at_one_organization(thawed: None) -> None:
    one(of(DocumentBalance)).update(open=1)

    call_command("verify_books", organization="umbra", stdout=(said := StringIO()))

    assert "The books of 1 organizations were looked through, 0 faults were found." in said.getvalue()
    with pytest.raises(CommandError, match="no organization with the code nobody"):
        call_command("verify_books", organization="nobody")
