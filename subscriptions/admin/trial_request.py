"""Requests of trials that wait for the click in their mail."""

from typing import Any

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from subscriptions.admin.base import RowAdmin
from subscriptions.admin.filters import CountryFilter
from subscriptions.admin.parts import badge, current_language
from subscriptions.admin.roles import LeadMayLook
from subscriptions.domain.formatting import country_name
from subscriptions.models import TrialRequest


@admin.register(TrialRequest)
class TrialRequestAdmin(LeadMayLook, RowAdmin):
    """They belong to no organization yet, so only leads see them; nobody but their sender can confirm one."""

    when_empty = _(
        "Whoever asks for a trial on the website stands here until they click the link in their mail. Nobody waits."
    )
    list_display = ["company", "contact_name", "email", "land", "region", "requested_at", "mail_state"]
    list_filter = [CountryFilter]
    list_select_related = ["mail"]
    search_fields = ["company", "contact_name", "email"]
    ordering = ["-pk"]
    fields = [("company", "contact_name"), ("email", "language"), ("land", "region"), ("requested_at", "mail")]

    @admin.display(description=_("country"), ordering="country")
    def land(self, row: TrialRequest) -> str:
        return country_name(row.country, current_language())

    @badge(description=_("mail"), colors={"sent": "success", "waiting": "info", "failed": "danger"})
    def mail_state(self, row: TrialRequest) -> tuple[str, Any]:
        if row.mail is None or row.mail.sent_at is not None:
            return "sent", _("Sent")
        return ("failed", _("Failed, tried again")) if row.mail.has_failed else ("waiting", _("Waiting"))
