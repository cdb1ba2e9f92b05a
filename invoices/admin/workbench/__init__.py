"""The staff's home: what needs a person today, of the organizations they work on."""

from invoices.admin.workbench.home import dashboard

__all__ = ["dashboard"]
