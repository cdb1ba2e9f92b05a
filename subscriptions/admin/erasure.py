"""The record of what was erased (BR-19)."""

from typing import Any

from django.apps import apps
from django.contrib import admin
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from subscriptions.admin.base import RowAdmin
from subscriptions.admin.roles import LeadMayLook
from subscriptions.models import Erasure


@admin.register(Erasure)
class ErasureAdmin(LeadMayLook, RowAdmin):
    """The record of what was erased, for leads: what it was of belongs to nobody any more."""

    when_empty = _(
        "What was erased by law or by request is recorded here, and nothing has been. People are erased from their "
        "page under Users, trials from theirs."
    )
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
        return "\n".join(f"{_called(model)}: {count}" for model, count in erasure.rows.items())


def _called(model: str) -> str:
    """Return what rows are called; of a kind that there is no more, its name."""
    try:
        return capfirst(str(apps.get_model(model)._meta.verbose_name_plural))  # noqa: SLF001
    except LookupError:
        return model
