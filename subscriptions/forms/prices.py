"""The forms of agreed prices and allowances, in a quote and in the subscription made of it (BR-12, BR-40)."""

from collections.abc import Iterator
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from subscriptions.domain.catalog import FAIR_USE_RESOURCES, ONE_TIME_KINDS, ProductKind
from subscriptions.domain.violations import violations
from subscriptions.forms.fields import words_of
from subscriptions.models import (
    AgreedPriceRow,
    Product,
    Quote,
    QuoteAllowance,
    QuotePrice,
    Subscription,
    SubscriptionAllowance,
    SubscriptionPrice,
)
from subscriptions.selectors.quotes import subscription_of
from subscriptions.selectors.terms import terms_of

if TYPE_CHECKING:
    PriceModelForm = forms.ModelForm[Any]
    AllowanceModelForm = forms.ModelForm[Any]
    PriceInlineFormSet = forms.BaseInlineFormSet[Any, Any, PriceModelForm]
else:
    PriceModelForm = AllowanceModelForm = forms.ModelForm
    from unfold.forms import PaginationInlineFormSet as PriceInlineFormSet


class AgreedPriceForm(PriceModelForm):
    """What was agreed for one product; what is bought once has no price a month."""

    def clean_product(self) -> Product:
        """Refuse what is sold by order."""
        product: Product = self.cleaned_data["product"]
        if product.kind in ONE_TIME_KINDS:
            raise ValidationError(_("This is bought once: it is quoted as a one-time item, not priced by the month."))
        return product


class SubscriptionPriceForm(AgreedPriceForm):
    """What was agreed for one product."""

    class Meta:
        model = SubscriptionPrice
        fields = "__all__"


class QuotePriceForm(AgreedPriceForm):
    """What is offered for one product."""

    class Meta:
        model = QuotePrice
        fields = "__all__"


class AgreedPriceFormSet(PriceInlineFormSet):
    """What was agreed for each product; the faults between products are found here (BR-12)."""

    def clean(self) -> None:
        """Show everything that forbids the prices, on the row to mend if there is one."""
        super().clean()
        rows = {form.cleaned_data["product"].code: form for form in self._rows()}
        agreement = self._agreement()
        if agreement is None:
            return
        terms = terms_of(agreement, prices=[self._typed(form) for form in rows.values()])
        found = [
            violation
            for violation in violations(terms, regions=["one"], multi_shift=True)
            if violation.field.startswith("prices")
        ]
        for violation in found:
            row = rows.get(violation.field.removeprefix("prices."))
            if row is not None:
                row.add_error(None, words_of(violation))
        whole = [words_of(violation) for violation in found if violation.field == "prices"]
        if whole:
            raise ValidationError(whole)

    def _agreement(self) -> Subscription | None:
        """Return the agreement as typed; None as long as a field that the rules need is empty or wrong."""
        agreement: Subscription = self.instance
        needed = (agreement.effective_date, agreement.commercial_model, agreement.licensing_model)
        return agreement if all(needed) else None

    def _rows(self) -> Iterator[PriceModelForm]:
        for form in self.forms:
            cleaned = getattr(form, "cleaned_data", {})
            # A row that may only be read is not typed: it carries what is stored.
            if isinstance(cleaned.get("product"), Product) and not cleaned.get("DELETE"):
                yield form

    def _typed(self, form: PriceModelForm) -> AgreedPriceRow:
        cleaned = form.cleaned_data
        return SubscriptionPrice(
            product=cleaned["product"],
            commitment=cleaned.get("commitment") or Decimal(0),
            price=cleaned.get("price"),
            overage_price=cleaned.get("overage_price"),
            setup_price=cleaned.get("setup_price"),
        )


class QuotePriceFormSet(AgreedPriceFormSet):
    """What is offered for each product of a new agreement."""

    def clean(self) -> None:
        """Refuse prices by the month without an agreement that they belong to."""
        super().clean()
        if self.instance.effective_date is None and any(True for _row in self._rows()):
            raise ValidationError(
                _("These prices belong to a new agreement: say above when it begins, how it is billed and licensed.")
            )

    def _agreement(self) -> Subscription | None:
        quote: Quote = self.instance
        return None if quote.effective_date is None else subscription_of(quote)


class AgreedAllowanceForm(AllowanceModelForm):
    """What one seat brings of a fair-use resource, instead of the catalog's (BR-40)."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Offer licenses and add-ons, and what they bring an allowance of."""
        super().__init__(*args, **kwargs)
        seats = Product.objects.filter(kind__in=(ProductKind.LICENSE, ProductKind.ADD_ON))
        resources = Product.objects.filter(code__in=FAIR_USE_RESOURCES)
        for name, products in (("product", seats), ("resource", resources)):
            field = self.fields.get(name)
            if isinstance(field, forms.ModelChoiceField):
                field.queryset = products

    def clean_quantity(self) -> Decimal:
        """Refuse less than nothing."""
        quantity: Decimal = self.cleaned_data["quantity"]
        if quantity < 0:
            raise ValidationError(_("An allowance is not negative; write 0 if a seat brings nothing."))
        return quantity


class SubscriptionAllowanceForm(AgreedAllowanceForm):
    """What one seat of an agreement brings."""

    class Meta:
        model = SubscriptionAllowance
        fields = ("product", "resource", "quantity")


class QuoteAllowanceForm(AgreedAllowanceForm):
    """What one seat of an agreement is offered to bring."""

    class Meta:
        model = QuoteAllowance
        fields = ("product", "resource", "quantity")
