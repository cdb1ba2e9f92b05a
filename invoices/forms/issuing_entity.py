"""The form of who invoices, where it is known which numbers are taken."""

from typing import Any

from invoices.services.numbering import prefix_violations
from subscriptions.forms import IssuingEntityForm
from subscriptions.forms.fields import words_of


class NumberedIssuingEntityForm(IssuingEntityForm):
    """Who invoices, with numbers that name one document each."""

    def clean(self) -> dict[str, Any] | None:
        """Refuse prefixes with which a series would come to a number that is taken (BR-75)."""
        cleaned = super().clean()
        typed = self.cleaned_data
        if "invoice_prefix" in typed and "credit_note_prefix" in typed:
            for violation in prefix_violations(
                self.instance, invoice_prefix=typed["invoice_prefix"], credit_note_prefix=typed["credit_note_prefix"]
            ):
                self.add_error(violation.field, words_of(violation))
        return cleaned
