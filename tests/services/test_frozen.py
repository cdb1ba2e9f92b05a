"""The database itself refuses to change what was issued, booked, reported and counted (BR-76, BR-77)."""

from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import User
from django.db import DatabaseError, connection, migrations, transaction
from django.db.migrations.state import ProjectState
from django.db.models import ProtectedError
from django.urls import reverse
from moneyed import Money

from invoices.domain.payments import PaymentMethod
from invoices.models import (
    Allocation,
    BillingCycle,
    BoundRelease,
    CardPayment,
    Credit,
    CreditedLine,
    DifferenceVerdict,
    DocumentBalance,
    DunningStop,
    EInvoiceFile,
    GatewayNotice,
    HoldDecision,
    Invoice,
    InvoiceDelivery,
    InvoiceLine,
    InvoiceTax,
    IssuingSwitch,
    JournalExport,
    LedgerEntry,
    LedgerTransaction,
    NumberSeries,
    OldInvoice,
    OldInvoiceFile,
    OldLine,
    OpeningBalance,
    Parking,
    Payment,
    PaymentPromise,
    PeriodCorrection,
    PromisedInvoice,
    Reminder,
    RenderedPdf,
    SeriesStart,
    Shadow,
    ShadowBill,
    ShadowLine,
    TermsSnapshot,
    TooLateSettlement,
    Withholding,
)
from invoices.models.invoice import LineColumns
from invoices.selectors.finance.journal import JournalPeriod
from invoices.services.books.frozen import find_thawed, table_of, tables_by_guard
from invoices.services.crediting import CreditRequest, issue_credit
from invoices.services.journal import export_journal, look_at_journal
from invoices.services.payments import Receipt, record_payment, reverse_payment
from invoices.services.sweeping import close_due_cycles
from invoices.services.switch import turn_switch
from subscriptions.models import (
    AuditEntry,
    AuditHead,
    AuditWords,
    AuthorityRate,
    ContactChange,
    DeletionPermit,
    Erasure,
    OrganizationTax,
    Quote,
    QuoteItem,
    QuotePdf,
    QuoteStep,
    SubscriptionCancellation,
    TaxAuthority,
    TaxIdCheck,
)
from subscriptions.services.cancellations import cancel_subscription
from subscriptions.services.erasing import erase_person
from subscriptions.services.tax_ids import record_tax_id_check
from tests.admin.rows import make_card_payment, make_notice
from tests.factories.quotes import ENABLEMENT, a_draft, accepted, at
from tests.factories.subscriptions import a_subscription, an_organization
from tests.factories.usage import a_working_day, report
from usage.domain.events import EventKind
from usage.models import EventIdentity, SnapshotUser, UsageEvent, UsageSnapshot

CUTOFF = datetime(2026, 2, 15, 11, tzinfo=UTC)
SECOND_CUTOFF = datetime(2026, 3, 15, 10, tzinfo=UTC)

