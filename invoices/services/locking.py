"""The lock under which an organization's open amounts, reminders and promises change."""

from django.db import connection

from subscriptions.models import Organization


def lock_account(organization_id: int) -> None:
    """
    Let nobody else pay, credit, promise or remind of an organization's invoices until the transaction ends.

    Not against rows that merely refer to it: events and closes go on.
    """
    # SQLite has no row locks and needs none: its write transactions are serial.
    if connection.features.has_select_for_update:
        list(Organization.objects.select_for_update(no_key=True).filter(pk=organization_id).values_list("pk"))
