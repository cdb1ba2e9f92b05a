"""Keys to the API: shown once, limited, revoked."""

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

from subscriptions.admin.base import FactAdmin
from subscriptions.admin.filters import BY_ORGANIZATION
from subscriptions.admin.making_sure import MakesSure
from subscriptions.admin.parts import badge, page_action
from subscriptions.admin.roles import person, works_on_all
from subscriptions.choices import AuditKind
from subscriptions.selectors.clock import database_now
from subscriptions.services.recording import Recording
from subscriptions.views.access import make_sure_of
from usage.choices import KEY_SCOPES
from usage.forms import PlatformKeyForm
from usage.models import IngestionKey
from usage.services.keys import change_rate, create_key, revoke_key


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

    @badge(description=_("state"), colors={"active": "success", "revoked": "danger"})
    def state(self, key: IngestionKey) -> tuple[str, Any]:
        return ("revoked", _("Revoked")) if key.revoked_at else ("active", _("Active"))

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
