"""What every page of the admin shares, and every table on one: rows of the organizations that a person works on."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar, cast

from django.contrib import messages
from django.contrib.admin.utils import flatten
from django.db.models import DecimalField, Field, ForeignKey, QuerySet, URLField
from django.forms import BaseInlineFormSet, ModelChoiceField, TypedChoiceField
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from unfold.forms import PaginationInlineFormSet
from unfold.overrides import FORMFIELD_OVERRIDES_INLINE

from subscriptions.admin.lists import ListPages
from subscriptions.forms.fields import PlainDecimalField
from subscriptions.forms.texts import check_texts
from subscriptions.selectors.people import list_organizations_for_staff

if TYPE_CHECKING:
    from django.contrib import admin

    # Unfold carries no types; it has the same methods as Django's classes.
    UnfoldModelAdmin = admin.ModelAdmin[Any]
    UnfoldTabularInline = admin.TabularInline[Any, Any]
    NewRowsBase = BaseInlineFormSet[Any, Any, Any]
else:
    from unfold.admin import ModelAdmin as UnfoldModelAdmin
    from unfold.admin import TabularInline as UnfoldTabularInline

    NewRowsBase = PaginationInlineFormSet
from subscriptions.admin.audited import Audited
from subscriptions.admin.roles import ReadOnly, person, works_on_all

PLAIN_FIGURES: "dict[type[Field[Any, Any]], dict[str, Any]]" = {DecimalField: {"form_class": PlainDecimalField}}


def leads_to_overview(shown: SafeString) -> SafeString:
    """Let the link to an organization, which Django makes lead to its form, lead to its overview."""
    # A name cannot hold the quotation mark: it is escaped there, and nothing is added.
    return SafeString(shown.replace('/change/"', '/"'))  # nosec B703


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


class RowAdmin(Audited, OwnChoices, ListPages, UnfoldModelAdmin):
    """The base of every admin page."""

    formfield_overrides = {URLField: {"assume_scheme": "https"}, **PLAIN_FIGURES}
    # Labels stand above their fields: beside them, fields of unequal height in one row do not line up.
    compressed_fields = False
    warn_unsaved_form = True
    readonly_preprocess_fields = {
        "organization": leads_to_overview,
        "time_zone": lambda shown: shown.replace("_", " "),
    }

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

    def title_of(self, row: Any) -> str:
        """Return what the page of a row is called."""
        return str(row)

    def has_lead_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        return works_on_all(request)

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change=change, **kwargs)
        check_texts(form.base_fields)
        return form

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        # Deleting many at once is nobody's; without this the choice would be offered to whoever may delete one.
        return {name: action for name, action in super().get_actions(request).items() if name != "delete_selected"}

    def subject_of_page(self, request: HttpRequest) -> str:
        """Return the row on whose page an action is, and whose it is; nothing where it is about no one row."""
        key = request.resolver_match.kwargs.get("object_id") if request.resolver_match else None
        if key is None:
            return ""
        row = self.get_object(request, key)
        whose, what = str(getattr(row, "organization", "")), str(row)
        return what if what.startswith(whose) else f"{whose}: {what}"

    def not_possible(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Say that an action is not possible with a row as it stands, and show the row."""
        words = gettext("This is not possible as things stand now, so nothing was changed.")
        self.message_user(request, words, messages.WARNING)
        page = f"admin:{self.opts.app_label}_{self.opts.model_name}_change"
        return HttpResponseRedirect(reverse(page, args=[object_id]))

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
            "subject": self.subject_of_page(request),
            "message": message,
            "button": button,
            "back": back,
            "selected": selected,
            "action": request.POST.get("action", ""),
        }
        return TemplateResponse(request, "admin/seatbill/confirm.html", context)


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
