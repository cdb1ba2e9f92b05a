"""An organization's documents for those who may see them: the list, one document, its PDF, each line explained."""

from io import BytesIO
from itertools import chain

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe
from moneyed import Money

from invoices.choices import DocumentType
from invoices.documents import get_credited, get_invoice_document
from invoices.documents.balance import settlement_of, standing_of
from invoices.documents.bridge import find_bridge
from invoices.documents.explanation import ROWS_ON_A_PAGE, LineExplanation, evidence_table
from invoices.documents.opening import get_opening_item
from invoices.documents.paying import PayingOnline, paying_online, way_words
from invoices.documents.statement import (
    ages_table,
    movement_rows,
    movements,
    statement_columns,
    statement_table,
    summary,
)
from invoices.domain.card_payments import CURRENCY, Obstacle
from invoices.exports.evidence import evidence_csv
from invoices.exports.lines import lines_csv
from invoices.exports.names import XML, e_invoice_file_name, evidence_file_name, file_stem
from invoices.forms import AsOfForm
from invoices.models import EInvoiceFile, Invoice, InvoiceDelivery, RenderedPdf
from invoices.portal.found import (
    find_document,
    find_invoice,
    find_opening_item,
    find_organization,
    issuer_query,
    may_pay,
)
from invoices.selectors.ageing import AsOf, as_of, get_accounts_as_of, list_movements_as_of
from invoices.selectors.card_payments import payable_of
from invoices.selectors.deliveries import list_mails_of
from invoices.selectors.issued import has_several_issuers, list_invoices
from invoices.services.delivering import DeliveryError, send_again, sent_again_words
from invoices.services.easy_pay.offering import get_card_limit, offer_for
from invoices.services.explaining import find_explanation
from invoices.services.gateways.choosing import get_gateway
from invoices.tables import InvoiceTable, PayWords
from subscriptions.domain.formatting import format_day
from subscriptions.domain.period import local_date
from subscriptions.exports.csv_file import csv_lines
from subscriptions.models import Organization
from subscriptions.selectors.clock import database_now
from subscriptions.selectors.overview import find_agreements
from subscriptions.tables import Keyset, instant

MOVEMENTS_SHOWN = 200
MAILS_SHOWN = 20
NEWEST_FIRST = Keyset(column="issued_at", parse=instant, descending=True)


@require_safe
@login_required
def invoice_list(request: HttpRequest, code: str) -> HttpResponse:
    """List an organization's documents, newest first."""
    organization = find_organization(request, code)
    # What a list does not show is not fetched: each document's frozen copy, each PDF.
    shown_with = list_invoices(organization).select_related("pdf", "issuing_entity", "balance", "subscription")
    page = NEWEST_FIRST.page(shown_with.defer("frozen", "pdf__content"), request.GET.dict())
    table = InvoiceTable(
        page.rows,
        organization=organization,
        several_issuers=has_several_issuers(organization.pk),
        now=database_now(),
        pay_words=_pay_words(request, organization),
    )
    return render(request, "invoices/portal/list.html", {"organization": organization, "page": page, "table": table})


@require_safe
@login_required
def how_to_read(request: HttpRequest, code: str) -> HttpResponse:
    """Say what stands where on an invoice, and what to do if something is wrong."""
    context = {"organization": find_organization(request, code), "prices_url": reverse("prices", args=[code])}
    return render(request, "invoices/portal/how_to_read.html", context)


@require_safe
@login_required
def statement(request: HttpRequest, code: str) -> HttpResponse:
    """Show what an organization owes by age, and every movement with the balance after it, newest first (BR-82)."""
    organization, language = find_organization(request, code), get_language()
    form, moment = _asked_day(request, organization)
    accounts = []
    if moment is not None:
        several = has_several_issuers(organization.pk)
        for account in get_accounts_as_of(organization.pk, moment):
            entries = list_movements_as_of(organization.pk, moment, currency=account.currency)
            newest = list(entries.reverse()[:MOVEMENTS_SHOWN])[::-1]
            # The balance is known: nothing that is not shown has to be added up.
            before = account.balance - sum(entry.amount for entry in newest)
            found = movements(newest, before=before, time_zone=moment.time_zone)
            rows = movement_rows(found, code=code, several_issuers=several, language=language)[::-1]
            accounts.append((summary(account, language=language), rows, entries.count() - len(rows)))
    context = {
        "organization": organization,
        "form": form,
        "accounts": accounts,
        "is_past": moment is not None and moment.until is not None,
        "today": format_day(moment.on, language) if moment else "",
        "query": urlencode({"as_of": moment.on.isoformat()}) if moment and moment.until else "",
    }
    return render(request, "invoices/portal/statement.html", context)


