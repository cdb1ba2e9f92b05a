"""The forms in which a person decides about a held cycle, or has it closed once it is mended."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminRadioSelectWidget,
    UnfoldAdminTextareaWidget,
)

from invoices.choices import BLOCK_CODES, HOLD_CHOICES
from invoices.domain.block import BlockCode
from invoices.domain.decision import CHOICES, Choice
from invoices.models import BillingCycle
from invoices.services.deciding import Verdict, open_codes
from subscriptions.forms.texts import TextsForm

SEPARATOR = ":"


class HoldDecisionForm(TextsForm):
    """Asks what to do about one of the reasons that keep a cycle waiting."""

    answer = forms.ChoiceField(label=_("What to do"), widget=UnfoldAdminRadioSelectWidget)
    reason = forms.CharField(
        label=_("Why"),
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
        help_text=_("Kept with the decision, for whoever asks later."),
    )

    def __init__(self, *args: Any, cycle: BillingCycle, **kwargs: Any) -> None:
        """Offer the choices that the cycle's reasons leave."""
        super().__init__(*args, **kwargs)
        codes, choices = dict(BLOCK_CODES), dict(HOLD_CHOICES)
        self.fields["answer"].choices = [  # type: ignore[attr-defined]
            (f"{code.value}{SEPARATOR}{choice.value}", f"{codes[code.value]}: {choices[choice.value]}")
            for code in open_codes(cycle)
            for choice in CHOICES[code]
        ]

    def chosen(self) -> str:
        """Return the answer in words; only of a valid form."""
        return str(dict(self.fields["answer"].choices)[self.cleaned_data["answer"]])  # type: ignore[attr-defined]

    def verdict(self) -> Verdict:
        """Return what was decided; only of a valid form."""
        code, choice = self.cleaned_data["answer"].split(SEPARATOR)
        return Verdict(code=BlockCode(code), choice=Choice(choice), reason=self.cleaned_data["reason"])


class MendedForm(TextsForm):
    """Why a cycle that is held may be closed now."""

    reason = forms.CharField(
        label=_("What was mended"),
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
        help_text=_("Kept with the cycle, for whoever asks later."),
    )
