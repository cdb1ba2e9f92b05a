"""The record of what was erased (BR-19)."""

from typing import Any

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from subscriptions.admin.base import RowAdmin
from subscriptions.admin.parts import pretty
from subscriptions.admin.roles import LeadMayLook
from subscriptions.models import Erasure


@admin.register(Erasure)
class ErasureAdmin(LeadMayLook, RowAdmin):
    """The record of what was erased, for leads: what it was of belongs to nobody any more."""

    list_display = ["subject", "kind", "erased_at", "by", "reason"]
    list_filter = ["kind"]
    ordering = ["-pk"]
    list_select_related = ["trial", "person", "erased_by"]
    fields = [("kind", "subject"), ("erased_at", "by"), "reason", "deleted"]

    @admin.display(description=_("erased"))
    def subject(self, erasure: Erasure) -> str:
        return str(erasure)

    @admin.display(description=_("by"))
    def by(self, erasure: Erasure) -> Any:
        return erasure.erased_by or _("The sweep, after its warning")

    @admin.display(description=_("rows deleted"))
    def deleted(self, erasure: Erasure) -> str:
        return pretty(erasure.rows)
