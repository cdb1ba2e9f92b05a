"""Changes of the admin that need a second person: kept as they were sent, told in words, carried out by an approval."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, cast

from django.contrib import messages
from django.contrib.messages.storage.cookie import CookieStorage
from django.contrib.sessions.backends.signed_cookies import SessionStore
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Model
from django.forms import BaseForm, Field, ModelChoiceField
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.urls import resolve
from django.utils import translation
from django.utils.translation import gettext as _

from subscriptions.admin.base import current_language
from subscriptions.domain.approval import ApprovalError
from subscriptions.domain.formatting import format_day
from subscriptions.domain.violations import Violation, refuse
from subscriptions.domain.words import translatable
from subscriptions.models import Approval
from subscriptions.views.access import SecondPersonRequired, second_person_for

NOTHING = "–"


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


def changes_in_words(form: BaseForm, formsets: Sequence[Any]) -> Iterator[str]:
    """Yield what a form and the tables below it would change, a sentence for each field."""
    yield from _changed_fields(form, of="")
    for formset in formsets:
        for row in formset.forms:
            of = f"{kind_of(row.instance)} {_name(row)}".strip()
            if row in formset.deleted_forms:
                yield _("%(row)s is deleted.") % {"row": of}
            elif row.has_changed():
                yield from _changed_fields(row, of=f"{of}, ")


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


def subject_of(row: Any) -> str:
    """Return what a change of a row is about: its kind and its name."""
    return f"{kind_of(row).capitalize()}: {row}"


def kind_of(row: Any) -> str:
    """Return what kind of row it is, as people call it."""
    return str(row._meta.verbose_name)  # noqa: SLF001


def _name(row: Any) -> str:
    return str(row.instance) if row.instance.pk else ""


def _changed_fields(form: Any, *, of: str) -> Iterator[str]:
    for name in form.changed_data:
        field = form.fields[name]
        words = {
            "field": f"{of}{field.label or name}",
            "before": _shown(field, form.get_initial_for_field(field, name)),
            "after": _shown(field, form.cleaned_data.get(name)),
        }
        if words["before"] == NOTHING:
            yield _("%(field)s: %(after)s") % words
        else:
            yield _("%(field)s: %(after)s instead of %(before)s") % words


def _shown(field: Field, value: Any) -> str:
    """Return a value of a field as a person reads it; the same whether it was typed or stored."""
    if value is None or value in ("", []):
        return NOTHING
    if isinstance(field, ModelChoiceField):
        return _shown_row(field, value)
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    for code, words in getattr(field, "choices", ()):
        if str(code) == str(value):
            return str(words)
    if isinstance(value, date) and not isinstance(value, datetime):
        return format_day(value, current_language())
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return str(value)


def _shown_row(field: "ModelChoiceField[Any]", value: Any) -> str:
    """Return a row that was picked, or the key under which it is stored: it may be offered no more."""
    try:
        return str(value if isinstance(value, Model) else field.clean(value))
    except ValidationError:
        return str(value)
