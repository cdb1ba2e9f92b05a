"""Forms in which a payment is recorded, spread over invoices, and taken back (BR-80)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from moneyed import Money
from unfold.widgets import (
    UnfoldAdminDecimalFieldWidget,
    UnfoldAdminFileFieldWidget,
    UnfoldAdminSingleDateWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from invoices.choices import METHODS_OF_MONEY
from invoices.domain.payments import Certificate, OpenItem, PaymentFault, PaymentMethod, Share
from invoices.models import Payment
from invoices.services.payments import Receipt
from subscriptions.domain.formatting import format_money
from subscriptions.domain.money import at_precision, exponent
from subscriptions.domain.period import local_date
from subscriptions.forms.texts import TextsForm
from subscriptions.models import Organization
from subscriptions.selectors.clock import database_now

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
    PaymentFault.WITHHELD_OF_NOTHING: _(
        "Tax was withheld from invoices: allocate at least that much to them; only money can stay as credit."
    ),
    PaymentFault.NO_REASON: _("Say why: the reason is kept with the payment."),
}


class WithheldFields(TextsForm):
    """What the payer withheld as tax, and the certificate for it as far as it is there."""

    withheld = forms.DecimalField(
        label=_("Tax withheld"),
        required=False,
        min_value=0,
        max_digits=20,
        decimal_places=2,
        widget=UnfoldAdminDecimalFieldWidget,
        help_text=_("What the payer kept back for their tax authority, beside the amount that came in."),
    )
    certificate_number = forms.CharField(
        label=_("Number of the certificate"),
        required=False,
        max_length=100,
        widget=UnfoldAdminTextInputWidget,
        help_text=_("Leave it empty as long as the certificate is awaited."),
    )
    certificate_date = forms.DateField(
        label=_("Date of the certificate"), required=False, widget=UnfoldAdminSingleDateWidget
    )

    def check_withheld(self, currency: str | None) -> None:
        """Refuse what is no sum of its currency, and half a certificate."""
        withheld = self.cleaned_data.get("withheld")
        if withheld and currency and withheld != round(withheld, exponent(currency)):
            self.add_error("withheld", _("%(currency)s has no such fractions.") % {"currency": currency})
        number, dated = self.cleaned_data.get("certificate_number"), self.cleaned_data.get("certificate_date")
        if (number or dated) and not withheld and "withheld" not in self.errors:
            self.add_error("withheld", _("Enter what the certificate says was withheld."))
        if number and not dated and "certificate_date" not in self.errors:
            self.add_error("certificate_date", _("Enter the date of the certificate, too."))
        if dated and not number:
            self.add_error("certificate_number", _("Enter the number of the certificate, too."))

    def withheld_amount(self) -> Decimal:
        """Return what was withheld; only of a valid form."""
        return self.cleaned_data.get("withheld") or Decimal(0)

    def certificate(self) -> Certificate | None:
        """Return the certificate, if it is there; only of a valid form."""
        number = self.cleaned_data.get("certificate_number", "").strip()
        return Certificate(number=number, dated=self.cleaned_data["certificate_date"]) if number else None


class PaymentForm(WithheldFields, PaymentModelForm):
    """A sum that came in, and what its payer withheld."""

    class Meta:
        model = Payment
        fields = ("organization", "currency", "amount", "method", "reference", "received_on", "note")
        widgets = {"note": UnfoldAdminTextareaWidget(attrs={"rows": 2})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Offer the ways in which money comes in; what was carried over from an old system is not typed."""
        super().__init__(*args, **kwargs)
        if "method" not in self.fields:
            return
        offered = {value for value, _words in METHODS_OF_MONEY}
        choices = self.fields["method"].choices  # type: ignore[attr-defined]
        self.fields["method"].choices = [  # type: ignore[attr-defined]
            choice for choice in choices if choice[0] in offered or not choice[0]
        ]

    def clean_reference(self) -> str:
        """Read a reference without the spaces around it: it is recorded once."""
        reference: str = self.cleaned_data["reference"].strip()
        return reference

    def clean(self) -> dict[str, Any]:
        """Refuse what is no sum of its currency, money that is yet to come, and what is recorded already."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        amount, currency, day = cleaned.get("amount"), cleaned.get("currency"), cleaned.get("received_on")
        if amount is not None and amount <= 0:
            self.add_error("amount", _("Enter what came in; a payment that bounced is reversed on its own page."))
        if amount is not None and currency and amount != round(amount, exponent(currency)):
            self.add_error("amount", _("%(currency)s has no such fractions.") % {"currency": currency})
        if day is not None and day > local_date(database_now(), time_zone="Pacific/Kiritimati"):
            self.add_error("received_on", _("This day is yet to come: record the money when it is there."))
        organization, reference = cleaned.get("organization"), cleaned.get("reference")
        if Payment.objects.filter(organization=organization, reference=reference, reversed_at=None).exists():
            self.add_error("reference", WORDS[PaymentFault.RECORDED_BEFORE])
        self.check_withheld(currency)
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
            withheld=self.withheld_amount(),
            certificate=self.certificate(),
        )


class AssignForm(WithheldFields):
    """Whose payment a movement on a bank account is."""

    field_order = ("organization", "withheld", "certificate_number", "certificate_date")

    def __init__(
        self, *args: Any, among: QuerySet[Organization], chooser: forms.Widget, currency: str, **kwargs: Any
    ) -> None:
        """Offer the organizations of the person who chooses, in the way of the page."""
        super().__init__(*args, **kwargs)
        self.currency = currency
        choice: forms.ModelChoiceField[Organization] = forms.ModelChoiceField(
            queryset=among,
            label=_("Organization"),
            widget=chooser,
        )
        self.fields["organization"] = choice
        self.order_fields(self.field_order)

    def clean(self) -> dict[str, Any]:
        """Refuse what is no sum of its currency, and half a certificate."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        self.check_withheld(self.currency)
        return cleaned


