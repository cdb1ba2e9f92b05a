"""How the demo's debtors are reminded, and what one of them promised and did not keep."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from invoices.selectors.reminders import list_open_invoices
from invoices.services.demo.payments import PAYS_A_PART
from invoices.services.promises import Promised, record_promise
from invoices.services.reminding import send_reminders
from subscriptions.models import Organization
from subscriptions.services.recording import Recording

PROMISED_FOR = timedelta(days=3)
PROMISED_AT = timedelta(days=7)


def remind_of_what_is_past_due(organizations: Mapping[str, Organization], *, until: datetime) -> None:
    """Record that the customer who pays a part promised the rest, and remind everyone of what is past due by then."""
    debtor = organizations.get(PAYS_A_PART)
    csm = debtor.csms.first() if debtor else None
    if debtor is not None and csm is not None:
        past_due = list_open_invoices(debtor).filter(due_date__lt=(until - PROMISED_AT).date())
        promised = Promised(
            organization=debtor,
            invoice_ids=list(past_due.values_list("pk", flat=True)),
            amount=None,
            promised_on=(until - PROMISED_FOR).date(),
            promised_by="Ottoline Pettigrew",
            note="She waits for a customer of her own.",
        )
        if promised.invoice_ids:
            record_promise(promised, recording=Recording(by=csm, at=until - PROMISED_AT))
    send_reminders(now=until)
