"""How a document stands today, in words: paid, open, past due, partly paid, or a credit that is left (BR-82)."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from moneyed import Money

from invoices.choices import STANDINGS, DocumentType
from invoices.domain.ageing import Standing, standing
from invoices.models import Invoice
from subscriptions.domain.formatting import format_money
from subscriptions.domain.period import local_date


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentStanding:
    """A document's standing, its words, and what remains of it if that is a part."""

    standing: Standing
    words: str
    remainder: str


def standing_of(invoice: Invoice, *, now: datetime) -> DocumentStanding:
    """Return how a document, read with its balance, stands at an instant by the calendar of its billing time zone."""
    today = local_date(now, time_zone=invoice.subscription.time_zone)
    left = invoice.balance.open
    found = standing(
        is_credit_note=invoice.document_type == DocumentType.CREDIT_NOTE,
        open_amount=left,
        due_date=invoice.due_date,
        on=today,
    )
    words = str(STANDINGS[found])
    if found is Standing.PAST_DUE:
        days = (today - invoice.due_date).days
        words = ngettext("%(days)s day past due", "%(days)s days past due", days) % {"days": days}
    is_part = 0 < left < invoice.total
    amount = format_money(Money(left, invoice.currency), get_language() or "en")
    remainder = _("%(amount)s of it is left") % {"amount": amount} if is_part else ""
    return DocumentStanding(standing=found, words=words, remainder=remainder)
