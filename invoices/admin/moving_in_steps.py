"""The steps of moving in, which leads take: into shadow, the old system's invoices, and live."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from invoices.admin.workbench.shape import looker_of
from invoices.documents.moving_in import OBSTACLES, Voice, fault_in_words
from invoices.exports.moving_in import template_csv
from invoices.forms import LaunchForm, OldInvoicesForm, ShadowForm
from invoices.models import BillingCycle, OldInvoiceFile, Shadow
from invoices.selectors.shadow import list_advances_in_shadow
from invoices.services.shadow.beginning import begin_shadow, go_live, list_launch_days, shadow_violations
from invoices.services.shadow.comparing import compare
from invoices.services.shadow.old_files import Checked, check_old_invoices, keep_old_invoices, upload_old_invoices
from subscriptions.admin.guided import Page
from subscriptions.admin.parts import current_language
from subscriptions.admin.roles import person, works_on_all
from subscriptions.domain.formatting import format_day, format_days, format_quantity
from subscriptions.domain.violations import Refused
from subscriptions.forms.fields import words_of
from subscriptions.models import Organization
from subscriptions.selectors.catalog import get_product_names
from subscriptions.selectors.clock import database_now
from subscriptions.services.price_imports.report import report_faults
from subscriptions.views.access import make_sure_of

FAULTS_SHOWN = 200


class MovingInSteps:
    """Adds the steps of moving in; they belong to no row of the model."""

    admin_site: Any
    page: Any
    guide: Any
    message_user: Any

    def moving_in_step_urls(self) -> list[URLPattern]:
        """Return the addresses of the steps."""
        wrap = self.admin_site.admin_view
        return [
            path("moving-in/begin/", wrap(self.begin), name="invoices_moving_in_begin"),
            path("moving-in/old-invoices/", wrap(self.old_invoices), name="invoices_old_invoices"),
            path("moving-in/old-invoices/template.csv", wrap(self.template), name="invoices_old_invoices_template"),
            path("moving-in/old-invoices/<int:pk>/", wrap(self.old_file), name="invoices_old_file"),
            path("moving-in/<int:pk>/go-live/", wrap(self.go_live), name="invoices_moving_in_go_live"),
        ]

    def begin(self, request: HttpRequest) -> HttpResponse:
        """Ask which organization, say what it means, and put it into shadow."""
        _leads_only(request)
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
                points=[] if reasons else _what_shadow_means(organization),
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
        shadow = _shadow(request, pk)
        _leads_only(request)
        back = reverse("admin:invoices_moving_in_of", args=[pk])
        now = database_now()
        form = LaunchForm(request.POST or None, days=list_launch_days(pk, today=now.date()))
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
            points=[OBSTACLES[obstacle] for obstacle in compare(pk).obstacles],
            button=_("Show me what that means"),
            back=back,
            confirms=False,
        )

        def preview() -> Page:
            return Page(
                title=_("Take this organization live?"),
                subject=str(shadow.organization),
                points=_what_live_means(shadow, form),
                button=_("Take it live"),
                back=back,
            )

        def do() -> str:
            make_sure_of(request)
            go_live(shadow.pk, form.launch(), today=now.date(), by=person(request), now=now)
            return gettext("It is live: what falls due from now on is billed here.")

        answer: HttpResponse = self.guide(request, form=form, ask=ask, preview=preview, do=do)
        return answer

    def old_invoices(self, request: HttpRequest) -> HttpResponse:
        """Take a file with invoices of the old system, and lead to what is found in it; nothing is kept yet."""
        _leads_only(request)
        form = OldInvoicesForm(request.POST or None, request.FILES or None)
        if form.is_valid():
            file = form.cleaned_data["file"]
            row = upload_old_invoices(file.name, file.read(), by=person(request), now=database_now())
            return HttpResponseRedirect(reverse("admin:invoices_old_file", args=[row.pk]))
        recent = OldInvoiceFile.objects.defer("content").select_related("uploaded_by", "kept_by")[:10]
        return self._step_page(request, "old_invoices", {"title": _("Old invoices"), "form": form, "recent": recent})

    def template(self, request: HttpRequest) -> StreamingHttpResponse:
        """Hand out a file to fill in."""
        _leads_only(request)
        response = StreamingHttpResponse(template_csv(), content_type="text/csv; charset=utf-8")
        response["Content-Disposition"] = 'attachment; filename="old-invoices.csv"'
        return response

    def old_file(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Show what is in a file, or what is wrong with it, and keep its invoices once they are confirmed."""
        _leads_only(request)
        file = get_object_or_404(OldInvoiceFile.objects.select_related("uploaded_by", "kept_by"), pk=pk)
        here = reverse("admin:invoices_old_file", args=[pk])
        if request.method == "POST":
            make_sure_of(request)
            return self._keep(request, file, here)
        checked = Checked() if file.kept_at else check_old_invoices(file)
        faults = [fault_in_words(fault) for fault in checked.read.faults[:FAULTS_SHOWN]]
        context = {
            "title": file.file_name,
            "file": file,
            "checked": checked,
            "unreadable": report_faults(checked.unreadable).rows,
            "faults": faults,
            "more_faults": max(0, len(checked.read.faults) - FAULTS_SHOWN),
            "totals": _totals(checked),
            "kept": file.invoices.count() if file.kept_at else 0,
        }
        return self._step_page(request, "old_file", context)

    def _keep(self, request: HttpRequest, file: OldInvoiceFile, here: str) -> HttpResponse:
        try:
            count = keep_old_invoices(file.pk, by=person(request), now=database_now())
        except Refused as refused:
            for reason in refused.reasons:
                self.message_user(request, str(words_of(reason).message), messages.ERROR)
            return HttpResponseRedirect(here)
        kept = ngettext(
            "%(count)s invoice of the old system kept.", "%(count)s invoices of the old system kept.", count
        )
        self.message_user(request, kept % {"count": count}, messages.SUCCESS)
        return HttpResponseRedirect(here)

    def _step_page(self, request: HttpRequest, name: str, context: dict[str, Any]) -> HttpResponse:
        shared = {**self.admin_site.each_context(request), "content_title": _("Moving in")}
        return TemplateResponse(request, f"admin/seatbill/{name}.html", shared | context)


def _leads_only(request: HttpRequest) -> None:
    if not works_on_all(request):
        raise PermissionDenied


def _shadow(request: HttpRequest, pk: int) -> Shadow:
    """Return an organization that moves in; what is not the person's does not exist (BR-93)."""
    own = looker_of(request).own(Shadow.objects.select_related("organization"))
    return get_object_or_404(own, organization=pk)


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
    points.append(_("What is still to be paid to the old system stays there: it is not carried over."))
    points.extend(OBSTACLES[obstacle] for obstacle in compare(shadow.organization_id).obstacles)
    return points


def _totals(checked: Checked) -> list[dict[str, str]]:
    """Return what a file holds by organization and currency."""
    found: dict[tuple[str, str], tuple[int, Any]] = {}
    for bill in checked.read.bills:
        count, amount = found.get((bill.organization, bill.currency), (0, 0))
        found[bill.organization, bill.currency] = count + 1, amount + sum(charge.amount for charge in bill.charges)
    language = current_language()
    return [
        {
            "organization": organization,
            "count": str(count),
            "amount": Voice(language=language, names={}, currency=currency).money(amount),
        }
        for (organization, currency), (count, amount) in sorted(found.items())
    ]
