"""The staff's pages for what happened: events, rejects, keys, counted periods."""

from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.utils import flatten
from django.db import transaction
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext, pgettext_lazy

from subscriptions.admin.base import (
    FactAdmin,
    FactInline,
    OrganizationFilter,
    badge,
    current_language,
    page_action,
    person,
    pretty,
    works_on_all,
)
from subscriptions.admin.making_sure import MakesSure
from subscriptions.choices import AuditKind
from subscriptions.domain.formatting import format_quantity
from subscriptions.domain.money import round_half_up
from subscriptions.selectors import database_now
from subscriptions.services.recording import Recording
from subscriptions.views.access import make_sure_of
from usage.choices import KEY_SCOPES
from usage.forms import PlatformKeyForm
from usage.models import IngestionKey, RejectedEvent, SnapshotUser, UsageEvent, UsageSnapshot
from usage.services.ingestion import IngestionReport
from usage.services.keys import change_rate, create_key, revoke_key
from usage.services.replay import replay_rejected

BY_ORGANIZATION = ("organization", OrganizationFilter)


@admin.register(UsageEvent)
class UsageEventAdmin(FactAdmin):
    list_display = ["kind", "subject", "organization", "occurred_at", "received_at", "product", "measured"]
    export_columns = {"measured": ["amount"]}
    list_filter = [BY_ORGANIZATION, "kind"]
    list_select_related = ["organization"]
    fields = [
        ("organization", "kind"),
        ("occurred_at", "received_at"),
        ("subject", "session", "client"),
        ("product", "direction", "remote"),
        ("measured", "stored"),
        ("source", "event_id"),
        ("identity_digest", "retracts"),
    ]

    def get_ordering(self, request: HttpRequest) -> list[Any]:
        # Of one organization the newest are found through its own index; of all of them only the key is in order.
        return ["-received_at", "-pk"] if "organization__id__exact" in request.GET else ["-pk"]

    @admin.display(description=_("seconds or requests"), empty_value="–")
    def measured(self, event: UsageEvent) -> str | None:
        return None if event.amount is None else format_quantity(Decimal(event.amount), current_language())

    @admin.display(description=_("gigabytes"), empty_value="–")
    def stored(self, event: UsageEvent) -> str | None:
        return None if event.gigabytes is None else format_quantity(event.gigabytes, current_language())

    @admin.display(description=_("identity"))
    def identity_digest(self, event: UsageEvent) -> str:
        return bytes(event.identity).hex()

    @admin.display(description=_("retracts the event with the identity"), empty_value="–")
    def retracts(self, event: UsageEvent) -> str | None:
        return bytes(event.target).hex() if event.target else None


@admin.register(RejectedEvent)
class RejectedEventAdmin(FactAdmin):
    audited_as = AuditKind.USAGE
    list_display = ["event_id", "organization", "reason", "message", "received_at", "sent_again"]
    list_filter = [BY_ORGANIZATION, "reason", ("replayed_at", admin.EmptyFieldListFilter)]
    list_select_related = ["organization"]
    search_fields = ["^event_id"]
    search_help_text = _("Organization, contact, or the beginning of an event’s id")
    fields = [
        ("organization", "reason"),
        "message",
        ("source", "event_id"),
        ("received_at", "replayed_at"),
        "payload",
    ]
    actions = ["send_again"]
    actions_detail = ["send_this_again"]

    def has_replay_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        return self.has_view_permission(request)

    @badge(description=_("sent again"), colors={"waiting": "warning", "done": "success"})
    def sent_again(self, event: RejectedEvent) -> tuple[str, Any]:
        return ("done", pgettext_lazy("event", "Accepted")) if event.replayed_at else ("waiting", _("Waiting"))

    @admin.action(description=_("Send again"), permissions=["replay"])
    def send_again(self, request: HttpRequest, chosen: QuerySet[RejectedEvent]) -> None:
        make_sure_of(request)
        ids = list(chosen.filter(replayed_at__isnull=True).values_list("pk", flat=True))
        self._say(request, replay_rejected(ids, by=person(request), now=database_now()))

    @page_action(description=_("Send again"), icon="replay", permissions=["replay"])
    def send_this_again(self, request: HttpRequest, object_id: str) -> HttpResponse:
        event = self.get_object(request, object_id)
        back = reverse("admin:usage_rejectedevent_change", args=[event.pk])
        if request.method != "POST":
            return self.confirmation(
                request,
                title=_("Send this event again?"),
                message=_("It is accepted if what was wrong has been mended, and stays here as it is otherwise."),
                button=_("Send again"),
                back=back,
            )
        self.send_again(request, RejectedEvent.objects.filter(pk=event.pk))
        return HttpResponseRedirect(back)

    def _say(self, request: HttpRequest, report: IngestionReport) -> None:
        accepted, refused = report.accepted + report.duplicates, len(report.rejected)
        if accepted:
            words = ngettext("%d event was accepted.", "%d events were accepted.", accepted) % accepted
            self.message_user(request, words, messages.SUCCESS)
        if refused:
            words = ngettext("%d event was rejected again:", "%d events were rejected again:", refused) % refused
            # One cause usually stands behind all of them.
            causes = sorted({rejection.message for rejection in report.rejected})[:3]
            self.message_user(request, f"{words} {' '.join(causes)}", messages.WARNING)
        if not accepted and not refused:
            self.message_user(request, _("There was nothing to send: all of it has been accepted."), messages.INFO)