# Each frozen table with a harmless change of one of its columns; children first, so that they can be deleted in order.
FROZEN = {
    QuotePdf: {"sha256": "0" * 64},
    QuoteStep: {"words": "Somebody said so"},
    Quote: {"notes": "Something else"},
    SubscriptionCancellation: {"reason": "Somebody said so"},
    CreditedLine: {"original_line_id": 0},
    Credit: {"reason": "Somebody said so"},
    DifferenceVerdict: {"note": "Somebody said so"},
    OldLine: {"amount": 1},
    OldInvoice: {"number": "OLD-2"},
    OpeningBalance: {"amount": 2},
    ShadowLine: {"description": "Something else"},
    ShadowBill: {"due_date": date(2030, 1, 1)},
    Shadow: {"live_reason": "Somebody said so"},
    TooLateSettlement: {"reason": "Somebody said so"},
    HoldDecision: {"reason": "Somebody said so"},
    BoundRelease: {"reason": "Somebody said so"},
    Parking: {"reason": "Somebody said so"},
    PeriodCorrection: {"closing_cycle_id": 0},
    Reminder: {"open": 1},
    DunningStop: {"reason": "Somebody said so"},
    PromisedInvoice: {"remains": 1},
    PaymentPromise: {"amount": 1},
    LedgerEntry: {"account": "tax"},
    LedgerTransaction: {"posted_at": CUTOFF + timedelta(days=1)},
    GatewayNotice: {"amount": 1},
    CardPayment: {"amount": 1},
    Allocation: {"amount": 1},
    Withholding: {"amount": 1},
    Payment: {"amount": 1},
    EInvoiceFile: {"content": b"<else/>"},
    RenderedPdf: {"sha256": "0" * 64},
    InvoiceTax: {"revenue": 0},
    InvoiceLine: {"description": "Something else"},
    Invoice: {"due_date": date(2030, 1, 1)},
    TermsSnapshot: {"rule_version": 99},
    SnapshotUser: {"seconds": 1},
    UsageSnapshot: {"quantities": {}},
    UsageEvent: {"subject": "somebody else"},
    EventIdentity: {"content": b"\0" * 16},
    TaxIdCheck: {"verdict": "valid"},
    ContactChange: {"reason": "Something else"},
    AuditWords: {"reason": "Somebody said so"},
}
# Each table that is kept for ever, likewise.
KEPT = {
    AuditEntry: {"deed": "key_made"},
    AuditHead: {"digest": b"\0" * 32},
    Erasure: {"reason": "Somebody said so"},
    IssuingSwitch: {"reason": "Somebody said so"},
    OldInvoiceFile: {"file_name": "other.csv"},
    SeriesStart: {"next_number": 9},
    JournalExport: {"entries": 0},
}
# Whose rows are inserted without asking which are there: those are passed over.
PASSES_OVER = {EventIdentity, AuditHead}
EVERYTHING = FROZEN | KEPT
TABLES = pytest.mark.parametrize("model", EVERYTHING, ids=lambda model: model._meta.db_table)
FROZEN_TABLES = pytest.mark.parametrize("model", FROZEN, ids=lambda model: model._meta.db_table)


pytestmark = pytest.mark.usefixtures("undone")


@pytest.fixture(scope="module")
def db(django_db_setup, django_db_blocker):
    """Use the database for all tests of this file together, in one transaction: its rows are made once."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.fixture
def undone(db):
    """Take back what a test did."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.fixture(scope="module")
def rows(db):
    """Close two months of one organization, the first corrected by the second, and return it; its PDFs are rendered."""
    return close_two_months()


@pytest.fixture
def issued(rows, undone):
    """Return the organization as it was at first."""
    rows.refresh_from_db()
    return rows


def export_february(by: User) -> None:
    """Note February's journal as exported; the same one is noted once."""
    posted = JournalPeriod(first_day=date(2026, 2, 1), last_day=date(2026, 2, 28))
    if not JournalExport.objects.exists():
        seen = look_at_journal(posted, codes={}).sha256
        export_journal(posted, seen=seen, by=by, now=SECOND_CUTOFF)


