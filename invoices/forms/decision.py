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


class ReleaseForm(TextsForm):
    """Asks why an invoice beyond a safety bound is right; `seen` names the invoice that was looked at."""

    seen = forms.CharField(widget=forms.HiddenInput, required=False)
    reason = forms.CharField(
        label=_("Why it is right"),
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
        help_text=_("A second lead reads it, and it is kept with the cycle."),
    )


class WhyForm(TextsForm):
    """Asks why issuing is switched off, or on; `to` is which of them was asked for."""

    to = forms.CharField(widget=forms.HiddenInput)
    reason = forms.CharField(
        label=_("Why"),
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
        help_text=_("Everyone on the staff reads it."),
    )

    def __init__(self, *args: Any, to: str, **kwargs: Any) -> None:
        """Keep what is asked for in the page."""
        super().__init__(*args, **kwargs)
        self.fields["to"].initial = to


class GoOnForm(TextsForm):
    """Asks what was mended in the books of an organization that is parked."""

    reason = forms.CharField(
        label=_("What was mended"),
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
        help_text=_("Kept with the organization, for whoever asks later."),
    )


class MendedForm(TextsForm):
    """Why a cycle that is held may be closed now."""

    reason = forms.CharField(
        label=_("What was mended"),
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
        help_text=_("Kept with the cycle, for whoever asks later."),
    )