@require_safe
@login_required
def statement_csv(request: HttpRequest, code: str) -> HttpResponseBase:
    """
    Hand out every movement in every currency as CSV, oldest first; each currency has balances of its own.

    Of a past day: those until its end, and below them what was open by then, by age.
    """
    organization = find_organization(request, code)
    _form, moment = _asked_day(request, organization)
    if moment is None:
        raise Http404
    accounts = get_accounts_as_of(organization.pk, moment)
    found = (
        movements(
            list_movements_as_of(organization.pk, moment, currency=account.currency).iterator(),
            time_zone=moment.time_zone,
        )
        for account in accounts
    )
    rows = chain(
        statement_table(chain.from_iterable(found)),
        ages_table(accounts, on=moment.on) if moment.until else (),
    )
    name = f"{organization.code}-statement" + (f"-{moment.on}" if moment.until else "")
    response = StreamingHttpResponse(csv_lines(statement_columns(), rows), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return response


@require_safe
@login_required
def invoice_detail(request: HttpRequest, code: str, number: str) -> HttpResponse:
    """Show a document with its lines, in the sections of its PDF."""
    organization = find_organization(request, code)
    invoice = find_document(request, organization, number)
    if invoice.document_type == DocumentType.OPENING_ITEM:
        # Where it was before it had an address of its own: mails lead there.
        return redirect("opening_item", code, invoice.pk)
    query = issuer_query(invoice)
    document = get_invoice_document(invoice, language=get_language())
    context = {
        "organization": organization,
        "document": document,
        # The code is over all of it: who has paid a part, or all, is not asked for it again.
        "transfer": document.transfer if invoice.balance.open == invoice.total else None,
        "e_invoice_url": _e_invoice_url(invoice, reverse("e_invoice_file", args=[code, number]) + query),
        "credited": get_credited(invoice, language=get_language()),
        "bridge": find_bridge(invoice, language=get_language()),
        "has_pdf": _rendered(invoice).exists(),
        "pdf_url": reverse("invoice_pdf", args=[code, number]) + query,
        "lines_url": f"{reverse('invoice_detail', args=[code, number])}lines/",
        "lines_csv_url": reverse("invoice_lines_csv", args=[code, number]) + query,
        "issuer_query": query,
        "standing": standing_of(invoice, now=database_now()),
        "settlement": settlement_of(invoice),
        "delivery": InvoiceDelivery.objects.filter(pk=invoice.pk).first(),
        "mails": list_mails_of(invoice)[:MAILS_SHOWN],
        "send_again_url": reverse("invoice_send_again", args=[code, number]) + query,
        "paying": _paying(request, invoice, organization),
    }
    return render(request, "invoices/portal/detail.html", context)


@require_safe
@login_required
def opening_item(request: HttpRequest, code: str, key: int) -> HttpResponse:
    """Show what was carried over from an old system: what is open of it and how it is paid; its lines are there."""
    organization = find_organization(request, code)
    item = find_opening_item(organization, key)
    context = {
        "organization": organization,
        "item": get_opening_item(item, language=get_language()),
        "standing": standing_of(item, now=database_now()),
        "settlement": settlement_of(item),
    }
    return render(request, "invoices/portal/opening_item.html", context)


@require_safe
@login_required
def invoice_pdf(request: HttpRequest, code: str, number: str) -> HttpResponseBase:
    """Hand out a document's PDF; while it is being made, show the document instead and say so."""
    organization = find_organization(request, code)
    invoice = find_invoice(request, organization, number)
    pdf = _rendered(invoice).first()
    if pdf is None:
        messages.info(request, _("The PDF is still being made. It is here within a few minutes."))
        return redirect(reverse("invoice_detail", args=[code, number]) + issuer_query(invoice))
    content = BytesIO(bytes(pdf.content or b""))
    return FileResponse(content, as_attachment=True, filename=f"{file_stem(invoice.number)}.pdf")


@require_safe
@login_required
def e_invoice_file(request: HttpRequest, code: str, number: str) -> HttpResponseBase:
    """Hand out what programs read of a document; of one without it, show the document instead and say so."""
    invoice = find_invoice(request, find_organization(request, code), number)
    file = EInvoiceFile.objects.filter(invoice=invoice).first()
    if file is None:
        messages.info(request, _("This document has no e-invoice file, or its PDF is still being made."))
        return redirect(reverse("invoice_detail", args=[code, number]) + issuer_query(invoice))
    response = HttpResponse(bytes(file.content), content_type=XML)
    response["Content-Disposition"] = f'attachment; filename="{e_invoice_file_name(invoice.number)}"'
    response["Cache-Control"] = "no-store"
    return response


@require_POST
@login_required
def invoice_send_again(request: HttpRequest, code: str, number: str) -> HttpResponse:
    """Mail a document to the billing contacts once more (BR-84)."""
    invoice = find_invoice(request, find_organization(request, code), number)
    try:
        count = send_again(invoice, times_before=_times(request), asked_by=request.user, now=database_now())
    except DeliveryError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, sent_again_words(count))
    return redirect(reverse("invoice_detail", args=[code, number]) + issuer_query(invoice))


