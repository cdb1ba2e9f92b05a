"""What a report is about: its months or days, currency, issuing entity, CSM; and the codes of the accounting."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from hashlib import sha256
from typing import Any

from django import forms
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.forms import BoundField
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from invoices.choices import CHARGE_KINDS, JOURNAL_ACCOUNTS
from invoices.domain.charge import ChargeKind
from invoices.domain.finance.commitments import Fit
from invoices.domain.finance.journal import PROPOSED, JournalAccount, Purpose
from invoices.domain.finance.months import last_day_of, month_after, month_of, months_between
from invoices.domain.ledger import Account
from invoices.selectors.finance.journal import JournalPeriod
from invoices.selectors.finance.scope import Scope, list_csms, name_of, organizations_of
from subscriptions.choices import CURRENCY_CHOICES, TAX_CATEGORIES
from subscriptions.forms.texts import TextsForm
from subscriptions.models import IssuingEntity, TaxAuthority
from subscriptions.selectors import is_lead

MOST_MONTHS = 36
MOST_DAYS = 92
"""A quarter: a journal is read through while a person waits."""
EARLIEST_YEAR, LATEST_YEAR = 2000, 2100
LONGEST_CODE = 40
FITS = [
    (Fit.OVER_TWICE.value, _("Over it for two periods")),
    (Fit.OVER.value, _("Over it this period")),
    (Fit.UNDER_HALF.value, _("Less than half used")),
    (Fit.WITHIN.value, pgettext_lazy("commitment", "Within it")),
]


class MonthField(forms.CharField):
    """A month, typed or picked as `2026-03`; its value is the first day."""

    def __init__(self, **kwargs: Any) -> None:
        """Let browsers that know months offer them."""
        super().__init__(widget=UnfoldAdminTextInputWidget(attrs={"type": "month", "placeholder": "2026-03"}), **kwargs)

    def to_python(self, value: Any) -> Any:
        """Read a month."""
        if isinstance(value, date):
            return value
        text = str(value or "").strip()
        if not text:
            return None
        try:
            month = date.fromisoformat(f"{text}-01")
        except ValueError:
            raise ValidationError(_("Write a month as year and month, such as 2026-03.")) from None
        _within_reach(month)
        return month

    def prepare_value(self, value: Any) -> Any:
        """Show a month as it is typed."""
        return f"{value:%Y-%m}" if isinstance(value, date) else value


class DayField(forms.DateField):
    """A day, picked or typed as `2026-03-31`."""

    def __init__(self, **kwargs: Any) -> None:
        """Let the browser offer a calendar; it sends days in one way only."""
        widget = UnfoldAdminTextInputWidget(attrs={"type": "date"})
        super().__init__(widget=widget, input_formats=["%Y-%m-%d"], **kwargs)

    def to_python(self, value: Any) -> Any:
        """Read a day that a report may be about."""
        day = super().to_python(value)
        if day is not None:
            _within_reach(day)
        return day

    def prepare_value(self, value: Any) -> Any:
        """Show a day as a browser wants it."""
        return value.isoformat() if isinstance(value, date) else value


class OfIssuingEntity(forms.Form):
    """Asks who issued."""

    issuing_entity = forms.ModelChoiceField(
        label=_("Issuing entity"),
        queryset=IssuingEntity.objects.order_by("legal_name", "pk"),
        required=False,
        empty_label=_("All"),
        widget=UnfoldAdminSelectWidget,
    )

    def __init__(self, query: Mapping[str, Any], **kwargs: Any) -> None:
        """Read what is asked for from an address; what it does not name is as usual."""
        super().__init__({**self.usual(), **query}, **kwargs)

    def usual(self) -> dict[str, Any]:
        """Return what is asked for where an address names nothing."""
        return {}


class ReportForm(OfIssuingEntity):
    """Asks in which currency, who issued, and whose organizations; a CSM is not asked whose."""

    currency = forms.ChoiceField(
        label=_("Currency"), choices=[("", _("All")), *CURRENCY_CHOICES], required=False, widget=UnfoldAdminSelectWidget
    )
    csm = forms.ModelChoiceField(
        label=_("CSM"),
        queryset=User.objects.none(),
        required=False,
        empty_label=_("All"),
        widget=UnfoldAdminSelectWidget,
    )

    def __init__(self, query: Mapping[str, Any], *, user: User, today: date) -> None:
        """Offer a lead all CSMs."""
        self.user, self.today = user, today
        super().__init__(query)
        if is_lead(user):
            self.fields["csm"].queryset = list_csms()  # type: ignore[attr-defined]
            self.fields["csm"].label_from_instance = name_of  # type: ignore[attr-defined]
        else:
            del self.fields["csm"]

    @property
    def scope(self) -> Scope:
        """Return what a valid form asks for."""
        csm, entity = self.cleaned_data.get("csm"), self.cleaned_data["issuing_entity"]
        return Scope(
            organizations=organizations_of(self.user, csm_id=csm and csm.pk),
            currency=self.cleaned_data["currency"],
            issuing_entity_id=entity and entity.pk,
        )


class MonthsForm(ReportForm):
    """Asks from which month to which; the last twelve unless others are named."""

    field_order = ["first", "last", "currency", "issuing_entity", "csm"]
    first = MonthField(label=_("From month"))
    last = MonthField(label=_("To month"))

    def usual(self) -> dict[str, Any]:
        """Return the last twelve months."""
        month = month_of(self.today)
        return {"first": month_after(month, -11), "last": month}

    def clean(self) -> dict[str, Any]:
        """Make sure that there are months, and not too many to read."""
        cleaned = super().clean() or {}
        first, last = cleaned.get("first"), cleaned.get("last")
        if first and last:
            if last < first:
                self.add_error("last", _("This month lies before the first one."))
            elif months_between(first, last) >= MOST_MONTHS:
                self.add_error("last", _("Choose at most %(count)s months.") % {"count": MOST_MONTHS})
        return cleaned


class BilledForm(MonthsForm):
    """Asks for the months, and whether to tell the CSMs apart."""

    field_order = [*MonthsForm.field_order, "by"]
    by = forms.ChoiceField(
        label=_("Rows"),
        choices=[("", _("By month")), ("csm", _("By month and CSM"))],
        required=False,
        widget=UnfoldAdminSelectWidget,
    )


class RecurringForm(MonthsForm):
    """Asks for the months, and of which one to show the organizations."""

    field_order = [*MonthsForm.field_order, "month"]
    month = MonthField(label=_("Movements of"), required=False, help_text=_("The last month, unless another is named."))


class CommitmentsForm(ReportForm):
    """Asks for the month in which periods ended, and whom to show."""

    field_order = ["month", "fit", "currency", "issuing_entity", "csm"]
    month = MonthField(label=_("Periods that ended in"))
    fit = forms.ChoiceField(
        label=_("Show"), choices=[("", _("All")), *FITS], required=False, widget=UnfoldAdminSelectWidget
    )

    def usual(self) -> dict[str, Any]:
        """Return the last month, of which every period has ended."""
        return {"month": month_after(month_of(self.today), -1)}


class DeferredForm(ReportForm):
    """Asks at the end of which day."""

    field_order = ["on", "currency", "issuing_entity", "csm"]
    on = DayField(label=_("At the end of"))

    def usual(self) -> dict[str, Any]:
        """Return the last day of the last month."""
        return {"on": month_of(self.today) - timedelta(days=1)}


class JournalForm(OfIssuingEntity):
    """Asks which days of booking are to be exported."""

    field_order = ["first_day", "last_day", "issuing_entity"]
    first_day = DayField(label=_("From day"))
    last_day = DayField(label=_("To day"))

    def __init__(self, query: Mapping[str, Any], *, today: date) -> None:
        """Keep the day on which it is asked."""
        self.today = today
        super().__init__(query)

    def usual(self) -> dict[str, Any]:
        """Return the last month."""
        month = month_after(month_of(self.today), -1)
        return {"first_day": month, "last_day": last_day_of(month)}

    def clean(self) -> dict[str, Any]:
        """Make sure that there are days, and not too many to read."""
        cleaned = super().clean() or {}
        first, last = cleaned.get("first_day"), cleaned.get("last_day")
        if first and last:
            if last < first:
                self.add_error("last_day", _("This day lies before the first one."))
            elif (last - first).days >= MOST_DAYS:
                self.add_error("last_day", _("Choose at most %(count)s days.") % {"count": MOST_DAYS})
        return cleaned

    @property
    def period(self) -> JournalPeriod:
        """Return what a valid form asks for."""
        entity = self.cleaned_data["issuing_entity"]
        return JournalPeriod(
            first_day=self.cleaned_data["first_day"],
            last_day=self.cleaned_data["last_day"],
            issuing_entity_id=entity and entity.pk,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeGroup:
    """Codes that belong together, with what they are."""

    title: Any
    help: Any
    fields: list[BoundField]


class AccountCodesForm(TextsForm):
    """Asks for the code of each account and part; what is left empty is kept under the one shown in gray."""

    def __init__(self, data: Mapping[str, Any] | None, *, codes: Mapping[Purpose, str]) -> None:
        """Offer every account, category, kind and authority there is, and what has a code though it is gone."""
        super().__init__(data)
        authorities = TaxAuthority.objects.order_by("name").values_list("name", flat=True)
        self.purposes = {_name(purpose): purpose for purpose in _purposes(authorities, codes)}
        for name, purpose in self.purposes.items():
            widget = UnfoldAdminTextInputWidget(attrs={"placeholder": PROPOSED.get(purpose, "")})
            self.fields[name] = forms.CharField(
                label=_label(purpose),
                required=False,
                max_length=LONGEST_CODE,
                initial=codes.get(purpose, ""),
                widget=widget,
            )

    @property
    def groups(self) -> list[CodeGroup]:
        """Return the fields as they are shown."""
        of = {name: self[name] for name in self.purposes}

        def fields(wanted: Any) -> list[BoundField]:
            return [of[name] for name, purpose in self.purposes.items() if wanted(purpose)]

        return [
            CodeGroup(
                title=pgettext_lazy("report", "Accounts"),
                help=_("A field left empty keeps the code that stands in it in gray."),
                fields=fields(lambda one: not one.part and not one.kind),
            ),
            CodeGroup(
                title=_("Revenue by tax category"),
                help=_("A field left empty keeps the code that stands in it in gray."),
                fields=fields(lambda one: one.account is Account.REVENUE and one.part),
            ),
            CodeGroup(
                title=_("Revenue by kind of charge"),
                help=_("Goes before the tax category; a field left empty leaves it to that."),
                fields=fields(lambda one: one.kind),
            ),
            CodeGroup(
                title=_("Tax by authority"),
                help=_("A field left empty is kept under the code of all tax."),
                fields=fields(lambda one: one.account is Account.TAX and one.part),
            ),
        ]

    def wanted(self) -> dict[Purpose, str]:
        """Return the codes that a valid form asks for."""
        return {purpose: self.cleaned_data[name] for name, purpose in self.purposes.items()}


def _purposes(authorities: Any, codes: Mapping[Purpose, str]) -> Iterator[Purpose]:
    offered = [
        *(Purpose(account=account) for account in Account if account is not Account.REVENUE),
        Purpose(account=JournalAccount.DEFERRED_REVENUE),
        *(Purpose(account=Account.REVENUE, part=category) for category, _words in TAX_CATEGORIES),
        *(
            Purpose(account=Account.REVENUE, kind=kind)
            for kind, _words in CHARGE_KINDS
            if kind not in {ChargeKind.ADJUSTMENT.value, ChargeKind.CREDIT.value}
        ),
        *(Purpose(account=Account.TAX, part=name) for name in authorities),
    ]
    yield from offered
    # An authority may have got another name since.
    yield from sorted(set(codes) - set(offered))


def _name(purpose: Purpose) -> str:
    """Return what a field is called: the same whatever else is offered; authorities are called anything."""
    part = purpose.part if purpose.account is Account.REVENUE else sha256(purpose.part.encode()).hexdigest()[:12]
    kind = purpose.kind and f"kind-{purpose.kind}"
    return "-".join(word for word in ("code", purpose.account.value, purpose.part and part, kind) if word)


def _label(purpose: Purpose) -> Any:
    if purpose.kind:
        return dict(CHARGE_KINDS)[purpose.kind]
    if purpose.part:
        return dict(TAX_CATEGORIES).get(purpose.part, purpose.part)
    return dict(JOURNAL_ACCOUNTS)[purpose.account.value]


def _within_reach(day: date) -> None:
    if not EARLIEST_YEAR <= day.year <= LATEST_YEAR:
        words = _("Choose a day between %(first)s and %(last)s.")
        raise ValidationError(words % {"first": EARLIEST_YEAR, "last": LATEST_YEAR})
