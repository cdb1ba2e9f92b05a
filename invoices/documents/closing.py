"""What closing a cycle that is held would issue, sentence by sentence, before a person has it closed (BR-72)."""

from collections.abc import Iterator

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from invoices.documents.preview import PreviewDocument


def closing_in_words(preview: PreviewDocument) -> Iterator[str]:
    """Yield what would be issued and when it is due, or what keeps the cycle waiting."""
    yield _("As of %(moment)s:") % {"moment": preview.as_of}
    if preview.obstacles.named:
        yield _("It would stay held, because of this:")
        yield from (obstacle.message for obstacle in preview.obstacles.named)
        if preview.obstacles.more:
            more = ngettext("and %(count)s more", "and %(count)s more", preview.obstacles.more)
            yield more % {"count": preview.obstacles.more}
        return
    document = preview.document
    if document is None:
        yield _("The period closes without a document: nothing is due.")
    else:
        words = {"total": document.total, "date": document.invoice_date, "due": document.due_date}
        if document.is_credit_note:
            yield _("A credit note of %(total)s is issued, dated %(date)s.") % words
        else:
            yield _("An invoice of %(total)s is issued, dated %(date)s and due %(due)s.") % words
        yield _("What is issued cannot be taken back, only credited.")
    if preview.left_out.named:
        left_out = ngettext(
            "%(count)s doubtful charge is left out; it follows with a later invoice once it is mended.",
            "%(count)s doubtful charges are left out; they follow with a later invoice once they are mended.",
            len(preview.left_out.named) + preview.left_out.more,
        )
        yield left_out % {"count": len(preview.left_out.named) + preview.left_out.more}
