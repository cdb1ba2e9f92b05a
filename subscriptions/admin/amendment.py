"""What is done to a running agreement: change a commitment, a price or the tier, cancel, take a cancellation back."""

from datetime import date, datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from subscriptions.admin.guided import GuidedAdmin, Page
from subscriptions.admin.parts import current_language, page_action
from subscriptions.documents.amendment import Reader, cancellation_in_words, change_in_words
from subscriptions.documents.grave_terms import low_prices_in_words
from subscriptions.domain.period import first_index_from, local_date, period_start
from subscriptions.forms import AmendmentForm, CancellationForm, ChangeForm, TierForm, WithdrawalForm
from subscriptions.models import Subscription
from subscriptions.selectors.catalog import get_list_prices, get_product_names
from subscriptions.selectors.clock import database_now
from subscriptions.selectors.terms import get_terms
from subscriptions.services.cancellations import cancel_subscription, preview_cancellation, withdraw_cancellation
from subscriptions.services.changes import change_tier, preview_change, record_changes
from subscriptions.views.access import make_sure_of, recording_of, second_person_for


class AmendedAdmin(GuidedAdmin):
    """The guided actions on an agreement's own page."""

    actions_detail = ["change_terms", "change_the_tier", "cancel", "take_cancellation_back"]

    def has_amend_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        if object_id is None or not self.has_change_permission(request):
            return False
        subscription = self.get_object(request, object_id)
        last = subscription.last_service_date
        return last is None or last >= _today(subscription, database_now())

    def has_withdraw_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        if not self.has_amend_permission(request, object_id):
            return False
        return self.get_object(request, str(object_id)).last_service_date is not None

    @page_action(description=gettext_lazy("Change commitment or price"), icon="tune", permissions=["amend"])
    def change_terms(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self._change(request, object_id, ChangeForm, _("Change a commitment or a price"))

    @page_action(description=gettext_lazy("Change tier"), icon="swap_vert", permissions=["amend"])
    def change_the_tier(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self._change(request, object_id, TierForm, _("Change the contact-center tier"))

    @page_action(description=pgettext_lazy("agreement", "Cancel"), icon="event_busy", permissions=["amend"])
    def cancel(self, request: HttpRequest, object_id: str) -> HttpResponse:
        subscription, now = self.get_object(request, object_id), database_now()
        back = _back(subscription)
        form = CancellationForm(request.POST or None, subscription=subscription, now=now)

        def preview() -> Page:
            effect = preview_cancellation(subscription, last_service_date=form.last_day(), now=now)
            points = [*cancellation_in_words(effect, _reader(subscription)), _because(form)]
            title, button = _("Cancel this agreement?"), _("Cancel the agreement")
            return Page(title=title, points=points, button=button, back=back)

        def do() -> str:
            make_sure_of(request)
            recording = recording_of(request)
            reason = form.cleaned_data["reason"]
            cancel_subscription(subscription.pk, last_service_date=form.last_day(), reason=reason, recording=recording)
            self.log_change(request, subscription, f"Cancelled: last service day {form.last_day()}")
            return _("The agreement is cancelled.")

        ask = Page(title=_("Cancel the agreement"), button=_("Continue"), back=back, confirms=False)
        return self.guide(request, form=form, ask=ask, preview=preview, do=do)

    @page_action(description=gettext_lazy("Take the cancellation back"), icon="undo", permissions=["withdraw"])
    def take_cancellation_back(self, request: HttpRequest, object_id: str) -> HttpResponse:
        subscription, now = self.get_object(request, object_id), database_now()
        back = _back(subscription)
        form = WithdrawalForm(request.POST or None, subscription=subscription, now=now)

        def preview() -> Page:
            points = [_("The agreement goes on, and renews for the same length and commitments."), _because(form)]
            title, button = _("Take the cancellation back?"), _("Take it back")
            return Page(title=title, points=points, button=button, back=back)

        def do() -> str:
            make_sure_of(request)
            recording = recording_of(request)
            withdraw_cancellation(subscription.pk, reason=form.cleaned_data["reason"], recording=recording)
            self.log_change(request, subscription, "Cancellation taken back")
            return _("The cancellation is taken back.")

        ask = Page(title=_("Take the cancellation back"), button=_("Continue"), back=back, confirms=False)
        return self.guide(request, form=form, ask=ask, preview=preview, do=do)

    def _change(self, request: HttpRequest, object_id: str, kind: type[ChangeForm], title: str) -> HttpResponse:
        subscription, now = self.get_object(request, object_id), database_now()
        back = _back(subscription)
        initial: dict[str, Any] = {"effective_date": _next_period(subscription, now)}
        # A page that leads here may name what it is about.
        initial |= {"product": request.GET["product"]} if "product" in request.GET else {}
        form = kind(request.POST or None, subscription=subscription, now=now, initial=initial)

        def preview() -> Page:
            effect = preview_change(subscription, form.change(), now=now)
            points = [*change_in_words(effect, _reader(subscription)), _because(form)]
            return Page(title=_("Record this change?"), points=points, button=_("Record the change"), back=back)

        def do() -> str:
            change = form.change()
            low = low_prices_in_words([change], _reader(subscription, on=change.effective_date))
            if low:
                points = [*preview().points, *low]
                second_person_for(request, subject=_("Subscription: %(row)s") % {"row": subscription}, points=points)
            else:
                make_sure_of(request)
            recording = recording_of(request)
            if kind is TierForm:
                effect = change_tier(subscription.pk, form.change(), recording=recording)
            else:
                [effect] = record_changes(subscription.pk, [form.change()], recording=recording)
            self.log_change(request, subscription, f"Recorded a change of {effect.change.product}")
            return " ".join(change_in_words(effect, _reader(subscription)))

        ask = Page(title=title, button=_("Continue"), back=back, confirms=False)
        return self.guide(request, form=form, ask=ask, preview=preview, do=do)


def _back(subscription: Subscription) -> str:
    return reverse("admin:subscriptions_subscription_change", args=[subscription.pk])


def _reader(subscription: Subscription, *, on: date | None = None) -> Reader:
    """Return for whom it is said, with the list prices of a day, by default of today."""
    language, today = current_language(), _today(subscription, database_now())
    return Reader(
        language=language,
        names=get_product_names(language),
        terms=get_terms(subscription),
        list_prices=get_list_prices(currency=subscription.currency, on=on or max(today, subscription.effective_date)),
    )


def _because(form: AmendmentForm) -> Any:
    return _("Because: %(reason)s") % {"reason": form.cleaned_data["reason"]}


def _today(subscription: Subscription, now: datetime) -> date:
    return local_date(now, time_zone=subscription.time_zone)


def _next_period(subscription: Subscription, now: datetime) -> date:
    """Return the first day of the first period that is still to come."""
    tomorrow = _today(subscription, now).toordinal() + 1
    index = first_index_from(date.fromordinal(tomorrow), effective_date=subscription.effective_date)
    return period_start(effective_date=subscription.effective_date, index=index)
