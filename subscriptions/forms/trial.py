"""The forms of trials: a visitor's request, and what staff decide about one (BR-19)."""

from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from subscriptions.choices import languages
from subscriptions.domain.quote import QuoteState
from subscriptions.forms.fields import countries, words_of
from subscriptions.forms.texts import TextsForm
from subscriptions.models import Organization, Quote, Trial
from subscriptions.selectors.quotes import list_quotes_in_state
from subscriptions.services.quotes import find_processing_violations
from subscriptions.services.trial_requests import RequestedTrial
from subscriptions.services.trials import TrialRefusedError, refuse_country

if TYPE_CHECKING:
    TrialModelForm = forms.ModelForm[Trial]
else:
    TrialModelForm = forms.ModelForm


class TrialRequestForm(TextsForm):
    """Who asks for a trial, and where it is to be."""

    company = forms.CharField(label=_("Company"), max_length=200)
    contact_name = forms.CharField(label=_("Your name"), max_length=200)
    email = forms.EmailField(
        label=_("E-mail"),
        max_length=150,
        help_text=_("We send a link there; the trial starts when you open it. You log in with this address."),
    )
    country = forms.ChoiceField(label=_("Country"), choices=countries)
    region = forms.ChoiceField(
        label=_("Region"),
        choices=lambda: [(region, region) for region in settings.TRIAL_REGIONS],
        help_text=_("Where your data is kept."),
    )
    language = forms.ChoiceField(label=_("Language of mails"), choices=languages)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Let browsers fill in what they know."""
        super().__init__(*args, **kwargs)
        for name, what in (
            ("company", "organization"),
            ("contact_name", "name"),
            ("email", "email"),
            ("country", "country"),
        ):
            self.fields[name].widget.attrs["autocomplete"] = what

    def clean_country(self) -> str:
        """Refuse a country where trials are not offered, by its name."""
        return _offered(self.cleaned_data["country"])

    def requested(self) -> RequestedTrial:
        """Return what was typed."""
        typed = self.cleaned_data
        return RequestedTrial(
            company=typed["company"],
            contact_name=typed["contact_name"],
            country=typed["country"],
            region=typed["region"],
            language=typed["language"],
        )


class TrialForm(TrialModelForm):
    """A trial that staff start for an organization."""

    days = forms.IntegerField(
        label=_("Days"),
        required=False,
        min_value=1,
        max_value=3650,
        widget=UnfoldAdminIntegerFieldWidget,
        help_text=_("How long it lasts; empty: the free service, a trial without a limit."),
    )

    class Meta:
        model = Trial
        fields = ("organization",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Propose the usual length."""
        super().__init__(*args, **kwargs)
        if "days" in self.fields:
            self.fields["days"].initial = settings.TRIAL_DAYS
        if "organization" in self.fields:
            self.fields["organization"].required = True
            self.fields["organization"].help_text = _("Trials are offered in some countries only; its own decides.")

    def clean_organization(self) -> Organization:
        """Refuse an organization that may not try things out, with the reason."""
        organization: Organization = self.cleaned_data["organization"]
        _offered(organization.country)
        # Whoever gives it a trial or an agreement meanwhile waits: what is true here still is when it is saved.
        Organization.objects.select_for_update().get(pk=organization.pk)
        if organization.subscriptions.exists():
            raise ValidationError(_("This organization has a subscription: there is nothing to try out."))
        return organization


class ExtendTrialForm(TextsForm):
    """Until when a trial runs on."""

    last_day = forms.DateField(
        label=_("Last day"),
        required=False,
        widget=UnfoldAdminTextInputWidget(attrs={"type": "date"}),
        help_text=_("The trial ends with this day (UTC). Empty: the free service, a trial without a limit."),
    )

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        """Take which day it is."""
        super().__init__(*args, **kwargs)
        self.today = today

    def clean_last_day(self) -> date | None:
        """Refuse a day that is past."""
        last_day: date | None = self.cleaned_data["last_day"]
        if last_day is not None and last_day < self.today:
            raise ValidationError(_("This day is past: name today or a later one."))
        return last_day

    def ends_at(self) -> datetime | None:
        """Return the first instant after the last day; None: no limit."""
        last_day: date | None = self.cleaned_data["last_day"]
        return None if last_day is None else datetime.combine(last_day + timedelta(days=1), time.min, tzinfo=UTC)


class ConvertTrialForm(TextsForm):
    """The accepted quote that a trial is converted with, and why."""

    quote = forms.ModelChoiceField(
        label=_("Accepted quote"), queryset=Quote.objects.none(), widget=UnfoldAdminSelectWidget, empty_label=None
    )
    reason = forms.CharField(
        label=_("Why"),
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
        help_text=_("What decided it for the customer; kept for whoever asks later."),
    )

    def __init__(self, *args: Any, organization: Organization, now: datetime, **kwargs: Any) -> None:
        """Offer the organization's accepted quotes of a new agreement."""
        super().__init__(*args, **kwargs)
        offers = Quote.objects.filter(organization=organization, effective_date__isnull=False)
        accepted = list_quotes_in_state(offers, QuoteState.ACCEPTED, at=now)
        self.fields["quote"].queryset = accepted.order_by("-pk")  # type: ignore[attr-defined]
        self.now = now

    def clean(self) -> dict[str, Any]:
        """Show everything that forbids to process the quote."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if not self.errors:
            for violation in find_processing_violations(self.accepted_quote(), now=self.now):
                self.add_error("quote", words_of(violation))
        return cleaned

    def accepted_quote(self) -> Quote:
        """Return what was chosen; only of a form whose fields could be read."""
        chosen: Quote = self.cleaned_data["quote"]
        return chosen


class TypedConfirmationForm(TextsForm):
    """Consent to what cannot be undone: the name of what is erased, typed, and the reason, which is kept."""

    typed = forms.CharField(max_length=200, widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "off"}))
    reason = forms.CharField(
        label=_("Reason"),
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
        help_text=_("Kept for ever with the record of the erasure: name no person in it."),
    )

    def __init__(self, *args: Any, expected: str, **kwargs: Any) -> None:
        """Take what has to be typed."""
        super().__init__(*args, **kwargs)
        self.expected = expected
        self.fields["typed"].label = _("Type %(expected)s to confirm") % {"expected": expected}

    def clean_typed(self) -> str:
        """Refuse anything but what was asked for."""
        typed: str = self.cleaned_data["typed"]
        if typed != self.expected:
            raise ValidationError(_("This is not %(expected)s: nothing was done."), params={"expected": self.expected})
        return typed


def _offered(country: str) -> str:
    try:
        refuse_country(country)
    except TrialRefusedError as error:
        raise ValidationError(str(error), code="not_offered") from error
    return country
