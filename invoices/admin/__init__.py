"""The staff's pages for what is owed: cycles, issued documents, payments, the ledger, what came too late."""

from invoices.admin import (
    audit,
    card_payment,
    correction,
    cycle,
    invoice,
    ledger,
    parking,
    payment,
    series,
    switch,
    too_late,
)

__all__ = [
    "audit",
    "card_payment",
    "correction",
    "cycle",
    "invoice",
    "ledger",
    "parking",
    "payment",
    "series",
    "switch",
    "too_late",
]
