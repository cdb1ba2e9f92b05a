"""Endpoints of webhooks, and the messages to them."""

from typing import Any

from django.contrib import admin, messages
from django.db import transaction
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from subscriptions.admin.base import FactAdmin, OrganizationFilter, badge, page_action, person, works_on_all
from subscriptions.admin.making_sure import MakesSure
from subscriptions.choices import DELIVERY_STATES, ENDPOINT_STATES, AuditKind
from subscriptions.documents.webhooks import pretty_message
from subscriptions.domain.webhook import DeliveryState, EndpointState
from subscriptions.forms.webhooks import EXISTS, WebhookEndpointForm
from subscriptions.models import WebhookDelivery, WebhookEndpoint
from subscriptions.selectors import database_now
from subscriptions.selectors.webhooks import (
    DELIVERY_CONDITIONS,
    ENDPOINT_CONDITIONS,
    list_given_up,
)
from subscriptions.services.recording import Recording
from subscriptions.services.webhooks.endpoints import (
    EndpointChangedError,
    EndpointExistsError,
    make_endpoint,
    revoke_endpoint,
    rotate_secret,
    send_delivery_again,
    send_test,
    switch_on,
)
from subscriptions.views.access import make_sure_of

BY_ORGANIZATION = ("organization", OrganizationFilter)


