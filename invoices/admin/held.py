"""What is done about a cycle that is held: mended and tried again, or decided and closed, each shown first (BR-72)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.contrib import admin, messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from invoices.choices import CycleState
from invoices.documents.closing import closing_in_words
from invoices.documents.reasons import reason_in_words
from invoices.domain.decision import Decision
from invoices.forms import HoldDecisionForm, MendedForm
from invoices.models import BillingCycle
from invoices.services.closing import Outcome, Step, close_cycle_now
from invoices.services.deciding import decide_hold, open_codes
from invoices.services.estimating import ask_for_closing
from invoices.services.preview_document import get_preview_document
from subscriptions.admin.base import current_language, page_action, person
from subscriptions.admin.guided import CONFIRMED, GuidedAdmin, Page
from subscriptions.documents.audit_trail import logged
from subscriptions.domain.formatting import format_days
from subscriptions.selectors import database_now
from subscriptions.views.access import make_sure_of

OUTCOMES = {
    Outcome.OPENED: (messages.SUCCESS, _("The cycle is open now; what was due in advance has been invoiced.")),
    Outcome.CLOSED: (messages.SUCCESS, _("The cycle is closed; what was due has been invoiced.")),
    Outcome.HELD: (messages.WARNING, _("The cycle is still held: mend the reasons below and try again.")),
    Outcome.NOT_DUE: (messages.INFO, _("Nothing is due: the cycle closes by itself after its cut-off.")),
    Outcome.FAILED: (messages.ERROR, _("The cycle could not be closed. It is tried again; the log has the details.")),
}


@dataclass(frozen=True)
class Meaning:
    """What closing a cycle would mean, in sentences; `is_awaited` tells that a worker still works it out."""

    points: list[Any]
    is_awaited: bool = False


class HeldCycles(GuidedAdmin):
    """The guided actions on a held cycle's page, and in the list of them."""

    def has_retry_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        if object_id is None:
            return self.has_view_permission(request)
        return bool(self.get_object(request, object_id).held_reasons)

    def has_decide_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        return object_id is not None and bool(open_codes(self.get_object(request, object_id)))

    @admin.action(description=_("Try again now"), permissions=["retry"])
    def try_again(self, request: HttpRequest, chosen: QuerySet[BillingCycle]) -> None:
        make_sure_of(request)
        for cycle in chosen.exclude(state=CycleState.CLOSED).order_by("period_start"):
            self._try(request, cycle)

    @page_action(description=_("Try again now"), icon="refresh", permissions=["retry"])
    def try_this_again(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Say what closing the cycle would issue as it is mended now, and close it once it is said what was done."""
        cycle = self.get_object(request, object_id)
        back = reverse("admin:invoices_billingcycle_change", args=[cycle.pk])
        form = MendedForm(request.POST or None)
        if form.is_valid():
            make_sure_of(request)
            self._try(request, cycle, why=form.cleaned_data["reason"])
            return HttpResponseRedirect(back)
        meaning = self._what_closing_means(cycle)
        asked = Page(
            title=_("Try again now?"),
            subject=f"{cycle.organization}, {period_in_words(cycle)}",
            message=_("If every reason has been mended, the cycle closes and its invoice is issued."),
            points=meaning.points,
            button=_("Try again now"),
            back=back,
            confirms=False,
            elsewhere=(_("Look again"), request.path) if meaning.is_awaited else None,
        )
        return self.page(request, asked, form=form)

    @page_action(description=_("Decide"), icon="gavel", permissions=["decide"])
    def decide(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask what to do about a reason, say what would be issued then, and do it once it is confirmed."""
        cycle = self.get_object(request, object_id)
        back = reverse("admin:invoices_billingcycle_change", args=[cycle.pk])
        form = HoldDecisionForm(request.POST or None, cycle=cycle)
        subject = f"{cycle.organization}, {period_in_words(cycle)}"
        if not form.is_valid():
            message = _(
                "Mending is better where it can be done: add the price to the price book, or the rate to the deck. You "
                "see what a decision comes to before it closes the cycle."
            )
            asked = Page(
                title=_("What shall become of this cycle?"),
                subject=subject,
                message=message,
                points=[reason_in_words(reason) for reason in (*cycle.held_reasons, *cycle.left_out)],
                button=_("Continue"),
                back=back,
                confirms=False,
            )
            return self.page(request, asked, form=form)
        if request.POST.get(CONFIRMED) != "yes":
            verdict = form.verdict()
            meaning = self._what_closing_means(cycle, supposing=[Decision(code=verdict.code, choice=verdict.choice)])
            shown = Page(
                title=_("Decide so?"),
                subject=subject,
                points=[form.chosen(), *meaning.points, _("Because: %(reason)s") % {"reason": verdict.reason}],
                button=_("Look again") if meaning.is_awaited else _("Decide, and close the cycle"),
                back=back,
                waits=meaning.is_awaited,
            )
            return self.page(request, shown, form=form)
        make_sure_of(request)
        step = decide_hold(form.verdict(), cycle_id=cycle.pk, decided_by=person(request), now=database_now())
        self._tell(request, cycle, step)
        return HttpResponseRedirect(back)

    def _what_closing_means(self, cycle: BillingCycle, *, supposing: Sequence[Decision] = ()) -> Meaning:
        if cycle.state == CycleState.CLOSED:
            return Meaning([_("The cycle is closed already: what was left out follows with the next invoice.")])
        answer, language = ask_for_closing(cycle, supposing=supposing, now=database_now()), current_language()
        if answer.value is None:
            if answer.is_awaited:
                words = _(
                    "There is too much usage to count while you wait: what it comes to is being worked out in the "
                    "background, which takes a minute or two."
                )
                return Meaning([words], is_awaited=True)
            return Meaning([_("What it comes to could not be worked out; the log of the site says why.")])
        document = get_preview_document(answer.value, subscription=cycle.subscription, language=language)
        points: list[Any] = list(closing_in_words(document))
        if answer.is_awaited:
            points.append(_("There is too much usage to count while you wait: newer figures are being worked out."))
        return Meaning(points)

    def _try(self, request: HttpRequest, cycle: BillingCycle, *, why: str = "") -> None:
        # What became of it, and who tried: both are kept, or neither.
        with transaction.atomic():
            self._tell(request, cycle, close_cycle_now(cycle_id=cycle.pk, now=database_now()), why=why)

    def _tell(self, request: HttpRequest, cycle: BillingCycle, step: Step, *, why: str = "") -> None:
        self.log_change(request, cycle, logged(step.outcome, why=why) if why else str(step.outcome))
        level, words = OUTCOMES[step.outcome]
        self.message_user(request, f"{cycle.organization}, {period_in_words(cycle)}: {words}", level)


def period_in_words(cycle: BillingCycle) -> str:
    """Return the days of a cycle."""
    return format_days(cycle.period_start, cycle.period_end - timedelta(days=1), current_language())