def close_two_months(code: str = "lantern"):
    organization = an_organization(code)
    authority, _ = TaxAuthority.objects.get_or_create(name="State")
    AuthorityRate.objects.get_or_create(
        authority=authority, effective_date=date(2020, 1, 1), defaults={"rate": 6, "categories": ["software"]}
    )
    OrganizationTax.objects.create(organization=organization, authority=authority)
    subscription = a_subscription(organization)
    accepted(a_draft(organization, items=[ENABLEMENT]))
    ContactChange.objects.create(
        organization=organization,
        action="add",
        new_name="Ann",
        new_email="ann@lantern.test",
        new_language="en",
        changed_by=User.objects.get_or_create(username="changes-contacts")[0],
        changed_at=CUTOFF,
        reason="The first one.",
    )
    report(organization, *a_working_day("ann", "2026-01-20"))
    close_due_cycles(now=CUTOFF, organization_id=organization.pk)
    report(organization, *a_working_day("bob", "2026-01-20", received="2026-02-20T00:00:00Z"))
    close_due_cycles(now=SECOND_CUTOFF, organization_id=organization.pk)
    HoldDecision.objects.create(
        organization=organization,
        cycle=BillingCycle.objects.filter(organization=organization)[0],
        code="unrated_call",
        choice="leave_out",
        reason="Five cents",
        decided_at=CUTOFF,
    )
    somebody = User.objects.get_or_create(username="finance")[0]
    for is_on in (False, True):
        turn_switch(is_on=is_on, reason="A drill", by=somebody, now=CUTOFF)
    export_february(somebody)
    BoundRelease.objects.create(
        organization=organization,
        cycle=BillingCycle.objects.filter(organization=organization)[0],
        fingerprint="a" * 64,
        reasons=[],
        reason="They grew",
        released_at=CUTOFF,
        released_by=somebody,
        approved_by=User.objects.get_or_create(username="second")[0],
    )
    attempt = make_card_payment(Invoice.objects.filter(organization=organization, balance__open__gt=0).earliest("pk"))
    make_notice(attempt)
    Parking.objects.create(
        organization=organization,
        parked_at=CUTOFF,
        faults=["something"],
        fault_count=1,
        looked_at=CUTOFF,
        unparked_at=SECOND_CUTOFF,
        unparked_by=somebody,
        reason="Mended",
    )
    move_in(organization, by=somebody)
    _make_dunning(organization, somebody)
    payment = record_payment(
        Receipt(
            organization=organization,
            amount=Money("10.00", "USD"),
            method=PaymentMethod.CHECK,
            reference="CHECK-1",
            received_on=date(2026, 3, 20),
            withheld=Decimal(1),
        ),
        shares=None,
        recorded_by=somebody,
        now=SECOND_CUTOFF,
    )
    reverse_payment(payment, reason="Returned by the bank", by=somebody, now=SECOND_CUTOFF)
    record_tax_id_check(organization, now=CUTOFF)
    csm, _ = User.objects.get_or_create(username="csm", is_staff=True)
    issue_credit(
        invoice_id=Invoice.objects.filter(organization=organization)[0].pk,
        request=CreditRequest(place=1, parts=None, reason="Never worked"),
        issued_by=csm,
        now=SECOND_CUTOFF,
    )
    TooLateSettlement.objects.create(
        organization=organization,
        cycle=BillingCycle.objects.filter(organization=organization)[0],
        kind=EventKind.CALL,
        received_until=CUTOFF,
        reason="Credited",
        settled_at=CUTOFF,
    )
    cancel_subscription(
        subscription.pk, last_service_date=date(2027, 1, 14), reason="They close", recording=at(SECOND_CUTOFF)
    )
    first = RenderedPdf.objects.filter(organization=organization).earliest("invoice__issued_at", "pk")
    EInvoiceFile.objects.create(
        invoice_id=first.pk, organization=organization, content=b"<xml/>", sha256="a" * 64, stored_at=CUTOFF
    )
    for pdfs in (RenderedPdf, QuotePdf):
        pdfs.objects.filter(organization=organization).update(
            content=b"%PDF", sha256="a" * 64, rendered_at=CUTOFF, renderer="test"
        )
    erase_person(User.objects.create_user(f"left-{code}").pk, erased_by=csm, reason="Asked for", now=CUTOFF)
    return organization


