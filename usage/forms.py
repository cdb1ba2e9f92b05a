"""What customers type on the pages of their events and keys."""

from datetime import date
from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from subscriptions.forms.texts import TextsForm
from subscriptions.models import Organization
from usage.choices import EVENT_KINDS, KEY_SCOPES
from usage.domain.key_scopes import KeyScope, may_be_given
from usage.models import IngestionKey

if TYPE_CHECKING:
    KeyModelForm = forms.ModelForm[IngestionKey]
else:
    KeyModelForm = forms.ModelForm

EARLIEST, LATEST = date(2000, 1, 1), date(2999, 12, 31)
"""The days on which events are looked for; time zones shift none of them out of the calendar."""


class KeyForm(TextsForm):
    """What a new key is called, and what it may be used for."""

    name = forms.CharField(
        label=_("What will use it"),
        max_length=100,
        help_text=_("For example “Production platform”: so that you know later which key you may revoke."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    scopes = forms.MultipleChoiceField(
        label=_("What it may do"),
        choices=KEY_SCOPES,
        initial=[KeyScope.EVENTS_WRITE.value],
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Only what the program needs: whoever has the key may do it. It cannot be changed later."),
        error_messages={"required": _("Choose at least one thing that the key may do.")},
    )

    def __init__(self, *args: Any, organization: Organization, by_lead: bool, **kwargs: Any) -> None:
        """Take the organization that the key is for, and whether a lead makes it."""
        super().__init__(*args, **kwargs)
        self.organization = organization
        offered = [(scope, words) for scope, words in KEY_SCOPES if may_be_given([scope], by_lead=by_lead)]
        self.fields["scopes"].choices = offered  # type: ignore[attr-defined]

    def clean_name(self) -> str:
        """Refuse the name of a key that works: two could not be told apart, and a page sent twice makes one key."""
        name: str = self.cleaned_data["name"]
        if self.organization.ingestion_keys.filter(name=name, revoked_at=None).exists():
            raise ValidationError(_("A key of this name works already: replace that one, or choose another name."))
        return name


class PlatformKeyForm(KeyModelForm):
    """A key that a lead makes, of one organization or of a platform."""

    scopes = forms.MultipleChoiceField(
        label=_("What it may do"),
        choices=KEY_SCOPES,
        initial=[KeyScope.EVENTS_WRITE.value],
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        help_text=_(
            "Only what the program needs; it cannot be changed later. A platform’s key may do it for all organizations."
        ),
        error_messages={"required": _("Choose at least one thing that the key may do.")},
    )

    class Meta:
        model = IngestionKey
        fields = ("organization", "name", "scopes", "events_per_second")


class EventFilterForm(forms.Form):
    """Which accepted events to list."""

    kind = forms.TypedChoiceField(
        label=_("Kind"), required=False, coerce=int, empty_value=None, choices=[("", _("All kinds")), *EVENT_KINDS]
    )
    subject = forms.CharField(
        label=_("User, call or number"),
        required=False,
        max_length=500,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    day = forms.DateField(
        label=_("Day"),
        required=False,
        validators=[MinValueValidator(EARLIEST), MaxValueValidator(LATEST)],
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
    )

    def clean(self) -> dict[str, Any]:
        """Ask for a day where a subject is looked for: among all the events it would take too long to find."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if cleaned.get("subject") and not cleaned.get("day") and "day" not in self.errors:
            self.add_error("day", _("Choose the day, too: one user, call or number is looked for within one day."))
        return cleaned


class RejectedFilterForm(forms.Form):
    """Which rejected events to list."""

    state = forms.ChoiceField(
        label=_("State"),
        required=False,
        choices=[("", _("All")), ("waiting", _("Waiting")), ("accepted", _("Sent again and accepted"))],
    )