@require_safe
@login_required
def line_detail(request: HttpRequest, code: str, number: str, line: int) -> HttpResponse:
    """Answer "why this quantity?" for a line: the rule, the inputs, and the first rows of the evidence (BR-77)."""
    organization = find_organization(request, code)
    invoice = find_invoice(request, organization, number)
    explanation, query = _explanation(invoice, line), issuer_query(invoice)
    context = {
        "organization": organization,
        "invoice": invoice,
        "explanation": explanation,
        "evidence": evidence_table(explanation, limit=ROWS_ON_A_PAGE),
        "invoice_url": reverse("invoice_detail", args=[code, number]) + query,
        "csv_url": reverse("line_evidence", args=[code, number, line]) + query,
    }
    return render(request, "invoices/portal/line.html", context)


@require_safe
@login_required
def line_evidence(request: HttpRequest, code: str, number: str, line: int) -> HttpResponseBase:
    """Hand out all evidence behind a line as CSV, row by row."""
    invoice = find_invoice(request, find_organization(request, code), number)
    explanation = _explanation(invoice, line)
    response = StreamingHttpResponse(evidence_csv(explanation), content_type="text/csv; charset=utf-8")
    name = evidence_file_name(number=invoice.number, line=line)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@require_safe
@login_required
def invoice_lines_csv(request: HttpRequest, code: str, number: str) -> HttpResponseBase:
    """Hand out every line of a document as CSV, row by row."""
    invoice = find_invoice(request, find_organization(request, code), number)
    response = StreamingHttpResponse(lines_csv(invoice), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{file_stem(invoice.number)}-lines.csv"'
    response["Cache-Control"] = "no-store"
    return response


def _pay_words(request: HttpRequest, organization: Organization) -> PayWords:
    """Return what leads from a row to paying it online; nothing where nobody pays."""
    if get_gateway() is None or not may_pay(request, organization):
        return lambda invoice: ""

    def words_for(invoice: Invoice) -> str:
        way = offer_for(payable_of(invoice, organization=organization, left=invoice.balance.open)).way
        return way_words(way) if way else ""

    return words_for


def _paying(request: HttpRequest, invoice: Invoice, organization: Organization) -> PayingOnline | None:
    """Return how an invoice is paid online, or why it is not; None where nobody asks: it is paid, or nobody may."""
    offer = offer_for(payable_of(invoice, organization=organization, left=invoice.balance.open))
    if offer.gateway is None or offer.obstacle in {Obstacle.NOT_AN_INVOICE, Obstacle.PAID}:
        return None
    if not may_pay(request, organization):
        return None
    url = reverse("invoice_pay", args=[organization.code, invoice.number]) + issuer_query(invoice)
    return paying_online(offer.way, offer.obstacle, invoice, url=url, limit=Money(get_card_limit(), CURRENCY))


def _explanation(invoice: Invoice, line: int) -> LineExplanation:
    explanation = find_explanation(invoice, number=line, language=get_language())
    if explanation is None:
        raise Http404
    return explanation


def _times(request: HttpRequest) -> int:
    times = request.POST.get("times", "")
    if not (times.isascii() and times.isdecimal()):
        raise Http404
    return int(times)


def _asked_day(request: HttpRequest, organization: Organization) -> tuple[AsOfForm, AsOf | None]:
    """Return the form with the day that is asked for, and that day; None if it is none."""
    now = database_now()
    agreement = find_agreements(organization, now=now).current
    time_zone = agreement.time_zone if agreement else "UTC"
    form = AsOfForm(request.GET, today=local_date(now, time_zone=time_zone))
    if not form.is_valid():
        return form, None
    return form, as_of(form.cleaned_data["as_of"], now=now, time_zone=time_zone)


def _rendered(invoice: Invoice) -> QuerySet[RenderedPdf]:
    return RenderedPdf.objects.filter(invoice=invoice, rendered_at__isnull=False)


def _e_invoice_url(invoice: Invoice, address: str) -> str:
    """Return an address if the document's file for programs is there, empty if it is not."""
    return address if EInvoiceFile.objects.filter(invoice=invoice).exists() else ""
