"""The staff's pages for what is owed: cycles, issued documents, the ledger, number series."""

from invoices.admin import cycle, invoice, ledger, series

__all__ = ["cycle", "invoice", "ledger", "series"]
