"""The form of who is billed."""

from typing import TYPE_CHECKING

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminTextareaWidget

from subscriptions.domain.violations import violations
from subscriptions.forms.fields import CountryField, LinesField, words_of
from subscriptions.models import Organization
from subscriptions.selectors import get_terms

if TYPE_CHECKING:
    OrganizationModelForm = forms.ModelForm[Organization]
else:
    OrganizationModelForm = forms.ModelForm


class OrganizationForm(OrganizationModelForm):
    """Who is billed."""

    country = CountryField(help_text=_("It decides between A4 and Letter."))
    regions = LinesField(
        required=False,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 2}),
        help_text=_("Regions the organization lives in, one on each line; concurrent licensing needs exactly one."),
    )

    class Meta:
        model = Organization
        fields = "__all__"
        widgets = {"address": UnfoldAdminTextareaWidget(attrs={"rows": 4})}

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
