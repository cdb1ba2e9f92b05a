"""The messages to endpoints, to be sent again."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from subscriptions.admin.base import FactAdmin
from subscriptions.admin.filters import BY_ORGANIZATION
from subscriptions.admin.parts import badge, page_action
from subscriptions.choices import DELIVERY_STATES, AuditKind
from subscriptions.documents.webhooks import pretty_message
from subscriptions.domain.webhook import DeliveryState, EndpointState
from subscriptions.models import WebhookDelivery
from subscriptions.selectors.webhooks import (
    DELIVERY_CONDITIONS,
    list_given_up,
)
from subscriptions.services.webhooks.endpoints import (
    EndpointChangedError,
    send_delivery_again,
)
from subscriptions.views.access import recording_of


class DeliveryStateFilter(admin.SimpleListFilter):
    """Messages that wait, failed, arrived, or were given up."""

    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [(state.value, words) for state, words in DELIVERY_STATES.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() == DeliveryState.GIVEN_UP:
            return list_given_up(queryset)
        known = {state.value: condition for state, condition in DELIVERY_CONDITIONS.items()}
        return queryset.filter(known[self.value() or ""]) if self.value() in known else queryset


@admin.register(WebhookDelivery)
class WebhookDeliveryAdmin(FactAdmin):
    audited_as = AuditKind.KEY
    when_empty = _(
        "Each message to a customer’s program stands here. Add an endpoint under Webhook endpoints: it is told "
        "what happens from then on."
    )
    list_display = [
        *("event_type", "organization", "endpoint", "shown_state", "attempts", "status", "queued_at"),
    ]
    list_filter = [DeliveryStateFilter, BY_ORGANIZATION, "event_type"]
    list_select_related = ["organization", "endpoint"]
    search_fields = ["^message_id"]
    search_help_text = _("Organization, contact, or the beginning of a message’s id")
    fieldsets = [
        (None, {"fields": [("organization", "endpoint"), ("event_type", "message_id"), "message"]}),
        (
            _("Delivery"),
            {
                "fields": [
                    ("queued_at", "attempts", "times_again"),
                    ("first_attempt_at", "last_attempt_at", "milliseconds"),
                    ("asked_until", "next_attempt_at"),
                    ("delivered_at", "given_up_at"),
                    ("status", "fault"),
                    "response",
                ]
            },
        ),
    ]
    actions = ["send_again"]
    actions_detail = ["send_this_again"]

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest) -> bool:
        return lookup == "endpoint__id__exact" or super().lookup_allowed(lookup, value, request)

    def title_of(self, row: WebhookDelivery) -> str:
        return str(row.get_event_type_display())

    def has_send_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        if object_id is None:
            return self.has_view_permission(request)
        delivery = self.get_object(request, object_id)
        return delivery.next_attempt_at is None and delivery.endpoint.state in {
            EndpointState.WORKS,
            EndpointState.FAILING,
        }

    @badge(
        description=_("state"),
        colors={"waiting": "info", "retrying": "warning", "delivered": "success", "given_up": "danger"},
    )
    def shown_state(self, delivery: WebhookDelivery) -> tuple[str, Any]:
        return delivery.state.value, DELIVERY_STATES[delivery.state]

    @admin.display(description=_("message"))
    def message(self, delivery: WebhookDelivery) -> str:
        return render_to_string("admin/seatbill/json.html", {"text": pretty_message(delivery.body)})

    @admin.action(description=_("Send again"), permissions=["send"])
    def send_again(self, request: HttpRequest, chosen: QuerySet[WebhookDelivery]) -> None:
        sent = 0
        for delivery in chosen:
            try:
                send_delivery_again(delivery, times_again=delivery.times_again, recording=recording_of(request))
            except EndpointChangedError:
                continue
            sent += 1
        words = ngettext("%(count)s message is on its way again.", "%(count)s messages are on their way again.", sent)
        self.message_user(request, words % {"count": sent}, messages.SUCCESS if sent else messages.INFO)

    @page_action(description=_("Send again"), icon="replay", permissions=["send"])
    def send_this_again(self, request: HttpRequest, object_id: str) -> HttpResponse:
        delivery = self.get_object(request, object_id)
        back = reverse("admin:subscriptions_webhookdelivery_change", args=[delivery.pk])
        if request.method != "POST":
            return self.confirmation(
                request,
                title=_("Send this message again?"),
                message=_("It is sent under the same id and with the same words: who has it already knows it by that."),
                button=_("Send again"),
                back=back,
            )
        self.send_again(request, WebhookDelivery.objects.filter(pk=delivery.pk))
        return HttpResponseRedirect(back)
