"""Changes of the admin that need a second person: kept as they were sent, told in words, carried out by an approval."""

from typing import Any, cast

from django.contrib import messages
from django.contrib.messages.storage.cookie import CookieStorage
from django.contrib.sessions.backends.signed_cookies import SessionStore
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.urls import resolve
from django.utils import translation
from django.utils.translation import gettext as _

from subscriptions.admin.changes import changes_in_words, subject_of
from subscriptions.domain.approval import ApprovalError
from subscriptions.domain.violations import Violation, refuse
from subscriptions.domain.words import translatable
from subscriptions.models import Approval
from subscriptions.views.access import SecondPersonRequired, second_person_for


class AsksSecondPerson:
    """What is typed into the form of a row, and of its related rows, is saved once a second person has approved it."""

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Save nothing yet: whether the tables below the form change something is known where they are saved."""

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        points = list(changes_in_words(form, formsets))
        if points:
            second_person_for(request, subject=subject_of(form.instance), points=points)
        super().save_model(request, form.instance, form, change)  # type: ignore[misc]
        super().save_related(request, form, formsets, change)  # type: ignore[misc]

    def delete_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        row = self.get_object(request, object_id)  # type: ignore[attr-defined]
        if request.method == "POST" and self.has_delete_permission(request, row):  # type: ignore[attr-defined]
            second_person_for(request, subject=subject_of(row), points=[_("It is deleted.")])
        return cast("HttpResponse", super().delete_view(request, object_id, extra_context))  # type: ignore[misc]


def carry_out(approval: Approval, request: HttpRequest) -> str:
    """
    Send a form once more, as who typed it, say what its page said, and return where that leads.

    :raises Refused: if it would no longer change what was approved
    """
    again = _as_sent(approval, request)
    match = resolve(again.path)
    try:
        with translation.override(approval.language):
            answer = match.func(again, *match.args, **match.kwargs)
    except (SecondPersonRequired, PermissionDenied, Http404, ValidationError):
        answer = None
    said = list(messages.get_messages(again))
    if not isinstance(answer, HttpResponseRedirect) or any(message.level >= messages.ERROR for message in said):
        text = translatable("It would no longer change what was asked for: decline it, and have it typed once more.")
        refuse([Violation(code=ApprovalError.CHANGED_MEANWHILE, field="body", message=text)])
    for message in said:
        messages.add_message(request, message.level, message.message)
    return str(answer.url)


def _as_sent(approval: Approval, request: HttpRequest) -> HttpRequest:
    """Return the request that was kept, as if whoever typed it sent it now: what they may do is asked again."""
    path, _mark, query = approval.path.partition("?")
    again = HttpRequest()
    again.method, again.path, again.path_info = "POST", path, path
    again.META = {**request.META, "REQUEST_METHOD": "POST", "PATH_INFO": path, "QUERY_STRING": query}
    again.GET, again.POST = QueryDict(query), QueryDict(approval.body)
    again.user = approval.asked_by
    again.session = SessionStore()
    again._messages = CookieStorage(again)  # type: ignore[attr-defined]  # noqa: SLF001
    again._dont_enforce_csrf_checks = True  # type: ignore[attr-defined]  # noqa: SLF001
    again.approved_points, again.approved_by = approval.points, request.user  # type: ignore[attr-defined]
    return again
