"""Reads the audit trail: the entries of an organization for who may see them, and chains as they are checked."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.db.models import Model, QuerySet

from subscriptions.choices import AuditKind
from subscriptions.domain.audit import HOUSE, Cell
from subscriptions.models import AuditEntry, AuditHead

SHOWN_TO_CUSTOMERS = (
    AuditKind.ORGANIZATION,
    AuditKind.AGREEMENT,
    AuditKind.SALE,
    AuditKind.CONTACT,
    AuditKind.PERMISSION,
    AuditKind.KEY,
    AuditKind.USAGE,
    AuditKind.DOCUMENT,
    AuditKind.PAYMENT,
)
"""What an organization's own people see of its trail; what staff weigh among themselves they do not (ADR 30)."""


def columns_of(row: Model, *, without: str = "") -> dict[str, Cell]:
    """Return every column of a row by its name, but one."""
    return {
        field.attname: getattr(row, field.attname)
        for field in row._meta.concrete_fields  # noqa: SLF001
        if field.attname != without
    }


def list_entries(organization_id: int) -> QuerySet[AuditEntry]:
    """Return everything that was done about an organization, with who did it and in which words, in no order."""
    return AuditEntry.objects.filter(organization_id=organization_id).select_related("actor", "words")


def list_entries_for_customer(
    organization_id: int, *, kind: str = "", since: datetime | None = None, until: datetime | None = None
) -> QuerySet[AuditEntry]:
    """Return what an organization's own people may see of its trail: without reasons, of one kind, within a time."""
    kinds = [kind] if kind else [shown.value for shown in SHOWN_TO_CUSTOMERS]
    found = list_entries(organization_id).filter(kind__in=kinds).defer("words__reason")
    if since is not None:
        found = found.filter(at__gte=since)
    return found if until is None else found.filter(at__lt=until)


def list_chain(chain: int) -> QuerySet[AuditEntry]:
    """Return the entries of a chain in their order, with their words."""
    owner: dict[str, Any] = {"organization": None} if chain == HOUSE else {"organization_id": chain}
    return AuditEntry.objects.filter(**owner).select_related("words").order_by("sequence", "pk")


def list_chains() -> Collection[int]:
    """Return the keys of all chains that have a head or an entry, in their order."""
    owners = AuditEntry.objects.order_by().values_list("organization_id", flat=True).distinct()
    return sorted(
        {owner or HOUSE for owner in owners.iterator()} | set(AuditHead.objects.values_list("chain", flat=True))
    )
