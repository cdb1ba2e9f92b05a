"""
What every admin page shares: who may do what by role, and rows limited to the organizations a person works on.

Roles decide, not Django's permission rows. A row per model and action would have to be created after each migration
(when a data migration runs, permissions do not exist yet) and could then drift from the table of who may do what; a
role cannot. The one permission that counts is `subscriptions.lead`, which marks a lead.
"""

import json
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar, cast

from django.contrib import messages
from django.contrib.admin.utils import flatten
from django.db.models import DecimalField, Field, ForeignKey, QuerySet, URLField
from django.forms import BaseInlineFormSet, ModelChoiceField, TypedChoiceField
from django.http import Http404, HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import translation
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext
from unfold import decorators
from unfold.contrib.filters.admin import AutocompleteSelectFilter
from unfold.forms import PaginationInlineFormSet
from unfold.overrides import FORMFIELD_OVERRIDES_INLINE

from subscriptions.admin.changes import changes_in_words
from subscriptions.admin.lists import ListPages
from subscriptions.choices import AuditKind
from subscriptions.forms.fields import PlainDecimalField
from subscriptions.forms.texts import check_texts
from subscriptions.models import Organization
from subscriptions.selectors.clock import database_now
from subscriptions.selectors.people import is_lead, list_organizations_for_staff
from subscriptions.services.auditing import Deed, label_of, record
from subscriptions.services.origin import current_origin

if TYPE_CHECKING:
    from django.contrib import admin
    from django.contrib.auth.models import User

    from subscriptions.models import Quote

    # Unfold carries no types; it has the same methods as Django's classes.
    UnfoldModelAdmin = admin.ModelAdmin[Any]
    UnfoldTabularInline = admin.TabularInline[Any, Any]
    RelatedFilter = admin.RelatedFieldListFilter
    NewRowsBase = BaseInlineFormSet[Any, Any, Any]
else:
    from unfold.admin import ModelAdmin as UnfoldModelAdmin
    from unfold.admin import TabularInline as UnfoldTabularInline

    RelatedFilter = AutocompleteSelectFilter
    NewRowsBase = PaginationInlineFormSet

F = TypeVar("F", bound=Callable[..., Any])

PLAIN_FIGURES: "dict[type[Field[Any, Any]], dict[str, Any]]" = {DecimalField: {"form_class": PlainDecimalField}}


def person(request: HttpRequest) -> "User":
    """Return who is logged in; the admin lets nobody else through."""
    return cast("User", request.user)


def works_on_all(request: HttpRequest) -> bool:
    """Tell whether the person is a lead or a superuser."""
    return is_lead(person(request))


def badge(*, description: Any, colors: dict[str, str], ordering: str | None = None) -> Callable[[F], F]:
    """Show a column's `(value, words)` as a colored label."""
    return cast("Callable[[F], F]", decorators.display(description=description, label=colors, ordering=ordering))


def page_action(*, description: Any, icon: str, permissions: Sequence[str]) -> Callable[[F], F]:
    """Offer a method as a button on a row's own page; each permission is a method `has_..._permission`."""
    return cast("Callable[[F], F]", decorators.action(description=description, icon=icon, permissions=permissions))


def current_language() -> str:
    """Return the language in which the page is shown."""
    return get_language() or "en"


def pretty(value: object) -> str:
    """Show stored JSON so that a person can read it."""
    text = json.dumps(value, indent=2, ensure_ascii=False)
    return render_to_string("admin/seatbill/json.html", {"text": text})


def link_to_quote(quote: "Quote | None") -> str | None:
    """Show the quote that something was made of, as a link to its page."""
    if quote is None:
        return None
    url = reverse("admin:subscriptions_quote_change", args=[quote.pk])
    return render_to_string("admin/seatbill/link.html", {"url": url, "words": str(quote)})


def leads_to_overview(shown: SafeString) -> SafeString:
    """Let the link to an organization, which Django makes lead to its form, lead to its overview."""
    # A name cannot hold the quotation mark: it is escaped there, and nothing is added.
    return SafeString(shown.replace('/change/"', '/"'))  # nosec B703


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


class OwnChoices:
    """
    Offer and accept as related rows only those that the person may see on their own pages.

    Where a person has to choose and nothing is usual, nothing is chosen for them: Unfold would take the first.
    """

    if TYPE_CHECKING:
        admin_site: admin.AdminSite

    def formfield_for_foreignkey(
        self, db_field: "ForeignKey[Any, Any]", request: HttpRequest, **kwargs: Any
    ) -> "ModelChoiceField[Any] | None":
        related = self.admin_site.get_model_admin(db_field.remote_field.model)
        kwargs.setdefault("queryset", related.get_queryset(request))
        return cast(
            "ModelChoiceField[Any] | None",
            super().formfield_for_foreignkey(db_field, request, **kwargs),  # type: ignore[misc]
        )

    def formfield_for_choice_field(
        self, db_field: "Field[Any, Any]", request: HttpRequest, **kwargs: Any
    ) -> "TypedChoiceField":
        may_stay_empty = db_field.blank or not db_field.has_default()
        nothing_chosen = [("", gettext("Select value"))]
        kwargs.setdefault("choices", db_field.get_choices(include_blank=may_stay_empty, blank_choice=nothing_chosen))
        return cast(
            "TypedChoiceField",
            super().formfield_for_choice_field(db_field, request, **kwargs),  # type: ignore[misc]
        )


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


