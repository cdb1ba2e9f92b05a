"""The guided actions on a quote's own page: issue, accept, decline, process, copy, download (BR-52)."""

import re
from dataclasses import replace
from datetime import datetime

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from subscriptions.admin.guided import CONFIRMED, GuidedAdmin, Page
from subscriptions.admin.parts import current_language, page_action
from subscriptions.admin.roles import person
from subscriptions.documents.amendment import Reader
from subscriptions.documents.grave_terms import grave_terms_in_words
from subscriptions.documents.offer import Offer
from subscriptions.documents.processing import agreement_made, amounts_made, invoiced_under, order_made
from subscriptions.domain.formatting import format_day
from subscriptions.domain.period import local_date
from subscriptions.domain.quote import POSSIBLE_STEPS, QuoteState, QuoteStepKind, last_valid_day
from subscriptions.domain.terms import ContractTerms
from subscriptions.forms import AcceptanceForm, RefusalForm
from subscriptions.models import Quote, QuotePdf
from subscriptions.selectors.catalog import get_list_prices, get_product_names
from subscriptions.selectors.clock import database_now
from subscriptions.selectors.quotes import get_quote_state, last_day_of
from subscriptions.services.origin import current_origin
from subscriptions.services.quotes import (
    accept_quote,
    copy_quote,
    decline_quote,
    find_processing_violations,
    find_quote_violations,
    issue_quote,
    plan_processing,
    process_quote,
)
from subscriptions.views.access import make_sure_of, recording_of, second_person_for


