"""What was issued or accepted is never changed: each row is remembered as it was first seen (BR-76)."""

from collections.abc import Iterable

from django.db.models import Model

from invoices.models import (
    HoldDecision,
    Invoice,
    InvoiceLine,
    InvoiceTax,
    LedgerEntry,
    LedgerTransaction,
    PeriodCorrection,
    TermsSnapshot,
)
from subscriptions.models import SubscriptionChange
from usage.models import EventIdentity, SnapshotUser, UsageEvent, UsageSnapshot

DOCUMENTS: tuple[type[Model], ...] = (Invoice, InvoiceLine, InvoiceTax, LedgerTransaction, LedgerEntry)
EVERYTHING: tuple[type[Model], ...] = (
    *DOCUMENTS,
    *(TermsSnapshot, PeriodCorrection, HoldDecision, SubscriptionChange),
    *(UsageEvent, EventIdentity, UsageSnapshot, SnapshotUser),
)


class Remembered:
    """The rows that have been seen so far, as a digest of each."""

    def __init__(self) -> None:
        """Begin with none."""
        self._seen: dict[tuple[str, object], int] = {}

    def assert_unchanged(self, tables: Iterable[type[Model]] = DOCUMENTS) -> None:
        """Assert that every row seen before is there and says the same; remember those that are new."""
        for model in tables:
            label = model._meta.label
            now = {(label, row["pk"]): hash(repr(row)) for row in model._base_manager.values("pk", *_columns(model))}
            before = {key: digest for key, digest in self._seen.items() if key[0] == label}
            changed = [key for key, digest in before.items() if now.get(key) != digest]
            assert changed == [], f"these rows were changed or deleted: {changed}"
            self._seen |= now


def _columns(model: type[Model]) -> list[str]:
    return [field.attname for field in model._meta.concrete_fields]