LARGEST_CERTIFICATE = 5 * 1024 * 1024
CERTIFICATE_KINDS = {b"%PDF-": "application/pdf", b"\x89PNG\r\n\x1a\n": "image/png", b"\xff\xd8\xff": "image/jpeg"}
"""What a certificate may be, by how its content begins."""


class CertificateForm(TextsForm):
    """The certificate for tax that a payer withheld."""

    number = forms.CharField(label=_("Number of the certificate"), max_length=100, widget=UnfoldAdminTextInputWidget)
    dated = forms.DateField(label=_("Date of the certificate"), widget=UnfoldAdminSingleDateWidget)
    file = forms.FileField(
        label=_("File"),
        required=False,
        widget=UnfoldAdminFileFieldWidget,
        help_text=_("The certificate as PDF, PNG or JPEG, if there is one; at most 5 MB."),
    )

    def clean_file(self) -> "UploadedFile[bytes] | None":
        """Refuse what is too large, or no document."""
        file: UploadedFile[bytes] | None = self.cleaned_data["file"]
        if file is None:
            return None
        if file.size is None or file.size > LARGEST_CERTIFICATE:
            raise forms.ValidationError(_("The file is too large: at most 5 MB can be kept."))
        beginning = file.read(16)
        file.seek(0)
        if not any(beginning.startswith(mark) for mark in CERTIFICATE_KINDS):
            raise forms.ValidationError(_("This is no PDF, PNG or JPEG: scan the certificate as one of these."))
        return file


@dataclass(frozen=True, slots=True, kw_only=True)
class ShareRow:
    """An open invoice on the page of a payment, with what the shown shares leave open of it."""

    item: OpenItem
    open: str
    field: forms.BoundField
    stays: str


class SharesForm(TextsForm):
    """How much of a sum pays which of the open invoices; an empty field pays nothing."""

    def __init__(
        self, *args: Any, items: Sequence[OpenItem], currency: str, proposed: Sequence[Share] = (), **kwargs: Any
    ) -> None:
        """Take what is open and what is proposed."""
        super().__init__(*args, **kwargs)
        self.items, self.currency, self.proposed = items, currency, proposed
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

    def rows(self, language: str) -> Iterator[ShareRow]:
        """Yield each open invoice: what is open of it, the field for its share, and what stays open after it."""
        paid = {share.document_id: share.amount for share in self.shown()}
        for item in self.items:
            stays = Money(item.open - paid.get(item.document_id, Decimal(0)), self.currency)
            yield ShareRow(
                item=item,
                open=format_money(Money(item.open, self.currency), language),
                field=self[_name(item.document_id)],
                stays=format_money(stays, language),
            )

    def shown(self) -> Sequence[Share]:
        """Return the shares whose effect is shown: those typed, none if they are wrong, and at first those proposed."""
        if not self.is_bound:
            return self.proposed
        return self.shares() if self.is_valid() else []

    def written(self) -> str:
        """Return the shares that the page shows, so that they can be compared with what is sent back."""
        return ",".join(
            f"{share.document_id}:{at_precision(Money(share.amount, self.currency))}" for share in self.shown()
        )

    def shares(self) -> list[Share]:
        """Return what was typed; only of a valid form."""
        typed = ((item, self.cleaned_data[_name(item.document_id)]) for item in self.items)
        return [Share(document_id=item.document_id, amount=amount) for item, amount in typed if amount]

    def show(self, found: Mapping[int, PaymentFault]) -> None:
        """Show what is wrong, on the invoice to mend if there is one."""
        for document_id, fault in found.items():
            name = _name(document_id)
            self.add_error(name if name in self.fields else None, str(WORDS[fault]))


class ReversalForm(TextsForm):
    """Why a payment is taken back."""

    reason = forms.CharField(
        label=_("Why"),
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
        help_text=_("Kept with the payment, for whoever asks later: “returned by the bank, insufficient funds”."),
    )


class NoticeForm(TextsForm):
    """What was done about a notice of a gateway that did not fit."""

    reason = forms.CharField(
        label=_("What was done about it"),
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
        help_text=_("For instance: refunded at Stripe, recorded as a payment, or left as credit, and why."),
    )


def _name(document_id: int) -> str:
    return f"share-{document_id}"
