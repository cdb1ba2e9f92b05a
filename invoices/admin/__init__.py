"""The staff's pages for what is owed: cycles, issued documents, payments, the ledger, number series."""

from invoices.admin import correction, cycle, invoice, ledger, payment, series

__all__ = ["correction", "cycle", "invoice", "ledger", "payment", "series"]
