"""Mails that wait, left or failed."""

from typing import Any

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from subscriptions.admin.base import FactAdmin, OrganizationFilter, badge
from subscriptions.models import OutgoingMail

STATE_COLORS = {"waiting": "info", "failing": "danger", "sent": "success"}


@admin.register(OutgoingMail)
class OutgoingMailAdmin(FactAdmin):
    """What was written to whom and whether it left; the text is the reader's own, and may hold a link."""

    list_display = ["subject", "recipient", "organization", "kind", "written_at", "state"]
    list_filter = [("organization", OrganizationFilter), "kind", ("sent_at", admin.EmptyFieldListFilter)]
    list_select_related = ["organization"]
    search_fields = ["recipient", "subject"]
    fields = [
        ("organization", "kind"),
        ("recipient", "subject"),
        ("written_at", "sent_at"),
        ("attempts", "next_attempt_at"),
        "last_error",
    ]

    @badge(description=_("state"), colors=STATE_COLORS)
    def state(self, mail: OutgoingMail) -> tuple[str, Any]:
        if mail.sent_at:
            return "sent", _("Sent")
        return ("failing", _("Failing")) if mail.last_error else ("waiting", _("Waiting"))