class EndpointStateFilter(admin.SimpleListFilter):
    """Endpoints that work, fail, are off, or were revoked."""

    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [(state.value, words) for state, words in ENDPOINT_STATES.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        known = {state.value: condition for state, condition in ENDPOINT_CONDITIONS.items()}
        return queryset.filter(known[self.value() or ""]) if self.value() in known else queryset


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


@admin.register(WebhookEndpoint)
class WebhookEndpointAdmin(MakesSure, FactAdmin):
    """Leads make endpoints and replace secrets, who works on the organization may revoke and test."""

    audited_as = AuditKind.KEY
    form = WebhookEndpointForm
    list_display = ["name", "organization", "url", "told", "last_delivered_at", "shown_state"]
    list_filter = [EndpointStateFilter, BY_ORGANIZATION]
    list_select_related = ["organization"]
    search_fields = ["^name"]
    search_help_text = _("Organization, contact, or the beginning of a name")
    autocomplete_fields = ["organization"]
    actions = ["revoke"]
    actions_detail = ["deliveries", "test", "turn_on", "rotate", "revoke_this"]

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        if obj is None:
            return ["organization", "name", "url", "event_types"]
        return [
            ("organization", "name"),
            "url",
            "told",
            ("created_at", "created_by"),
            ("last_delivered_at", "failures"),
            ("previous_until", "rotations"),
            ("switched_off_at", "revoked_at"),
        ]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return ("told",) if obj else ()

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return works_on_all(request)

    def has_rotate_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        # What is not the person's is looked for first: it does not exist for them.
        revoked = object_id is not None and self.get_object(request, object_id).revoked_at is not None
        return works_on_all(request) and not revoked

    def has_revoke_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        if object_id is None:
            return self.has_view_permission(request)
        return self.get_object(request, object_id).revoked_at is None

    def has_test_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        if object_id is None:
            return self.has_view_permission(request)
        return self.get_object(request, object_id).state in {EndpointState.WORKS, EndpointState.FAILING}

    def has_turn_on_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        if object_id is None:
            return self.has_view_permission(request)
        return self.get_object(request, object_id).state is EndpointState.OFF

    @admin.display(description=_("is told"))
    def told(self, endpoint: WebhookEndpoint) -> str:
        return ", ".join(endpoint.event_types)

    @badge(
        description=_("state"),
        colors={"works": "success", "failing": "warning", "off": "danger", "revoked": "info"},
    )
    def shown_state(self, endpoint: WebhookEndpoint) -> tuple[str, Any]:
        return endpoint.state.value, ENDPOINT_STATES[endpoint.state]

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        # The secret goes into this one answer, and never into a message: those are stored in a cookie or a session.
        if request.method == "POST" and self.has_add_permission(request):
            form = self.get_form(request)(request.POST)
            if form.is_valid():
                make_sure_of(request)
                return self._made(request, form)
        return super().add_view(request, form_url, extra_context)

    def _made(self, request: HttpRequest, form: "ModelForm[Any]") -> HttpResponse:
        try:
            with transaction.atomic():
                endpoint, secret = make_endpoint(**form.cleaned_data, recording=_recording(request))
                self.log_addition(request, endpoint, [{"added": {}}])
        except EndpointExistsError:
            self.message_user(request, EXISTS, messages.ERROR)
            return HttpResponseRedirect(reverse("admin:subscriptions_webhookendpoint_changelist"))
        return self._show_once(request, endpoint, secret)

    def _show_once(self, request: HttpRequest, endpoint: WebhookEndpoint, secret: str) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("This secret is shown only now"),
            "endpoint": endpoint,
            "secret": secret,
            "back": reverse("admin:subscriptions_webhookendpoint_change", args=[endpoint.pk]),
        }
        response = TemplateResponse(request, "admin/seatbill/webhook_made.html", context)
        add_never_cache_headers(response)
        return response

    @page_action(description=_("What was sent"), icon="outbox", permissions=["view"])
    def deliveries(self, request: HttpRequest, object_id: str) -> HttpResponse:
        endpoint = self.get_object(request, object_id)
        url = reverse("admin:subscriptions_webhookdelivery_changelist")
        return HttpResponseRedirect(f"{url}?endpoint__id__exact={endpoint.pk}")

    @page_action(description=_("Send a test"), icon="send", permissions=["test"])
    def test(self, request: HttpRequest, object_id: str) -> HttpResponse:
        endpoint = self.get_object(request, object_id)
        back = reverse("admin:subscriptions_webhookendpoint_change", args=[endpoint.pk])
        if request.method != "POST":
            return self.confirmation(
                request,
                title=_("Send a test?"),
                message=_("A message of the type “ping” is sent to the address, signed as every other."),
                button=_("Send a test"),
                back=back,
            )
        if send_test(endpoint, recording=_recording(request)):
            self.message_user(request, _("A test is on its way."), messages.SUCCESS)
        else:
            self.message_user(request, _("Nothing was sent: a test is on its way already."), messages.INFO)
        return HttpResponseRedirect(back)

    @page_action(description=_("Switch it on again"), icon="power_settings_new", permissions=["turn_on"])
    def turn_on(self, request: HttpRequest, object_id: str) -> HttpResponse:
        endpoint = self.get_object(request, object_id)
        back = reverse("admin:subscriptions_webhookendpoint_change", args=[endpoint.pk])
        if request.method != "POST":
            return self.confirmation(
                request,
                title=_("Switch this endpoint on again?"),
                message=_(
                    "What happens from then on is sent. What it has missed is sent once somebody sends it again."
                ),
                button=_("Switch it on again"),
                back=back,
            )
        if switch_on(endpoint, recording=_recording(request)):
            self.message_user(request, _("The endpoint is switched on."), messages.SUCCESS)
        return HttpResponseRedirect(back)

    @page_action(description=_("Replace the secret"), icon="key", permissions=["rotate"])
    def rotate(self, request: HttpRequest, object_id: str) -> HttpResponse:
        endpoint = self.get_object(request, object_id)
        back = reverse("admin:subscriptions_webhookendpoint_change", args=[endpoint.pk])
        if request.method != "POST":
            context = {
                **self.admin_site.each_context(request),
                "opts": self.opts,
                "title": _("Replace the secret?"),
                "endpoint": endpoint,
                "back": back,
            }
            return TemplateResponse(request, "admin/seatbill/webhook_rotate.html", context)
        make_sure_of(request)
        seen = request.POST.get("rotations", "")
        try:
            secret = rotate_secret(
                endpoint, rotations=int(seen) if seen.isdecimal() else -1, recording=_recording(request)
            )
        except EndpointChangedError:
            words = _("The secret has just been replaced, or the endpoint revoked: nothing was changed.")
            self.message_user(request, words, messages.INFO)
            return HttpResponseRedirect(back)
        return self._show_once(request, endpoint, secret)

    @admin.action(description=_("Revoke"), permissions=["revoke"])
    def revoke(self, request: HttpRequest, chosen: QuerySet[WebhookEndpoint]) -> HttpResponse | None:
        if request.POST.get("confirmed") != "yes":
            return self._ask(request, reverse("admin:subscriptions_webhookendpoint_changelist"), list(chosen))
        self._revoke(request, chosen)
        return None

    @page_action(description=_("Revoke"), icon="block", permissions=["revoke"])
    def revoke_this(self, request: HttpRequest, object_id: str) -> HttpResponse:
        endpoint = self.get_object(request, object_id)
        back = reverse("admin:subscriptions_webhookendpoint_change", args=[endpoint.pk])
        if request.method != "POST":
            return self._ask(request, back)
        self._revoke(request, [endpoint])
        return HttpResponseRedirect(back)

    def _ask(self, request: HttpRequest, back: str, selected: Any = ()) -> HttpResponse:
        return self.confirmation(
            request,
            title=_("Revoke?"),
            message=_(
                "Nothing more is sent there from that moment on, not even what waits now, and a revoked endpoint stays "
                "revoked."
            ),
            button=_("Revoke"),
            back=back,
            selected=selected,
        )

    def _revoke(self, request: HttpRequest, endpoints: Any) -> None:
        make_sure_of(request)
        for endpoint in endpoints:
            if endpoint.revoked_at is None:
                with transaction.atomic():
                    revoke_endpoint(endpoint, recording=_recording(request))
                    self.log_change(request, endpoint, [{"changed": {"fields": ["revoked_at"]}}])
        self.message_user(request, _("Revoked: nothing more is sent there."), messages.SUCCESS)


@admin.register(WebhookDelivery)
class WebhookDeliveryAdmin(FactAdmin):
    audited_as = AuditKind.KEY
    list_display = [
        *("event_type", "organization", "endpoint", "shown_state", "attempts", "status"),
        *("asked_until", "queued_at"),
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
                send_delivery_again(delivery, times_again=delivery.times_again, recording=_recording(request))
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


def _recording(request: HttpRequest) -> Recording:
    return Recording(by=person(request), at=database_now())
