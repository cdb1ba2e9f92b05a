"""The steps of moving in, which leads take: into shadow, and live."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from invoices.admin.workbench.shape import looker_of
from invoices.documents.moving_in import OBSTACLES, Voice
from invoices.documents.opening import opening_points
from invoices.forms import LaunchForm, ShadowForm
from invoices.models import BillingCycle, Shadow
from invoices.selectors.opening import list_waiting, sums_of_rows
from invoices.selectors.shadow import list_advances_in_shadow
from invoices.services.shadow.beginning import begin_shadow, go_live, list_launch_days, shadow_violations
from invoices.services.shadow.comparing import compare
from subscriptions.admin.guided import Page
from subscriptions.admin.parts import current_language
from subscriptions.admin.roles import person, works_on_all
from subscriptions.domain.formatting import format_day, format_days, format_quantity
from subscriptions.models import Organization
from subscriptions.selectors.catalog import get_product_names
from subscriptions.selectors.clock import database_now
from subscriptions.views.access import make_sure_of


class MovingInSteps:
    """Adds the steps of moving in; they belong to no row of the model."""

    admin_site: Any
    opts: Any
    page: Any
    guide: Any

    def moving_in_step_urls(self) -> list[URLPattern]:
        """Return the addresses of the steps."""
        wrap = self.admin_site.admin_view
        return [
            path("moving-in/begin/", wrap(self.begin), name="invoices_moving_in_begin"),
            path("moving-in/<int:pk>/go-live/", wrap(self.go_live), name="invoices_moving_in_go_live"),
        ]

    def begin(self, request: HttpRequest) -> HttpResponse:
        """Ask which organization, say what it means, and put it into shadow."""
        leads_only(request)
        back = reverse("admin:invoices_moving_in")
        initial = {"organization": request.GET.get("organization", "")}
        form = ShadowForm(request.POST or None, initial=initial, among=Organization.objects.all())
        ask = Page(
            title=_("Put an organization into shadow"),
            message=_(
                "Its old system goes on billing it. Here its periods close as if they were billed, so that both can be "
                "compared line by line before it goes live."
            ),
            button=_("Continue"),
            back=back,
            confirms=False,
        )

        def preview() -> Page:
            organization = form.found()
            reasons = shadow_violations(organization)
            return Page(
                title=_("Put this organization into shadow?"),
                subject=str(organization),
                points=[] if reasons else [*_what_shadow_means(organization), _because(form)],
                reasons=reasons,
                button="" if reasons else _("Put it into shadow"),
                back=back,
            )

        def do() -> str:
            make_sure_of(request)
            organization, now = form.found(), database_now()
            begin_shadow(
                organization,
                reason=form.cleaned_data["reason"],
                by=person(request),
                now=now,
            )
            return gettext("%(organization)s is in shadow.") % {"organization": organization}

        answer: HttpResponse = self.guide(request, form=form, ask=ask, preview=preview, do=do)
        return answer

    def go_live(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Ask from which boundary on, say what it means, and let the organization really be billed."""
        shadow = shadow_of(request, pk)
        leads_only(request)
        back = reverse("admin:invoices_moving_in_of", args=[pk])
        now = database_now()
        sums = sums_of_rows(list_waiting(pk))
        form = LaunchForm(
            request.POST or None, days=list_launch_days(pk, today=now.date()), initial={"balances": sums.key}
        )
        title = _("Take this organization live")
        if shadow.live_from is not None and request.method != "POST":
            day = format_day(shadow.live_from, current_language())
            done = Page(title=title, message=_("It is live: billed here from %(day)s.") % {"day": day}, back=back)
            page: HttpResponse = self.page(request, done)
            return page
        ask = Page(
            title=title,
            subject=str(shadow.organization),
            message=_("From then on what falls due is issued and mailed; it can only be credited, not taken back."),
            points=[*opening_points(sums), *(OBSTACLES[obstacle] for obstacle in compare(pk).obstacles)],
            button=_("Show me what that means"),
            back=back,
            confirms=False,
        )

        def preview() -> Page:
            return Page(
                title=_("Take this organization live?"),
                subject=str(shadow.organization),
                points=[*_what_live_means(shadow, form), *opening_points(sums), _because(form)],
                button=_("Take it live"),
                back=back,
            )

        def do() -> str:
            make_sure_of(request)
            go_live(shadow.pk, form.launch(), today=now.date(), by=person(request), now=now)
            return gettext("It is live: what falls due from now on is billed here.")

        answer: HttpResponse = self.guide(request, form=form, ask=ask, preview=preview, do=do)
        return answer


def leads_only(request: HttpRequest) -> None:
    """Answer 403 to whoever is no lead."""
    if not works_on_all(request):
        raise PermissionDenied


def shadow_of(request: HttpRequest, pk: int) -> Shadow:
    """Return an organization that moves in; what is not the person's does not exist (BR-93)."""
    own = looker_of(request).own(Shadow.objects.select_related("organization"))
    return get_object_or_404(own, organization=pk)


def _because(form: Form) -> str:
    return gettext("Because: %(reason)s") % {"reason": form.cleaned_data["reason"]}


def _what_shadow_means(organization: Organization) -> list[Any]:
    open_cycles = BillingCycle.objects.filter(organization=organization).exclude(state="closed").exists()
    return [
        _("Its periods close as ever: usage is counted, priced and taxed, and the evidence is kept."),
        _("Nothing is issued: no number, no ledger entry, no PDF, no mail. One-time orders are not invoiced either."),
        _("What is closed in shadow is never billed here: its old system bills it."),
        _("The period that runs now is the first one.")
        if open_cycles
        else _("Its first period is the one in which its agreement begins; what lies in the past is caught up."),
        _("Its people see no invoices here until it goes live."),
    ]


def _what_live_means(shadow: Shadow, form: LaunchForm) -> list[Any]:
    launch, language = form.launch(), current_language()
    day = format_day(launch.live_from, language)
    points: list[Any] = [
        _("What is used from %(day)s on is billed here, with the close of that period.") % {"day": day},
        _("Periods before that day, and late usage of them, are never billed or credited here."),
    ]
    names = get_product_names(language)
    advances = list_advances_in_shadow(shadow.organization_id, day=launch.live_from)
    for line in advances:
        words = {
            "quantity": format_quantity(line.quantity, language),
            "product": names.get(line.product, line.product),
            "days": format_days(line.service_start, line.service_end, language),
            "amount": Voice(language=language, names=names, currency=line.bill.currency).money(line.amount),
        }
        points.append(
            _("The old system has billed %(quantity)s × %(product)s for %(days)s in advance: nothing of it is billed.")
            % words
            if launch.ahead_is_billed
            else _("%(quantity)s × %(product)s stand in shadow for %(days)s: what is left of it is billed here.")
            % words
        )
    if not advances:
        points.append(
            _("Nothing that falls due in advance on that day is billed here: the old system has billed it.")
            if launch.ahead_is_billed
            else _("What falls due in advance on that day is billed here.")
        )
    points.extend(OBSTACLES[obstacle] for obstacle in compare(shadow.organization_id).obstacles)
    return points
