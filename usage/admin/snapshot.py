"""Counted periods, with the people behind the numbers."""

from fractions import Fraction
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from subscriptions.admin.base import FactAdmin, FactInline
from subscriptions.admin.filters import BY_ORGANIZATION
from subscriptions.admin.parts import current_language, pretty
from subscriptions.domain.formatting import format_quantity
from subscriptions.domain.money import round_half_up
from usage.models import SnapshotUser, UsageSnapshot


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
    when_empty = _(
        "When a period closes, what was counted is kept here with the people behind the numbers. No period has closed."
    )
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
