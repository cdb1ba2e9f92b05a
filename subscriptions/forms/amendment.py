"""The forms in which a running agreement is changed, cancelled, or a cancellation taken back (BR-12, BR-15, BR-16)."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminDateWidget,
    UnfoldAdminDecimalFieldWidget,
    UnfoldAdminSelect2Widget,
    UnfoldAdminTextareaWidget,
)

from subscriptions.domain.catalog import CONTACT_CENTER_TIERS, ONE_TIME_KINDS
from subscriptions.domain.violations import Violation
from subscriptions.forms.fields import within_reach, words_of
from subscriptions.forms.texts import TextsForm
from subscriptions.models import Product, Subscription
from subscriptions.services.cancellations import find_cancellation_violations, find_withdrawal_violations
from subscriptions.services.changes import NewChange, find_change_violations, find_tier_violations


def _figure(label: Any, help_text: Any) -> forms.DecimalField:
    return forms.DecimalField(
        label=label,
        help_text=help_text,
        required=False,
        max_digits=20,
        decimal_places=6,
        widget=UnfoldAdminDecimalFieldWidget,
    )


class AmendmentForm(TextsForm):
    """Something that is decided about an agreement, with a reason; every fault is shown at once."""

    reason = forms.CharField(
        label=_("Why"),
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
        help_text=_("Who asked for it, and how; kept for whoever asks later."),
    )

    def __init__(self, *args: Any, subscription: Subscription, now: datetime, **kwargs: Any) -> None:
        """Know the agreement, and the instant at which it is decided."""
        super().__init__(*args, **kwargs)
        self.subscription, self.now = subscription, now

    def clean(self) -> dict[str, Any]:
        """Show everything that forbids it."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        # A field that could not be read says so itself; the rules need all of them.
        if not self.errors:
            for violation in self.violations():
                self.add_error(violation.field if violation.field in self.fields else None, words_of(violation))
        return cleaned

    def violations(self) -> Iterable[Violation]:
        """Return everything that forbids what was typed."""
        raise NotImplementedError


class ChangeForm(AmendmentForm):
    """A new commitment or price of a product."""

    product = forms.ModelChoiceField(
        label=_("Product"), queryset=Product.objects.exclude(kind__in=ONE_TIME_KINDS), widget=UnfoldAdminSelect2Widget
    )
    effective_date = forms.DateField(
        label=_("Effective date"),
        widget=UnfoldAdminDateWidget,
        validators=[within_reach],
        help_text=_("It takes effect at the first period start on or after this day that is still to come."),
    )
    commitment = _figure(_("Commitment"), _("Empty: unchanged."))
    price = _figure(_("Price"), _("Per unit and month, net of tax; empty: unchanged."))
    overage_price = _figure(_("Overage price"), _("Above the commitment; empty: unchanged."))

    field_order = ("product", "effective_date", "commitment", "price", "overage_price", "reason")

    def change(self) -> NewChange:
        """Return what was typed; only of a form whose fields could be read."""
        cleaned = self.cleaned_data
        return NewChange(
            product=cleaned["product"].code,
            effective_date=cleaned["effective_date"],
            commitment=cleaned["commitment"],
            price=cleaned["price"],
            overage_price=cleaned["overage_price"],
            reason=cleaned["reason"],
        )

    def violations(self) -> list[Violation]:
        """Return everything that forbids the change (BR-12, BR-15)."""
        return find_change_violations(self.subscription, [self.change()], now=self.now)


class TierForm(ChangeForm):
    """A commitment to another contact-center tier, which ends the one there is."""

    product = forms.ModelChoiceField(
        label=_("New tier"),
        queryset=Product.objects.filter(code__in=CONTACT_CENTER_TIERS),
        widget=UnfoldAdminSelect2Widget,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Ask how many."""
        super().__init__(*args, **kwargs)
        self.fields["commitment"].required = True
        self.fields["commitment"].help_text = _("How many of the new tier; the commitment to the other tier ends.")

    def violations(self) -> list[Violation]:
        """Return everything that forbids the change of tier (BR-12, BR-15)."""
        return find_tier_violations(self.subscription, self.change(), now=self.now)


class CancellationForm(AmendmentForm):
    """The last day of an agreement."""

    last_service_date = forms.DateField(
        label=_("Last service day"),
        widget=UnfoldAdminDateWidget,
        validators=[within_reach],
        help_text=_("The period that holds it is the last one, and ends with it."),
    )

    field_order = ("last_service_date", "reason")

    def last_day(self) -> date:
        """Return what was typed; only of a form whose fields could be read."""
        day: date = self.cleaned_data["last_service_date"]
        return day

    def violations(self) -> list[Violation]:
        """Return everything that forbids the cancellation (BR-10, BR-16)."""
        return find_cancellation_violations(
            self.subscription,
            last_service_date=self.last_day(),
            reason=self.cleaned_data["reason"],
            now=self.now,
        )


class WithdrawalForm(AmendmentForm):
    """Takes a cancellation back that is not yet in effect."""

    def violations(self) -> list[Violation]:
        """Return everything that forbids it (BR-10, BR-16)."""
        return find_withdrawal_violations(self.subscription, reason=self.cleaned_data["reason"], now=self.now)
