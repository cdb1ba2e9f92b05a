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
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from invoices.choices import CycleState
from invoices.documents.closing import closing_in_words
from invoices.documents.reasons import reasons_in_words, stored_reason
from invoices.documents.release import release_in_words
from invoices.domain.bounds import fingerprint
from invoices.domain.decision import Decision
from invoices.forms import HoldDecisionForm, MendedForm, ReleaseForm
from invoices.models import BillingCycle
from invoices.selectors.stopped import find_parking
from invoices.services.bounding import Release, is_held_by_bounds, release_invoice
from invoices.services.closing import Outcome, Step, close_cycle_now
from invoices.services.deciding import decide_hold, open_codes
from invoices.services.estimating import ask_for_closing
from invoices.services.preview_document import get_preview_document
from subscriptions.admin.guided import CONFIRMED, GuidedAdmin, Page
from subscriptions.admin.parts import current_language, page_action
from subscriptions.admin.roles import person
from subscriptions.documents.audit_trail import logged
from subscriptions.domain.formatting import format_days
from subscriptions.selectors.catalog import get_product_names
from subscriptions.selectors.clock import database_now
from subscriptions.views.access import make_sure_of, second_person_for, second_person_of
from usage.documents import Reader

OUTCOMES = {
    Outcome.OPENED: (messages.SUCCESS, _("The cycle is open now; what was due in advance has been invoiced.")),
    Outcome.CLOSED: (messages.SUCCESS, _("The cycle is closed; what was due has been invoiced.")),
    Outcome.HELD: (messages.WARNING, _("The cycle is still held: mend the reasons below and try again.")),
    Outcome.NOT_DUE: (messages.INFO, _("Nothing is due: the cycle closes by itself after its cut-off.")),
    Outcome.STOPPED: (messages.WARNING, _("Issuing is switched off: nothing was done.")),
    Outcome.FAILED: (messages.ERROR, _("The cycle could not be closed. It is tried again; the log has the details.")),
}


@dataclass(frozen=True)
class Meaning:
    """What closing a cycle would mean, in sentences; `is_awaited` tells that a worker still works it out."""

    points: list[Any]
    is_awaited: bool = False


@dataclass(frozen=True)
class Absurd:
    """An invoice beyond safety bounds as it would be issued now: its fingerprint, what is beyond, and all in words."""

    fingerprint: str
    reasons: list[dict[str, Any]]
    points: list[str]


class HeldCycles(GuidedAdmin):
    """The guided actions on a held cycle's page, and in the list of them."""

    def has_retry_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        if object_id is None:
            return self.has_view_permission(request)
        return bool(self.get_object(request, object_id).held_reasons)

    def has_decide_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        return object_id is not None and bool(open_codes(self.get_object(request, object_id)))

    def has_release_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        return object_id is not None and self._is_beyond(request, object_id)

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
            subject=self._subject(cycle),
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
        subject = self._subject(cycle)
        if not form.is_valid():
            message = _(
                "Mending is better where it can be done: add the price to the price book, or the rate to the deck. You "
                "see what a decision comes to before it closes the cycle."
            )
            asked = Page(
                title=_("What shall become of this cycle?"),
                subject=subject,
                message=message,
                points=reasons_in_words(
                    [*cycle.held_reasons, *cycle.left_out], names=get_product_names(current_language())
                ),
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

    @page_action(description=_("Release"), icon="lock_open", permissions=["release", "lead"])
    def release(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Show the absurd invoice, ask why it is right, and let exactly this one pass once a second lead agrees."""
        cycle = self.get_object(request, object_id)
        back = reverse("admin:invoices_billingcycle_change", args=[cycle.pk])
        absurd = self._absurd(cycle)
        if isinstance(absurd, str):
            self.message_user(request, absurd, messages.WARNING)
            return HttpResponseRedirect(back)
        form = ReleaseForm(request.POST or None, initial={"seen": absurd.fingerprint})
        is_the_same = request.POST.get("seen", absurd.fingerprint) == absurd.fingerprint
        if not is_the_same:
            words = _("The invoice has changed since you looked at it: look at it once more.")
            self.message_user(request, words, messages.WARNING)
            form = ReleaseForm(initial={"seen": absurd.fingerprint, "reason": request.POST.get("reason", "")})
        if not form.is_valid():
            page = Page(
                title=_("Release this invoice?"),
                subject=self._subject(cycle),
                message=_("It goes beyond a safety bound, so two leads have to find it right before it is issued."),
                points=absurd.points,
                button=_("It is right: ask a second lead"),
                back=back,
                confirms=False,
            )
            return self.page(request, page, form=form)
        reason = form.cleaned_data["reason"]
        because = _("Because: %(reason)s") % {"reason": reason}
        second_person_for(request, subject=self._subject(cycle), points=[*absurd.points, because])

        def do() -> str:
            release_invoice(
                Release(fingerprint=absurd.fingerprint, reasons=absurd.reasons, reason=reason),
                cycle_id=cycle.pk,
                released_by=person(request),
                approved_by=second_person_of(request),
                now=database_now(),
            )
            return str(_("The invoice is released: its cycle closes within minutes."))

        return self.carry_out(request, do, back=back)

    def _is_beyond(self, request: HttpRequest, object_id: str) -> bool:
        return is_held_by_bounds(self.get_object(request, object_id))

    def _subject(self, cycle: BillingCycle) -> str:
        return f"{cycle.organization}, {period_in_words(cycle)}"

    def _absurd(self, cycle: BillingCycle) -> Absurd | str:
        """Return what a cycle would issue now if it is beyond a bound, else why there is nothing to release."""
        preview = ask_for_closing(cycle, now=database_now()).value
        if preview is None:
            return gettext("It cannot be said now what would be issued: try again in a minute or two.")
        if not preview.blocks:
            return gettext("Nothing keeps it any more: its cycle closes within minutes.")
        language = current_language()
        reader = Reader(language=language, time_zone=cycle.subscription.time_zone, names=get_product_names(language))
        found = fingerprint(preview.draft, preview.blocks)
        return Absurd(
            fingerprint=found,
            reasons=[stored_reason(block) for block in preview.blocks],
            points=list(release_in_words(preview.draft, preview.blocks, fingerprint=found, reader=reader)),
        )

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
        if step.outcome is Outcome.NOT_DUE and find_parking(cycle.organization_id) is not None:
            level, words = messages.WARNING, _("The organization is parked, as its books are wrong: nothing was done.")
        self.message_user(request, f"{cycle.organization}, {period_in_words(cycle)}: {words}", level)


def period_in_words(cycle: BillingCycle) -> str:
    """Return the days of a cycle."""
    return format_days(cycle.period_start, cycle.period_end - timedelta(days=1), current_language())
