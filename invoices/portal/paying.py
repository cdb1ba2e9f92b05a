"""Paying an invoice online: what is paid to whom, the way to the gateway, and how it went (BR-81)."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe
from moneyed import Money

from invoices.documents.document import get_bank_details, get_payment_note
from invoices.documents.paying import obstacle_words, payment_page, way_words
from invoices.domain.card_payments import CURRENCY, AttemptState, Happening, Obstacle
from invoices.models import CardPayment, Invoice
from invoices.portal.found import find_invoice, find_organization, issuer_query, may_pay
from invoices.selectors.card_payments import find_open_attempt, payable_of
from invoices.services.easy_pay.notices import receive
from invoices.services.easy_pay.offering import Offer, get_card_limit, offer_for
from invoices.services.easy_pay.starting import (
    AlreadyOnItsWayError,
    CannotPayError,
    OtherAmountError,
    start_card_payment,
)
from invoices.services.gateways.built_in import BuiltInGateway
from invoices.services.gateways.choosing import get_gateway
from invoices.services.gateways.contract import GatewayError
from subscriptions.choices import AuditOrigin
from subscriptions.domain.formatting import format_day, format_money
from subscriptions.domain.money import at_precision
from subscriptions.models import Organization
from subscriptions.selectors.clock import database_now
from subscriptions.services.origin import acting_from

WORKS, DECLINED, ASKS = "works", "declined", "asks"
"""What becomes of a test card."""
CONFIRMED, GIVEN_UP = "confirmed", "given_up"
"""What the person answers to their bank."""


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def pay(request: HttpRequest, code: str, number: str) -> HttpResponse:
    """Show what is paid, how much and to whom; then go to the page of the gateway on which it is paid."""
    organization = _own_organization(request, code)
    invoice = find_invoice(request, organization, number)
    back = reverse("invoice_detail", args=[code, invoice.number]) + issuer_query(invoice)
    if request.method == "POST":
        answer = _start(request, invoice)
        if answer is not None:
            return answer
        invoice.balance.refresh_from_db()
    offer = offer_for(payable_of(invoice, organization=organization, left=invoice.balance.open))
    on_its_way = find_open_attempt(invoice)
    is_busy = on_its_way is not None and on_its_way.state != AttemptState.STARTED
    language = get_language()
    context = {
        "organization": organization,
        "invoice": invoice,
        "issuer": invoice.frozen["issuer"]["legal_name"],
        "amount": format_money(Money(invoice.balance.open, invoice.currency), language),
        "total": format_money(Money(invoice.total, invoice.currency), language),
        "is_part": invoice.balance.open != invoice.total,
        "due": format_day(invoice.due_date, language),
        "seen": at_precision(Money(invoice.balance.open, invoice.currency)),
        "is_owed": offer.obstacle not in {Obstacle.NOT_AN_INVOICE, Obstacle.PAID},
        "button": way_words(offer.way) if offer.way else "",
        "obstacle": _why_not(offer, invoice, language),
        "bank": get_bank_details(invoice),
        "payment_note": get_payment_note(invoice, language=language),
        "on_its_way": reverse("card_payment", args=[code, on_its_way.token]) if on_its_way and is_busy else "",
        "is_test": isinstance(offer.gateway, BuiltInGateway),
        "back": back,
    }
    response = render(request, "invoices/portal/pay.html", context)
    response.sends_forms_to = offer.gateway.sends_to if offer.gateway and offer.way else ""  # type: ignore[attr-defined]
    return response


def _start(request: HttpRequest, invoice: Invoice) -> HttpResponse | None:
    """Begin to pay, and return where to; None with a message if the page is shown once more."""
    seen = request.POST.get("seen", "")
    amount = Money(invoice.balance.open, invoice.currency)
    try:
        if seen != at_precision(amount):
            raise OtherAmountError
        attempt = start_card_payment(invoice, seen=amount, by=request.user, now=database_now())  # type: ignore[arg-type]
    except OtherAmountError:
        messages.warning(request, _("Something was paid or credited meanwhile: look at what is open now."))
    except AlreadyOnItsWayError as error:
        return HttpResponseRedirect(reverse("card_payment", args=[invoice.organization.code, error.token]))
    except CannotPayError:
        messages.error(request, _("This invoice cannot be paid online any more."))
    except GatewayError:
        words = _("The payment page does not answer just now, and nothing was taken. Please try again in a minute.")
        messages.error(request, words)
    else:
        return HttpResponseRedirect(attempt.url)
    return None


@require_safe
@login_required
def card_payment(request: HttpRequest, code: str, token: str) -> HttpResponse:
    """Show how a payment online stands; while it is being confirmed, the page looks again by itself."""
    organization = _own_organization(request, code)
    attempt = _attempt(organization, token)
    turned_back = "cancelled" in request.GET
    query = issuer_query(attempt.invoice)
    context = {
        "organization": organization,
        "attempt": attempt,
        "page": payment_page(attempt, turned_back=turned_back, language=get_language()),
        "pay_url": reverse("invoice_pay", args=[code, attempt.invoice.number]) + query,
        "invoice_url": reverse("invoice_detail", args=[code, attempt.invoice.number]) + query,
        "is_test": attempt.gateway == BuiltInGateway.code,
    }
    return render(request, "invoices/portal/paid.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def test_gateway(request: HttpRequest, code: str, token: str) -> HttpResponse:
    """Let a person choose a test card, and report what becomes of it as a gateway would."""
    organization = _own_organization(request, code)
    attempt = _attempt(organization, token)
    gateway, back = get_gateway(), reverse("card_payment", args=[code, token])
    if not isinstance(gateway, BuiltInGateway) or attempt.gateway != gateway.code:
        raise Http404
    now, card = database_now(), request.POST.get("card", "")
    if attempt.state != AttemptState.STARTED or now >= attempt.expires_at:
        return HttpResponseRedirect(back)
    if card == GIVEN_UP:
        return HttpResponseRedirect(f"{back}?cancelled=yes")
    happening = {WORKS: Happening.PAID, CONFIRMED: Happening.PAID, DECLINED: Happening.DECLINED}.get(card)
    if happening is not None:
        amount = Money(attempt.amount, attempt.currency)
        body, signature = gateway.write_notice(happening, session=attempt.session, amount=amount, now=now)
        with acting_from(AuditOrigin.WEBHOOK, "built-in test gateway"):
            receive(gateway, body, signature, now=now)
        return HttpResponseRedirect(back)
    context: dict[str, Any] = {
        "organization": organization,
        "attempt": attempt,
        "amount": format_money(Money(attempt.amount, attempt.currency), get_language()),
        "asks": card == ASKS,
        "was_sent": request.method == "POST" and card != ASKS,
        "cancel_url": f"{back}?cancelled=yes",
        "cards": [
            (WORKS, "4242 4242 4242 4242", _("It works: the invoice is paid.")),
            (DECLINED, "4000 0000 0000 0002", _("It is declined by its bank.")),
            (ASKS, "4000 0027 6000 3184", _("Its bank asks whether it is you.")),
        ],
    }
    return render(request, "invoices/portal/test_gateway.html", context)


def _own_organization(request: HttpRequest, code: str) -> Organization:
    organization = find_organization(request, code)
    if not may_pay(request, organization):
        raise PermissionDenied
    return organization


def _attempt(organization: Organization, token: str) -> CardPayment:
    attempts = CardPayment.objects.select_related("invoice__issuing_entity", "payment").defer("invoice__frozen")
    attempt = attempts.filter(organization=organization, token=token).first()
    if attempt is None:
        raise Http404
    return attempt


def _why_not(offer: Offer, invoice: Invoice, language: str) -> str:
    if offer.way is not None:
        return ""
    obstacle = offer.obstacle if offer.gateway else None
    limit = Money(get_card_limit(), CURRENCY)
    return obstacle_words(obstacle, currency=invoice.currency, limit=limit, language=language)
