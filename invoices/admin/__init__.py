"""The staff's pages for what is owed: cycles, issued documents, payments, the ledger, what came too late."""

from invoices.admin import (
    audit,
    bank_file,
    bank_format,
    bank_line,
    card_payment,
    correction,
    cycle,
    dunning,
    invoice,
    ledger,
    parking,
    payment,
    promise,
    series,
    switch,
    too_late,
)

__all__ = [
    "audit",
    "bank_file",
    "bank_format",
    "bank_line",
    "card_payment",
    "correction",
    "cycle",
    "dunning",
    "invoice",
    "ledger",
    "parking",
    "payment",
    "promise",
    "series",
    "switch",
    "too_late",
]
