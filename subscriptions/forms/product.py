"""The form of what can be agreed."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from subscriptions.domain.catalog import BUILT_IN
from subscriptions.models import Product

if TYPE_CHECKING:
    ProductModelForm = forms.ModelForm[Product]
else:
    ProductModelForm = forms.ModelForm


class ProductForm(ProductModelForm):
    """What can be agreed."""

    class Meta:
        model = Product
        fields = "__all__"

    def clean(self) -> dict[str, Any]:
        """Refuse a built-in code with another meaning."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        built_in = BUILT_IN.get(cleaned.get("code", self.instance.code))
        kind = cleaned.get("kind", self.instance.kind)
        if built_in is not None and kind and kind != built_in.value:
            self.add_error("kind", _("This code has a built-in meaning: its kind is %(kind)s.") % {"kind": built_in})
        return cleaned
