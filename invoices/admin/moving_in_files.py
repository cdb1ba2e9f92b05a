"""Files of the old system, which leads bring: uploaded, checked, kept, withdrawn; and opening items set right."""

from dataclasses import astuple, dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from moneyed import Money

from invoices.admin.moving_in_steps import leads_only, shadow_of
from invoices.choices import DocumentType
from invoices.documents.moving_in import Voice, fault_in_words
from invoices.documents.opening import opening_totals
from invoices.domain.moving_in.old_invoices import COLUMNS as INVOICE_COLUMNS
from invoices.domain.moving_in.opening_balances import COLUMNS as BALANCE_COLUMNS
from invoices.domain.moving_in.opening_balances import OldFile
from invoices.exports.moving_in import opening_csv, opening_template_csv, template_csv
from invoices.forms import BecauseForm, OldFileForm, SetRightForm
from invoices.models import Invoice, OldInvoice, OldInvoiceFile
from invoices.services.shadow.old_files import Checked, check_old_file, keep_old_file, upload_old_file
from invoices.services.shadow.opening import set_right, set_right_violations
from invoices.services.shadow.withdrawing import withdraw_old_file, withdrawal_violations
from subscriptions.admin.guided import Page
from subscriptions.admin.parts import current_language
from subscriptions.admin.roles import person
from subscriptions.domain.formatting import format_money
from subscriptions.domain.violations import Refused
from subscriptions.forms.fields import words_of
from subscriptions.selectors.clock import database_now
from subscriptions.services.price_imports.report import report_faults
from subscriptions.services.recording import Recording
from subscriptions.views.access import make_sure_of

FAULTS_SHOWN = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Brought:
    """What may be brought, in words and addresses."""

    holds: OldFile
    title: Any
    page: str
    template: str


INVOICES = Brought(
    holds=OldFile.INVOICES,
    title=_("Import invoices of the old system"),
    page="admin:invoices_old_invoices",
    template="admin:invoices_old_invoices_template",
)
BALANCES = Brought(
    holds=OldFile.BALANCES,
    title=_("Enter opening balances"),
    page="admin:invoices_opening_balances",
    template="admin:invoices_opening_balances_template",
)


