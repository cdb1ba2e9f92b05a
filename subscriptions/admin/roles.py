"""
Who may do what on the admin's pages: by role.

Roles decide, not Django's permission rows. A row per model and action would have to be created after each migration
(when a data migration runs, permissions do not exist yet) and could then drift from the table of who may do what; a
role cannot. The one permission that counts is `subscriptions.lead`, which marks a lead.
"""

from typing import TYPE_CHECKING, Any, cast

from django.http import HttpRequest

from subscriptions.selectors.people import is_lead

if TYPE_CHECKING:
    from django.contrib.auth.models import User


def person(request: HttpRequest) -> "User":
    """Return who is logged in; the admin lets nobody else through."""
    return cast("User", request.user)


def works_on_all(request: HttpRequest) -> bool:
    """Tell whether the person is a lead or a superuser."""
    return is_lead(person(request))


class ReadOnly:
    """Staff may look, nobody may touch: facts are never edited, not even by a superuser."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.is_staff)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(request.user.is_staff)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class StaffMayEdit(ReadOnly):
    """Staff may add and change, nobody may delete: what was agreed ends, it does not vanish."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(request.user.is_staff)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(request.user.is_staff)


class LeadMayEdit(ReadOnly):
    """Staff may look, leads may add and change, nobody may delete."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return works_on_all(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return works_on_all(request)


class LeadMayLook(ReadOnly):
    """Only leads may look, nobody may touch."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        return works_on_all(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return works_on_all(request)


class LeadOnly(LeadMayLook):
    """Leads may look, add and change; for anyone else the pages do not exist."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return works_on_all(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return works_on_all(request)
