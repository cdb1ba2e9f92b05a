"""The form in which a person says what to give back of an invoice."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminDecimalFieldWidget,
    UnfoldAdminRadioSelectWidget,
    UnfoldAdminTextareaWidget,
)

from invoices.documents import DocumentLine
from invoices.domain.crediting import CreditedPart, InvoiceLeft, Refusal, Remainder, UncreditableError
from invoices.models import Invoice
from invoices.services.crediting import CreditRequest, check_request, get_left, list_lines, next_place
from subscriptions.domain.formatting import format_money, format_quantity
from subscriptions.forms.texts import TextsForm

WHOLE, BY_LINE = "whole", "lines"

REFUSALS = {
    Refusal.NOTHING_ASKED: _("Say of at least one line how much to give back."),
    Refusal.NOTHING_LEFT: _("Nothing is left of this: it has been credited."),
    Refusal.NO_SUCH_LINE: _("The invoice has no such line."),
    Refusal.BOTH: _("Give a quantity or an amount, not both."),
    Refusal.NOT_ABOVE_ZERO: _("Give more than 0, or leave it empty."),
    Refusal.MORE_THAN_LEFT: _("This is more than is left of the line."),
    Refusal.TOO_FINE: _("The currency has no such small amounts."),
    Refusal.COMES_TO_NOTHING: _("This comes to nothing: give back more."),
    Refusal.MORE_THAN_THE_INVOICE: _("Together this is more than is left of the invoice."),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class LineFields:
    """A line of the invoice with what is left of it, and the two fields for a part of it."""

    line: DocumentLine
    left_quantity: str
    left_amount: str
    quantity: forms.BoundField
    amount: forms.BoundField


class CreditForm(TextsForm):
    """Asks what to give back of an invoice: all that is left of it, or so much of each line; and why."""

    place = forms.IntegerField(widget=forms.HiddenInput)
    scope = forms.ChoiceField(
        label=_("What to give back"),
        choices=[(WHOLE, _("Everything that is left of the invoice")), (BY_LINE, _("Parts of it, by line"))],
        initial=BY_LINE,
        widget=UnfoldAdminRadioSelectWidget,
    )
    reason = forms.CharField(
        label=_("Why"),
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
        help_text=_("Kept with the credit note, for whoever asks later; the customer does not see it."),
    )
    note = forms.CharField(
        label=_("Note to the customer"),
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
        required=False,
        max_length=500,
        help_text=_("Printed on the credit note; may be empty."),
    )

    def __init__(self, *args: Any, invoice: Invoice, **kwargs: Any) -> None:
        """Offer the lines of which something is left."""
        super().__init__(*args, **kwargs)
        self.invoice = invoice
        self.left: InvoiceLeft = get_left(invoice)
        self.fields["place"].initial = next_place(invoice)
        for position, line in self._creditable():
            self.fields[f"quantity_{position}"] = _figure(_("Quantity of line %(line)d") % {"line": position + 1})
            self.fields[f"amount_{position}"] = _figure(_("Amount of line %(line)d") % {"line": position + 1})
            if line.quantity <= 0:
                self.fields[f"quantity_{position}"].disabled = True

    def lines(self) -> Iterator[LineFields]:
        """Yield the lines that can be credited, with their fields."""
        language = get_language() or "en"
        shown = list_lines(self.invoice, language=language)
        for position, line in self._creditable():
            yield LineFields(
                line=shown[position],
                left_quantity=format_quantity(line.quantity, language),
                left_amount=format_money(line.amount, language),
                quantity=self[f"quantity_{position}"],
                amount=self[f"amount_{position}"],
            )

    def clean(self) -> dict[str, Any]:
        """Refuse what is more than is left, at the line it is about."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if not self.errors:
            try:
                check_request(self.left, self.request().parts)
            except UncreditableError as refused:
                self.add_error(self._field(refused.position), REFUSALS[refused.refusal])
        return cleaned

    def request(self) -> CreditRequest:
        """Return what was asked for; only of a valid form."""
        answers = self.cleaned_data
        return CreditRequest(
            place=answers["place"],
            parts=None if answers["scope"] == WHOLE else self._parts(),
            reason=answers["reason"],
            note=answers["note"],
        )

    def _parts(self) -> list[CreditedPart]:
        asked = [
            CreditedPart(
                position=position,
                quantity=self.cleaned_data.get(f"quantity_{position}"),
                amount=self.cleaned_data.get(f"amount_{position}"),
            )
            for position, _line in self._creditable()
        ]
        return [part for part in asked if part.quantity is not None or part.amount is not None]

    def _creditable(self) -> Iterator[tuple[int, Remainder]]:
        return ((position, line) for position, line in enumerate(self.left.lines) if line.may_be_credited)

    def _field(self, position: int | None) -> str | None:
        if position is None:
            return None
        return next(
            (
                name
                for name in (f"quantity_{position}", f"amount_{position}")
                if self.cleaned_data.get(name) is not None
            ),
            None,
        )


def _figure(label: Any) -> forms.DecimalField:
    return forms.DecimalField(
        label=label,
        required=False,
        max_digits=20,
        decimal_places=6,
        min_value=Decimal(0),
        widget=UnfoldAdminDecimalFieldWidget,
    )