class MovingInFiles:
    """Adds the files of the old system; they belong to no row of the model."""

    admin_site: Any
    opts: Any
    page: Any
    guide: Any
    message_user: Any

    def moving_in_file_urls(self) -> list[URLPattern]:
        """Return the addresses of the files."""
        wrap, one = self.admin_site.admin_view, "moving-in/<int:pk>/"
        old, opening = "moving-in/old-invoices/", "moving-in/opening-balances/"
        return [
            path(old, wrap(self.old_invoices), name="invoices_old_invoices"),
            path(f"{old}template.csv", wrap(self.template), name="invoices_old_invoices_template"),
            path(f"{old}<int:pk>/", wrap(self.old_file), name="invoices_old_file"),
            path(f"{old}<int:pk>/withdraw/", wrap(self.withdraw), name="invoices_old_file_withdraw"),
            path(opening, wrap(self.opening_balances), name="invoices_opening_balances"),
            path(f"{opening}template.csv", wrap(self.opening_template), name="invoices_opening_balances_template"),
            path(f"{one}opening-balances.csv", wrap(self.opening_proposal), name="invoices_opening_proposal"),
            path(f"{one}opening-items/<int:item_pk>/", wrap(self.set_right), name="invoices_opening_item"),
        ]

    def old_invoices(self, request: HttpRequest) -> HttpResponse:
        """Take a file with invoices of the old system, and lead to what is found in it; nothing is kept yet."""
        return self._upload(request, INVOICES, INVOICE_COLUMNS)

    def opening_balances(self, request: HttpRequest) -> HttpResponse:
        """Take a file with what is open in the old system, and lead to what is found in it; nothing is kept yet."""
        return self._upload(request, BALANCES, BALANCE_COLUMNS)

    def template(self, request: HttpRequest) -> StreamingHttpResponse:
        """Hand out a file to fill in with invoices."""
        leads_only(request)
        return _csv(template_csv(), "old-invoices")

    def opening_template(self, request: HttpRequest) -> StreamingHttpResponse:
        """Hand out a file to fill in with opening balances."""
        leads_only(request)
        return _csv(opening_template_csv(), "opening-balances")

    def opening_proposal(self, request: HttpRequest, pk: int) -> StreamingHttpResponse:
        """Hand out the imported invoices of an organization as opening balances: delete the rows that are paid."""
        shadow = shadow_of(request, pk)
        leads_only(request)
        invoices = OldInvoice.objects.filter(organization=pk, withdrawn_at__isnull=True).prefetch_related("lines")
        rows = opening_csv(shadow.organization.code, invoices.order_by("pk"))
        return _csv(rows, f"{shadow.organization.code}-opening-balances")

    def old_file(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Show what is in a file, or what is wrong with it, and keep it once that is confirmed."""
        leads_only(request)
        beside = ("uploaded_by", "kept_by", "withdrawn_by")
        file = get_object_or_404(OldInvoiceFile.objects.select_related(*beside), pk=pk)
        here = reverse("admin:invoices_old_file", args=[pk])
        form = BecauseForm(request.POST or None) if file.holds == OldFile.BALANCES else None
        if request.method == "POST" and (form is None or form.is_valid()):
            make_sure_of(request)
            return self._keep(request, file, form.cleaned_data["reason"] if form else "", here)
        is_new = file.kept_at is None and file.withdrawn_at is None
        checked = check_old_file(file, today=database_now().date()) if is_new else Checked()
        context = {
            "title": file.file_name,
            "file": file,
            "brought": INVOICES if form is None else BALANCES,
            "form": form,
            "checked": checked,
            "faults": [
                *report_faults(checked.unreadable).rows,
                *(astuple(fault_in_words(fault)) for fault in checked.faults[:FAULTS_SHOWN]),
            ],
            "more_faults": max(0, len(checked.faults) - FAULTS_SHOWN),
            "totals": _totals(checked),
            "opening_totals": opening_totals(checked.balances.openings),
            "kept": _kept(file),
        }
        return self._file_page(request, "old_file", context)

    def withdraw(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Ask why, say what it means, and let nothing that was kept from a file count any more."""
        leads_only(request)
        file = get_object_or_404(OldInvoiceFile, pk=pk)
        back = reverse("admin:invoices_old_file", args=[pk])
        reasons, title = withdrawal_violations(file), _("Withdraw this file")
        if reasons and request.method != "POST":
            page: HttpResponse = self.page(request, Page(title=title, subject=str(file), reasons=reasons, back=back))
            return page
        form = BecauseForm(request.POST or None)
        ask = Page(
            title=title,
            subject=str(file),
            message=_("For a file that was kept by mistake: of another customer, of the wrong month, with mistakes."),
            button=_("Continue"),
            back=back,
            confirms=False,
        )

        def preview() -> Page:
            return Page(
                title=_("Withdraw this file?"),
                subject=str(file),
                points=_what_withdrawing_means(file),
                button=_("Withdraw it"),
                back=back,
            )

        def do() -> str:
            make_sure_of(request)
            recording = Recording(by=person(request), at=database_now())
            count = withdraw_old_file(file.pk, reason=form.cleaned_data["reason"], recording=recording)
            words = ngettext("Withdrawn: %(count)s document.", "Withdrawn: %(count)s documents.", count)
            return words % {"count": count}

        answer: HttpResponse = self.guide(request, form=form, ask=ask, preview=preview, do=do)
        return answer

    def set_right(self, request: HttpRequest, pk: int, item_pk: int) -> HttpResponse:
        """Ask by how much less is open of an opening item and why, say what it means, and book it."""
        shadow = shadow_of(request, pk)
        leads_only(request)
        items = Invoice.objects.filter(organization=pk, document_type=DocumentType.OPENING_ITEM)
        item = get_object_or_404(items.select_related("balance").defer("frozen"), pk=item_pk)
        back = reverse("admin:invoices_moving_in_of", args=[pk])
        still_open = _money(item, item.balance.open)
        form = SetRightForm(request.POST or None, initial={"amount": item.balance.open, "seen": item.balance.open})
        ask = Page(
            title=_("Less is open than was carried over"),
            subject=f"{shadow.organization}, {item.number}",
            message=_(
                "%(amount)s of it is open here. Enter by how much that is too much: what was paid to, or credited in, "
                "the old system. Money that came in here is recorded as a payment instead."
            )
            % {"amount": still_open},
            button=_("Continue"),
            back=back,
            confirms=False,
        )

        def preview() -> Page:
            amount = form.cleaned_data["amount"]
            reasons = set_right_violations(item, **form.cleaned_data)
            return Page(
                title=_("Lower what is open?"),
                subject=f"{shadow.organization}, {item.number}",
                reasons=reasons,
                points=[]
                if reasons
                else [
                    _("%(amount)s less is open: %(left)s instead of %(open)s.")
                    % {
                        "amount": _money(item, amount),
                        "left": _money(item, item.balance.open - amount),
                        "open": still_open,
                    },
                    _("It is booked against the opening balances. No revenue, no tax and no money is booked."),
                    _("The statement of account shows it; it is taken back as any payment is, by reversing it."),
                ],
                button="" if reasons else _("Lower it"),
                back=back,
            )

        def do() -> str:
            make_sure_of(request)
            set_right(
                item.pk,
                **form.cleaned_data,
                recording=Recording(by=person(request), at=database_now()),
            )
            return gettext("Set right: %(amount)s less is open of %(number)s.") % {
                "amount": _money(item, form.cleaned_data["amount"]),
                "number": item.number,
            }

        answer: HttpResponse = self.guide(request, form=form, ask=ask, preview=preview, do=do)
        return answer

    def _upload(self, request: HttpRequest, brought: Brought, columns: tuple[str, ...]) -> HttpResponse:
        leads_only(request)
        form = OldFileForm(request.POST or None, request.FILES or None, columns=columns)
        if form.is_valid():
            file = form.cleaned_data["file"]
            content, now = file.read(), database_now()
            row = upload_old_file(file.name, content, holds=brought.holds, by=person(request), now=now)
            return HttpResponseRedirect(reverse("admin:invoices_old_file", args=[row.pk]))
        recent = OldInvoiceFile.objects.filter(holds=brought.holds.value).defer("content")
        context = {
            "title": brought.title,
            "brought": brought,
            "is_of_balances": brought is BALANCES,
            "template_url": reverse(brought.template),
            "form": form,
            "recent": recent[:10],
        }
        return self._file_page(request, "old_invoices", context)

    def _keep(self, request: HttpRequest, file: OldInvoiceFile, reason: str, here: str) -> HttpResponse:
        try:
            count = keep_old_file(file.pk, reason=reason, recording=Recording(by=person(request), at=database_now()))
        except Refused as refused:
            for violation in refused.reasons:
                self.message_user(request, str(words_of(violation).message), messages.ERROR)
            return HttpResponseRedirect(here)
        if file.holds == OldFile.BALANCES:
            words = ngettext("%(count)s opening balance entered.", "%(count)s opening balances entered.", count)
        else:
            words = ngettext(
                "%(count)s invoice of the old system kept.", "%(count)s invoices of the old system kept.", count
            )
        self.message_user(request, words % {"count": count}, messages.SUCCESS)
        return HttpResponseRedirect(here)

    def _file_page(self, request: HttpRequest, name: str, context: dict[str, Any]) -> HttpResponse:
        shared = {**self.admin_site.each_context(request), "content_title": _("Moving in")}
        return TemplateResponse(request, f"admin/seatbill/{name}.html", shared | context)


def _csv(rows: Any, name: str) -> StreamingHttpResponse:
    response = StreamingHttpResponse(rows, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return response


def _kept(file: OldInvoiceFile) -> int:
    if file.kept_at is None:
        return 0
    return file.balances.count() if file.holds == OldFile.BALANCES else file.invoices.count()


def _what_withdrawing_means(file: OldInvoiceFile) -> list[Any]:
    count = _kept(file)
    if file.holds == OldFile.BALANCES:
        words = ngettext(
            "%(count)s opening balance is not carried over.", "%(count)s opening balances are not carried over.", count
        )
        points: list[Any] = [words % {"count": count}]
    else:
        words = ngettext(
            "%(count)s old invoice is no longer compared with.",
            "%(count)s old invoices are no longer compared with.",
            count,
        )
        points = [
            words % {"count": count},
            _("What was decided about differences to them stays in the audit trail, and counts no longer."),
        ]
    points.append(_("The same file, or another one with the same numbers, can be uploaded afterwards."))
    return points


def _totals(checked: Checked) -> list[dict[str, str]]:
    """Return what a file of invoices holds by organization and currency."""
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


def _money(item: Invoice, amount: Any) -> str:
    return format_money(Money(amount, item.currency), current_language())
