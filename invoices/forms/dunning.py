"""Forms in which reminders are stopped and started again, and promises to pay recorded and taken back (BR-82)."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from moneyed import Money
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminDateWidget,
    UnfoldAdminDecimalFieldWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from invoices.models import Invoice
from invoices.services.dunning import stop_violations
from invoices.services.promises import Promised, promise_violations
from subscriptions.domain.formatting import format_day, format_money
from subscriptions.forms.fields import words_of
from subscriptions.forms.texts import TextsForm
from subscriptions.models import Organization
from subscriptions.selectors.clock import database_now


class StopForm(TextsForm):
    """Why an organization is not reminded, and until when."""

    reason = forms.CharField(
        label=_("Why"),
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
        help_text=_("Kept with the organization, for whoever asks later."),
    )
    until = forms.DateField(
        label=_("Until the end of"),
        required=False,
        widget=UnfoldAdminDateWidget,
        help_text=_("Empty: until somebody starts them again."),
    )

    def __init__(self, *args: Any, organization: Organization, **kwargs: Any) -> None:
        """Take whose reminders they are."""
        super().__init__(*args, **kwargs)
        self.organization = organization

    def clean(self) -> dict[str, Any]:
        """Refuse what the service would, and say it where it is typed."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        for violation in stop_violations(self.organization, until=cleaned.get("until"), now=database_now()):
            self.add_error(violation.field if violation.field in self.fields else None, words_of(violation))
        return cleaned


class StartForm(TextsForm):
    """Why an organization is reminded again."""

    reason = forms.CharField(
        label=_("Why"),
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
        help_text=_("Kept with the organization, for whoever asks later."),
    )


class PromiseForm(TextsForm):
    """What a customer promised to pay, who said so, and for which day."""

    invoices = forms.MultipleChoiceField(
        label=_("Invoices"),
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        error_messages={"required": _("Choose at least one invoice.")},
    )
    promised_on = forms.DateField(
        label=_("Promised for"),
        widget=UnfoldAdminDateWidget,
        help_text=_("The day on which the money is to be there; reminders wait until the day after it."),
    )
    amount = forms.DecimalField(
        label=_("Amount"),
        required=False,
        max_digits=20,
        decimal_places=2,
        widget=UnfoldAdminDecimalFieldWidget,
        help_text=_("Empty: all that is open of these invoices."),
    )
    promised_by = forms.CharField(
        label=_("Who promised it"), max_length=200, widget=UnfoldAdminTextInputWidget, help_text=_("At the customer.")
    )
    note = forms.CharField(
        label=pgettext_lazy("field", "Note"), required=False, widget=UnfoldAdminTextareaWidget(attrs={"rows": 3})
    )

    def __init__(
        self, *args: Any, organization: Organization, open_invoices: Sequence[Invoice], language: str, **kwargs: Any
    ) -> None:
        """Take whose promise it is, and what is open."""
        super().__init__(*args, **kwargs)
        self.organization = organization
        field: Any = self.fields["invoices"]
        field.choices = [(str(invoice.pk), _described(invoice, language)) for invoice in open_invoices]

    def clean(self) -> dict[str, Any]:
        """Refuse what the service would, and say it where it is typed."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if not self.errors:
            for violation in promise_violations(self.promised(), now=database_now()):
                self.add_error(violation.field if violation.field in self.fields else None, words_of(violation))
        return cleaned

    def promised(self) -> Promised:
        """Return what was typed."""
        typed = self.cleaned_data
        return Promised(
            organization=self.organization,
            invoice_ids=[int(pk) for pk in typed["invoices"]],
            amount=typed["amount"],
            promised_on=typed["promised_on"],
            promised_by=typed["promised_by"],
            note=typed["note"],
        )


class WithdrawalForm(TextsForm):
    """Why a promise does not stand any more."""

    reason = forms.CharField(
        label=_("Why"),
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
        help_text=_("Kept with the promise, for whoever asks later."),
    )


def _described(invoice: Invoice, language: str) -> str:
    words = _("%(number)s: %(amount)s open, due %(day)s")
    return words % {
        "number": invoice.number,
        "amount": format_money(Money(invoice.balance.open, invoice.currency), language),
        "day": format_day(invoice.due_date, language),
    }
