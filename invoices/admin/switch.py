"""The switch that stops all issuing: its history, and the page on which a lead turns it."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from invoices.forms import WhyForm
from invoices.models import IssuingSwitch
from invoices.selectors.stopped import get_switch_off
from invoices.services.sweeping import count_due
from invoices.services.switch import turn_switch
from subscriptions.admin.base import FactAdmin
from subscriptions.admin.guided import CONFIRMED, GuidedAdmin, Page
from subscriptions.admin.parts import badge, page_action
from subscriptions.admin.roles import person, works_on_all
from subscriptions.selectors.clock import database_now
from subscriptions.views.access import make_sure_of

ON, OFF = "on", "off"


@admin.register(IssuingSwitch)
class IssuingSwitchAdmin(GuidedAdmin, FactAdmin):
    """All staff see who turned the switch, when and why; leads turn it."""

    organization_path = ""
    when_empty = _(
        "Issuing is on, and nobody has ever switched it. If a price or a rule turns out to be wrong, switch it off "
        "above before more documents go out."
    )
    list_display = ["shown_state", "switched_at", "switched_by", "reason"]
    list_select_related = ["switched_by"]
    export_columns = {"shown_state": ["is_on"]}
    fields = ["is_on", ("switched_at", "switched_by"), "reason"]
    actions_list = ["turn"]

    def has_turn_permission(self, request: HttpRequest) -> bool:
        return works_on_all(request)

    @badge(description=_("issuing"), colors={ON: "success", OFF: "danger"})
    def shown_state(self, turn: IssuingSwitch) -> tuple[str, Any]:
        return (ON, _("Switched on")) if turn.is_on else (OFF, _("Switched off"))

    @page_action(description=_("Switch issuing off, or on again"), icon="power_settings_new", permissions=["turn"])
    def turn(self, request: HttpRequest) -> HttpResponse:
        """Ask why, say what it means, and turn the switch once it is confirmed by who has just given their password."""
        is_on = get_switch_off() is None
        # What was asked for stands in the form: two people who press at once do not undo each other.
        to = request.POST.get("to", OFF if is_on else ON)
        form = WhyForm(request.POST or None, to=ON if to == ON else OFF)
        back = reverse("admin:invoices_issuingswitch_changelist")
        words = _to_be_turned_on() if to == ON else _to_be_turned_off()
        if not form.is_valid():
            page = Page(title=words["title"], message=words["message"], button=_("Continue"), back=back, confirms=False)
            return self.page(request, page, form=form)
        if request.POST.get(CONFIRMED) != "yes":
            points = [*words["points"], gettext("Because: %(reason)s") % {"reason": form.cleaned_data["reason"]}]
            page = Page(title=words["title"], points=points, button=words["button"], back=back)
            return self.page(request, page, form=form)
        make_sure_of(request)

        def do() -> str:
            reason, now = form.cleaned_data["reason"], database_now()
            turned = turn_switch(is_on=to == ON, reason=reason, by=person(request), now=now)
            self.log_addition(request, turned, reason)
            return str(words["done"])

        return self.carry_out(request, do, back=back)


def _to_be_turned_off() -> dict[str, Any]:
    return {
        "title": _("Switch all issuing off?"),
        "message": _("Do this when invoices may be wrong: nothing is issued for anyone until it is switched on again."),
        "points": [
            gettext("No cycle opens or closes, no order is invoiced, and no credit note is issued."),
            gettext("No document leaves by mail, not even one that has been issued already."),
            gettext("Usage is still taken in, previews still work, PDFs are still made, payments are still recorded."),
            gettext("Everyone on the staff sees who did this, and why."),
        ],
        "button": _("Switch issuing off"),
        "done": _("Issuing is switched off."),
    }


def _to_be_turned_on() -> dict[str, Any]:
    due = count_due(due_by=database_now(), organization_id=None)
    waiting = ngettext(
        "%(count)s cycle has fallen due: it opens or closes within minutes.",
        "%(count)s cycles have fallen due: they open or close within minutes, in the order in which they did.",
        due,
    )
    return {
        "title": _("Switch issuing on again?"),
        "message": _("Make sure first that what was wrong is mended: what is issued can only be credited."),
        "points": [
            waiting % {"count": due} if due else gettext("No cycle has fallen due meanwhile."),
            gettext("A document that comes more than three days late is dated on the day on which it is issued."),
            gettext("Mail that was held back leaves."),
        ],
        "button": _("Switch issuing on"),
        "done": _("Issuing is switched on: what fell due meanwhile is caught up."),
    }