def move_in(organization, *, by):
    """Write what is kept of an organization that has moved in: a shadow bill, an old invoice, and a verdict."""
    cycle = BillingCycle.objects.filter(organization=organization).earliest("period_start")
    of_it = {"organization": organization}
    launch = {"live_from": cycle.period_start, "ahead_is_billed": True, "live_reason": "x", "live_at": CUTOFF}
    Shadow.objects.create(**of_it, reason="x", begun_at=CUTOFF, begun_by=by, live_by=by, **launch)
    document = Invoice.objects.filter(organization=organization).earliest("pk")
    copied = ("document_type", "invoice_date", "due_date", "currency", "subtotal", "tax", "total", "terms_snapshot")
    agreed = {**of_it, "subscription": document.subscription}
    bill = ShadowBill.objects.create(
        **agreed,
        cycle=cycle,
        is_opening=True,
        kept_at=CUTOFF,
        taxes=[{"amount": str(document.tax)}],
        **{name: getattr(document, name) for name in copied},
    )
    line = document.lines.get()
    columns = {field.name: getattr(line, field.name) for field in LineColumns._meta.local_fields}
    ours = ShadowLine.objects.create(**agreed, bill=bill, **columns)
    kept = {"uploaded_at": CUTOFF, "uploaded_by": by, "kept_at": CUTOFF, "kept_by": by}
    file = OldInvoiceFile.objects.create(file_name="old.csv", sha256=organization.code, content=b"x", **kept)
    invoice = OldInvoice.objects.create(**of_it, file=file, number="OLD-1", currency="USD")
    opening = {"kind": "credit", "number": "PAY-1", "document_date": cycle.period_start, "currency": "USD", "amount": 1}
    OpeningBalance.objects.create(**of_it, file=file, withdrawn_at=CUTOFF, **opening)
    # Both organizations are of one issuer.
    series = NumberSeries.objects.get(issuing_entity=document.issuing_entity, document_type="invoice")
    start = {"first_left_out": 1, "next_number": 5, "reason": "x", "set_at": CUTOFF, "set_by": by}
    SeriesStart.objects.get_or_create(series=series, defaults=start)
    figures = {"quantity": 1, "unit_price": 1, "amount": 1, "tax": 0}
    days = {"service_start": cycle.period_start, "service_end": cycle.period_start}
    old = OldLine.objects.create(**of_it, invoice=invoice, position=0, description="Fee", **figures, **days)
    DifferenceVerdict.objects.create(
        **of_it, our_line=ours, old_line=old, verdict="ours", judged_at=CUTOFF, judged_by=by
    )


def _make_dunning(organization, somebody):
    """Write a reminder, and a stop of reminders and a promise that have ended."""
    own = {"organization": organization}
    invoice = Invoice.objects.filter(**own, document_type="invoice").earliest("pk")
    Reminder.objects.create(
        **own,
        invoice=invoice,
        contact_number=1,
        level=1,
        after_days=3,
        days_past_due=3,
        open=5,
        queued_at=CUTOFF,
        mail_key="a key",
    )
    ended = {"started_at": SECOND_CUTOFF, "started_by": somebody}
    DunningStop.objects.create(**own, reason="They negotiate", stopped_at=CUTOFF, stopped_by=somebody, **ended)
    promise = PaymentPromise.objects.create(
        **own,
        currency="USD",
        amount=5,
        promised_on=CUTOFF.date(),
        promised_by="Ms. Ito",
        recorded_at=CUTOFF,
        recorded_by=somebody,
        withdrawn_at=SECOND_CUTOFF,
        withdrawn_by=somebody,
        withdrawal_reason="They cannot",
    )
    PromisedInvoice.objects.create(**own, promise=promise, invoice=invoice, amount=5, remains=0, ended_at=SECOND_CUTOFF)


def test_every_frozen_table_has_a_row_to_try_it_on(issued):
    assert [model._meta.label for model in EVERYTHING if not model.objects.exists()] == []


def test_the_list_of_frozen_tables_is_what_the_database_freezes_and_what_is_tried():
    listed = {name: {table_of(model) for model in models} for name, models in tables_by_guard().items()}

    assert listed == {name: tables_with_triggers(name) for name in listed}
    assert listed == {"frozen": set(map(table_of, FROZEN)), "kept": set(map(table_of, KEPT))}
    assert list(find_thawed()) == []


@pytest.mark.parametrize("model", [Invoice, UsageEvent, AuditEntry], ids=lambda model: model._meta.db_table)
def test_a_table_that_lost_a_trigger_is_told(model):
    name, operation, table = "kept" if model in KEPT else "frozen", "delete", model._meta.db_table
    execute(f"DROP TRIGGER {name}_{operation}" + (f"_{table}" if connection.vendor == "sqlite" else f" ON {table}"))

    assert f"{table}: nothing guards its rows against {operation}" in {str(fault) for fault in find_thawed()}


