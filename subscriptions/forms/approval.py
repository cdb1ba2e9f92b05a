"""Why a change should be made that a second person has to approve."""

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminTextareaWidget

from subscriptions.forms.texts import TextsForm


class AskForApprovalForm(TextsForm):
    """The reason, for who approves."""

    reason = forms.CharField(
        label=_("Reason"),
        max_length=2000,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
        help_text=_("Who approves reads it, and it is kept."),
    )
