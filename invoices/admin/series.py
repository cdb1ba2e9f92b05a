"""Number series: how far each has come, where one goes on from an old system's, and the way to set that."""

from decimal import Decimal

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from invoices.forms import OUR_SERIES, NextNumberForm
from invoices.models import NumberSeries, SeriesStart
from invoices.services.issuing import prefix_of
from invoices.services.numbering import get_last_number, next_number_violations, set_next_number
from subscriptions.admin.guided import GuidedAdmin, Page
from subscriptions.admin.parts import current_language, page_action
from subscriptions.admin.roles import LeadMayLook, person, works_on_all
from subscriptions.domain.formatting import format_day, format_quantity
from subscriptions.domain.numbering import document_number
from subscriptions.models import IssuingEntity
from subscriptions.selectors.clock import database_now
from subscriptions.views.access import make_sure_of


@admin.register(NumberSeries)
class NumberSeriesAdmin(LeadMayLook, GuidedAdmin):
    is_short = True
    when_empty = _(
        "Documents are numbered without gaps, in a series for each issuing entity and kind. A series begins with "
        "its first document, or with the number that you set above."
    )
    list_display = ["issuing_entity", "document_type", "last_number", "left_out"]
    list_select_related = ["issuing_entity", "start__set_by"]
    ordering = ["issuing_entity_id", "document_type"]
    fields = ["issuing_entity", "document_type", "last_number", "left_out"]
    readonly_fields = ["left_out"]
    actions_list = ["set_next_number"]

    @admin.display(description=_("left out on purpose"), empty_value="–")
    def left_out(self, series: NumberSeries) -> str | None:
        start: SeriesStart | None = getattr(series, "start", None)
        if start is None:
            return None
        prefix = prefix_of(series.issuing_entity, series.document_type)
        words = gettext("%(first)s to %(last)s, on %(day)s by %(person)s: %(reason)s")
        return words % {
            "first": document_number(prefix=prefix, sequence=start.first_left_out),
            "last": document_number(prefix=prefix, sequence=start.next_number - 1),
            "day": format_day(start.set_at.date(), current_language()),
            "person": start.set_by.get_full_name() or start.set_by.get_username(),
            "reason": start.reason,
        }

    def get_queryset(self, request: HttpRequest) -> QuerySet[NumberSeries]:
        # Opening items have a place among themselves, and no number of ours.
        return super().get_queryset(request).filter(document_type__in=OUR_SERIES)

    def has_next_number_permission(self, request: HttpRequest) -> bool:
        return works_on_all(request)

    @page_action(description=_("Set the next number"), icon="skip_next", permissions=["next_number"])
    def set_next_number(self, request: HttpRequest) -> HttpResponse:
        """Ask with which number a series goes on and why, say what it means, and set it: once, and forward."""
        form = NextNumberForm(request.POST or None, among=list(IssuingEntity.objects.order_by("code")))
        back = reverse("admin:invoices_numberseries_changelist")
        ask = Page(
            title=_("Set the next number of a series"),
            message=_(
                "For a series that goes on where an old system's ended. It can be done once, and forward only: the "
                "numbers in between are never given, and auditors see why."
            ),
            button=_("Continue"),
            back=back,
            confirms=False,
        )

        def preview() -> Page:
            entity, kind = form.found()
            wanted = form.cleaned_data["next_number"]
            reasons = next_number_violations(entity, document_type=kind.value, next_number=wanted)
            last, prefix = get_last_number(entity, kind.value), prefix_of(entity, kind.value)
            numbers = {
                "next": document_number(prefix=prefix, sequence=wanted),
                "first": document_number(prefix=prefix, sequence=last + 1),
                "last": document_number(prefix=prefix, sequence=wanted - 1),
                "count": format_quantity(Decimal(wanted - 1 - last), current_language()),
            }
            points = [
                gettext("The next document of this series is %(next)s.") % numbers,
                ngettext(
                    "%(count)s number is left out for ever: %(first)s.",
                    "%(count)s numbers are left out for ever: %(first)s to %(last)s.",
                    wanted - 1 - last,
                )
                % numbers,
                gettext("It cannot be set again, nor taken back."),
            ]
            return Page(
                title=_("Set the next number of this series?"),
                subject=f"{entity}: {kind.label}",
                points=[] if reasons else points,
                reasons=reasons,
                button="" if reasons else _("Set it"),
                back=back,
            )

        def do() -> str:
            make_sure_of(request)
            entity, kind = form.found()
            start = set_next_number(
                entity,
                document_type=kind.value,
                next_number=form.cleaned_data["next_number"],
                reason=form.cleaned_data["reason"],
                by=person(request),
                now=database_now(),
            )
            number = document_number(prefix=prefix_of(entity, kind.value), sequence=start.next_number)
            return gettext("The next document of this series is %(next)s.") % {"next": number}

        return self.guide(request, form=form, ask=ask, preview=preview, do=do)
