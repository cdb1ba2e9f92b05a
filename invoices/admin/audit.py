"""The audit trail, for staff: what was done about the organizations they work on, read-only."""

from collections.abc import Mapping
from typing import Any

from django.apps import apps
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from invoices.documents.audit_trail import DEEDS
from subscriptions.admin.base import FactAdmin
from subscriptions.admin.filters import BY_ORGANIZATION
from subscriptions.admin.parts import current_language, pretty
from subscriptions.documents.audit_trail import Telling, Told, tell_entry
from subscriptions.domain.audit import facts_of
from subscriptions.models import AuditEntry
from subscriptions.selectors.catalog import get_product_names


@admin.register(AuditEntry)
class AuditEntryAdmin(FactAdmin):
    """Leads see everything, also what belongs to no organization: prices, staff, approvals."""

    when_empty = _("Whatever people change is recorded here: who, when and why. Nobody has changed anything.")
    list_display = ["at", "whose", "what", "who", "why", "kind", "origin"]
    list_display_links = ["at", "what"]
    list_filter = [BY_ORGANIZATION, "kind", "origin"]
    list_select_related = ["organization", "actor", "words"]
    fieldsets = [
        (None, {"fields": ["what", "why", ("whose", "kind")]}),
        (pgettext_lazy("audit", "Done"), {"fields": [("who", "at"), ("origin", "place")]}),
        (_("Record"), {"fields": [("sequence", "subject"), "facts", "fingerprint"]}),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("organization", "actor", "words")

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        changelist = super().get_changelist_instance(request)
        names = get_product_names(current_language())
        for entry in changelist.result_list:
            _tell(entry, names)
        return changelist

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        entry = super().get_object(request, object_id, from_field)
        _tell(entry, get_product_names(current_language()))
        return entry

    @admin.display(description=_("organization"), empty_value="–")
    def whose(self, entry: AuditEntry) -> str | None:
        if entry.organization_id is None:
            return None
        if entry.organization is None:
            return str(_("Organization %(number)s, removed") % {"number": entry.organization_id})
        return entry.organization.name

    def title_of(self, row: AuditEntry) -> str:
        return self.what(row)

    @admin.display(description=pgettext_lazy("audit", "what"))
    def what(self, entry: AuditEntry) -> str:
        return _told(entry).what

    @admin.display(description=pgettext_lazy("audit", "who"))
    def who(self, entry: AuditEntry) -> str:
        return _told(entry).who

    @admin.display(description=pgettext_lazy("audit", "why"), empty_value="–")
    def why(self, entry: AuditEntry) -> str | None:
        return _told(entry).why or None

    @admin.display(description=pgettext_lazy("audit", "from where"), empty_value="–")
    def place(self, entry: AuditEntry) -> str | None:
        place = _told(entry).place
        return _code(place) if place else None

    @admin.display(description=_("subject"))
    def subject(self, entry: AuditEntry) -> str:
        kind = apps.get_model(entry.subject_type)._meta.verbose_name  # noqa: SLF001
        return format_html("{} {}", capfirst(kind), _code(entry.subject_id))

    @admin.display(description=_("facts"), empty_value="–")
    def facts(self, entry: AuditEntry) -> str | None:
        words = getattr(entry, "words", None)
        return pretty(facts_of(words.facts)) if words else None

    @admin.display(description=_("digest"))
    def fingerprint(self, entry: AuditEntry) -> str:
        # In groups, so that it fits a narrow screen.
        return _code(bytes(entry.digest).hex(" ", 4))


def _code(text: str) -> str:
    return format_html("<code>{}</code>", text)


def _tell(entry: Any, names: Mapping[str, str]) -> None:
    """Put an entry into words, once for all columns."""
    entry.told = tell_entry(entry, Telling(language=current_language(), names=names), deeds=DEEDS)


def _told(entry: Any) -> Told:
    # A file names products by their codes.
    if not hasattr(entry, "told"):
        _tell(entry, {})
    told: Told = entry.told
    return told
