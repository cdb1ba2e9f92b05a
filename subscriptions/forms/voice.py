"""The forms of voice rates: a version of a deck, and one rate of it (BR-42)."""

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldBooleanSwitchWidget

from subscriptions.domain.rate_deck import is_prefix
from subscriptions.models import VoiceRate, VoiceRateDeckVersion
from subscriptions.selectors.clock import latest_local_date
from subscriptions.selectors.rate_decks import find_rate_of, list_open_rate_versions, list_rate_decks_in_use

if TYPE_CHECKING:
    VersionModelForm = forms.ModelForm[VoiceRateDeckVersion]
    RateModelForm = forms.ModelForm[VoiceRate]
else:
    VersionModelForm = RateModelForm = forms.ModelForm


class VoiceRateDeckVersionForm(VersionModelForm):
    """The rates of a deck from a day on."""

    copy_rates = forms.BooleanField(
        required=False,
        initial=True,
        widget=UnfoldBooleanSwitchWidget,
        label=_("Start with the rates of the version before"),
        help_text=_("They are copied, and changed one by one until the new version is in force."),
    )

    class Meta:
        model = VoiceRateDeckVersion
        fields = ("deck", "effective_date", "increment_seconds")

    def clean_increment_seconds(self) -> int:
        """Refuse an increment that a call cannot be rounded up to."""
        seconds: int = self.cleaned_data["increment_seconds"]
        if seconds < 1:
            raise ValidationError(_("Calls are rounded up to at least 1 second."))
        return seconds

    def clean(self) -> dict[str, Any]:
        """Refuse a version that would be in force at once, or on the day of another one."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        deck = cleaned.get("deck") or (self.instance.deck if self.instance.pk else None)
        begins = cleaned.get("effective_date")
        if deck is None or begins is None:
            return cleaned
        if deck.versions.filter(effective_date=begins).exclude(pk=self.instance.pk).exists():
            self.add_error("effective_date", _("Another version of this deck begins on this day: pick another day."))
            return cleaned
        today = latest_local_date()
        if begins <= today and list_rate_decks_in_use(on=today).filter(pk=deck.pk).exists():
            self.add_error(
                "effective_date",
                _(
                    "Calls are rated by this deck, and a version in force cannot be changed: pick a day that is "
                    "still to come."
                ),
            )
        return cleaned


class VoiceRateForm(RateModelForm):
    """What calls with numbers of one prefix cost."""

    class Meta:
        model = VoiceRate
        fields = ("version", "direction", "prefix", "destination", "per_minute")

    def clean_prefix(self) -> str:
        """Refuse what no number can begin with."""
        prefix: str = self.cleaned_data["prefix"]
        if not is_prefix(prefix):
            raise ValidationError(_("Write the prefix in E.164, digits after a plus sign, such as +33 or +336."))
        return prefix

    def clean_per_minute(self) -> Decimal:
        """Refuse a price below zero."""
        price: Decimal = self.cleaned_data["per_minute"]
        if price < 0:
            raise ValidationError(_("A price is not negative; write 0 if calls are free."))
        return price

    def clean(self) -> dict[str, Any]:
        """Refuse a second rate for the same prefix, and one for calls that a version in force rates already."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        version = cleaned.get("version") or (self.instance.version if self.instance.pk else None)
        direction, prefix = cleaned.get("direction"), cleaned.get("prefix")
        if version is None or not direction or not prefix:
            return cleaned
        same = VoiceRate.objects.filter(version=version, direction=direction, prefix=prefix)
        if same.exclude(pk=self.instance.pk).exists():
            self.add_error("prefix", _("This version has a rate for this prefix and direction: change that one."))
            return cleaned
        rate = find_rate_of(version, direction=direction, prefix=prefix)
        if rate is not None and not list_open_rate_versions(on=latest_local_date()).filter(pk=version.pk).exists():
            words = _("Calls with this prefix are rated by %(prefix)s already: give it a rate in a version to come.")
            self.add_error("prefix", words % {"prefix": rate.prefix})
        return cleaned
