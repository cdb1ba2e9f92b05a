"""Payments: recorded step by step, spread over open invoices, reversed when they bounce; nothing else changes."""

from typing import Any, cast

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from moneyed import Money

from invoices.admin.spread import Spread, is_seen
from invoices.domain.payments import Certificate, oldest_due_first
from invoices.forms import CertificateForm, PaymentForm, ReversalForm, SharesForm
from invoices.forms.payment import CERTIFICATE_KINDS, WORDS
from invoices.models import Allocation, Payment, Withholding
from invoices.selectors.accounts import get_unallocated, get_withheld, list_open_items
from invoices.services.payments import (
    PaymentError,
    allocate_payment,
    keep_certificate,
    record_payment,
    reverse_payment,
)
from subscriptions.admin.base import FactAdmin, FactInline
from subscriptions.admin.filters import BY_ORGANIZATION
from subscriptions.admin.guided import GuidedAdmin, Page
from subscriptions.admin.making_sure import asks_first
from subscriptions.admin.parts import badge, current_language, page_action, shown_money
from subscriptions.admin.roles import person
from subscriptions.choices import AuditKind
from subscriptions.domain.formatting import format_day
from subscriptions.selectors.clock import database_now
from subscriptions.views.access import make_sure_of, recording_of

STATE_COLORS = {"allocated": "success", "left": "warning", "reversed": "danger"}


