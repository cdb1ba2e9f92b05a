"""The API's payments: read, and recorded by keys that may."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from http import HTTPStatus
from typing import Annotated, Any, Literal

from django.db.models import Prefetch, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import translation
from ninja import Query, Router, Schema
from pydantic import Field

from invoices.api.invoices import Currency
from invoices.domain.payments import PaymentFault, PaymentMethod, Share
from invoices.forms.payment import WORDS, PaymentForm
from invoices.models import Allocation, Invoice, Payment
from invoices.services.payments import PaymentError, Receipt, record_payment
from subscriptions.api.caller import Code, caller_of, get_organization
from subscriptions.api.paging import Page, PageQuery, read_page
from subscriptions.api.problems import FieldFault, RefusedError
from subscriptions.api.values import Id, Instant, Money, money
from subscriptions.api.writing import WRITE_ANSWERS, IdempotencyKey, write_once
from subscriptions.choices import AuditOrigin
from subscriptions.forms.texts import check_texts
from subscriptions.keysets import SortKey
from subscriptions.models import Organization
from subscriptions.services.origin import acting_from, current_origin
from usage.api.access import KeyRequired
from usage.domain.key_scopes import KeyScope

router = Router(tags=["payments"])

LANGUAGE = "en"
NEWEST_FIRST = (
    SortKey(path="received_on", parse=date.fromisoformat, descending=True),
    SortKey(path="pk", parse=int, descending=True),
)

Sum = Annotated[str, Field(pattern=r"^[0-9]{1,12}(\.[0-9]{1,6})?$", examples=["1250.00"])]


class PaymentQuery(PageQuery):
    """Which payments."""

    received_from: date | None = Field(default=None, description="Received on this day or later.")
    received_to: date | None = Field(default=None, description="Received on this day or earlier.")
    currency: Currency | None = Field(default=None, description="In this currency.")
    reference: str | None = Field(default=None, max_length=100, description="With this reference.")


class Paid(Schema):
    """What a payment pays of an invoice."""

    invoice: Id
    number: str
    amount: Money


MoneyMethod = Literal[PaymentMethod.ACH, PaymentMethod.WIRE, PaymentMethod.CHECK, PaymentMethod.CARD]
"""How money comes in; what was carried over from an old system is not recorded by programs."""


class PaymentAnswer(Schema):
    """A sum that was received."""

    id: Id
    organization: str
    amount: Money
    method: PaymentMethod = Field(
        description="How it came in; `carried`: no money did, it was left in an old system, or sets right what was."
    )
    reference: str
    received_on: date
    recorded_at: Instant
    reversed_at: Instant | None = Field(description="When it was taken back, as it bounced; it pays nothing then.")
    pays: list[Paid]
    unallocated: Money = Field(description="What pays no invoice yet.")


class PaymentPage(Page):
    """Some payments."""

    items: list[PaymentAnswer]


class NewShare(Schema):
    """What is to be paid of an invoice."""

    invoice: Id
    amount: Sum


class NewPayment(Schema):
    """A sum that came in."""

    amount: Sum
    currency: Currency
    method: MoneyMethod
    reference: str = Field(
        min_length=1, max_length=100, description="As the bank or the check names it; each is recorded once."
    )
    received_on: date = Field(description="The day on which the money was there.")
    note: str = Field(default="", max_length=1000, description="For whoever asks later.")
    pays: list[NewShare] | None = Field(
        default=None,
        max_length=200,
        description="What it pays; left out: what has been due longest first. What is left stays as credit.",
    )


@router.get("/organizations/{organization}/payments", response=PaymentPage, summary="List payments")
def list_payments(
    request: HttpRequest, response: HttpResponse, organization: Code, query: Query[PaymentQuery]
) -> PaymentPage:
    """List the payments of an organization, the latest first, and what each of them pays."""
    own = get_organization(request, organization)
    filters: Mapping[str, Any] = {
        "received_on__gte": query.received_from,
        "received_on__lte": query.received_to,
        "currency": query.currency,
        "reference": None if query.reference is None else query.reference.replace("\x00", ""),
    }
    found = _of(own).filter(**{path: value for path, value in filters.items() if value is not None})
    rows, following = read_page(request, response, found, query, NEWEST_FIRST)
    return PaymentPage(items=[_shown(row, own) for row in rows], next=following)


@router.get("/organizations/{organization}/payments/{payment}", response=PaymentAnswer, summary="Read a payment")
def read_payment(request: HttpRequest, organization: Code, payment: Id) -> PaymentAnswer:
    """Read a payment and what it pays."""
    own = get_organization(request, organization)
    row = _of(own).filter(pk=payment).first()
    if row is None:
        raise Http404
    return _shown(row, own)


@router.post(
    "/organizations/{organization}/payments",
    auth=KeyRequired(KeyScope.PAYMENTS_WRITE),
    response={201: PaymentAnswer},
    summary="Record a payment",
    openapi_extra={"responses": WRITE_ANSWERS},
)
def post_payment(
    request: HttpRequest, organization: Code, payment: NewPayment, idempotency_key: IdempotencyKey
) -> HttpResponse:
    """
    Record a sum that came in, and what it pays.

    It is recorded once for each reference, whatever its idempotency key. What is wrong is answered with 422 and named,
    and nothing of it is kept; it may be sent again, mended, under the same key.
    """
    own = get_organization(request, organization)
    return write_once(
        request,
        idempotency_key,
        payment,
        organization=own,
        do=lambda: (HTTPStatus.CREATED, _record(request, own, payment)),
    )


def _record(request: HttpRequest, organization: Organization, payment: NewPayment) -> PaymentAnswer:
    caller = caller_of(request)
    with translation.override(LANGUAGE):
        receipt = _receipt(organization, payment)
        shares = None if payment.pays is None else _shares(organization, payment.pays)
        # The trail has no person to name: it says which key it was.
        with acting_from(AuditOrigin.REQUEST, f"{current_origin().place}, {caller.name}"):
            try:
                row = record_payment(receipt, shares=shares, recorded_by=None, now=caller.asked_at)
            except PaymentError as error:
                raise _refused(error.faults, payment.pays or ()) from error
    return _shown(_of(organization).get(pk=row.pk), organization)


def _receipt(organization: Organization, payment: NewPayment) -> Receipt:
    """Return what came in, checked as a person's form is."""
    typed = {"organization": organization.pk, **payment.model_dump(exclude={"pays"}, mode="json")}
    form = PaymentForm(typed)
    check_texts(form.fields)
    if not form.is_valid():
        found = [
            FieldFault(field=name, message=str(message)) for name, errors in form.errors.items() for message in errors
        ]
        raise _refuse(found)
    return form.receipt()


