"""The forms of what has shipped of an order (BR-51)."""

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Sum
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminDateWidget, UnfoldAdminDecimalFieldWidget, UnfoldAdminTextareaWidget

from subscriptions.domain.catalog import ProductKind
from subscriptions.domain.formatting import format_quantity
from subscriptions.domain.money import plain
from subscriptions.domain.shipping import Parcel
from subscriptions.forms.fields import within_reach, words_of
from subscriptions.forms.texts import TextsForm
from subscriptions.models import Order, Shipment
from subscriptions.services.shipping import find_shipping_violations, shipped_of

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


class ShipForm(TextsForm):
    """What of an order leaves the warehouse, when, and what is to be known about it later."""

    shipped_on = forms.DateField(label=_("Shipped on"), widget=UnfoldAdminDateWidget, validators=[within_reach])
    quantity = forms.DecimalField(
        label=_("Quantity"), max_digits=20, decimal_places=6, widget=UnfoldAdminDecimalFieldWidget
    )
    reason = forms.CharField(
        label=_("For the record"),
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
        help_text=_("Who asked for it, carrier and tracking number; kept for whoever asks later."),
    )
    shipped_before = forms.DecimalField(max_digits=20, decimal_places=6, widget=forms.HiddenInput)

    def __init__(self, *args: Any, order: Order, today: date, **kwargs: Any) -> None:
        """Propose to ship today all that is left."""
        shipped = shipped_of(order)
        proposed = {"shipped_on": today, "quantity": plain(order.quantity - shipped), "shipped_before": plain(shipped)}
        super().__init__(*args, **kwargs)
        self.order, self.initial = order, proposed

    def clean(self) -> dict[str, Any]:
        """Show everything that forbids it."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if not self.errors:
            for violation in find_shipping_violations(self.order, self.parcel()):
                self.add_error(violation.field or None, words_of(violation))
        return cleaned

    def parcel(self) -> Parcel:
        """Return what was typed; only of a form whose fields could be read."""
        cleaned = self.cleaned_data
        return Parcel(
            shipped_on=cleaned["shipped_on"],
            quantity=cleaned["quantity"],
            shipped_before=cleaned["shipped_before"],
        )


def _more_than_nothing(quantity: Decimal) -> Decimal:
    if quantity <= 0:
        raise ValidationError(_("Enter more than 0."))
    return quantity


def _in_words(quantity: Decimal) -> str:
    return format_quantity(quantity, get_language() or "en")
