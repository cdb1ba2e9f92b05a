"""What a report is about: its months or days, currency, issuing entity, CSM."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from django import forms
from django.contrib.auth.models import User
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from unfold.widgets import UnfoldAdminSelectWidget

from invoices.domain.finance.commitments import Fit
from invoices.domain.finance.months import last_day_of, month_after, month_of, months_between
from invoices.forms.finance.fields import DayField, MonthField
from invoices.selectors.finance.journal import JournalPeriod
from invoices.selectors.finance.scope import Scope, list_csms, name_of, organizations_of
from subscriptions.choices import CURRENCY_CHOICES
from subscriptions.models import IssuingEntity
from subscriptions.selectors.people import is_lead

MOST_MONTHS = 36

MOST_DAYS = 92
"""A quarter: a journal is read through while a person waits."""

FITS = [
    (Fit.OVER_TWICE.value, _("Over it for two periods")),
    (Fit.OVER.value, _("Over it this period")),
    (Fit.UNDER_HALF.value, _("Less than half used")),
    (Fit.WITHIN.value, pgettext_lazy("commitment", "Within it")),
]


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