@pytest.mark.postgresql
def test_a_trigger_that_rests_is_told():
    check_foreign_keys()
    execute("ALTER TABLE invoices_invoice DISABLE TRIGGER frozen_update")
    execute("ALTER TABLE invoices_invoiceline ENABLE TRIGGER frozen_update")

    assert {str(fault) for fault in find_thawed()} == {
        f"invoices_{table}: nothing guards its rows against update" for table in ("invoice", "invoiceline")
    }


@TABLES
def test_a_row_cannot_be_saved_again(issued, model):
    row = model.objects.first()
    for name, value in EVERYTHING[model].items():
        setattr(row, name, value)

    assert_refused(row.save, model)
    assert_refused(lambda: model.objects.bulk_update([row], list(EVERYTHING[model])), model)


@TABLES
def test_rows_cannot_be_updated_by_a_queryset(issued, model):
    assert_refused(lambda: model.objects.update(**EVERYTHING[model]), model)


@TABLES
def test_not_even_an_update_that_changes_nothing_is_let_through(issued, model):
    column = model._meta.get_field(next(iter(EVERYTHING[model]))).column

    assert_refused(lambda: execute(f'UPDATE {model._meta.db_table} SET "{column}" = "{column}"'), model)


@TABLES
def test_rows_cannot_be_deleted_by_sql(issued, model):
    assert_refused(lambda: execute(f"DELETE FROM {model._meta.db_table}"), model)


@TABLES
def test_rows_cannot_be_deleted_through_the_models(issued, model):
    assert_refused(lambda: model.objects.all()._raw_delete(using="default"), model)
    assert_refused(model.objects.first().delete, model)


@TABLES
def test_rows_cannot_be_replaced(issued, model):
    table = model._meta.db_table
    if connection.vendor == "sqlite":
        replace, before = f"INSERT OR REPLACE INTO {table} SELECT * FROM {table}", frozen_rows()
        if model in PASSES_OVER:
            execute(replace)
        else:
            assert_refused(lambda: execute(replace), model)
        assert frozen_rows() == before
        return
    key = ", ".join(f'"{field.column}"' for field in model._meta.pk_fields)
    # A table that is partitioned by time has the time in its key.
    key += ', "occurred_at"' if model is UsageEvent else ""
    column = model._meta.get_field(next(iter(EVERYTHING[model]))).column
    assert_refused(
        lambda: execute(
            f"INSERT INTO {table} SELECT * FROM {table}"
            f' ON CONFLICT ({key}) DO UPDATE SET "{column}" = EXCLUDED."{column}"'
        ),
        model,
    )


@pytest.mark.sqlite
def test_rows_cannot_be_replaced_behind_the_back_of_their_deletion(issued):
    """As by another program, whose connection was not told to let triggers see what REPLACE deletes."""
    before = frozen_rows()
    execute("PRAGMA recursive_triggers = OFF")
    try:
        for model in EVERYTHING:
            table, columns = model._meta.db_table, [field.column for field in model._meta.concrete_fields]
            names = ", ".join(f'"{column}"' for column in columns)
            for unique in unique_keys_of(model):
                # A new row with the same key; where it has a number of its own, with another number.
                values = ", ".join(f'"{name}"' if name != "id" or name in unique else "NULL" for name in columns)
                with transaction.atomic():
                    with suppress(DatabaseError), transaction.atomic():
                        execute(f"INSERT OR REPLACE INTO {table} ({names}) SELECT {values} FROM {table} LIMIT 1")
                    # Where the key is free, as that of a reversed payment is, a row is added, and none is lost.
                    rows = frozen_rows()
                    transaction.set_rollback(True)
                assert [row for label in before for row in before[label] if row not in rows[label]] == [], (
                    table,
                    unique,
                )
    finally:
        execute("PRAGMA recursive_triggers = ON")


def unique_keys_of(model) -> list[set[str]]:
    with connection.cursor() as cursor:
        found = connection.introspection.get_constraints(cursor, model._meta.db_table).values()
    return [set(one["columns"]) for one in found if (one["unique"] or one["primary_key"]) and one["columns"]]


@pytest.mark.postgresql
@TABLES
def test_tables_cannot_be_truncated(issued, model):
    check_foreign_keys()  # a table with checks outstanding cannot be truncated anyway

    assert_refused(lambda: execute(f"TRUNCATE {model._meta.db_table} CASCADE"), model)


