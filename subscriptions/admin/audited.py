"""Keeps in the audit trail what the admin logs."""

from typing import Any

from django.http import HttpRequest
from django.utils import translation

from subscriptions.admin.changes import changes_in_words
from subscriptions.choices import AuditKind
from subscriptions.models import Organization
from subscriptions.selectors.clock import database_now
from subscriptions.services.auditing import Deed, label_of, record
from subscriptions.services.origin import current_origin


class Audited:
    """
    Whatever the admin logs is in the audit trail, too, in the transaction that does it.

    What a service has recorded while a page was answered is not told again by the page.
    """

    audited_as = AuditKind.OTHER

    def construct_change_message(self, request: HttpRequest, form: Any, formsets: Any, add: bool = False) -> Any:
        with translation.override("en"):
            request.audited_values = list(changes_in_words(form, formsets or ()))  # type: ignore[attr-defined]
        return super().construct_change_message(request, form, formsets, add)  # type: ignore[misc]

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        self._record(request, obj, "row_added", message)
        return super().log_addition(request, obj, message)  # type: ignore[misc]

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        self._record(request, obj, "step_taken" if isinstance(message, str) else "row_changed", message)
        return super().log_change(request, obj, message)  # type: ignore[misc]

    def log_deletions(self, request: HttpRequest, queryset: Any) -> Any:
        for row in queryset:
            self._record(request, row, "row_deleted", [])
        return super().log_deletions(request, queryset)  # type: ignore[misc]

    def _record(self, request: HttpRequest, row: Any, deed: str, message: Any) -> None:
        what, _break, why = message.partition("\n") if isinstance(message, str) else (message, "", "")
        for label, key, actor_id in current_origin().recorded:
            is_told_as_step = isinstance(message, str) and not why and actor_id == request.user.pk
            if is_told_as_step or (label, key) == (label_of(row), str(row.pk)):
                return
        values = getattr(request, "audited_values", []) if message and not isinstance(message, str) else []
        record(
            Deed(
                organization_id=organization_of(row),
                kind=self.audited_as,
                deed=deed,
                subject=row,
                by=request.user if request.user.pk else None,
                at=database_now(),
                facts={"row": str(row), "changes": what, "values": values},
                reason=why,
            )
        )


def organization_of(row: Any) -> int | None:
    """Return the key of the organization that a row belongs to; None if it belongs to none."""
    if isinstance(row, Organization):
        return row.pk
    for name in ("subscription", "quote"):
        if not hasattr(row, "organization_id") and getattr(row, name, None) is not None:
            return organization_of(getattr(row, name))
    found: int | None = getattr(row, "organization_id", None)
    return found
