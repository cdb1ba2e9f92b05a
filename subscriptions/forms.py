"""Forms in which agreements are typed: every fault at once, on the field to mend."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from zoneinfo import available_timezones

from babel import Locale
from django import forms
from django.core.exceptions import ValidationError
from django.utils.formats import date_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelect2Widget, UnfoldAdminTextareaWidget

from subscriptions.domain.catalog import BUILT_IN
from subscriptions.domain.period import local_date
from subscriptions.domain.policy import Edition
from subscriptions.domain.terms import (
    AgreedPrice,
    CommercialModel,
    ContractTerms,
    LicensingModel,
)
from subscriptions.domain.violations import Violation, violations
from subscriptions.models import (
    BankAccount,
    IssuingEntity,
    Organization,
    Product,
    Subscription,
    SubscriptionChange,
    SubscriptionPrice,
)
from subscriptions.selectors import database_now, get_terms, list_overlapping_subscriptions

if TYPE_CHECKING:
    OrganizationModelForm = forms.ModelForm[Organization]
    IssuingEntityModelForm = forms.ModelForm[IssuingEntity]
    BankAccountModelForm = forms.ModelForm[BankAccount]
    ProductModelForm = forms.ModelForm[Product]
    SubscriptionModelForm = forms.ModelForm[Subscription]
    PriceModelForm = forms.ModelForm[SubscriptionPrice]
    ChangeModelForm = forms.ModelForm[SubscriptionChange]
    PriceInlineFormSet = forms.BaseInlineFormSet[SubscriptionPrice, Subscription, PriceModelForm]
else:
    OrganizationModelForm = IssuingEntityModelForm = BankAccountModelForm = ProductModelForm = forms.ModelForm
    SubscriptionModelForm = PriceModelForm = ChangeModelForm = forms.ModelForm
    from unfold.forms import PaginationInlineFormSet as PriceInlineFormSet


def _countries() -> list[tuple[str, str]]:
    """Return the countries by name; regions such as EU and codes kept for private use are no addresses."""
    names = Locale("en").territories
    no_country = {"EU", "EZ", "QO", "UN", "XA", "XB", "ZZ"}
    codes = (code for code in map(str, names) if len(code) == 2 and code.isalpha() and code not in no_country)
    return [("", ""), *sorted(((code, f"{names[code]} ({code})") for code in codes), key=lambda pair: pair[1])]


def _time_zones() -> list[tuple[str, str]]:
    """Return the places and UTC; names without a continent are old spellings of them."""
    names = (name for name in available_timezones() if "/" in name and not name.startswith(("Etc/", "SystemV/")))
    return [(name, name.replace("_", " ")) for name in ["UTC", *sorted(names)]]


ON_THE_FORM = {"regions": "organization", "cancelled_on": "last_service_date"}
"""Where a fault is shown whose own field the form does not have."""


class LinesField(forms.CharField):
    """A list of words, typed one on each line."""

    widget = UnfoldAdminTextareaWidget

    def prepare_value(self, value: Any) -> Any:
        """Show a list as lines."""
        return "\n".join(value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> Any:
        """Read lines as a list, without the empty ones."""
        return [line.strip() for line in (value or "").splitlines() if line.strip()]

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Tell whether the lines differ; how they were spaced does not matter."""
        try:
            return bool(list(initial or []) != self.to_python(data))
        except ValidationError:
            return True


