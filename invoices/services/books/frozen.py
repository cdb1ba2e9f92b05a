"""Every table whose rows the database itself refuses to change: the one list of them (BR-76, BR-77)."""

from collections.abc import Iterator, Mapping

from django.db import connection, models

from invoices.models import (
    Allocation,
    BoundRelease,
    CardPayment,
    Credit,
    CreditedLine,
    DifferenceVerdict,
    DunningStop,
    EInvoiceFile,
    GatewayNotice,
    HoldDecision,
    Invoice,
    InvoiceLine,
    InvoiceTax,
    IssuingSwitch,
    JournalExport,
    LedgerEntry,
    LedgerTransaction,
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
from invoices.services.books.fault import Fault
from subscriptions.models import (
    AuditEntry,
    AuditHead,
    AuditWords,
    ContactChange,
    Erasure,
    Quote,
    QuotePdf,
    QuoteStep,
    SubscriptionCancellation,
    TaxIdCheck,
)
from subscriptions.models.frozen import OPERATIONS, list_guards
from usage.models import EventIdentity, SnapshotUser, UsageEvent, UsageSnapshot
from usage.services.partitions import list_partitions

FROZEN: tuple[type[models.Model], ...] = (
    *(Invoice, InvoiceLine, InvoiceTax, Credit, CreditedLine, RenderedPdf, EInvoiceFile),
    *(LedgerTransaction, LedgerEntry, Payment, Withholding, Allocation, CardPayment, GatewayNotice),
    *(TermsSnapshot, PeriodCorrection, HoldDecision, BoundRelease, Parking, TooLateSettlement),
    *(Shadow, ShadowBill, ShadowLine, OldInvoice, OldLine, OpeningBalance, DifferenceVerdict),
    *(Reminder, DunningStop, PaymentPromise, PromisedInvoice),
    # Retractions are events, too.
    *(UsageEvent, EventIdentity, UsageSnapshot, SnapshotUser),
    *(Quote, QuoteStep, QuotePdf, SubscriptionCancellation, ContactChange, TaxIdCheck, AuditWords),
)
"""
Changed by nobody, but for what ends (a parking, a shadow, a stop of reminders, a promise), how a payment online stands,
what is withdrawn or carried over of an old system, and a certificate that arrives.


Deleted by a transaction with a permit for its organization only.
"""

KEPT: tuple[type[models.Model], ...] = (
    *(AuditEntry, AuditHead, Erasure, IssuingSwitch),
    *(JournalExport, OldInvoiceFile, SeriesStart),
)
"""Deleted by nobody; the head of a chain goes on with it, a file is kept once it was checked, or withdrawn."""


def tables_by_guard() -> Mapping[str, tuple[type[models.Model], ...]]:
    """Return the tables by the name that their triggers begin with."""
    return {"frozen": FROZEN, "kept": KEPT}


def find_thawed() -> Iterator[Fault]:
    """Yield the frozen tables, and parts of them, that have lost a trigger: by a migration, or by hand."""
    for name, frozen in tables_by_guard().items():
        tables = [table_of(model) for model in frozen]
        parts = list_partitions() if UsageEvent in frozen else []
        guards = list_guards(tables)
        for table in (*tables, *parts):
            for operation in OPERATIONS[connection.vendor]:
                if (table, f"{name}_{operation}") not in guards:
                    yield Fault(organization_id=None, where=table, what=f"nothing guards its rows against {operation}")


def table_of(model: type[models.Model]) -> str:
    """Return the name of a model's table."""
    return model._meta.db_table  # noqa: SLF001
