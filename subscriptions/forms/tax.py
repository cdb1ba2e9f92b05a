"""The forms of taxes: what an authority charges, and who is exempt (BR-78)."""

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from subscriptions.choices import TAX_CATEGORIES
from subscriptions.models import AuthorityRate, ExemptionCertificate

if TYPE_CHECKING:
    RateModelForm = forms.ModelForm[AuthorityRate]
    CertificateModelForm = forms.ModelForm[ExemptionCertificate]
else:
    RateModelForm = CertificateModelForm = forms.ModelForm


class AuthorityRateForm(RateModelForm):
    """What an authority charges from a day on."""

    categories = forms.MultipleChoiceField(
        label=_("Categories"),
        choices=TAX_CATEGORIES,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        help_text=_("Which revenue is taxed."),
        error_messages={"required": _("Tick at least one: which revenue is taxed?")},
    )

    class Meta:
        model = AuthorityRate
        fields = ("effective_date", "rate", "taxable", "categories")

    def clean_rate(self) -> Decimal:
        """Refuse what is no rate."""
        rate: Decimal = self.cleaned_data["rate"]
        if not 0 <= rate <= 999:
            raise ValidationError(_("A rate is between 0 and 999 percent; 8.25 means 8.25%."))
        return rate

    def clean_taxable(self) -> Decimal:
        """Refuse what is no share."""
        taxable: Decimal = self.cleaned_data["taxable"]
        if not 0 <= taxable <= 100:
            raise ValidationError(_("The taxed share is between 0 and 100 percent."))
        return taxable

    def clean(self) -> dict[str, Any]:
        """Refuse a second rate from the same day on."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        others = AuthorityRate.objects.filter(authority=self.instance.authority_id).exclude(pk=self.instance.pk)
        if "effective_date" in cleaned and others.filter(effective_date=cleaned["effective_date"]).exists():
            self.add_error("effective_date", _("This authority has a rate from this day on: pick another day."))
        return cleaned


class ExemptionCertificateForm(CertificateModelForm):
    """A proof that an organization is not charged tax."""

    class Meta:
        model = ExemptionCertificate
        fields = ("number", "valid_from", "valid_until")

    def clean(self) -> dict[str, Any]:
        """Refuse an end before the beginning."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        first, last = cleaned.get("valid_from"), cleaned.get("valid_until")
        if first and last and last < first:
            self.add_error("valid_until", _("The last day lies before the first one."))
        return cleaned