@pytest.mark.postgresql
@pytest.mark.parametrize("parent", ["subscriptions_organization", "auth_user", "subscriptions_subscription"])
def test_nothing_is_emptied_along_with_a_parent(issued, parent):
    check_foreign_keys()

    assert_refused(lambda: execute(f"TRUNCATE {parent} CASCADE"))


@pytest.mark.postgresql
def test_a_session_that_plays_a_replica_changes_nothing_either(issued):
    """Where other triggers rest, and foreign keys with them: what a superuser of the database may ask for."""
    check_foreign_keys()
    for model in EVERYTHING:
        table = model._meta.db_table
        column = model._meta.get_field(next(iter(EVERYTHING[model]))).column
        for statement in (
            f'UPDATE {table} SET "{column}" = "{column}"',
            f"DELETE FROM {table}",
            f"TRUNCATE {table} CASCADE",
        ):
            assert_refused(lambda statement=statement: as_replica(statement))


@pytest.mark.postgresql
def test_copy_puts_nothing_in_the_place_of_a_row(issued):
    check_foreign_keys()
    before = frozen_rows()
    for model in EVERYTHING:
        with pytest.raises(DatabaseError, match="duplicate key"), transaction.atomic():
            copy_into_itself(model._meta.db_table)
    assert frozen_rows() == before


def copy_into_itself(table: str) -> None:
    with connection.cursor() as cursor:
        with cursor.copy(f"COPY (SELECT * FROM {table}) TO STDOUT (FORMAT BINARY)") as copy:
            content = b"".join(map(bytes, copy))
        with connection.wrap_database_errors, cursor.copy(f"COPY {table} FROM STDIN (FORMAT BINARY)") as copy:
            copy.write(content)


def test_a_migration_changes_nothing_either(issued):
    check_foreign_keys()
    for model in EVERYTHING:
        table = model._meta.db_table
        column = model._meta.get_field(next(iter(EVERYTHING[model]))).column
        statement = migrations.RunSQL(f'UPDATE {table} SET "{column}" = "{column}"')
        function = migrations.RunPython(lambda apps, _editor, label=model._meta.label: delete_rows(apps, label))
        for operation in (statement, function):
            assert_refused(lambda model=model, operation=operation: run_operation(operation, model))


def delete_rows(apps, label: str) -> None:
    apps.get_model(label).objects.all()._raw_delete("default")


def test_a_superuser_finds_no_page_that_changes_a_row(issued, client):
    client.force_login(User.objects.create_superuser("root"))
    before, tried = frozen_rows(), 0
    for model in EVERYTHING:
        if model not in admin.site._registry or model is Quote:
            # A draft is a quote, too, and is typed.
            continue
        name, key = f"admin:{model._meta.app_label}_{model._meta.model_name}", model.objects.order_by("pk")[0].pk
        for action in ("change", "delete"):
            answer = client.post(reverse(f"{name}_{action}", args=[key]), {"post": "yes", "_save": "Save"})
            assert answer.status_code == 403, (name, action)
        tried += 1
        answer = client.post(
            reverse(f"{name}_changelist"), {"action": "delete_selected", "_selected_action": [key], "post": "yes"}
        )
    assert tried >= 8
    # What the pages themselves leave behind is no change.
    assert frozen_rows() == before


@pytest.mark.parametrize("parent", ["cycle", "subscription", "organization", "issuing_entity"])
def test_nothing_is_taken_along_when_a_parent_is_deleted(issued, parent):
    target = getattr(Invoice.objects.exclude(cycle=None).first(), parent)
    before = frozen_rows()

    with pytest.raises((ProtectedError, DatabaseError)), transaction.atomic():
        target.delete()
    with pytest.raises(DatabaseError), transaction.atomic():
        delete_by_sql(target)

    assert frozen_rows() == before


