"""Which entries of their audit trail an organization's people look for."""

from datetime import date
from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.translation import gettext_lazy as _

from subscriptions.selectors.audit_trail import SHOWN_TO_CUSTOMERS

EARLIEST, LATEST = date(2000, 1, 1), date(2999, 12, 31)
"""The days that are looked for; time zones shift none of them out of the calendar."""


def _day(label: Any) -> forms.DateField:
    return forms.DateField(
        label=label,
        required=False,
        validators=[MinValueValidator(EARLIEST), MaxValueValidator(LATEST)],
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
    )


class ChangesFilterForm(forms.Form):
    """Of which kind, and from which day to which."""

    kind = forms.ChoiceField(
        label=_("Kind"),
        required=False,
        choices=lambda: [("", _("All kinds")), *((kind.value, kind.label) for kind in SHOWN_TO_CUSTOMERS)],
    )
    first = _day(_("From"))
    last = _day(_("To"))

    def clean(self) -> dict[str, Any]:
        """Refuse days that leave nothing between them."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        first, last = cleaned.get("first"), cleaned.get("last")
        if first and last and last < first:
            self.add_error("last", _("This is before the first day: exchange them."))
        return cleaned
