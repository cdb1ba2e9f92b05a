"""Who may log in, and which of them are staff; kept by leads."""

from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Group, Permission, User
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.forms import ModelMultipleChoiceField
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from subscriptions.admin.base import RowAdmin
from subscriptions.admin.guided import GuidedAdmin, Page
from subscriptions.admin.making_sure import MakesSure, asks_first
from subscriptions.admin.parts import badge, page_action
from subscriptions.admin.roles import LeadOnly, person, works_on_all
from subscriptions.choices import AuditKind
from subscriptions.forms import TypedConfirmationForm
from subscriptions.selectors.clock import database_now
from subscriptions.selectors.people import list_organizations_for_staff
from subscriptions.services.erasing import ErasureRefusedError, erase_person
from subscriptions.views.access import second_person_for

if TYPE_CHECKING:
    BaseUserAdmin = UserAdmin[User]
else:
    BaseUserAdmin = UserAdmin

admin.site.unregister(User)
admin.site.unregister(Group)

if TYPE_CHECKING:
    PermissionsField = ModelMultipleChoiceField[Permission]
else:
    PermissionsField = ModelMultipleChoiceField


@admin.register(User)
class PersonAdmin(MakesSure, LeadOnly, GuidedAdmin, BaseUserAdmin):
    """People are deactivated, not deleted: what they recorded keeps their name."""

    audited_as = AuditKind.PERMISSION
    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    list_display = ["username", "name", "email", "role", "is_active", "last_login"]
    list_filter = ["is_staff", "is_active"]
    filter_horizontal = ()
    fieldsets = [
        (None, {"fields": ["username", "password"]}),
        (_("Person"), {"fields": [("first_name", "last_name"), "email"]}),
        (_("What they may do"), {"fields": ["is_active", "is_staff", "is_superuser", "groups", "user_permissions"]}),
        (_("Seen"), {"fields": [("last_login", "date_joined")]}),
    ]
    # The theme's own, empty, would hide what is typed of a new person.
    add_fieldsets = UserAdmin.add_fieldsets
    readonly_fields = ["last_login", "date_joined"]
    actions_detail = ["erase"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows = super().get_queryset(request)
        if not works_on_all(request):
            # Their pages do not exist for a CSM; these are the people offered as members of an organization.
            theirs = list_organizations_for_staff(person(request)).values("pk")
            return rows.filter(memberships__organization__in=theirs, is_staff=False).distinct()
        lead = Permission.objects.filter(codename="lead", content_type__app_label="subscriptions").filter(
            Q(user=OuterRef("pk")) | Q(group__user=OuterRef("pk"))
        )
        with_roles: QuerySet[Any] = rows.annotate(leads=Exists(lead))
        return with_roles

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        fixed = list(super().get_readonly_fields(request, obj))
        return fixed if request.user.is_superuser else [*fixed, "is_superuser"]

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        # Otherwise a lead could set a superuser's password and become one.
        above = isinstance(obj, User) and obj.is_superuser and not request.user.is_superuser
        return super().has_change_permission(request, obj) and not above

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        return super().formfield_for_manytomany(db_field, request, **_roles_only(db_field, kwargs))

    def has_erase_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        if object_id is None:
            return False
        user = self.get_object(request, object_id)
        return not user.is_staff and not user.is_superuser and user.is_active

    @asks_first
    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        return super().add_view(request, form_url, extra_context)

    @asks_first
    def user_change_password(self, request: HttpRequest, id: str, form_url: str = "") -> HttpResponse:  # noqa: A002
        # The password and its entry in the audit trail: both or neither.
        with transaction.atomic():
            return super().user_change_password(request, id, form_url)

    @page_action(description=_("Erase"), icon="person_cancel", permissions=["erase", "lead"])
    def erase(self, request: HttpRequest, object_id: str) -> HttpResponse:
        user = self.get_object(request, object_id)
        back = reverse("admin:auth_user_change", args=[user.pk])
        form = TypedConfirmationForm(request.POST or None, expected=user.get_username())
        if form.is_valid():
            reason = form.cleaned_data["reason"]
            points = [_("Name and address are deleted for good."), _("Because: %(reason)s") % {"reason": reason}]
            # By number: the name must not outlive the person.
            second_person_for(request, subject=_("User %(number)s") % {"number": user.pk}, points=points)
            try:
                erase_person(user.pk, erased_by=person(request), reason=reason, now=database_now())
            except ErasureRefusedError as error:
                self.message_user(request, str(error), messages.ERROR)
            else:
                self.message_user(request, _("The person is erased; the record of it stays."), messages.SUCCESS)
            return HttpResponseRedirect(back)
        page = Page(
            subject=f"{user.get_full_name()} ({user.get_username()})",
            title=_("Erase this person?"),
            message=_(
                "Name and address are deleted for good wherever they are kept: the account, which is closed, "
                "memberships, billing contacts and mails with the same address, and the log of the admin. Usage and "
                "issued documents stay: they know people by the platform's ids."
            ),
            button=_("Erase for good"),
            back=back,
            confirms=False,
        )
        return self.page(request, page, form=form)

    @admin.display(description=_("name"), ordering="last_name")
    def name(self, user: User) -> str:
        return user.get_full_name()

    @badge(description=_("role"), colors={"superuser": "danger", "lead": "warning", "csm": "info", "member": ""})
    def role(self, user: Any) -> tuple[str, Any]:
        if user.is_superuser:
            return "superuser", _("Superuser")
        if not user.is_staff:
            return "member", _("Member")
        return ("lead", _("Lead")) if user.leads else ("csm", _("CSM"))


@admin.register(Group)
class TeamAdmin(MakesSure, LeadOnly, RowAdmin, GroupAdmin):
    """A group whose members share a role."""

    audited_as = AuditKind.PERMISSION
    is_short = True
    when_empty = _(
        "A group lends its permission to everybody in it. Make one for those who work on every organization."
    )
    filter_horizontal = ()

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest | None = None, **kwargs: Any) -> Any:
        return super().formfield_for_manytomany(db_field, request, **_roles_only(db_field, kwargs))


class RoleField(PermissionsField):
    """The roles that can be given, in the reader's language: the database keeps their names in English."""

    def label_from_instance(self, obj: Any) -> str:
        return gettext("Works on every organization (CSM lead, finance)")


def _roles_only(db_field: Any, kwargs: dict[str, Any]) -> dict[str, Any]:
    """Offer the one permission that means something here: the others are decided by role."""
    if db_field.remote_field.model is not Permission:
        return kwargs
    lead = Permission.objects.filter(codename="lead", content_type__app_label="subscriptions")
    widget = UnfoldAdminCheckboxSelectMultipleWidget()
    return kwargs | {"queryset": lead, "widget": widget, "form_class": RoleField, "help_text": ""}
