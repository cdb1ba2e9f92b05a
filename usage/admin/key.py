"""Keys to the API: shown once, limited, revoked."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.utils import flatten
from django.db import transaction
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from subscriptions.admin.filters import BY_ORGANIZATION
from subscriptions.admin.parts import badge, enumerated
from subscriptions.admin.roles import person, works_on_all
from subscriptions.admin.secret import SecretAdmin
from subscriptions.selectors.clock import database_now
from subscriptions.views.access import recording_of
from usage.choices import KEY_SCOPES
from usage.forms import PlatformKeyForm
from usage.models import IngestionKey
from usage.services.keys import change_rate, create_key, revoke_key


@admin.register(IngestionKey)
class IngestionKeyAdmin(SecretAdmin):
    """Leads make keys and set their limits, who works on the organization may revoke; nobody sees a secret twice."""

    when_empty = _("A key lets a program report usage or read data. Make one for the platform first; it is shown once.")
    list_display = ["name", "scope", "may", "shown_prefix", "created_at", "last_used_at", "state"]
    list_filter = [BY_ORGANIZATION, ("revoked_at", admin.EmptyFieldListFilter)]
    list_select_related = ["organization"]
    search_fields = ["^name", "^prefix"]
    autocomplete_fields = ["organization"]
    actions_detail = ["revoke_this"]
    asks_to_revoke = _(
        "What uses this key can report and read nothing more from that moment on, and a revoked key stays "
        "revoked. "
        "What it has reported stays."
    )
    says_revoked = _("Revoked: what uses it is refused from now on.")

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

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return works_on_all(request) and (obj is None or obj.revoked_at is None)

    def save_model(self, request: HttpRequest, obj: IngestionKey, form: Any, change: bool) -> None:
        change_rate(obj, obj.events_per_second)

    @admin.display(description=_("may"))
    def may(self, key: IngestionKey) -> str:
        return enumerated(words for scope, words in KEY_SCOPES if scope in key.scopes)

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
    def make(self, request: HttpRequest, form: "ModelForm[Any]") -> HttpResponse:
        key, secret = create_key(
            organization=form.cleaned_data["organization"],
            name=form.cleaned_data["name"],
            events_per_second=form.cleaned_data["events_per_second"],
            scopes=form.cleaned_data["scopes"],
            created_by=person(request),
            now=database_now(),
        )
        self.log_addition(request, key, [{"added": {}}])
        return self.show_once(
            request,
            "admin/seatbill/key_made.html",
            {
                "title": _("This key is shown only now"),
                "key": key,
                "scope": self.scope(key),
                "secret": secret,
                "back": reverse("admin:usage_ingestionkey_changelist"),
            },
        )

    def revoke_row(self, request: HttpRequest, row: IngestionKey) -> None:
        revoke_key(row, recording=recording_of(request))
