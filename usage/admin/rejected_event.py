"""Events that were refused, to be sent again."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext, pgettext_lazy

from subscriptions.admin.base import FactAdmin
from subscriptions.admin.filters import BY_ORGANIZATION
from subscriptions.admin.parts import badge, page_action
from subscriptions.admin.roles import person
from subscriptions.choices import AuditKind
from subscriptions.selectors.clock import database_now
from subscriptions.views.access import make_sure_of
from usage.models import RejectedEvent
from usage.services.ingestion import IngestionReport
from usage.services.replay import replay_rejected


@admin.register(RejectedEvent)
class RejectedEventAdmin(FactAdmin):
    audited_as = AuditKind.USAGE
    when_empty = _(
        "Events that could not be taken are kept here with the reason, to be mended and sent again. All have been "
        "taken."
    )
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
