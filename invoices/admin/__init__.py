"""The staff's pages for what is owed: cycles, issued documents, payments, the ledger, what came too late."""

from invoices.admin import audit, bank, correction, cycle, invoice, ledger, parking, payment, series, switch, too_late

__all__ = [
    "audit",
    "bank",
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
