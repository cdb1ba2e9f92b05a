"""Endpoints of webhooks: made, tested, switched on, revoked."""

from typing import Any

from django.contrib import admin, messages
from django.db import transaction
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from subscriptions.admin.filters import BY_ORGANIZATION
from subscriptions.admin.parts import badge, enumerated, page_action
from subscriptions.admin.secret import SecretAdmin
from subscriptions.choices import ENDPOINT_STATES, WEBHOOK_EVENTS
from subscriptions.domain.webhook import EndpointState
from subscriptions.forms.webhooks import EXISTS, WebhookEndpointForm
from subscriptions.models import WebhookEndpoint
from subscriptions.selectors.webhooks import (
    ENDPOINT_CONDITIONS,
)
from subscriptions.services.webhooks.endpoints import (
    EndpointChangedError,
    EndpointExistsError,
    make_endpoint,
    revoke_endpoint,
    rotate_secret,
    send_test,
    switch_on,
)
from subscriptions.views.access import make_sure_of, recording_of


class EndpointStateFilter(admin.SimpleListFilter):
    """Endpoints that work, fail, are off, or were revoked."""

    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [(state.value, words) for state, words in ENDPOINT_STATES.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        known = {state.value: condition for state, condition in ENDPOINT_CONDITIONS.items()}
        return queryset.filter(known[self.value() or ""]) if self.value() in known else queryset


@admin.register(WebhookEndpoint)
class WebhookEndpointAdmin(SecretAdmin):
    """Leads make endpoints and replace secrets, who works on the organization may revoke and test."""

    form = WebhookEndpointForm
    when_empty = _(
        "A customer’s program can be told when an invoice is issued or paid. Add its address here, or let the "
        "customer do it on their own pages."
    )
    list_display = ["name", "organization", "address", "told", "last_delivered_at", "shown_state"]
    list_filter = [EndpointStateFilter, BY_ORGANIZATION]
    list_select_related = ["organization"]
    search_fields = ["^name"]
    search_help_text = _("Organization, contact, or the beginning of a name")
    autocomplete_fields = ["organization"]
    actions_detail = ["deliveries", "test", "turn_on", "rotate", "revoke_this"]
    asks_to_revoke = _(
        "Nothing more is sent there from that moment on, not even what waits now, and a revoked endpoint stays revoked."
    )
    says_revoked = _("Revoked: nothing more is sent there.")

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

    def has_rotate_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        return object_id is not None and self.get_object(request, object_id).revoked_at is None

    def has_test_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        if object_id is None:
            return self.has_view_permission(request)
        return self.get_object(request, object_id).state in {EndpointState.WORKS, EndpointState.FAILING}

    def has_turn_on_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        if object_id is None:
            return self.has_view_permission(request)
        return self.get_object(request, object_id).state is EndpointState.OFF

    @admin.display(description=_("Address"), ordering="url")
    def address(self, endpoint: WebhookEndpoint) -> str:
        return endpoint.url

    @admin.display(description=_("is told"))
    def told(self, endpoint: WebhookEndpoint) -> str:
        return enumerated(words for event, words in WEBHOOK_EVENTS if event in endpoint.event_types)

    @badge(
        description=_("state"),
        colors={"works": "success", "failing": "warning", "off": "danger", "revoked": "info"},
    )
    def shown_state(self, endpoint: WebhookEndpoint) -> tuple[str, Any]:
        return endpoint.state.value, ENDPOINT_STATES[endpoint.state]

    def make(self, request: HttpRequest, form: "ModelForm[Any]") -> HttpResponse:
        try:
            with transaction.atomic():
                endpoint, secret = make_endpoint(**form.cleaned_data, recording=recording_of(request))
                self.log_addition(request, endpoint, [{"added": {}}])
        except EndpointExistsError:
            self.message_user(request, EXISTS, messages.ERROR)
            return HttpResponseRedirect(reverse("admin:subscriptions_webhookendpoint_changelist"))
        return self._show_once(request, endpoint, secret)

    def _show_once(self, request: HttpRequest, endpoint: WebhookEndpoint, secret: str) -> HttpResponse:
        return self.show_once(
            request,
            "admin/seatbill/webhook_made.html",
            {
                "title": _("This secret is shown only now"),
                "endpoint": endpoint,
                "secret": secret,
                "back": reverse("admin:subscriptions_webhookendpoint_change", args=[endpoint.pk]),
            },
        )

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
        if send_test(endpoint, recording=recording_of(request)):
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
        if switch_on(endpoint, recording=recording_of(request)):
            self.message_user(request, _("The endpoint is switched on."), messages.SUCCESS)
        return HttpResponseRedirect(back)

    @page_action(description=_("Replace the secret"), icon="key", permissions=["rotate", "lead"])
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
                endpoint, rotations=int(seen) if seen.isdecimal() else -1, recording=recording_of(request)
            )
        except EndpointChangedError:
            words = _("The secret has just been replaced, or the endpoint revoked: nothing was changed.")
            self.message_user(request, words, messages.INFO)
            return HttpResponseRedirect(back)
        return self._show_once(request, endpoint, secret)

    def revoke_row(self, request: HttpRequest, row: WebhookEndpoint) -> None:
        revoke_endpoint(row, recording=recording_of(request))
