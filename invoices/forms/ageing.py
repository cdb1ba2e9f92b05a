"""As of which day one looks at what is owed."""

from datetime import date
from typing import Any

from django import forms
from django.core.validators import MinValueValidator
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from invoices.forms.changes import EARLIEST
from subscriptions.choices import CURRENCY_CHOICES


class AsOfForm(forms.Form):
    """The end of which day; empty is now."""

    as_of = forms.DateField(
        label=_("As of the end of"),
        required=False,
        validators=[MinValueValidator(EARLIEST)],
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
    )

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        """Take which day it is, and let no later one be chosen."""
        super().__init__(*args, **kwargs)
        self.today = today
        self.fields["as_of"].widget.attrs["max"] = self.today.isoformat()

    def clean_as_of(self) -> Any:
        """Refuse a day that is yet to come."""
        day = self.cleaned_data["as_of"]
        if day is not None and day > self.today:
            raise forms.ValidationError(_("This day is yet to come: choose today or an earlier one."))
        return day


class AgeingForm(AsOfForm):
    """The end of which day, and in which currency."""

    currency = forms.ChoiceField(
        label=_("Currency"),
        required=False,
        choices=[("", _("All, each by itself")), *CURRENCY_CHOICES],
        widget=UnfoldAdminSelectWidget,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Dress the day as the admin's fields are."""
        super().__init__(*args, **kwargs)
        self.fields["as_of"].widget.attrs["class"] = UnfoldAdminTextInputWidget().attrs["class"]
