"""Organizations for which nothing is issued, because their books are wrong, and how a lead lets one go on."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from invoices.forms import GoOnForm
from invoices.models import Parking
from invoices.services.parking import unpark
from subscriptions.admin.base import FactAdmin
from subscriptions.admin.filters import BY_ORGANIZATION
from subscriptions.admin.guided import GuidedAdmin, Page
from subscriptions.admin.parts import badge, page_action
from subscriptions.documents.audit_trail import logged
from subscriptions.views.access import make_sure_of, recording_of


class ParkedFilter(admin.SimpleListFilter):
    """Those that are parked now, and those that were."""

    title = _("state")
    parameter_name = "parked"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("yes", _("Parked")), ("no", _("Let go on"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() not in {"yes", "no"}:
            return queryset
        return queryset.filter(unparked_at__isnull=self.value() == "yes")


@admin.register(Parking)
class ParkingAdmin(GuidedAdmin, FactAdmin):
    when_empty = _(
        "An organization whose books do not add up would be parked here, and billed no further until a lead has "
        "looked. All add up."
    )
    list_display = ["organization", "shown_state", "what_is_wrong", "parked_at", "unparked_at"]
    list_filter = [ParkedFilter, BY_ORGANIZATION]
    list_select_related = ["organization"]
    export_columns = {"shown_state": [], "what_is_wrong": ["faults", "fault_count"]}
    fieldsets = [
        (None, {"fields": [("organization", "state_in_words"), ("parked_at", "looked_at"), "all_that_is_wrong"]}),
        (_("Let go on"), {"fields": [("unparked_at", "unparked_by"), "reason"]}),
    ]
    readonly_fields = ["state_in_words", "all_that_is_wrong"]
    actions_detail = ["let_go_on"]

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        fieldsets = super().get_fieldsets(request, obj)
        return fieldsets if obj is not None and obj.unparked_at else fieldsets[:1]

    def has_unpark_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        if object_id is None:
            return False
        # A second click finds it done, and is told so.
        return self.get_object(request, object_id).unparked_at is None or request.method == "POST"

    @badge(description=_("state"), colors={"parked": "danger", "over": ""})
    def shown_state(self, parking: Parking) -> tuple[str, Any]:
        return ("parked", _("Parked")) if parking.unparked_at is None else ("over", _("Let go on"))

    @admin.display(description=_("state"))
    def state_in_words(self, parking: Parking) -> Any:
        return self.shown_state(parking)[1]

    @admin.display(description=_("what is wrong"))
    def what_is_wrong(self, parking: Parking) -> str:
        more = _more(parking, shown=1)
        return " ".join([*parking.faults[:1], *([more] if more else [])])

    @admin.display(description=_("what is wrong"))
    def all_that_is_wrong(self, parking: Parking) -> str:
        more = _more(parking, shown=len(parking.faults))
        return "\n".join([*parking.faults, *([more] if more else [])])

    @page_action(description=_("Let it go on"), icon="play_circle", permissions=["unpark", "lead"])
    def let_go_on(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask what was mended, look through the books once more, and let documents be issued if they are right."""
        parking = self.get_object(request, object_id)
        back = reverse("admin:invoices_parking_change", args=[parking.pk])
        form = GoOnForm(request.POST or None)
        if not form.is_valid():
            page = Page(
                title=_("Let this organization go on?"),
                subject=str(parking.organization),
                message=_(
                    "Its books are looked through once more. Only if nothing is wrong with them, documents are issued "
                    "for it again; what fell due meanwhile closes within minutes."
                ),
                points=parking.faults,
                button=_("Look through its books, and let it go on"),
                back=back,
                confirms=False,
            )
            return self.page(request, page, form=form)
        make_sure_of(request)

        def do() -> str:
            reason = form.cleaned_data["reason"]
            unpark(parking.pk, reason=reason, recording=recording_of(request))
            self.log_change(request, parking, logged("Let go on", why=reason))
            return gettext("Its books are right: documents are issued for it again.")

        return self.carry_out(request, do, back=back)


def _more(parking: Parking, *, shown: int) -> str:
    left = parking.fault_count - shown
    return ngettext("and %(count)s more", "and %(count)s more", left) % {"count": left} if left > 0 else ""
