"""The forms of who invoices and where it is paid."""

from typing import TYPE_CHECKING

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from subscriptions.domain.svg import LogoFault, logo_faults
from subscriptions.domain.tax_ids import looks_registered, registration_number
from subscriptions.forms.fields import CountryField, DaysField, LabelledLinesField, LinesField
from subscriptions.models import BankAccount, IssuingEntity

if TYPE_CHECKING:
    IssuingEntityModelForm = forms.ModelForm[IssuingEntity]
    BankAccountModelForm = forms.ModelForm[BankAccount]
else:
    IssuingEntityModelForm = BankAccountModelForm = forms.ModelForm


LOGO_FAULTS = {
    LogoFault.TOO_LARGE: _("The logo is too large: at most 64,000 characters and 2,000 shapes. Simplify the drawing."),
    LogoFault.NOT_SVG: _("This is not SVG source: paste the whole file, from “<svg” to “</svg>”."),
    LogoFault.DECLARES: _("Take out the document type, entities and processing instructions (“<!…>”, “<?…?>”)."),
    LogoFault.NOT_DRAWING: _(
        "A logo is drawn with shapes, text and gradients only: take out scripts, images, links, animations and copies, "
        "or save it as plain SVG."
    ),
    LogoFault.ACTS: _("Take out attributes that run something, such as “onload”."),
    LogoFault.REACHES_OUT: _("Take out references to anything outside the logo, such as addresses and fonts."),
    LogoFault.NO_SIZE: _("The logo needs a “viewBox”, or a width and a height."),
}


class IssuingEntityForm(IssuingEntityModelForm):
    """Who invoices."""

    country = CountryField(label=_("Country"))
    tax_ids = LinesField(
        label=_("Tax ids"),
        required=False,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
        help_text=_("One on each line, printed in this order, such as “EIN 12-3456789”."),
    )

    reminder_days = DaysField(
        label=_("Reminders after"),
        required=False,
        widget=UnfoldAdminTextInputWidget,
        help_text=_("Days past due, such as “3, 14, 30”; empty: nobody is reminded of its invoices."),
    )

    class Meta:
        model = IssuingEntity
        fields = ("country", "tax_ids", "reminder_days")
        labels = {
            "terms_url": _("Terms and conditions"),
            "service_level_url": _("Service level agreement"),
            "logo_svg": _("Logo as SVG"),
        }
        help_texts = {
            "collections_email": _("Where a customer asks about a payment."),
            "sales_email": _("Where a customer asks about orders and licenses."),
            "hardware_email": _("Where a customer asks about hardware."),
            "terms_url": _("Address of the page, to be printed."),
            "service_level_url": _("Address of the page, to be printed; it applies to paid subscriptions only."),
        }
        widgets = {
            "address": UnfoldAdminTextareaWidget(attrs={"rows": 4}),
            "logo_svg": UnfoldAdminTextareaWidget(attrs={"rows": 4}),
        }

    def clean_tax_ids(self) -> list[str]:
        """Refuse a registration number in Japan that cannot be right: customers deduct tax by it (BR-78, BR-79)."""
        tax_ids: list[str] = self.cleaned_data["tax_ids"]
        wrong = [tax_id for tax_id in tax_ids if looks_registered(tax_id) and not registration_number(tax_id)]
        if wrong:
            words = _(
                "“%(tax_id)s” is not a registration number in Japan: the digit behind the T has to agree with the "
                "twelve after it. Look it up once more."
            )
            raise ValidationError([words % {"tax_id": tax_id} for tax_id in wrong])
        return tax_ids

    def clean_logo_svg(self) -> str:
        """Refuse a logo that is more than a drawing (BR-79)."""
        source: str = self.cleaned_data["logo_svg"].strip()
        faults = logo_faults(source) if source else []
        if faults:
            raise ValidationError([LOGO_FAULTS[fault] for fault in faults])
        return source


class BankAccountForm(BankAccountModelForm):
    """Where money is paid."""

    details = LabelledLinesField(
        label=_("Details"),
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
        help_text=_("“Label: value” on each line, printed in this order, such as “Routing (ACH): 021000021”."),
    )

    class Meta:
        model = BankAccount
        fields = "__all__"
