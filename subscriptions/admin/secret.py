"""Rows that give access: made with a secret that is shown once, and revoked for good."""

from collections.abc import Iterable
from typing import Any

from django.contrib import admin, messages
from django.db import transaction
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext_lazy as _

from subscriptions.admin.base import FactAdmin
from subscriptions.admin.making_sure import MakesSure
from subscriptions.admin.parts import page_action
from subscriptions.admin.roles import works_on_all
from subscriptions.choices import AuditKind
from subscriptions.views.access import make_sure_of


class SecretAdmin(MakesSure, FactAdmin):
    """Leads make them, who works on the organization may revoke; nobody sees a secret twice."""

    audited_as = AuditKind.KEY
    actions = ["revoke"]
    asks_to_revoke: Any
    says_revoked: Any

    def make(self, request: HttpRequest, form: "ModelForm[Any]") -> HttpResponse:
        """Make what a valid form asks for, and show its secret."""
        raise NotImplementedError

    def revoke_row(self, request: HttpRequest, row: Any) -> None:
        """Revoke one."""
        raise NotImplementedError

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return works_on_all(request)

    def has_revoke_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        if object_id is None:
            return self.has_view_permission(request)
        return self.get_object(request, object_id).revoked_at is None

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        # The secret goes into this one answer, and never into a message: those are stored in a cookie or a session.
        if request.method == "POST" and self.has_add_permission(request):
            form = self.get_form(request)(request.POST)
            if form.is_valid():
                make_sure_of(request)
                return self.make(request, form)
        return super().add_view(request, form_url, extra_context)

    def show_once(self, request: HttpRequest, template: str, context: dict[str, Any]) -> HttpResponse:
        """Show a secret, with a `title` and the address that leads `back`."""
        shown = {**self.admin_site.each_context(request), "opts": self.opts, **context}
        response = TemplateResponse(request, template, shown)
        add_never_cache_headers(response)
        return response

    @admin.action(description=_("Revoke"), permissions=["revoke"])
    def revoke(self, request: HttpRequest, chosen: QuerySet[Any]) -> HttpResponse | None:
        if request.POST.get("confirmed") != "yes":
            return self._ask(request, self._address("changelist"), list(chosen))
        self._revoke(request, chosen)
        return None

    @page_action(description=_("Revoke"), icon="block", permissions=["revoke"])
    def revoke_this(self, request: HttpRequest, object_id: str) -> HttpResponse:
        row = self.get_object(request, object_id)
        back = self._address("change", row.pk)
        if request.method != "POST":
            return self._ask(request, back)
        self._revoke(request, [row])
        return HttpResponseRedirect(back)

    def _address(self, page: str, *args: Any) -> str:
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_{page}", args=args)

    def _ask(self, request: HttpRequest, back: str, selected: Any = ()) -> HttpResponse:
        return self.confirmation(
            request,
            title=_("Revoke?"),
            message=self.asks_to_revoke,
            button=_("Revoke"),
            back=back,
            selected=selected,
        )

    def _revoke(self, request: HttpRequest, rows: Iterable[Any]) -> None:
        make_sure_of(request)
        for row in rows:
            if row.revoked_at is None:
                with transaction.atomic():
                    self.revoke_row(request, row)
                    self.log_change(request, row, [{"changed": {"fields": ["revoked_at"]}}])
        self.message_user(request, self.says_revoked, messages.SUCCESS)
