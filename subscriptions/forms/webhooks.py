"""What is typed to make an endpoint for webhooks."""

from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from subscriptions.choices import ADDRESS_FAULTS, CHOSEN_WEBHOOK_EVENTS
from subscriptions.domain.web_address import LONGEST, AddressError, read_address
from subscriptions.forms.texts import TextsForm
from subscriptions.models import Organization, WebhookEndpoint
from subscriptions.services.webhooks.endpoints import AT_MOST

TOO_MANY = _("%(count)s endpoints work already, which is as many as there can be: revoke one first.")
EXISTS = _("An endpoint with this address works already: revoke that one first, or use another address.")


def clean_web_address(text: str) -> str:
    """
    Return an address to which something may be sent.

    :raises ValidationError: if it may not be, with what to do
    """
    try:
        read_address(text, allowed=settings.WEBHOOK_ALLOW_PRIVATE)
    except AddressError as error:
        raise ValidationError(ADDRESS_FAULTS[error.fault]) from None
    return text


def refuse_another(organization: Organization, url: str) -> None:
    """
    Do nothing if an organization may have one more endpoint, at this address.

    :raises ValidationError: if one is there, or there are too many
    """
    working = organization.webhook_endpoints.filter(revoked_at__isnull=True)
    if working.filter(url=url).exists():
        raise ValidationError(EXISTS)
    if working.count() >= AT_MOST:
        raise ValidationError(TOO_MANY, params={"count": AT_MOST})


class WebhookForm(TextsForm):
    """What listens where, and what it wants to be told."""

    name = forms.CharField(
        label=_("What listens there"),
        max_length=100,
        help_text=_("For example “Accounting”: so that you know later which endpoint you may revoke."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    url = forms.CharField(
        label=_("Address"),
        max_length=LONGEST,
        help_text=_("It is sent POST requests over HTTPS, for example https://hooks.example.com/seatbill."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "url", "spellcheck": "false"}),
    )
    event_types = forms.MultipleChoiceField(
        label=_("What it is told"),
        choices=CHOSEN_WEBHOOK_EVENTS,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Tick what it is to be told: one or more.")},
    )

    def __init__(self, *args: Any, organization: Organization, **kwargs: Any) -> None:
        """Take the organization that the endpoint is for."""
        super().__init__(*args, **kwargs)
        self.organization = organization

    def clean_url(self) -> str:
        """Refuse an address to which nothing may be sent, and one that is there: a page sent twice makes one."""
        url = clean_web_address(self.cleaned_data["url"])
        refuse_another(self.organization, url)
        return url


class WebhookEndpointForm(forms.ModelForm):  # type: ignore[type-arg]
    """The same for a lead, who chooses the organization as well."""

    event_types = forms.MultipleChoiceField(
        label=_("What it is told"), choices=CHOSEN_WEBHOOK_EVENTS, widget=UnfoldAdminCheckboxSelectMultipleWidget
    )

    class Meta:
        model = WebhookEndpoint
        fields = ["organization", "name", "url", "event_types"]
        # The model's word is that of a street.
        labels = {"url": _("Address")}
        help_texts = {"url": WebhookForm.base_fields["url"].help_text}

    def clean_url(self) -> str:
        """Refuse an address to which nothing may be sent."""
        return clean_web_address(self.cleaned_data["url"])

    def clean(self) -> dict[str, Any]:
        """Refuse an address that is there."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if cleaned.get("organization") and cleaned.get("url"):
            try:
                refuse_another(cleaned["organization"], cleaned["url"])
            except ValidationError as error:
                self.add_error("url", error)
        return cleaned