class LabelledLinesField(LinesField):
    """A list of label and value pairs, typed as `label: value` on each line."""

    def prepare_value(self, value: Any) -> Any:
        """Show pairs as lines."""
        return "\n".join(": ".join(pair) for pair in value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> Any:
        """Read lines as pairs."""
        pairs = []
        for line in super().to_python(value):
            label, separator, text = line.partition(":")
            if not separator or not label.strip() or not text.strip():
                raise ValidationError(
                    _("Write “label: value” on each line, such as “Routing (ACH): 021000021”; this is not: %(line)s"),
                    params={"line": line},
                )
            pairs.append([label.strip(), text.strip()])
        return pairs


class CountryField(forms.ChoiceField):
    """A country, picked by name."""

    def __init__(self, **kwargs: Any) -> None:
        """Offer every country."""
        super().__init__(choices=_countries(), widget=UnfoldAdminSelect2Widget, **kwargs)


class OrganizationForm(OrganizationModelForm):
    """Who is billed."""

    country = CountryField(help_text=_("It decides between A4 and Letter."))
    regions = LinesField(
        required=False,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 2}),
        help_text=_("Regions the organization lives in, one on each line; concurrent licensing needs exactly one."),
    )

    class Meta:
        model = Organization
        fields = "__all__"
        widgets = {"address": UnfoldAdminTextareaWidget(attrs={"rows": 4})}

    def clean_regions(self) -> list[str]:
        """Refuse regions that the organization's own agreements forbid (BR-13)."""
        regions: list[str] = self.cleaned_data["regions"]
        if self.instance.pk is None or "regions" not in self.changed_data:
            return regions
        for subscription in self.instance.subscriptions.all():
            found = violations(get_terms(subscription), regions=regions, multi_shift=subscription.multi_shift)
            faults = [_words(violation) for violation in found if violation.field == "regions"]
            if faults:
                raise ValidationError(faults)
        return regions


class IssuingEntityForm(IssuingEntityModelForm):
    """Who invoices."""

    country = CountryField()
    tax_ids = LinesField(
        required=False,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
        help_text=_("One on each line, printed in this order, such as “EIN 12-3456789”."),
    )

    class Meta:
        model = IssuingEntity
        fields = ("country", "tax_ids")
        widgets = {
            "address": UnfoldAdminTextareaWidget(attrs={"rows": 4}),
            "logo_svg": UnfoldAdminTextareaWidget(attrs={"rows": 4}),
        }


class BankAccountForm(BankAccountModelForm):
    """Where money is paid."""

    details = LabelledLinesField(
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
        help_text=_("“Label: value” on each line, printed in this order, such as “Routing (ACH): 021000021”."),
    )

    class Meta:
        model = BankAccount
        fields = "__all__"


class ProductForm(ProductModelForm):
    """What can be agreed."""

    class Meta:
        model = Product
        fields = "__all__"

    def clean(self) -> dict[str, Any]:
        """Refuse a built-in code with another meaning."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        built_in = BUILT_IN.get(cleaned.get("code", self.instance.code))
        kind = cleaned.get("kind", self.instance.kind)
        if built_in is not None and kind and kind != built_in.value:
            self.add_error("kind", _("This code has a built-in meaning: its kind is %(kind)s.") % {"kind": built_in})
        return cleaned


class SubscriptionForm(SubscriptionModelForm):
    """
    What was agreed, apart from prices.

    The faults of prices are found by their own formset, so that both are shown at once.
    """

    time_zone = forms.ChoiceField(
        choices=_time_zones,
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
        terms = _terms(draft, prices=())
        if terms is None or not draft.organization_id:
            return cleaned
        for violation in violations(terms, regions=draft.organization.regions, multi_shift=draft.multi_shift):
            self._show(ON_THE_FORM.get(violation.field, violation.field), _words(violation))
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
                row.add_error(None, _words(violation))
        whole = [_words(violation) for violation in found if violation.field == "prices"]
        if whole:
            raise ValidationError(whole)

    def _rows(self) -> Iterator[PriceModelForm]:
        for form in self.forms:
            cleaned = getattr(form, "cleaned_data", {})
            # A row that may only be read is not typed: it carries what is stored.
            if isinstance(cleaned.get("product"), Product) and not cleaned.get("DELETE"):
                yield form


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


def _words(violation: Violation) -> ValidationError:
    return ValidationError(gettext(violation.message), code=violation.code.value)


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
