"""What releasing an invoice beyond a safety bound means, sentence by sentence: nothing in them depends on the day."""

from collections.abc import Iterator, Sequence

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from invoices.documents.reasons import reason_in_words, stored_reason
from invoices.domain.block import Block
from invoices.domain.draft import InvoiceDraft
from invoices.models import BoundRelease
from subscriptions.documents import printable
from subscriptions.documents.timeline import person_in_words
from subscriptions.domain.formatting import format_money, format_price, format_quantity
from usage.documents import Reader

LINES_NAMED = 20
FINGERPRINT_SHOWN = 16


def release_in_words(
    draft: InvoiceDraft | None, blocks: Sequence[Block], *, fingerprint: str, reader: Reader
) -> Iterator[str]:
    """Yield which bounds an invoice goes beyond, what would be issued, and what tells it from any other."""
    for block in blocks:
        yield printable(reason_in_words(stored_reason(block), product=reader.product))
    if draft is None:
        yield _("The period closes without a document: nothing is due.")
    else:
        yield from _document(draft, reader)
    yield _("Fingerprint of this invoice: %(fingerprint)s. Should it say anything else by then, it is held again.") % {
        "fingerprint": fingerprint[:FINGERPRINT_SHOWN]
    }


def release_of(row: BoundRelease) -> str:
    """Say who found an invoice beyond a safety bound right, and why."""
    words = {
        "by": person_in_words(row.released_by),
        "second": person_in_words(row.approved_by),
        "fingerprint": row.fingerprint[:FINGERPRINT_SHOWN],
        "reason": printable(row.reason),
    }
    return _("%(fingerprint)s, by %(by)s and %(second)s: %(reason)s") % words


def _document(draft: InvoiceDraft, reader: Reader) -> Iterator[str]:
    language = reader.language
    words = {
        "total": format_money(draft.total, language),
        "tax": format_money(draft.tax, language),
        "count": len(draft.lines),
    }
    if draft.is_credit_note:
        sentence = ngettext(
            "A credit note of %(total)s is issued, tax of %(tax)s included, with %(count)s line:",
            "A credit note of %(total)s is issued, tax of %(tax)s included, with %(count)s lines:",
            len(draft.lines),
        )
    else:
        sentence = ngettext(
            "An invoice of %(total)s is issued, tax of %(tax)s included, with %(count)s line:",
            "An invoice of %(total)s is issued, tax of %(tax)s included, with %(count)s lines:",
            len(draft.lines),
        )
    yield sentence % words
    for line in draft.lines[:LINES_NAMED]:
        yield _("%(product)s: %(quantity)s at %(price)s, %(amount)s") % {
            "product": printable(reader.product(line.product)),
            "quantity": format_quantity(line.quantity, language),
            "price": format_price(line.unit_price, draft.currency, language),
            "amount": format_money(line.amount, language),
        }
    more = len(draft.lines) - LINES_NAMED
    if more > 0:
        yield ngettext("and %(count)s more", "and %(count)s more", more) % {"count": more}
