"""The staff's pages for what is owed: cycles, issued documents, the ledger, number series."""

from invoices.admin import correction, cycle, invoice, ledger, series

__all__ = ["correction", "cycle", "invoice", "ledger", "series"]
