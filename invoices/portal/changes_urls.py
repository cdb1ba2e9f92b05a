"""The addresses of an organization's part of the audit trail."""

from django.urls import path

from invoices.portal import changes

urlpatterns = [
    path("", changes.changes, name="changes"),
    path("changes.csv", changes.changes_csv, name="changes_csv"),
]
