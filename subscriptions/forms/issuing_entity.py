"""The forms of who invoices and where it is paid."""

from typing import TYPE_CHECKING

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminTextareaWidget

from subscriptions.forms.fields import CountryField, LabelledLinesField, LinesField
from subscriptions.models import BankAccount, IssuingEntity

if TYPE_CHECKING:
    IssuingEntityModelForm = forms.ModelForm[IssuingEntity]
    BankAccountModelForm = forms.ModelForm[BankAccount]
else:
    IssuingEntityModelForm = BankAccountModelForm = forms.ModelForm


class IssuingEntityForm(IssuingEntityModelForm):
    """Who invoices."""

    country = CountryField()
    tax_ids = LinesField(
        required=False,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
        help_text=_("One on each line, printed in this order, such as “EIN 12-3456789”."),
    )

    class Meta:
        model = IssuingEntity
        fields = ("country", "tax_ids")
        widgets = {
            "address": UnfoldAdminTextareaWidget(attrs={"rows": 4}),
            "logo_svg": UnfoldAdminTextareaWidget(attrs={"rows": 4}),
        }


class BankAccountForm(BankAccountModelForm):
    """Where money is paid."""

    details = LabelledLinesField(
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
        help_text=_("“Label: value” on each line, printed in this order, such as “Routing (ACH): 021000021”."),
    )

    class Meta:
        model = BankAccount
        fields = "__all__"
