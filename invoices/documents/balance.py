"""How a document stands today, in words: paid, open, past due, partly paid, or a credit that is left (BR-82)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from moneyed import Money

from invoices.choices import STANDINGS, DocumentType
from invoices.domain.ageing import Standing, standing
from invoices.models import Allocation, Invoice
from subscriptions.domain.formatting import format_day, format_money
from subscriptions.domain.period import local_date


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentStanding:
    """A document's standing, its words, and what remains of it if that is a part."""

    standing: Standing
    words: str
    remainder: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """What is still to be paid of an invoice, or that it is paid, and what has paid of it when."""

    label: str
    amount: str
    of_total: str
    paid_by: Sequence[str]


def settlement_of(invoice: Invoice) -> Settlement | None:
    """Return how an invoice, read with its balance, is settled; None for a credit note, and where nothing has paid."""
    if invoice.document_type == DocumentType.CREDIT_NOTE or invoice.balance.open == invoice.total:
        return None
    language, left = get_language() or "en", invoice.balance.open
    total = format_money(Money(invoice.total, invoice.currency), language)
    return Settlement(
        label=_("Amount due") if left else _("Amount paid"),
        amount=format_money(Money(left, invoice.currency), language) if left else total,
        of_total=_("of %(total)s") % {"total": total} if left else "",
        paid_by=[
            _("%(amount)s on %(day)s: %(what)s")
            % {
                "amount": format_money(Money(amount, invoice.currency), language),
                "day": format_day(day, language),
                "what": what,
            }
            for day, what, amount in _parts_paid(invoice)
        ],
    )


def _parts_paid(invoice: Invoice) -> list[tuple[date, str, Decimal]]:
    """Return what each payment and credit note pays of an invoice, and when; what was reversed pays nothing."""
    paid: dict[tuple[date, str], Decimal] = {}
    for part in (
        Allocation.objects.filter(invoice=invoice).select_related("payment", "credit_note").defer("credit_note__frozen")
    ):
        key = _source(part)
        paid[key] = paid.get(key, Decimal(0)) + part.amount
    return [(day, what, amount) for (day, what), amount in sorted(paid.items()) if amount]


def _source(part: Allocation) -> tuple[date, str]:
    if part.payment is None:
        note = part.credit_note
        assert note is not None
        return note.invoice_date, _("credit note %(number)s") % {"number": note.number}
    words = {"method": part.payment.get_method_display(), "reference": part.payment.reference}
    return part.payment.received_on, _("%(method)s %(reference)s") % words


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
