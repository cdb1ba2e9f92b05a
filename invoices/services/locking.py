"""The lock under which an organization's open amounts, reminders and promises change."""

from collections.abc import Collection

from django.db import connection

from subscriptions.models import Organization


def lock_account(organization_id: int) -> None:
    """
    Let nobody else pay, credit, promise or remind of an organization's invoices until the transaction ends.

    Not against rows that merely refer to it: events and closes go on.
    """
    lock_accounts([organization_id])


def lock_accounts(organization_ids: Collection[int]) -> None:
    """Do so for several organizations: always in the same order, so that no two wait for each other."""
    # SQLite has no row locks and needs none: its write transactions are serial.
    if connection.features.has_select_for_update:
        rows = Organization.objects.select_for_update(no_key=True).filter(pk__in=organization_ids).order_by("pk")
        list(rows.values_list("pk"))
