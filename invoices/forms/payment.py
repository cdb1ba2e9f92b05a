"""Forms in which a payment is recorded, spread over invoices, and taken back (BR-80)."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _
from moneyed import Money
from unfold.widgets import UnfoldAdminDecimalFieldWidget, UnfoldAdminTextareaWidget

from invoices.domain.payments import OpenItem, PaymentFault, PaymentMethod, Share
from invoices.models import Payment
from invoices.services.payments import Receipt
from subscriptions.domain.formatting import format_money
from subscriptions.domain.money import exponent
from subscriptions.domain.period import local_date
from subscriptions.selectors import database_now

if TYPE_CHECKING:
    PaymentModelForm = forms.ModelForm[Payment]
else:
    PaymentModelForm = forms.ModelForm

WORDS = {
    PaymentFault.NOT_OPEN: _("Nothing is open of this invoice any more: leave it out."),
    PaymentFault.MORE_THAN_OPEN: _("Enter more than 0 and at most what is open, or leave it empty."),
    PaymentFault.MORE_THAN_THERE_IS: _("More is allocated than there is: lower an amount."),
    PaymentFault.RECORDED_BEFORE: _("A payment of this organization with this reference is recorded already."),
    PaymentFault.REVERSED: _("This payment was reversed."),
    PaymentFault.NO_REASON: _("Say why: the reason is kept with the payment."),
}


class PaymentForm(PaymentModelForm):
    """A sum that came in."""

    class Meta:
        model = Payment
        fields = ("organization", "currency", "amount", "method", "reference", "received_on", "note")
        widgets = {"note": UnfoldAdminTextareaWidget(attrs={"rows": 2})}

    def clean_reference(self) -> str:
        """Read a reference without the spaces around it: it is recorded once."""
        reference: str = self.cleaned_data["reference"].strip()
        return reference

    def clean(self) -> dict[str, Any]:
        """Refuse a sum that is none, money that is yet to come, and parts of a currency's smallest unit."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        amount, currency, day = cleaned.get("amount"), cleaned.get("currency"), cleaned.get("received_on")
        if amount is not None and amount <= 0:
            self.add_error("amount", _("Enter what came in; a payment that bounced is reversed on its own page."))
        if amount is not None and currency and amount != round(amount, exponent(currency)):
            self.add_error("amount", _("%(currency)s has no such fractions.") % {"currency": currency})
        if day is not None and day > local_date(database_now(), time_zone="Pacific/Kiritimati"):
            self.add_error("received_on", _("This day is yet to come: record the money when it is there."))
        return cleaned

    def receipt(self) -> Receipt:
        """Return what was typed; only of a valid form."""
        typed = self.cleaned_data
        return Receipt(
            organization=typed["organization"],
            amount=Money(typed["amount"], typed["currency"]),
            method=PaymentMethod(typed["method"]),
            reference=typed["reference"],
            received_on=typed["received_on"],
            note=typed["note"],
        )


class SharesForm(forms.Form):
    """How much of a sum pays which of the open invoices; an empty field pays nothing."""

    def __init__(
        self, *args: Any, items: Sequence[OpenItem], currency: str, proposed: Sequence[Share] = (), **kwargs: Any
    ) -> None:
        """Take what is open and what is proposed."""
        super().__init__(*args, **kwargs)
        self.items, self.currency = items, currency
        amounts = {share.document_id: share.amount for share in proposed}
        for item in items:
            self.fields[_name(item.document_id)] = forms.DecimalField(
                label=item.number,
                required=False,
                min_value=0,
                decimal_places=exponent(currency),
                max_digits=20,
                initial=amounts.get(item.document_id),
                widget=UnfoldAdminDecimalFieldWidget(attrs={"aria-label": item.number}),
            )

    def rows(self, language: str) -> Iterator[tuple[OpenItem, str, forms.BoundField]]:
        """Yield each open invoice with what is open of it, and the field for its share."""
        for item in self.items:
            yield item, format_money(Money(item.open, self.currency), language), self[_name(item.document_id)]

    def shares(self) -> list[Share]:
        """Return what was typed; only of a valid form."""
        typed = ((item, self.cleaned_data[_name(item.document_id)]) for item in self.items)
        return [Share(document_id=item.document_id, amount=amount) for item, amount in typed if amount]

    def show(self, found: Mapping[int, PaymentFault]) -> None:
        """Show what is wrong, on the invoice to mend if there is one."""
        for document_id, fault in found.items():
            name = _name(document_id)
            self.add_error(name if name in self.fields else None, str(WORDS[fault]))


class ReversalForm(forms.Form):
    """Why a payment is taken back."""

    reason = forms.CharField(
        label=_("Why"),
        widget=UnfoldAdminTextareaWidget,
        help_text=_("Kept with the payment, for whoever asks later: “returned by the bank, insufficient funds”."),
    )


def _name(document_id: int) -> str:
    return f"share-{document_id}"
