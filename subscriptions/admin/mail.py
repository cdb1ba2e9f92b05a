"""Mail that went out, waits, or failed and is tried again."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from subscriptions.admin.base import FactAdmin
from subscriptions.admin.filters import BY_ORGANIZATION
from subscriptions.admin.parts import badge
from subscriptions.models import OutgoingMail
from subscriptions.selectors.attention import list_failed_mail, list_pending_mail, list_waiting_mail
from subscriptions.selectors.clock import database_now


class DeliveryFilter(admin.SimpleListFilter):
    """Mail that failed, waits, went out, or was withdrawn."""

    title = _("delivery")
    parameter_name = "delivery"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [
            ("failed", _("Failed, tried again")),
            ("waiting", _("Waiting")),
            ("sent", _("Sent")),
            ("withdrawn", _("Withdrawn")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        match self.value():
            case "failed":
                return list_failed_mail(queryset)
            case "waiting":
                return list_waiting_mail(queryset)
            case "sent":
                return queryset.filter(sent_at__isnull=False)
            case "withdrawn":
                return queryset.filter(withdrawn_at__isnull=False)
            case _:
                return queryset


@admin.register(OutgoingMail)
class OutgoingMailAdmin(FactAdmin):
    when_empty = _(
        "Invitations, reminders and notices stand here, from when they are written until they have gone out. The "
        "first is written when you invite somebody or a document is issued."
    )
    list_display = ["subject", "recipient", "organization", "kind", "delivery", "queued_at"]
    list_filter = [DeliveryFilter, BY_ORGANIZATION, "kind"]
    list_select_related = ["organization"]
    search_fields = ["^recipient"]
    search_help_text = _("Organization, contact, or the beginning of an address")
    fieldsets = [
        # Not the text: it may hold a link that lets its reader in.
        (None, {"fields": [("recipient", "organization"), "subject", "attachment_name"]}),
        (
            _("Delivery"),
            {"fields": [("queued_at", "sent_at", "withdrawn_at"), ("attempts", "next_attempt_at"), "last_error"]},
        ),
    ]
    actions = ["send_now"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).defer("attachment")

    def has_send_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    @badge(
        description=_("delivery"),
        colors={"sent": "success", "waiting": "info", "failed": "danger", "withdrawn": "warning"},
    )
    def delivery(self, mail: OutgoingMail) -> tuple[str, Any]:
        if mail.sent_at is not None:
            return "sent", _("Sent")
        if mail.withdrawn_at is not None:
            return "withdrawn", _("Withdrawn")
        return ("failed", _("Failed, tried again")) if mail.has_failed else ("waiting", _("Waiting"))

    @admin.action(description=_("Try again now"), permissions=["send"])
    def send_now(self, request: HttpRequest, chosen: QuerySet[OutgoingMail]) -> None:
        due = list_pending_mail(chosen).update(next_attempt_at=database_now())
        words = ngettext("%(count)s mail goes out within a minute.", "%(count)s mails go out within a minute.", due)
        self.message_user(request, words % {"count": due}, messages.SUCCESS if due else messages.INFO)