class ReversedFilter(admin.SimpleListFilter):
    """Payments that stand, and those that bounced."""

    title = _("reversed")
    parameter_name = "reversed"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("no", _("Stands")), ("yes", _("Reversed"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() in {"yes", "no"}:
            return queryset.filter(reversed_at__isnull=self.value() == "no")
        return queryset


class CertificateFilter(admin.SimpleListFilter):
    """Payments from which tax was withheld: whether the certificate for it is there."""

    title = _("certificate for withheld tax")
    parameter_name = "certificate"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("awaited", _("Awaited")), ("received", pgettext_lazy("certificate", "Received"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() in {"awaited", "received"}:
            is_awaited = self.value() == "awaited"
            return queryset.filter(withholding__isnull=False, withholding__received_at__isnull=is_awaited)
        return queryset


class AllocationInline(FactInline):
    model = Allocation
    fields = ["invoice", "paid", "allocated_at", "allocated_by"]
    verbose_name_plural = _("What it pays")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows = super().get_queryset(request).select_related("invoice", "allocated_by")
        return rows.defer("invoice__frozen")

    @admin.display(description=_("amount"))
    def paid(self, allocation: Allocation) -> str:
        return shown_money(allocation.amount, allocation.invoice.currency)


@admin.register(Payment)
class PaymentAdmin(GuidedAdmin, FactAdmin):
    audited_as = AuditKind.PAYMENT
    form = PaymentForm
    when_empty = _(
        "Money that came in is recorded here and settles invoices. Record a payment by hand, or upload the bank’s "
        "file under Bank files."
    )
    list_display = ["reference", "organization", "received_on", "method", "came_in", "state"]
    list_filter = [
        BY_ORGANIZATION,
        ReversedFilter,
        CertificateFilter,
        "method",
        "currency",
        "received_on",
    ]
    list_select_related = ["organization"]
    search_fields = ["^reference"]
    search_help_text = _("Organization, contact, or the beginning of a reference")
    ordering = ["-received_on", "-pk"]
    export_columns = {"came_in": ["amount", "currency"]}
    autocomplete_fields = ["organization"]
    readonly_fields = ["came_in", "left_over", "withheld_tax", "certificate", "bank_movement"]
    actions_detail = ["allocate", "keep_certificate", "show_certificate", "reverse"]

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        if obj is None:
            typed = ["organization", ("currency", "amount"), ("method", "reference"), "received_on", "note"]
            words = _("On the next page you see which invoices it pays, before anything is recorded.")
            withheld = ["withheld", ("certificate_number", "certificate_date")]
            return [
                (None, {"fields": typed, "description": words}),
                (_("Tax withheld by the payer"), {"fields": withheld}),
            ]
        fieldsets: list[Any] = [
            (None, {"fields": [("organization", "reference"), ("came_in", "left_over"), ("method", "received_on")]}),
            (_("Recorded"), {"fields": [("recorded_at", "recorded_by"), "note"]}),
        ]
        if hasattr(obj, "withholding"):
            fieldsets.insert(1, (_("Tax withheld by the payer"), {"fields": [("withheld_tax", "certificate")]}))
        if hasattr(obj, "bank_line"):
            fieldsets[-1][1]["fields"].append("bank_movement")
        if obj.reversed_at:
            fieldsets.append((_("Reversed"), {"fields": [("reversed_at", "reversed_by"), "reversal_reason"]}))
        return fieldsets

    def get_inlines(self, request: HttpRequest, obj: Any) -> list[Any]:
        return [AllocationInline] if obj and obj.allocations.exists() else []

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows = super().get_queryset(request).select_related("organization", "withholding")
        rows = rows.defer("withholding__content")
        return rows.prefetch_related("allocations")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(request.user.is_staff)

    def has_allocate_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        return object_id is not None and bool(get_unallocated(self.get_object(request, object_id)))

    def has_certify_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        withholding = self._withholding(request, object_id)
        return withholding is not None and withholding.received_at is None

    def has_certified_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        withholding = self._withholding(request, object_id)
        return withholding is not None and bool(withholding.file_name)

    def has_reverse_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        return object_id is not None and self.get_object(request, object_id).reversed_at is None

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """Ask what came in, then show what it pays, then record it."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = cast("PaymentForm", self.get_form(request)(request.POST or None))
        if request.method != "POST" or not form.is_valid():
            one_way = {"show_save_and_add_another": False, "show_save_and_continue": False}
            return super().add_view(request, form_url, one_way | (extra_context or {}))
        receipt = form.receipt()
        currency = receipt.amount.currency.code
        items = list_open_items(receipt.organization.pk, currency=currency)
        chosen = SharesForm(
            request.POST if "confirmed" in request.POST else None,
            items=items,
            currency=currency,
            proposed=oldest_due_first(receipt.settles, items),
        )
        available = Money(receipt.settles, currency)
        if is_seen(self, request, chosen, available=available, withheld=receipt.withheld):
            make_sure_of(request)
            try:
                payment = record_payment(
                    receipt, shares=chosen.shares(), recorded_by=person(request), now=database_now()
                )
            except PaymentError as error:
                chosen.show(error.faults)
            else:
                self.message_user(request, _("The payment is recorded."), messages.SUCCESS)
                return HttpResponseRedirect(_page_of(payment))
        spread = Spread(
            title=_("What does this payment pay?"),
            organization=receipt.organization,
            available=available,
            withheld=receipt.withheld,
        )
        return self._ask(request, chosen, spread, typed=form)

    @page_action(description=_("Allocate"), icon="call_split", permissions=["allocate"])
    def allocate(self, request: HttpRequest, object_id: str) -> HttpResponse:
        payment = self.get_object(request, object_id)
        left = get_unallocated(payment)
        items = list_open_items(payment.organization_id, currency=payment.currency)
        chosen = SharesForm(
            request.POST or None, items=items, currency=payment.currency, proposed=oldest_due_first(left, items)
        )
        available = Money(left, payment.currency)
        if is_seen(self, request, chosen, available=available):
            make_sure_of(request)
            try:
                allocate_payment(payment, shares=chosen.shares(), by=person(request), now=database_now())
            except PaymentError as error:
                chosen.show(error.faults)
            else:
                self.message_user(request, _("The payment is allocated."), messages.SUCCESS)
                return HttpResponseRedirect(_page_of(payment))
        spread = Spread(
            title=_("What does the rest of this payment pay?"),
            organization=payment.organization,
            available=available,
            comes_in=False,
        )
        return self._ask(request, chosen, spread, back=_page_of(payment))

    @page_action(description=_("Keep the certificate"), icon="verified", permissions=["certify"])
    @asks_first
    def keep_certificate(self, request: HttpRequest, object_id: str) -> HttpResponse:
        payment = self.get_object(request, object_id)
        form = CertificateForm(request.POST or None, request.FILES or None)
        if form.is_valid():
            file, typed = form.cleaned_data["file"], form.cleaned_data
            kept = keep_certificate(
                payment.withholding,
                certificate=Certificate(number=typed["number"], dated=typed["dated"]),
                file=(file.name[:200], file.read()) if file else None,
                recording=recording_of(request),
            )
            if kept:
                self.message_user(request, _("The certificate is kept."), messages.SUCCESS)
            else:
                self.message_user(request, _("A certificate is kept already: nothing was changed."), messages.ERROR)
            return HttpResponseRedirect(_page_of(payment))
        message = _("The certificate for the tax of %(amount)s that was withheld from payment %(reference)s.")
        words = {"amount": shown_money(get_withheld(payment), payment.currency), "reference": payment.reference}
        asked = Page(
            title=_("Keep the certificate"),
            message=message % words,
            button=_("Keep the certificate"),
            back=_page_of(payment),
            confirms=False,
        )
        return self.page(request, asked, form=form)

    @page_action(description=_("The certificate"), icon="download", permissions=["certified"])
    def show_certificate(self, request: HttpRequest, object_id: str) -> HttpResponse:
        withholding = self.get_object(request, object_id).withholding
        content = bytes(withholding.content)
        kinds = (kind for mark, kind in CERTIFICATE_KINDS.items() if content.startswith(mark))
        response = HttpResponse(content, content_type=next(kinds, "application/octet-stream"))
        ending = {"application/pdf": "pdf", "image/png": "png"}.get(response["Content-Type"], "jpg")
        # Named by us: what somebody called their file is no name for a header.
        response["Content-Disposition"] = f'attachment; filename="certificate-{withholding.pk}.{ending}"'
        return response

    @page_action(description=_("Reverse"), icon="undo", permissions=["reverse"])
    def reverse(self, request: HttpRequest, object_id: str) -> HttpResponse:
        payment = self.get_object(request, object_id)
        form = ReversalForm(request.POST or None)
        if form.is_valid():
            make_sure_of(request)
            try:
                reverse_payment(payment, reason=form.cleaned_data["reason"], by=person(request), now=database_now())
            except PaymentError as error:
                form.add_error(None, str(WORDS[error.faults[0]]))
            else:
                self.message_user(request, _("The payment is reversed: what it paid is open again."), messages.SUCCESS)
                return HttpResponseRedirect(_page_of(payment))
        message = _(
            "The payment %(reference)s of %(amount)s from %(organization)s is taken back in the ledger, and what it "
            "paid is open again. This cannot be undone; record the money again when it comes."
        )
        words = {
            "reference": payment.reference,
            "amount": shown_money(payment.amount, payment.currency),
            "organization": payment.organization,
        }
        asked = Page(
            title=_("Take this payment back?"),
            message=message % words,
            points=[
                f"{allocation.invoice.number}: {shown_money(allocation.amount, payment.currency)}"
                for allocation in payment.allocations.select_related("invoice")
            ],
            button=_("Reverse the payment"),
            back=_page_of(payment),
            confirms=False,
        )
        return self.page(request, asked, form=form)

    @admin.display(description=_("amount"))
    def came_in(self, payment: Payment) -> str:
        return shown_money(payment.amount, payment.currency)

    @admin.display(description=_("pays nothing yet"))
    def left_over(self, payment: Payment) -> str:
        return shown_money(get_unallocated(payment), payment.currency)

    @admin.display(description=_("tax withheld"))
    def withheld_tax(self, payment: Payment) -> str:
        return shown_money(get_withheld(payment), payment.currency)

    @admin.display(description=_("certificate"))
    def certificate(self, payment: Payment) -> str:
        withholding = payment.withholding
        if withholding.certificate_date is None:
            return str(_("Awaited"))
        day = format_day(withholding.certificate_date, current_language())
        return _("%(number)s of %(day)s") % {"number": withholding.certificate_number, "day": day}

    @admin.display(description=_("bank movement"))
    def bank_movement(self, payment: Payment) -> str:
        url = reverse("admin:invoices_bankline_change", args=[payment.bank_line.pk])
        return render_to_string("admin/seatbill/link.html", {"url": url, "words": str(payment.bank_line)})

    @badge(description=_("state"), colors=STATE_COLORS)
    def state(self, payment: Payment) -> tuple[str, Any]:
        if payment.reversed_at is not None:
            return "reversed", _("Reversed")
        # The allocations are prefetched: reading them here costs nothing.
        spread = sum(allocation.amount for allocation in payment.allocations.all())
        left = payment.amount + get_withheld(payment) - spread
        return ("left", _("Credit left")) if left else ("allocated", _("Allocated"))

    def _withholding(self, request: HttpRequest, object_id: str | None) -> Withholding | None:
        return None if object_id is None else getattr(self.get_object(request, object_id), "withholding", None)

    def _ask(
        self,
        request: HttpRequest,
        chosen: SharesForm,
        spread: Spread,
        *,
        typed: PaymentForm | None = None,
        back: str = "",
    ) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            **spread.shown(chosen, on=database_now().date()),
            "opts": self.opts,
            "chosen": chosen,
            "typed": typed,
            "back": back or reverse("admin:invoices_payment_add"),
        }
        return TemplateResponse(request, "admin/seatbill/spread_payment.html", context)


def _page_of(payment: Payment) -> str:
    return reverse("admin:invoices_payment_change", args=[payment.pk])