class RowAdmin(Audited, OwnChoices, ListPages, UnfoldModelAdmin):
    """The base of every admin page."""

    formfield_overrides = {URLField: {"assume_scheme": "https"}, **PLAIN_FIGURES}
    # Labels stand above their fields: beside them, fields of unequal height in one row do not line up.
    compressed_fields = False
    warn_unsaved_form = True
    readonly_preprocess_fields = {"organization": leads_to_overview}

    class Media:
        css = {"all": ["subscriptions/lists.css"]}

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows = super().get_queryset(request)
        if not self.organization_path or works_on_all(request):
            return rows
        return rows.filter(**{f"{self.organization_path}__in": list_organizations_for_staff(person(request))})

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        # Django would answer "perhaps it was deleted?" with a redirect; what is not yours does not exist (BR-93).
        row = super().get_object(request, object_id, from_field)
        if row is None:
            raise Http404
        return row

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change=change, **kwargs)
        check_texts(form.base_fields)
        return form

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        # Deleting many at once is nobody's; without this the choice would be offered to whoever may delete one.
        return {name: action for name, action in super().get_actions(request).items() if name != "delete_selected"}

    def confirmation(
        self, request: HttpRequest, *, title: Any, message: Any, button: Any, back: str, selected: Sequence[Any] = ()
    ) -> HttpResponse:
        """
        Ask before something is done that cannot be taken back; the answer is posted to the same address.

        `selected` are the rows of a list action, which it needs again.
        """
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": title,
            "message": message,
            "button": button,
            "back": back,
            "selected": selected,
            "action": request.POST.get("action", ""),
        }
        return TemplateResponse(request, "admin/seatbill/confirm.html", context)


class PointsOut:
    """Points out what is unusual about a row, on its page and when it is saved, and refuses nothing."""

    change_form_before_template = "admin/seatbill/notices.html"

    def notices(self, row: Any) -> Sequence[str]:
        """Return what is unusual about a row, a sentence for each."""
        raise NotImplementedError

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> Any:
        context["notices"] = self.notices(context["original"]) if context.get("original") else []
        return super().render_change_form(request, context, *args, **kwargs)  # type: ignore[misc]

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)  # type: ignore[misc]
        self.point_out(request, form.instance)

    def point_out(self, request: HttpRequest, row: Any) -> None:
        """Say what is unusual about a row that has been saved."""
        # Whoever goes on editing reads them on the page.
        if "_continue" not in request.POST:
            for notice in self.notices(row):
                messages.warning(request, notice)


class FactAdmin(ReadOnly, RowAdmin):
    """What happened or was issued: read-only for everyone."""

    organization_path = "organization"
    # The newest first, by key alone: any order without an index would sort the whole table.
    ordering: ClassVar[list[Any] | tuple[Any, ...] | None] = ["-pk"]


class RowInline(OwnChoices, UnfoldTabularInline):
    """The base of every table of related rows."""

    extra = 0
    formfield_overrides = {
        **FORMFIELD_OVERRIDES_INLINE,
        **{field: FORMFIELD_OVERRIDES_INLINE.get(field, {}) | options for field, options in PLAIN_FIGURES.items()},
    }
    # The first column says what a row is.
    hide_title = True

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        formset = super().get_formset(request, obj, **kwargs)
        check_texts(formset.form.base_fields)
        # The head of a column is not tied to the fields below it.
        for field in formset.form.base_fields.values():
            field.widget.attrs.setdefault("aria-label", field.label)
        return formset


class FactInline(ReadOnly, RowInline):
    """Rows of a fact; read-only for everyone."""

    can_delete = False

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return flatten(self.fields or ())


class NewRowsFormSet(NewRowsBase):
    """Only rows to be added: what is there already is shown, readable, by a table of its own."""

    @classmethod
    def get_default_prefix(cls) -> str:
        return f"new_{super().get_default_prefix()}"


class NewRowsInline(RowInline):
    """A table to add rows to; the rows that are there stay as they are."""

    formset = NewRowsFormSet

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).none()


class OrganizationFilter(RelatedFilter):
    """Filter by organization, picked from those of the person by typing a part of its name."""

    def __init__(
        self, field: Any, request: HttpRequest, params: Any, model: Any, model_admin: Any, field_path: str
    ) -> None:
        super().__init__(field, request, params, model, model_admin, field_path)
        chosen = [value for value in self.lookup_val or [] if str(value).isdecimal()]
        # The filter prints the name of what is chosen, and the address names it by number: it must be the person's.
        if chosen and not list_organizations_for_staff(person(request)).filter(pk__in=chosen).exists():
            raise Http404