def test_a_permit_lets_its_transaction_delete_one_organizations_rows(issued):
    other = close_two_months("harbor")
    others_rows = {model: model.objects.filter(organization=other).count() for model in FROZEN}
    assert all(others_rows.values())

    with transaction.atomic():
        permit = DeletionPermit.objects.create(organization=issued, reason="Retention has expired")
        issued.subscriptions.get().cycles.filter(state="closed").update(
            usage_snapshot=None, terms_snapshot=None, state="open", closed_at=None
        )
        QuoteItem.objects.filter(quote__organization=issued).delete()
        for model in (DocumentBalance, InvoiceDelivery, *FROZEN):
            model.objects.filter(organization=issued)._raw_delete(using="default")
        for kept in KEPT:
            with pytest.raises(DatabaseError, match="kept for ever"), transaction.atomic():
                kept.objects.all()._raw_delete(using="default")
        permit.delete()

    assert {model: model.objects.filter(organization=issued).count() for model in FROZEN} == dict.fromkeys(FROZEN, 0)
    assert {model: model.objects.filter(organization=other).count() for model in FROZEN} == others_rows
    assert_refused(lambda: execute(f"DELETE FROM {InvoiceLine._meta.db_table}"))


def test_a_permit_of_one_organization_opens_nothing_of_another(issued):
    other = close_two_months("harbor")
    DeletionPermit.objects.create(organization=other, reason="Retention has expired")

    for model in FROZEN:
        assert_refused(lambda model=model: model.objects.filter(organization=issued)._raw_delete(using="default"))


@FROZEN_TABLES
def test_a_permit_lets_nothing_be_changed(issued, model):
    DeletionPermit.objects.create(organization=issued, reason="Retention has expired")

    assert_refused(lambda: model.objects.update(**FROZEN[model]), model)


def test_a_pdf_is_filled_in_once():
    subscription = a_subscription(an_organization("meadow"))
    report(subscription.organization, *a_working_day("ann", "2026-01-20"))
    close_due_cycles(now=CUTOFF, organization_id=subscription.organization_id)
    pdf = RenderedPdf.objects.filter(organization=subscription.organization)
    filled = {"content": b"%PDF-1", "sha256": "a" * 64, "rendered_at": CUTOFF}

    pdf.update(attempts=1, last_error="No fonts")
    pdf.update(**filled)

    assert_refused(lambda: pdf.update(**filled | {"content": b"%PDF-2"}))
    assert_refused(lambda: pdf.update(content=None, sha256="", rendered_at=None))


def frozen_rows(*models) -> dict[str, list[dict[str, object]]]:
    """Return every row of some frozen tables, else of all."""
    return {model._meta.label: list(model.objects.order_by("pk").values()) for model in models or EVERYTHING}


def assert_refused(change, *models) -> None:
    """Assert that the database refuses a change by its own means and that nothing came of it, to some tables or any."""
    before = frozen_rows(*models)
    with pytest.raises((DatabaseError, ProtectedError), match=r"frozen|kept for ever|protected"), transaction.atomic():
        change()
    assert frozen_rows(*models) == before


def execute(statement: str, parameters: list[object] | None = None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)


def as_replica(statement: str) -> None:
    execute("SET LOCAL session_replication_role = replica")
    execute(statement)


def delete_by_sql(row) -> None:
    execute(f"DELETE FROM {row._meta.db_table} WHERE id = %s", [row.pk])
    check_foreign_keys()


def check_foreign_keys() -> None:
    if connection.vendor == "postgresql":
        execute("SET CONSTRAINTS ALL IMMEDIATE")
    else:
        connection.check_constraints()


def run_operation(operation, model) -> None:
    """Run an operation of a migration, without the transaction of its own: one is open."""
    editor = connection.SchemaEditorClass(connection, atomic=False)
    editor.deferred_sql = []
    state = ProjectState.from_apps(apps)
    operation.database_forwards(model._meta.app_label, editor, state, state)


def tables_with_triggers(name: str) -> set[str]:
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(f"SELECT tbl_name FROM sqlite_master WHERE type = 'trigger' AND name LIKE '{name}_delete%'")
        else:
            cursor.execute(
                "SELECT relname FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid"
                f" WHERE tgname = '{name}_delete' AND NOT relispartition"
            )
        return {name for (name,) in cursor.fetchall()}
