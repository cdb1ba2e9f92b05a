"""The form in which a person asks what past periods would have cost under other terms."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.forms import BoundField
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from unfold.widgets import (
    UnfoldAdminDecimalFieldWidget,
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSelectWidget,
)

from invoices.domain.what_if import SupposedPrice, Supposition, WhatIf
from invoices.services.what_if import MOST_PERIODS, objections
from subscriptions.choices import COMMERCIAL_MODELS, EDITIONS, LICENSING_MODELS
from subscriptions.domain.catalog import ProductKind
from subscriptions.domain.policy import Edition
from subscriptions.domain.terms import CommercialModel, LicensingModel
from subscriptions.forms.fields import words_of
from subscriptions.models import Product, Subscription
from subscriptions.selectors.catalog import list_price_books
from subscriptions.selectors.rate_decks import list_rate_decks

AS_AGREED = ("", _("As agreed"))
IN_FORCE = "in-force"
FIGURES = {
    "commitment": pgettext_lazy("quantity", "Committed"),
    "price": _("Price"),
    "overage_price": _("Price above it"),
}
LARGEST = 10**9


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductRow:
    """The fields of one product, in the order of the columns; a product without commitments has only its price."""

    name: str
    fields: list[BoundField | None]


class WhatIfForm(forms.Form):
    """Asks which terms an agreement's last periods are supposed to have had; what is left empty stays as agreed."""

    periods = forms.IntegerField(
        label=_("Closed periods"),
        min_value=1,
        max_value=MOST_PERIODS,
        initial=3,
        widget=UnfoldAdminIntegerFieldWidget,
        help_text=_("How many of the last ones to compare, at most 12."),
    )
    commercial_model = forms.ChoiceField(
        label=_("Commercial model"),
        choices=[AS_AGREED, *COMMERCIAL_MODELS],
        required=False,
        widget=UnfoldAdminSelectWidget,
    )
    licensing_model = forms.ChoiceField(
        label=_("Licensing model"),
        choices=[AS_AGREED, *LICENSING_MODELS],
        required=False,
        widget=UnfoldAdminSelectWidget,
    )
    edition = forms.ChoiceField(
        label=_("Edition"), choices=[AS_AGREED, *EDITIONS], required=False, widget=UnfoldAdminSelectWidget
    )
    ramp_months = forms.IntegerField(
        label=_("Ramp, months"),
        min_value=0,
        max_value=120,
        required=False,
        widget=UnfoldAdminIntegerFieldWidget,
        help_text=_("From the first period of the agreement; empty: as agreed."),
    )
    list_prices = forms.ChoiceField(
        label=_("Prices"),
        required=False,
        widget=UnfoldAdminSelectWidget,
        help_text=_("A price book takes the place of all agreed prices, but for those typed below."),
    )
    rate_deck = forms.ChoiceField(label=_("Rate deck"), required=False, widget=UnfoldAdminSelectWidget)

    def __init__(self, *args: Any, subscription: Subscription, **kwargs: Any) -> None:
        """Offer the books and decks in the agreement's currency, and the products that it may charge."""
        super().__init__(*args, **kwargs)
        self.subscription = subscription
        self.products = list(Product.objects.filter(kind__in=_PRICED_BY_THE_UNIT).order_by("kind", "code"))
        books = [(f"{book.effective_date}", book.name or str(book)) for book in list_price_books(subscription.currency)]
        by_the_book = (IN_FORCE, _("The price book in force at each start"))
        decks = [(f"{deck.pk}", deck.name) for deck in list_rate_decks(subscription.currency)]
        self.fields["list_prices"].choices = [AS_AGREED, by_the_book, *books]  # type: ignore[attr-defined]
        self.fields["rate_deck"].choices = [AS_AGREED, *decks]  # type: ignore[attr-defined]
        for product in self.products:
            for figure, label in FIGURES.items():
                if figure == "price" or product.kind in _COMMITTED:
                    self.fields[f"{figure}:{product.code}"] = _figure_field(f"{product}: {label}")

    def choices_of_terms(self) -> list[BoundField]:
        """Return the fields that are not of a product."""
        return [self[name] for name in self.fields if ":" not in name]

    def supposes_figures(self) -> bool:
        """Tell whether a commitment or a price was typed."""
        return any(self.data.get(name) for name in self.fields if ":" in name)

    def rows(self) -> Iterator[ProductRow]:
        """Yield the fields of each product."""
        for product in self.products:
            names = [f"{figure}:{product.code}" for figure in FIGURES]
            yield ProductRow(name=str(product), fields=[self[name] if name in self.fields else None for name in names])

    def clean(self) -> dict[str, Any]:
        """Refuse terms that could not be compared."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if not self.errors:
            for refusal in objections(self.subscription, self.question()).refusals:
                self.add_error(refusal.field if refusal.field in self.fields else None, words_of(refusal))
        return cleaned

    def question(self) -> WhatIf:
        """Return what is asked; only of a form without errors."""
        typed = self.cleaned_data
        listed = typed["list_prices"]
        return WhatIf(
            periods=typed["periods"],
            supposition=Supposition(
                commercial_model=CommercialModel(typed["commercial_model"]) if typed["commercial_model"] else None,
                licensing_model=LicensingModel(typed["licensing_model"]) if typed["licensing_model"] else None,
                edition=Edition(typed["edition"]) if typed["edition"] else None,
                ramp_months=typed["ramp_months"],
                at_list_prices=bool(listed),
                prices=tuple(self._prices()),
            ),
            list_prices_on=date.fromisoformat(listed) if listed and listed != IN_FORCE else None,
            rate_deck_id=int(typed["rate_deck"]) if typed["rate_deck"] else None,
        )

    def _prices(self) -> Iterator[SupposedPrice]:
        for product in self.products:
            figures: dict[str, Decimal | None] = {
                figure: self.cleaned_data.get(f"{figure}:{product.code}") for figure in FIGURES
            }
            if any(figure is not None for figure in figures.values()):
                yield SupposedPrice(product=product.code, **figures)


_COMMITTED = (ProductKind.LICENSE, ProductKind.ADD_ON)
_PRICED_BY_THE_UNIT = (*_COMMITTED, ProductKind.RESOURCE, ProductKind.NUMBER)


def _figure_field(label: str) -> forms.DecimalField:
    return forms.DecimalField(
        label=label,
        min_value=0,
        max_value=LARGEST,
        decimal_places=6,
        required=False,
        widget=UnfoldAdminDecimalFieldWidget(attrs={"aria-label": label}),
    )