@admin.register(IngestionKey)
class IngestionKeyAdmin(MakesSure, FactAdmin):
    """Leads make keys and set their limits, who works on the organization may revoke; nobody sees a secret twice."""

    audited_as = AuditKind.KEY
    list_display = ["name", "scope", "may", "shown_prefix", "created_at", "last_used_at", "state"]
    list_filter = [BY_ORGANIZATION, ("revoked_at", admin.EmptyFieldListFilter)]
    list_select_related = ["organization"]
    search_fields = ["^name", "^prefix"]
    autocomplete_fields = ["organization"]
    actions = ["revoke"]
    actions_detail = ["revoke_this"]

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        if obj is None:
            return ["organization", "name", "scopes", "events_per_second"]
        fixed = [
            ("organization", "name"),
            "shown_prefix",
            "may",
            ("created_at", "created_by"),
            ("last_used_at", "revoked_at"),
        ]
        return [*fixed, "events_per_second"]

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        # What a key may do is asked for once, when it is made.
        return super().get_form(request, obj, change, **(kwargs if obj else kwargs | {"form": PlatformKeyForm}))

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return flatten(self.get_fields(request, obj)[:-1]) if obj else ()

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return works_on_all(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return works_on_all(request) and (obj is None or obj.revoked_at is None)

    def save_model(self, request: HttpRequest, obj: IngestionKey, form: Any, change: bool) -> None:
        change_rate(obj, obj.events_per_second)

    def has_revoke_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        if object_id is None:
            return self.has_view_permission(request)
        return self.get_object(request, object_id).revoked_at is None

    @admin.display(description=_("may"))
    def may(self, key: IngestionKey) -> str:
        return ", ".join(str(words) for scope, words in KEY_SCOPES if scope in key.scopes)

    @admin.display(description=_("for"))
    def scope(self, key: IngestionKey) -> Any:
        return key.organization or _("Platform: any organization")

    @admin.display(description=_("key"), ordering="prefix")
    def shown_prefix(self, key: IngestionKey) -> str:
        return f"{key.prefix}…"

    @badge(description=_("state"), colors={"works": "success", "revoked": "danger"})
    def state(self, key: IngestionKey) -> tuple[str, Any]:
        return ("revoked", _("Revoked")) if key.revoked_at else ("works", _("Works"))

    @transaction.atomic
    def _made(self, request: HttpRequest, form: "ModelForm[Any]") -> HttpResponse:
        key, secret = create_key(
            organization=form.cleaned_data["organization"],
            name=form.cleaned_data["name"],
            events_per_second=form.cleaned_data["events_per_second"],
            scopes=form.cleaned_data["scopes"],
            created_by=person(request),
            now=database_now(),
        )
        self.log_addition(request, key, [{"added": {}}])
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("This key is shown only now"),
            "key": key,
            "scope": self.scope(key),
            "secret": secret,
            "back": reverse("admin:usage_ingestionkey_changelist"),
        }
        response = TemplateResponse(request, "admin/seatbill/key_made.html", context)
        add_never_cache_headers(response)
        return response

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

    @admin.action(description=_("Revoke"), permissions=["revoke"])
    def revoke(self, request: HttpRequest, chosen: QuerySet[IngestionKey]) -> HttpResponse | None:
        if request.POST.get("confirmed") != "yes":
            return self._ask(request, reverse("admin:usage_ingestionkey_changelist"), list(chosen))
        self._revoke(request, chosen)
        return None

    @page_action(description=_("Revoke"), icon="block", permissions=["revoke"])
    def revoke_this(self, request: HttpRequest, object_id: str) -> HttpResponse:
        key = self.get_object(request, object_id)
        back = reverse("admin:usage_ingestionkey_change", args=[key.pk])
        if request.method != "POST":
            return self._ask(request, back)
        self._revoke(request, [key])
        return HttpResponseRedirect(back)

    def _ask(self, request: HttpRequest, back: str, selected: Any = ()) -> HttpResponse:
        return self.confirmation(
            request,
            title=_("Revoke?"),
            message=_(
                "What uses this key can report and read nothing more from that moment on, and a revoked key stays "
                "revoked. "
                "What it has reported stays."
            ),
            button=_("Revoke"),
            back=back,
            selected=selected,
        )

    def _revoke(self, request: HttpRequest, keys: Any) -> None:
        make_sure_of(request)
        for key in keys:
            if key.revoked_at is None:
                with transaction.atomic():
                    revoke_key(key, recording=Recording(by=person(request), at=database_now()))
                    self.log_change(request, key, [{"changed": {"fields": ["revoked_at"]}}])
        self.message_user(request, _("Revoked: what uses it is refused from now on."), messages.SUCCESS)


class SnapshotUserInline(FactInline):
    model = SnapshotUser
    fields = ["user", "license", "first_login_at", "last_seen_at", "hours"]
    ordering = ["user"]
    # A period may have a hundred thousand of them.
    per_page = 50
    verbose_name_plural = _("People behind the numbers")

    @admin.display(description=_("hours"))
    def hours(self, row: SnapshotUser) -> str:
        return format_quantity(round_half_up(Fraction(row.seconds, 3600), 2), current_language())


@admin.register(UsageSnapshot)
class UsageSnapshotAdmin(FactAdmin):
    list_display = ["organization", "starts_at", "ends_at", "cutoff_at"]
    list_filter = [BY_ORGANIZATION]
    list_select_related = ["organization"]
    fields = ["organization", ("starts_at", "ends_at", "cutoff_at"), "counted"]
    inlines = [SnapshotUserInline]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows = super().get_queryset(request)
        # Only its own page shows the figures; a list of them would read megabytes.
        return rows.defer("quantities")

    @admin.display(description=_("quantities"))
    def counted(self, snapshot: UsageSnapshot) -> str:
        return pretty(snapshot.quantities)