class QuoteStepsAdmin(GuidedAdmin):
    """What can be done with a quote, each where it is possible."""

    actions_detail = ["issue", "accept", "decline", "process", "download_pdf", "copy"]

    def has_issue_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        return self._is_possible(request, object_id, QuoteStepKind.ISSUED)

    def has_accept_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        # Of an expired quote the page says so, and offers a copy.
        return self._is_possible(request, object_id, QuoteStepKind.ACCEPTED, also=QuoteState.EXPIRED)

    def has_decline_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        return self._is_possible(request, object_id, QuoteStepKind.DECLINED)

    def has_process_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        return self._is_possible(request, object_id, QuoteStepKind.PROCESSED)

    def has_download_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        return object_id is not None and self.get_object(request, object_id).issued_at is not None

    @page_action(description=gettext_lazy("Issue"), icon="send", permissions=["issue"])
    def issue(self, request: HttpRequest, object_id: str) -> HttpResponse:
        quote, now = self.get_object(request, object_id), database_now()
        back = _back(quote)
        if request.POST.get(CONFIRMED) == "yes":
            return self.carry_out(request, lambda: self._issue(request, quote), back=back)
        reasons = find_quote_violations(quote, now=now)
        today = local_date(now, time_zone=quote.time_zone)
        last_day = last_valid_day(issued_on=today, valid_days=quote.valid_days)
        points = [
            _("It gets its number and stands as it is from then on; what is to change is changed in a copy."),
            _("The customer can accept it until %(day)s.") % {"day": format_day(last_day, current_language())},
            _("Its PDF is made within a minute."),
        ]
        if reasons:
            message = _("This quote cannot be issued yet:")
            return self.page(request, Page(title=_("Issue this quote?"), message=message, reasons=reasons, back=back))
        page = Page(title=_("Issue this quote?"), points=points, button=_("Issue the quote"), back=back)
        return self.page(request, page)

    @page_action(description=gettext_lazy("Accept"), icon="thumb_up", permissions=["accept"])
    def accept(self, request: HttpRequest, object_id: str) -> HttpResponse:
        quote = self.get_object(request, object_id)
        back, now = _back(quote), database_now()
        if get_quote_state(quote, at=now) is QuoteState.EXPIRED:
            return self.page(request, _expired(quote))
        form = AcceptanceForm(request.POST or None)

        def preview() -> Page:
            points = [
                _("Accepted by %(customer)s: %(words)s") % form.cleaned_data,
                _("Nothing is made or invoiced yet: that is done when the quote is processed."),
            ]
            return Page(title=_("Accept this quote?"), points=points, button=_("Accept the quote"), back=back)

        def do() -> str:
            accept_quote(quote.pk, form.answer(), recording=recording_of(request))
            self._log_step(request, quote, "Accepted")
            return _("The quote is accepted. Process it to make what was ordered.")

        ask = Page(title=_("How was it accepted?"), button=_("Continue"), back=back, confirms=False)
        return self.guide(request, form=form, ask=ask, preview=preview, do=do)

    @page_action(description=pgettext_lazy("quote", "Decline"), icon="thumb_down", permissions=["decline"])
    def decline(self, request: HttpRequest, object_id: str) -> HttpResponse:
        quote = self.get_object(request, object_id)
        back = _back(quote)
        form = RefusalForm(request.POST or None)

        def preview() -> Page:
            points = [
                _("Because: %(reason)s") % {"reason": form.cleaned_data["words"]},
                _("A declined quote stays declined; if the customer thinks again, a copy of it is issued."),
            ]
            return Page(title=_("Decline this quote?"), points=points, button=_("Decline the quote"), back=back)

        def do() -> str:
            decline_quote(quote.pk, form.answer(), recording=recording_of(request))
            self._log_step(request, quote, "Declined")
            return _("The quote is declined.")

        ask = Page(title=_("Why was it declined?"), button=_("Continue"), back=back, confirms=False)
        return self.guide(request, form=form, ask=ask, preview=preview, do=do)

    @page_action(description=gettext_lazy("Process"), icon="play_arrow", permissions=["process"])
    def process(self, request: HttpRequest, object_id: str) -> HttpResponse:
        quote, now = self.get_object(request, object_id), database_now()
        back, title = _back(quote), _("Process this quote?")
        if request.POST.get(CONFIRMED) == "yes":
            return self.carry_out(request, lambda: self._process(request, quote), back=back)
        reasons = find_processing_violations(quote, now=now)
        if reasons:
            message = _("This quote cannot be processed yet:")
            return self.page(request, Page(title=title, message=message, reasons=reasons, back=back))
        grave = why_a_second_person(quote)
        message = _("A second person has to approve this before anything is made.") if grave else ""
        points = [*what_is_made(quote, now), *grave]
        button = _("Process the quote")
        return self.page(request, Page(title=title, message=message, points=points, button=button, back=back))

    @page_action(description=gettext_lazy("Download PDF"), icon="download", permissions=["download"])
    def download_pdf(self, request: HttpRequest, object_id: str) -> HttpResponse:
        # Read through the person's own rows: what is not theirs is not found.
        quote = self.get_object(request, object_id)
        content = QuotePdf.objects.filter(quote=quote).values_list("content", flat=True).first()
        if content is None:
            self.message_user(request, _("The PDF is still being made; it is ready in a minute."), messages.INFO)
            return HttpResponseRedirect(_back(quote))
        response = HttpResponse(bytes(content), content_type="application/pdf")
        # From the number alone: prefixes are typed by people, headers must not carry what they like.
        name = re.sub(r"[^A-Za-z0-9._-]", "-", quote.number).strip(".")
        response["Content-Disposition"] = f'attachment; filename="{name}.pdf"'
        return response

    @page_action(description=gettext_lazy("Copy to a new draft"), icon="content_copy", permissions=["view"])
    def copy(self, request: HttpRequest, object_id: str) -> HttpResponse:
        quote = self.get_object(request, object_id)
        if request.POST.get(CONFIRMED) != "yes":
            points = [_("A new draft offers what this quote offers; it can be changed until it is issued.")]
            title, button = _("Copy to a new draft?"), _("Make a copy")
            return self.page(request, Page(title=title, points=points, button=button, back=_back(quote)))
        with transaction.atomic():
            copy = copy_quote(quote.pk, made_by=person(request))
            self.log_addition(request, copy, f"Copy of {quote}")
        return HttpResponseRedirect(_back(copy))

    def _is_possible(
        self, request: HttpRequest, object_id: str | None, kind: QuoteStepKind, *, also: QuoteState | None = None
    ) -> bool:
        if object_id is None:
            return False
        quote = self.get_object(request, object_id)
        state = get_quote_state(quote, at=database_now())
        if kind in POSSIBLE_STEPS[state] or state is also:
            return True
        # A second click finds the step taken, and is told so.
        return request.method == "POST" and any(step.kind == kind.value for step in quote.steps.all())

    def _issue(self, request: HttpRequest, quote: Quote) -> str:
        issued = issue_quote(quote.pk, recording=recording_of(request))
        self._log_step(request, quote, f"Issued as {issued.number}")
        return _("The quote is issued as %(number)s.") % {"number": issued.number}

    def _process(self, request: HttpRequest, quote: Quote) -> str:
        approve_grave_terms(request, quote)
        made = process_quote(quote.pk, recording=recording_of(request))
        self._log_step(request, quote, "Processed")
        words = {"orders": len(made.orders)}
        if made.subscription is None:
            done = ngettext(
                "The quote is processed: %(orders)s order is made.",
                "The quote is processed: %(orders)s orders are made.",
                len(made.orders),
            )
        elif made.orders:
            done = ngettext(
                "The quote is processed: the subscription and %(orders)s order are made.",
                "The quote is processed: the subscription and %(orders)s orders are made.",
                len(made.orders),
            )
        else:
            done = _("The quote is processed: the subscription is made.")
        return done % words

    def _log_step(self, request: HttpRequest, quote: Quote, message: str) -> None:
        """Log a step that has been taken just now; one that had been taken before was logged then."""
        if current_origin().recorded:
            self.log_change(request, quote, message)


