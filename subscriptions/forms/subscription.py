"""The form of an agreement (BR-10, BR-12, BR-13, BR-16)."""

from datetime import date
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelect2Widget

from subscriptions.forms.fields import filled_in, time_zones, within_reach, words_of
from subscriptions.models import Subscription
from subscriptions.selectors.terms import terms_of
from subscriptions.services.agreements import find_agreement_violations

if TYPE_CHECKING:
    SubscriptionModelForm = forms.ModelForm[Subscription]
else:
    SubscriptionModelForm = forms.ModelForm

ON_THE_FORM = {"regions": "organization", "cancelled_on": "last_service_date"}
"""Where a fault is shown whose own field the form does not have."""


class SubscriptionForm(SubscriptionModelForm):
    """
    What was agreed, apart from prices.

    The faults of prices are found by their own formset, so that both are shown at once.
    """

    time_zone = forms.ChoiceField(
        label=_("Time zone"),
        choices=time_zones,
        widget=UnfoldAdminSelect2Widget,
        initial="America/New_York",
        help_text=_("The billing time zone: periods begin and end at its midnight."),
    )

    class Meta:
        model = Subscription
        fields = "__all__"

    def clean_effective_date(self) -> date:
        """Refuse a day that no period can be counted from."""
        day: date = self.cleaned_data["effective_date"]
        within_reach(day)
        return day

    def clean(self) -> dict[str, Any]:
        """Show everything that forbids the agreement (BR-10, BR-12, BR-13, BR-16)."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        draft = filled_in(self.instance, cleaned)
        needed = (draft.organization_id, draft.effective_date, draft.commercial_model, draft.licensing_model)
        # Of one that runs nothing may be typed that the rules read.
        if "effective_date" in self.fields and all(needed):
            for violation in find_agreement_violations(draft, terms_of(draft, prices=())):
                place = ON_THE_FORM.get(violation.field, violation.field)
                self.add_error(place if place in self.fields else None, words_of(violation))
        return cleaned
