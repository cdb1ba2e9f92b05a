"""The forms of a quote, its one-time items, and of what the customer says to it (BR-12, BR-13, BR-52)."""

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelect2Widget, UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from subscriptions.domain.catalog import ONE_TIME_KINDS
from subscriptions.forms.fields import filled_in, time_zones, within_reach, words_of
from subscriptions.forms.texts import TextsForm
from subscriptions.models import Product, Quote, QuoteItem
from subscriptions.selectors.quotes import subscription_of
from subscriptions.selectors.terms import terms_of
from subscriptions.services.agreements import find_terms_violations
from subscriptions.services.quotes import Answer

if TYPE_CHECKING:
    QuoteModelForm = forms.ModelForm[Quote]
    ItemModelForm = forms.ModelForm[QuoteItem]
else:
    QuoteModelForm = ItemModelForm = forms.ModelForm

AGREEMENT = ("effective_date", "commercial_model", "licensing_model")
"""What a new agreement cannot be without; all of it is given, or none."""

ON_THE_FORM = {"regions": "organization"}


class QuoteForm(QuoteModelForm):
    """
    What is offered, apart from items and prices.

    The faults of prices are found by their own formset, so that both are shown at once.
    """

    time_zone = forms.ChoiceField(
        label=_("Time zone"),
        choices=time_zones,
        widget=UnfoldAdminSelect2Widget,
        initial="America/New_York",
        help_text=_("The billing time zone: the quote expires, and billing periods begin, at its midnight."),
    )

    class Meta:
        model = Quote
        fields = "__all__"
        widgets = {"notes": UnfoldAdminTextareaWidget(attrs={"rows": 3})}

    def clean_effective_date(self) -> date | None:
        """Refuse a day that no period can be counted from."""
        day: date | None = self.cleaned_data["effective_date"]
        if day is not None:
            within_reach(day)
        return day

    def clean_valid_days(self) -> int:
        """Refuse a quote that expires before the customer can read it."""
        return _at_least_one(self.cleaned_data["valid_days"], _("A quote is valid for at least 1 day."))

    def clean_term_months(self) -> int:
        """Refuse a term without a month."""
        return _at_least_one(self.cleaned_data["term_months"], _("A term has at least 1 month."))

    def clean(self) -> dict[str, Any]:
        """Show everything that forbids the agreement that is offered (BR-12, BR-13)."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        missing = [name for name in AGREEMENT if not cleaned.get(name)]
        if missing and len(missing) < len(AGREEMENT):
            for name in missing:
                if name not in self.errors:
                    self.add_error(name, _("A new agreement needs this as well; to offer none, leave all three empty."))
        draft = filled_in(self.instance, cleaned)
        if not missing and draft.organization_id:
            agreement = subscription_of(draft)
            for violation in find_terms_violations(agreement, terms_of(agreement, prices=())):
                place = ON_THE_FORM.get(violation.field, violation.field)
                self.add_error(place if place in self.fields else None, words_of(violation))
        return cleaned


class QuoteItemForm(ItemModelForm):
    """A service or hardware, bought once."""

    class Meta:
        model = QuoteItem
        fields = ("product", "quantity", "price")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Offer what is bought once."""
        super().__init__(*args, **kwargs)
        product = self.fields.get("product")
        if isinstance(product, forms.ModelChoiceField):
            product.queryset = Product.objects.filter(kind__in=ONE_TIME_KINDS)

    def clean_quantity(self) -> Decimal:
        """Refuse nothing."""
        quantity: Decimal = self.cleaned_data["quantity"]
        if quantity <= 0:
            raise ValidationError(_("Enter more than 0."))
        return quantity

    def clean_price(self) -> Decimal:
        """Refuse a price below zero."""
        price: Decimal = self.cleaned_data["price"]
        if price < 0:
            raise ValidationError(_("A price is not negative; a credit is given by a credit note."))
        return price


class AcceptanceForm(TextsForm):
    """How the customer accepted."""

    customer = forms.CharField(
        label=_("Who accepted"),
        max_length=200,
        widget=UnfoldAdminTextInputWidget,
        help_text=_("Name and position at the customer."),
    )
    words = forms.CharField(
        label=_("How"),
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
        help_text=_("Such as “signed PDF by e-mail of March 2”; kept for whoever asks later."),
    )
    po_number = forms.CharField(
        label=_("Purchase order"),
        max_length=60,
        required=False,
        widget=UnfoldAdminTextInputWidget,
        help_text=_("Printed on the invoices of the new agreement; empty: none."),
    )

    def answer(self) -> Answer:
        """Return what was typed; only of a valid form."""
        return Answer(**self.cleaned_data)


class RefusalForm(TextsForm):
    """Why the customer declined."""

    words = forms.CharField(
        label=_("Why"),
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
        help_text=_("Kept for whoever asks later."),
    )
    customer = forms.CharField(
        label=_("Who said so"), max_length=200, required=False, widget=UnfoldAdminTextInputWidget
    )

    def answer(self) -> Answer:
        """Return what was typed; only of a valid form."""
        return Answer(**self.cleaned_data)


def _at_least_one(number: int, otherwise: Any) -> int:
    if number < 1:
        raise ValidationError(otherwise)
    return number