def _back(quote: Quote) -> str:
    return reverse("admin:subscriptions_quote_change", args=[quote.pk])


def _expired(quote: Quote) -> Page:
    last_day = last_day_of(quote)
    words = {"day": format_day(last_day, current_language()) if last_day else ""}
    return Page(
        title=_("This quote has expired"),
        message=_("It could be accepted until %(day)s. Issue a copy of it, and have that accepted.") % words,
        back=_back(quote),
        elsewhere=(_("Copy to a new draft"), reverse("admin:subscriptions_quote_copy", args=[quote.pk])),
    )


def approve_grave_terms(request: HttpRequest, quote: Quote) -> None:
    """
    Let an ordinary agreement be made by who has given their password, a grave one once a second person approves it.

    :raises SecondPersonRequired: where its start lies in the past or a price far under the book, and nobody has
    """
    grave = why_a_second_person(quote)
    if grave:
        second_person_for(request, subject=_("Quote: %(row)s") % {"row": quote}, points=grave)
    else:
        make_sure_of(request)


def why_a_second_person(quote: Quote) -> list[str]:
    """Return why processing a quote now needs a second person, in words; empty if it does not."""
    agreement = plan_processing(quote, now=database_now()).agreement
    return [] if agreement is None else grave_terms(agreement.terms)


def grave_terms(terms: ContractTerms) -> list[str]:
    """Return why an agreement that is made now needs a second person, in words."""
    language = current_language()
    list_prices = get_list_prices(currency=terms.currency, on=terms.effective_date)
    reader = Reader(language=language, names=get_product_names(language), terms=terms, list_prices=list_prices)
    return grave_terms_in_words(reader, today=local_date(database_now(), time_zone=terms.time_zone))


def what_is_made(quote: Quote, now: datetime) -> list[str]:
    """Say what processing a quote will make, what it comes to and when it is invoiced."""
    plan, language = plan_processing(quote, now=now), current_language()
    today, points = local_date(now, time_zone=quote.time_zone), []
    if plan.agreement is not None:
        points += agreement_made(plan.agreement.terms, today=today, language=language)
    points += [order_made(item, is_hardware=False, language=language) for item in plan.services]
    points += [order_made(item, is_hardware=True, language=language) for item in plan.hardware]
    if plan.under is not None:
        points.append(invoiced_under(plan.under, today=today, language=language))
    if quote.frozen is not None:
        points += amounts_made(replace(Offer.read(quote.frozen), language=language))
    return points