def _shares(organization: Organization, pays: Sequence[NewShare]) -> list[Share]:
    own = Invoice.objects.filter(organization=organization, pk__in=[share.invoice for share in pays])
    known = set(own.values_list("pk", flat=True))
    repeated = len({share.invoice for share in pays}) < len(pays)
    found = [
        FieldFault(field=f"pays.{place}.invoice", message="There is no such invoice of this organization.")
        for place, share in enumerate(pays)
        if share.invoice not in known
    ]
    if repeated:
        found.append(FieldFault(field="pays", message="An invoice is named twice: add the amounts up."))
    if found:
        raise _refuse(found)
    return [Share(document_id=share.invoice, amount=Decimal(share.amount)) for share in pays]


def _refused(faults: Mapping[int, PaymentFault], pays: Sequence[NewShare]) -> RefusedError:
    places = {share.invoice: f"pays.{place}.amount" for place, share in enumerate(pays)}
    fields = {PaymentFault.RECORDED_BEFORE: "reference", PaymentFault.MORE_THAN_THERE_IS: "pays"}
    return _refuse(
        [
            FieldFault(field=places.get(document, fields.get(fault, "pays")), message=str(WORDS[fault]))
            for document, fault in faults.items()
        ]
    )


def _refuse(found: Sequence[FieldFault]) -> RefusedError:
    first = found[0]
    return RefusedError(HTTPStatus.UNPROCESSABLE_ENTITY, f"{first.field}: {first.message}", errors=found)


def _of(organization: Organization) -> QuerySet[Payment]:
    allocated = Allocation.objects.select_related("invoice").only("payment_id", "amount", "invoice__number")
    return Payment.objects.filter(organization=organization).prefetch_related(Prefetch("allocations", allocated))


def _shown(row: Payment, organization: Organization) -> PaymentAnswer:
    paid: dict[tuple[int, str], Decimal] = {}
    for part in row.allocations.all():
        key = (part.invoice_id, part.invoice.number)
        paid[key] = paid.get(key, Decimal(0)) + part.amount
    left = Decimal(0) if row.reversed_at else row.amount - sum(paid.values(), start=Decimal(0))
    return PaymentAnswer(
        id=row.pk,
        organization=organization.code,
        amount=money(row.amount, row.currency),
        method=PaymentMethod(row.method),
        reference=row.reference,
        received_on=row.received_on,
        recorded_at=row.recorded_at,
        reversed_at=row.reversed_at,
        pays=[
            Paid(invoice=pk, number=number, amount=money(amount, row.currency))
            for (pk, number), amount in sorted(paid.items())
            if amount
        ],
        unallocated=money(left, row.currency),
    )
