"""What the audit trail says of an organization, as staff read it."""

from invoices.documents.audit_trail import DEEDS
from subscriptions.documents.audit_trail import Telling, Told, tell_entry
from subscriptions.selectors.audit_trail import list_entries
from subscriptions.selectors.catalog import get_product_names


def trail_of(organization_id: int) -> list[Told]:
    """Return what was done about an organization, newest first, in English."""
    telling = Telling(language="en", names=get_product_names("en"))
    rows = list_entries(organization_id).order_by("-sequence")
    return [tell_entry(entry, telling, deeds=DEEDS) for entry in rows]
