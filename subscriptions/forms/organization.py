"""The form of who is billed."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminTextareaWidget

from subscriptions.domain.formatting import country_name
from subscriptions.domain.tax_ids import vat_number, vat_number_shape
from subscriptions.domain.violations import violations
from subscriptions.forms.fields import CountryField, LinesField, words_of
from subscriptions.models import Organization
from subscriptions.selectors.clock import latest_local_date
from subscriptions.selectors.terms import get_terms

if TYPE_CHECKING:
    OrganizationModelForm = forms.ModelForm[Organization]
else:
    OrganizationModelForm = forms.ModelForm


class OrganizationForm(OrganizationModelForm):
    """Who is billed."""

    country = CountryField(label=_("Country"), help_text=_("It decides between A4 and Letter."))
    regions = LinesField(
        label=_("Regions"),
        required=False,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 2}),
        help_text=_("Regions the organization lives in, one on each line; concurrent licensing needs exactly one."),
    )

    class Meta:
        model = Organization
        fields = "__all__"
        widgets = {"address": UnfoldAdminTextareaWidget(attrs={"rows": 4})}

    def clean(self) -> dict[str, Any]:
        """Refuse a VAT number that cannot be right: in the union it decides who owes the tax (BR-78)."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        tax_id, country = cleaned.get("tax_id"), cleaned.get("country")
        if not tax_id or not country or not {"tax_id", "country"} & set(self.changed_data):
            return cleaned
        today = latest_local_date()
        shape = vat_number_shape(country, on=today)
        if number := vat_number(tax_id, country=country, on=today):
            cleaned["tax_id"] = number
        elif shape:
            words = _(
                "This is not a VAT number of %(country)s: one looks like %(shape)s (9 is a digit, L a letter, X "
                "either), and its check digits agree. Correct it; leave it empty if the organization has none."
            )
            self.add_error("tax_id", words % {"country": country_name(country, get_language() or "en"), "shape": shape})
        return cleaned

    def clean_regions(self) -> list[str]:
        """Refuse regions that the organization's own agreements forbid (BR-13)."""
        regions: list[str] = self.cleaned_data["regions"]
        if self.instance.pk is None or "regions" not in self.changed_data:
            return regions
        for subscription in self.instance.subscriptions.all():
            found = violations(get_terms(subscription), regions=regions, multi_shift=subscription.multi_shift)
            faults = [words_of(violation) for violation in found if violation.field == "regions"]
            if faults:
                raise ValidationError(faults)
        return regions
