"""The forms of one-time purchases: an order, and what of it has shipped (BR-50, BR-51)."""

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Sum
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from subscriptions.domain.catalog import ONE_TIME_KINDS, ProductKind
from subscriptions.domain.formatting import format_quantity
from subscriptions.models import Order, Product, Shipment

if TYPE_CHECKING:
    OrderModelForm = forms.ModelForm[Order]
    ShipmentModelForm = forms.ModelForm[Shipment]
    ShipmentInlineFormSet = forms.BaseInlineFormSet[Shipment, Order, ShipmentModelForm]
else:
    OrderModelForm = ShipmentModelForm = forms.ModelForm
    from unfold.forms import PaginationInlineFormSet as ShipmentInlineFormSet


class OrderForm(OrderModelForm):
    """What was ordered, at which price."""

    class Meta:
        model = Order
        fields = ("subscription", "product", "quantity", "price", "processed_on")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Offer what is bought once."""
        super().__init__(*args, **kwargs)
        product = self.fields.get("product")
        if isinstance(product, forms.ModelChoiceField):
            product.queryset = Product.objects.filter(kind__in=ONE_TIME_KINDS)

    def clean_quantity(self) -> Decimal:
        """Refuse an order of nothing."""
        return _more_than_nothing(self.cleaned_data["quantity"])

    def clean_price(self) -> Decimal:
        """Refuse a price below zero."""
        price: Decimal = self.cleaned_data["price"]
        if price < 0:
            raise ValidationError(_("A price is not negative; a credit is given by a credit note."))
        return price

    def clean(self) -> dict[str, Any]:
        """Fill in whose order it is, and refuse to process what is invoiced when it ships (BR-51)."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if subscription := cleaned.get("subscription"):
            self.instance.organization = subscription.organization
        product = cleaned.get("product") or (self.instance.product if self.instance.pk else None)
        if product and product.kind == ProductKind.HARDWARE and cleaned.get("processed_on"):
            self.add_error("processed_on", _("Hardware is invoiced when it ships: leave this empty, add a shipment."))
        return cleaned


class ShipmentForm(ShipmentModelForm):
    """What has left the warehouse, and when."""

    class Meta:
        model = Shipment
        fields = ("shipped_on", "quantity")

    def clean_quantity(self) -> Decimal:
        """Refuse a shipment of nothing."""
        return _more_than_nothing(self.cleaned_data["quantity"])


class ShipmentFormSet(ShipmentInlineFormSet):
    """The shipments of an order that are not invoiced yet; no more may ship than was ordered (BR-51)."""

    @classmethod
    def get_default_prefix(cls) -> str:
        """Return a name of its own: those invoiced stand in a table beside it, or not."""
        return f"open_{super().get_default_prefix()}"

    def clean(self) -> None:
        """Refuse shipments of a service, more than was ordered, and to change what is invoiced by now."""
        super().clean()
        # Rows that are no longer offered are otherwise passed over without a word.
        if any(form.instance.pk is None for form in self.initial_forms):
            raise ValidationError(_("A shipment was invoiced while you typed, and stands: open this page again."))
        rows = [form.cleaned_data for form in self.forms if getattr(form, "cleaned_data", None)]
        quantities = [row["quantity"] for row in rows if not row.get("DELETE") and row.get("quantity") is not None]
        order = self.instance
        if not order.product_id or order.quantity is None or any(self.errors):
            return
        if quantities and order.product.kind != ProductKind.HARDWARE:
            raise ValidationError(_("Only hardware ships; a service is invoiced on the day it is processed."))
        invoiced = order.shipments.filter(charged=True).aggregate(sum=Sum("quantity"))["sum"] if order.pk else None
        shipped = sum(quantities, invoiced or Decimal(0))
        if shipped > order.quantity:
            raise ValidationError(
                _("%(shipped)s are shipped, but only %(ordered)s were ordered: lower a shipment or raise the order."),
                params={"shipped": _in_words(shipped), "ordered": _in_words(order.quantity)},
            )


def _more_than_nothing(quantity: Decimal) -> Decimal:
    if quantity <= 0:
        raise ValidationError(_("Enter more than 0."))
    return quantity


def _in_words(quantity: Decimal) -> str:
    return format_quantity(quantity, get_language() or "en")
