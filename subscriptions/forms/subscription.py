"""The forms of an agreement, its prices and its changes (BR-10, BR-12, BR-13, BR-15, BR-16)."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelect2Widget, UnfoldAdminTextareaWidget

from subscriptions.domain.catalog import FAIR_USE_RESOURCES, ProductKind
from subscriptions.domain.period import local_date
from subscriptions.domain.policy import Edition
from subscriptions.domain.terms import AgreedPrice, CommercialModel, ContractTerms, LicensingModel
from subscriptions.domain.violations import violations
from subscriptions.forms.fields import time_zones, words_of
from subscriptions.models import Product, Subscription, SubscriptionAllowance, SubscriptionChange, SubscriptionPrice
from subscriptions.selectors import database_now, get_rate_deck_version, list_overlapping_subscriptions

if TYPE_CHECKING:
    SubscriptionModelForm = forms.ModelForm[Subscription]
    PriceModelForm = forms.ModelForm[SubscriptionPrice]
    ChangeModelForm = forms.ModelForm[SubscriptionChange]
    AllowanceModelForm = forms.ModelForm[SubscriptionAllowance]
    PriceInlineFormSet = forms.BaseInlineFormSet[SubscriptionPrice, Subscription, PriceModelForm]
else:
    SubscriptionModelForm = PriceModelForm = ChangeModelForm = AllowanceModelForm = forms.ModelForm
    from unfold.forms import PaginationInlineFormSet as PriceInlineFormSet

ON_THE_FORM = {"regions": "organization", "cancelled_on": "last_service_date"}
"""Where a fault is shown whose own field the form does not have."""


class SubscriptionForm(SubscriptionModelForm):
    """
    What was agreed, apart from prices.

    The faults of prices are found by their own formset, so that both are shown at once.
    """

    time_zone = forms.ChoiceField(
        choices=time_zones,
        widget=UnfoldAdminSelect2Widget,
        initial="America/New_York",
        help_text=_("The billing time zone: periods begin and end at its midnight."),
    )

    class Meta:
        model = Subscription
        fields = "__all__"

    def clean(self) -> dict[str, Any]:
        """Show everything that forbids the agreement (BR-10, BR-12, BR-13, BR-16)."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        draft = _filled_in(self.instance, cleaned)
        self._date_the_cancellation(draft)
        self._compare_the_rate_deck(cleaned, draft)
        terms = _terms(draft, prices=())
        if terms is None or not draft.organization_id:
            return cleaned
        for violation in violations(terms, regions=draft.organization.regions, multi_shift=draft.multi_shift):
            self._show(ON_THE_FORM.get(violation.field, violation.field), words_of(violation))
        overlapping = list_overlapping_subscriptions(
            organization_id=draft.organization_id,
            effective_date=draft.effective_date,
            last_service_date=draft.last_service_date,
        ).exclude(pk=draft.pk)
        for other in overlapping:
            self._show("effective_date" if "effective_date" in self.fields else "last_service_date", _overlap(other))
        return cleaned

    def _date_the_cancellation(self, draft: Subscription) -> None:
        """Note on which day an end was recorded: advance charges know of it from then on (BR-16)."""
        if "last_service_date" not in self.changed_data or "last_service_date" in self.errors:
            return
        last = draft.last_service_date
        today = local_date(database_now(), time_zone=draft.time_zone)
        # An agreement may be typed in after it has ended; a running one cannot be made to end in the past.
        draft.cancelled_on = min(today, last) if last and draft.pk is None else today if last else None

    def _compare_the_rate_deck(self, cleaned: dict[str, Any], draft: Subscription) -> None:
        """Refuse rates in another currency, and a deck by which the first calls could not be rated (BR-42)."""
        deck = cleaned.get("rate_deck")
        if deck is None:
            return
        if draft.currency and deck.currency != draft.currency:
            words = _("The rates of %(deck)s are in %(theirs)s: pick a deck in %(ours)s, the subscription's currency.")
            self.add_error("rate_deck", words % {"deck": deck, "theirs": deck.currency, "ours": draft.currency})
        elif draft.effective_date and get_rate_deck_version(deck.pk, on=draft.effective_date) is None:
            words = _("%(deck)s has no rates on %(day)s: pick another deck, or have a version added to this one.")
            self.add_error("rate_deck", words % {"deck": deck, "day": date_format(draft.effective_date)})

    def _show(self, field: str, error: ValidationError) -> None:
        self.add_error(field if field in self.fields else None, error)


class SubscriptionPriceForm(PriceModelForm):
    """What was agreed for one product."""

    class Meta:
        model = SubscriptionPrice
        fields = "__all__"


