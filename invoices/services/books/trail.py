"""The audit trail is whole, and every document and change of an agreement stands in it as it stands in its table."""

from collections.abc import Iterator

from invoices.models import Invoice
from invoices.services.books.fault import Fault
from invoices.services.issuing import facts_of_document
from subscriptions.domain.audit import HOUSE, facts_of
from subscriptions.models import AuditEntry, Organization, SubscriptionChange
from subscriptions.selectors.audit_trail import list_chains
from subscriptions.services.audit_chain import find_chain_faults
from subscriptions.services.changes import facts_of_change

AT_ONCE = 500
"""So many rows are in memory at a time."""

Known = dict[str, str | None]
"""What the trail says of rows, as JSON by key; None where its words were erased."""


def find_trail_faults(organization_id: int) -> Iterator[Fault]:
    """Yield where an organization's chain is broken, and what was issued or changed without an entry, or otherwise."""
    for what in find_chain_faults(organization_id):
        yield Fault(organization_id=organization_id, where="audit trail", what=what)
    known = _known(organization_id, ["invoice_issued", "credit_note_issued", "opening_item_carried_over"])
    documents = Invoice.objects.filter(organization_id=organization_id).order_by("pk").defer("frozen")
    for document in documents.iterator(chunk_size=AT_ONCE):
        what = _compared(known, str(document.pk), dict(facts_of_document(document)))
        if what:
            yield Fault(organization_id=organization_id, where=document.number, what=what)
    known = _known(organization_id, ["change_recorded"])
    changes = SubscriptionChange.objects.filter(subscription__organization_id=organization_id).order_by("pk")
    for change in changes.iterator(chunk_size=AT_ONCE):
        what = _compared(known, str(change.pk), dict(facts_of_change(change)))
        if what:
            yield Fault(organization_id=organization_id, where=f"change of {change.product_id}", what=what)


def find_other_trail_faults() -> Iterator[Fault]:
    """Yield where the house's own chain is broken, or that of an organization that is gone."""
    from_organizations = set(Organization.objects.values_list("pk", flat=True))
    for chain in list_chains():
        if chain not in from_organizations:
            for what in find_chain_faults(chain):
                where = "audit trail" if chain == HOUSE else f"audit trail of organization {chain}, removed"
                yield Fault(organization_id=None, where=where, what=what)


def _known(organization_id: int, deeds: list[str]) -> Known:
    entries = AuditEntry.objects.filter(organization_id=organization_id, deed__in=deeds)
    return dict(entries.values_list("subject_id", "words__facts").iterator(chunk_size=AT_ONCE))


def _compared(known: Known, key: str, facts: dict[str, str | None]) -> str:
    """Say what is wrong with a row by what the trail says of it; empty if nothing is."""
    if key not in known:
        return "it has no entry in the audit trail"
    told = known[key]
    if told is None:
        return ""
    differing = sorted(name for name, fact in facts.items() if facts_of(told).get(name) != fact)
    return f"its entry in the audit trail says otherwise: {', '.join(differing)}" if differing else ""
