"""The forms of what has shipped of an order (BR-51)."""

from decimal import Decimal
from typing import TYPE_CHECKING

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Sum
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from subscriptions.domain.catalog import ProductKind
from subscriptions.domain.formatting import format_quantity
from subscriptions.models import Order, Shipment

if TYPE_CHECKING:
    ShipmentModelForm = forms.ModelForm[Shipment]
    ShipmentInlineFormSet = forms.BaseInlineFormSet[Shipment, Order, ShipmentModelForm]
else:
    ShipmentModelForm = forms.ModelForm
    from unfold.forms import PaginationInlineFormSet as ShipmentInlineFormSet


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
                _("%(shipped)s are shipped, but only %(ordered)s were ordered: lower a shipment, or quote the rest."),
                params={"shipped": _in_words(shipped), "ordered": _in_words(order.quantity)},
            )


def _more_than_nothing(quantity: Decimal) -> Decimal:
    if quantity <= 0:
        raise ValidationError(_("Enter more than 0."))
    return quantity


def _in_words(quantity: Decimal) -> str:
    return format_quantity(quantity, get_language() or "en")