class SubscriptionPriceFormSet(PriceInlineFormSet):
    """What was agreed for each product; the faults between products are found here (BR-12)."""

    def clean(self) -> None:
        """Show everything that forbids the prices, on the row to mend if there is one."""
        super().clean()
        rows = {form.cleaned_data["product"].code: form for form in self._rows()}
        prices = [_agreed(form) for form in rows.values()]
        terms = _terms(self.instance, prices=prices)
        if terms is None:
            return
        found = [
            violation
            for violation in violations(terms, regions=["one"], multi_shift=True)
            if violation.field.startswith("prices")
        ]
        for violation in found:
            row = rows.get(violation.field.removeprefix("prices."))
            if row is not None:
                row.add_error(None, words_of(violation))
        whole = [words_of(violation) for violation in found if violation.field == "prices"]
        if whole:
            raise ValidationError(whole)

    def _rows(self) -> Iterator[PriceModelForm]:
        for form in self.forms:
            cleaned = getattr(form, "cleaned_data", {})
            # A row that may only be read is not typed: it carries what is stored.
            if isinstance(cleaned.get("product"), Product) and not cleaned.get("DELETE"):
                yield form


class SubscriptionAllowanceForm(AllowanceModelForm):
    """What one seat brings of a fair-use resource, instead of the catalog's (BR-40)."""

    class Meta:
        model = SubscriptionAllowance
        fields = ("product", "resource", "quantity")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Offer licenses and add-ons, and what they bring an allowance of."""
        super().__init__(*args, **kwargs)
        seats = Product.objects.filter(kind__in=(ProductKind.LICENSE, ProductKind.ADD_ON))
        resources = Product.objects.filter(code__in=FAIR_USE_RESOURCES)
        for name, products in (("product", seats), ("resource", resources)):
            field = self.fields.get(name)
            if isinstance(field, forms.ModelChoiceField):
                field.queryset = products

    def clean_quantity(self) -> Decimal:
        """Refuse less than nothing."""
        quantity: Decimal = self.cleaned_data["quantity"]
        if quantity < 0:
            raise ValidationError(_("An allowance is not negative; write 0 if a seat brings nothing."))
        return quantity


class SubscriptionChangeForm(ChangeModelForm):
    """One change of a commitment or a price; who and when are filled in when it is saved."""

    class Meta:
        model = SubscriptionChange
        fields = ("product", "effective_date", "commitment", "price", "overage_price", "reason")
        widgets = {"reason": UnfoldAdminTextareaWidget(attrs={"rows": 1})}

    def clean(self) -> dict[str, Any]:
        """Refuse a change that changes nothing."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        figures = ("commitment", "price", "overage_price")
        typed_nothing = all(cleaned.get(figure) is None and figure not in self.errors for figure in figures)
        if cleaned.get("product") and typed_nothing:
            self.add_error("commitment", _("Name the new commitment, the new price or both."))
        return cleaned


def _filled_in(subscription: Subscription, cleaned: dict[str, Any]) -> Subscription:
    """Return the row with what was typed in it, as far as it could be read."""
    for name, value in cleaned.items():
        setattr(subscription, name, value)
    return subscription


def _terms(subscription: Subscription, *, prices: Sequence[AgreedPrice]) -> ContractTerms | None:
    """Return what was typed as terms; None as long as a field that the rules need is empty or wrong."""
    needed = (subscription.effective_date, subscription.commercial_model, subscription.licensing_model)
    if not all(needed):
        return None
    return ContractTerms(
        effective_date=subscription.effective_date,
        currency=subscription.currency,
        commercial_model=CommercialModel(subscription.commercial_model),
        licensing_model=LicensingModel(subscription.licensing_model),
        edition=Edition(subscription.edition),
        last_service_date=subscription.last_service_date,
        cancelled_on=subscription.cancelled_on,
        prices=prices,
    )


def _agreed(form: PriceModelForm) -> AgreedPrice:
    cleaned = form.cleaned_data
    return AgreedPrice(
        product=cleaned["product"].code,
        commitment=cleaned.get("commitment") or Decimal(0),
        price=cleaned.get("price"),
        overage_price=cleaned.get("overage_price"),
        setup_price=cleaned.get("setup_price"),
    )


def _overlap(other: Subscription) -> ValidationError:
    if other.last_service_date is None:
        message = _(
            "Another subscription of this organization runs since %(start)s and has no end. An organization has at "
            "most one: give the other its last service day first; the new one begins on the day after."
        )
    else:
        message = _(
            "Another subscription of this organization runs from %(start)s to %(end)s. An organization has at most "
            "one: the new one begins on the day after."
        )
    return ValidationError(
        message,
        code="overlap",
        params={
            "start": date_format(other.effective_date),
            "end": other.last_service_date and date_format(other.last_service_date),
        },
    )
