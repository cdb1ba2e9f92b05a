"""The form in which a person says what was done about usage that came too late."""

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminTextareaWidget

from subscriptions.forms.texts import TextsForm


class SettlementForm(TextsForm):
    """Asks what was done about it."""

    reason = forms.CharField(
        label=_("What was done about it"),
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
        help_text=_("For instance: credited with CN-000012, charged by an order, or waived, and why."),
    )
