"""The way from a document's total to that of the next one, in words: what changed, and by how much."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from moneyed import Money

from invoices.choices import DocumentType
from invoices.domain.bridge import Bill, Cause, Part, bridge
from invoices.domain.charge import ChargeKind
from invoices.models import Invoice
from invoices.selectors.billed import charge_of
from invoices.selectors.issued import find_document_before
from subscriptions.documents import printable
from subscriptions.domain.formatting import format_day, format_money, format_price, format_quantity
from subscriptions.models.shown import shown_product


@dataclass(frozen=True, slots=True, kw_only=True)
class BridgeRow:
    """One reason, and by how much it changed the total."""

    words: str
    amount: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BridgeDocument:
    """The document before, the reasons, and both totals; a credit note's are less than nothing."""

    before: Invoice
    total_before: str
    rows: tuple[BridgeRow, ...]
    total: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Telling:
    """What the words of a part need beside it."""

    names: Mapping[str, str]
    number_before: str
    language: str


def find_bridge(invoice: Invoice, *, language: str) -> BridgeDocument | None:
    """
    Return what changed since the document before, None if there is none to compare with.

    Words are in the language that is active, figures in `language`.
    """
    before = find_document_before(invoice)
    if before is None:
        return None
    lines = [*before.lines.all(), *invoice.lines.all()]
    telling = _Telling(
        names={line.product: printable(shown_product(line.product, line.description)) for line in lines},
        number_before=printable(before.number),
        language=language,
    )
    was, now = _bill(before), _bill(invoice)
    parts = bridge(before=was, after=now)
    return BridgeDocument(
        before=before,
        total_before=format_money(was.total, language),
        rows=tuple(
            BridgeRow(
                words=_words(part, telling), amount=_signed(format_money(part.amount, language), part.amount.amount)
            )
            for part in parts
        ),
        total=format_money(now.total, language),
    )


def _bill(invoice: Invoice) -> Bill:
    sign = -1 if invoice.document_type == DocumentType.CREDIT_NOTE else 1
    return Bill(
        charges=[charge_of(line) for line in invoice.lines.all()], tax=Money(sign * invoice.tax, invoice.currency)
    )


def _words(part: Part, telling: _Telling) -> str:
    if part.cause is Cause.TAX:
        return _("Tax")
    if part.cause in {Cause.CORRECTED, Cause.CORRECTED_BEFORE}:
        return _corrections(part, telling)
    what = _subject(part, telling)
    if part.cause is Cause.PRICE and part.price is not None and part.since is not None:
        price = format_price(part.price, part.amount.currency.code, telling.language)
        day = format_day(part.since, telling.language)
        return _("New price from %(day)s: %(price)s for %(what)s") % {"day": day, "price": price, "what": what}
    if part.change is None:
        return _("%(what)s: other numbers or days") % {"what": what}
    change = _signed(format_quantity(part.change, telling.language), part.change)
    if part.cause is Cause.MONTHS:
        words = ngettext(
            "%(what)s: %(change)s month in advance", "%(what)s: %(change)s months in advance", _count(part)
        )
        return words % {"what": what, "change": change}
    if part.kind is ChargeKind.VOICE:
        return _("Calls: %(change)s min, each at its rate") % {"change": change}
    words = {
        Cause.ADDED: _("Not charged before: %(quantity)s %(what)s"),
        Cause.ENDED: _("No longer charged: %(quantity)s %(what)s"),
    }.get(part.cause, "%(change)s %(what)s")
    quantity = format_quantity(abs(part.change), telling.language)
    return words % {"change": change, "quantity": quantity, "what": what}


def _corrections(part: Part, telling: _Telling) -> str:
    count = _count(part)
    if part.cause is Cause.CORRECTED:
        words = ngettext(
            "One late correction of an earlier period", "%(count)s late corrections of earlier periods", count
        )
        return words % {"count": count}
    words = ngettext(
        "The correction on %(number)s, which was for once",
        "The %(count)s corrections on %(number)s, which were for once",
        count,
    )
    return words % {"count": count, "number": telling.number_before}


def _subject(part: Part, telling: _Telling) -> str:
    words = {
        ChargeKind.PREPAY: _("%(product)s in the commitment"),
        ChargeKind.OVERAGE: _("%(product)s over the commitment"),
        ChargeKind.FAIR_USE: _("%(product)s above the fair-use allotment"),
        ChargeKind.CALL_PORTS: _("%(product)s above the included call ports"),
        ChargeKind.NUMBER_SETUP: _("%(product)s set up"),
    }
    name = telling.names.get(part.product, part.product)
    return (words.get(part.kind, "%(product)s") if part.kind else "%(product)s") % {"product": name}


def _count(part: Part) -> int:
    return abs(int(part.change or 0))


def _signed(text: str, value: Decimal) -> str:
    return f"+{text}" if value > 0 else text
