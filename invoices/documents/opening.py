"""What is carried over from an old system in words and figures (ADR 43)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from moneyed import Money

from invoices.choices import OPENING_KINDS
from invoices.documents.document import BankDetails, get_bank_details, get_contacts, get_payment_note
from invoices.domain.moving_in.opening_balances import Opening, OpeningKind, OpeningSums
from invoices.models import Invoice, OpeningBalance
from subscriptions.documents import Fact, printable
from subscriptions.domain.formatting import format_day, format_money
from subscriptions.domain.period import local_date


@dataclass(frozen=True, slots=True, kw_only=True)
class OpeningRow:
    """
    An opening balance as it is shown; `left` is what is open of it now, empty before it is carried over.

    `document_id` is that of the opening item of which something is open, None where there is none.
    """

    kind: str
    number: str
    day: str
    due: str
    amount: str
    left: str
    document_id: int | None


def opening_row(balance: OpeningBalance) -> OpeningRow:
    """Return an opening balance as it is shown, in the language that is active."""
    language = _language()
    document = balance.document
    left = None if document is None else document.balance.open
    return OpeningRow(
        kind=str(dict(OPENING_KINDS)[balance.kind]),
        number=printable(balance.number),
        day=format_day(balance.document_date, language),
        due="" if balance.due_date is None else format_day(balance.due_date, language),
        amount=_money(balance.amount, balance.currency),
        left="" if left is None else _money(left, balance.currency),
        document_id=document.pk if document and left else None,
    )


def opening_points(sums: OpeningSums) -> list[str]:
    """Say what is carried over when an organization goes live, a sentence for invoices and one for credits."""
    if not sums.key:
        return [
            _(
                "No opening balances were entered: what is still to be paid to the old system stays there. Enter them "
                "before, if customers are to pay it here."
            )
        ]
    points = []
    if sums.invoices:
        words = ngettext(
            "%(count)s open invoice of the old system is carried over: %(amounts)s. It keeps its number and due date, "
            "and is owed here from then on.",
            "%(count)s open invoices of the old system are carried over: %(amounts)s. They keep their numbers and due "
            "dates, and are owed here from then on.",
            sums.invoices,
        )
        points.append(words % {"count": sums.invoices, "amounts": _amounts(sums.owed)})
    if sums.credits:
        words = ngettext(
            "%(count)s credit of the old system is carried over: %(amounts)s. It pays nothing until somebody "
            "allocates it.",
            "%(count)s credits of the old system are carried over: %(amounts)s. They pay nothing until somebody "
            "allocates them.",
            sums.credits,
        )
        points.append(words % {"count": sums.credits, "amounts": _amounts(sums.left)})
    points.append(_("No revenue and no tax of them is booked here, and none of them can be edited afterwards."))
    return points


@dataclass(frozen=True, slots=True, kw_only=True)
class OpeningItem:
    """An invoice of the previous system as its payer reads it: what is known of it here, and how it is paid."""

    number: str
    invoice_date: str
    due_date: str
    carried_on: str
    total: str
    remit_to: BankDetails | None
    payment_note: str
    contacts: Sequence[Fact]


def get_opening_item(document: Invoice, *, language: str) -> OpeningItem:
    """Return an opening item as its payer reads it."""
    carried_on = local_date(document.issued_at, time_zone=document.frozen["time_zone"])
    return OpeningItem(
        number=printable(document.number),
        invoice_date=format_day(document.invoice_date, language),
        due_date=format_day(document.due_date, language),
        carried_on=format_day(carried_on, language),
        total=format_money(Money(document.total, document.currency), language),
        remit_to=get_bank_details(document),
        payment_note=get_payment_note(document, language=language),
        contacts=get_contacts(document, language=language),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class OpeningTotal:
    """What a file brings to an organization in one currency."""

    organization: str
    kind: str
    count: int
    amount: str


def opening_totals(openings: Iterable[Opening]) -> list[OpeningTotal]:
    """Return what a file holds by organization, kind and currency; nothing is added across currencies (BR-83)."""
    found: dict[tuple[str, OpeningKind, str], tuple[int, Decimal]] = {}
    for opening in openings:
        key = (opening.organization, opening.kind, opening.currency)
        count, amount = found.get(key, (0, Decimal(0)))
        found[key] = count + 1, amount + opening.amount
    return [
        OpeningTotal(
            organization=organization,
            kind=str(dict(OPENING_KINDS)[kind.value]),
            count=count,
            amount=_money(amount, currency),
        )
        for (organization, kind, currency), (count, amount) in sorted(found.items())
    ]


def sums_in_words(sums: OpeningSums) -> Sequence[tuple[str, str]]:
    """Return label and amounts of what is owed, and of what is left."""
    shown = [(_("Open invoices"), sums.owed), (_("Credits left"), sums.left)]
    return [(label, _amounts(amounts)) for label, amounts in shown if amounts]


def _amounts(amounts: Mapping[str, Decimal]) -> str:
    return ", ".join(_money(amount, currency) for currency, amount in amounts.items())


def _money(amount: Decimal, currency: str) -> str:
    return format_money(Money(amount, currency), _language())


def _language() -> str:
    return get_language() or "en"
