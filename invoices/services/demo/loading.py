"""
Loads the demo: writes the agreements, brings in the events and lets the past happen on a simulated clock.

A document that is issued more than three days late bears the day on which it is issued (BR-03), so four months closed
by today's sweep would all be dated today. Therefore the loader itself runs the sweep at each past instant at which
something fell due, in order, and stops two days short of today: those documents bear their anniversaries, as if
somebody had run the product all along. What fell due since, three cycles at least, is left to the real scheduled job,
which finds it on its first tick.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

from django.db import transaction

from invoices.domain.charge import ChargeKind
from invoices.domain.crediting import CreditedPart
from invoices.models import BillingCycle, Invoice, InvoiceLine
from invoices.services.crediting import CreditRequest, issue_credit
from invoices.services.demo.dunning import remind_of_what_is_past_due
from invoices.services.demo.moving_in import compare_and_go_live, put_into_shadow
from invoices.services.demo.payments import bring_bank_file, pay_what_fell_due
from invoices.services.demo.scene import set_scene
from invoices.services.demo.shapes import Cast
from invoices.services.demo.usage import make_up_usage
from invoices.services.demo.webhooks import make_webhook
from invoices.services.simulated_time import let_time_pass
from invoices.services.too_late import list_too_late_usage
from subscriptions.models import Organization
from usage.domain.key_scopes import GIVEN_BY_LEADS, KeyScope
from usage.services.importing import import_trusted
from usage.services.keys import create_key
from usage.services.partitions import ensure_partitions

Watch = Callable[[str, int, int], None]
"""Is told what is being done, how much of it is done, and of how much."""

LEFT_TO_THE_SCHEDULER = timedelta(hours=36)
"""What falls due in this time before today's UTC midnight, and later, is not closed here: at most two days old."""


class OtherOrganizationsError(Exception):
    """The database holds organizations that are not the demo's: demo passwords have no place there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """What was loaded; `key` is the secret of an ingestion key of `key_of`, not to be had again."""

    organizations: int
    events: int
    rejected: int
    documents: int
    held: int
    key: str
    key_of: str


def is_loaded(cast: Cast) -> bool:
    """Tell whether the demo is in the database; it is loaded as a whole or not at all."""
    return Organization.objects.filter(code__in=[customer.code for customer in cast.customers]).exists()


def load_demo(cast: Cast, *, today: date, now: datetime, watch: Watch) -> Loaded:
    """
    Load the whole demo or, if anything goes wrong, nothing; the same day gives the same events and documents.

    `today` is the date in UTC up to which things have happened, `now` is when the key is made.

    :raises OtherOrganizationsError: if the database holds organizations, whosever they are
    """
    if Organization.objects.exists():
        raise OtherOrganizationsError
    midnight = datetime.combine(today, time.min, tzinfo=UTC)
    newcomers = [newcomer.customer for newcomer in cast.newcomers]
    earliest = min(customer.agreement.effective_date(today) for customer in (*cast.customers, *newcomers))
    # Ahead of the transaction, in which no partition is made (PostgreSQL).
    ensure_partitions([datetime.combine(earliest, time.min, tzinfo=UTC), midnight], received=midnight)
    with transaction.atomic():
        organizations = set_scene(cast, today=today)
        put_into_shadow(cast, organizations)
        events, rejected = _report_events(cast, organizations, today, watch)
        _let_time_pass(datetime.combine(earliest, time.min, tzinfo=UTC), midnight - LEFT_TO_THE_SCHEDULER, watch)
        pay_what_fell_due(until=midnight)
        until = midnight - LEFT_TO_THE_SCHEDULER
        _let_time_pass(datetime.combine(earliest, time.min, tzinfo=UTC), until, watch)
        compare_and_go_live(cast, organizations, today=today, at=until)
        _credit_returns(cast, organizations, until)
        list_too_late_usage(now=until)
        remind_of_what_is_past_due(organizations, until=until)
        bring_bank_file(at=until)
        first = cast.customers[0]
        _, secret = create_key(
            organization=organizations[first.code],
            name="Demo: the platform's reports",
            created_by=None,
            now=now,
            scopes=sorted(set(KeyScope) - GIVEN_BY_LEADS),
        )
        make_webhook(organizations[first.code], now=now)
    return Loaded(
        organizations=len(organizations),
        events=events,
        rejected=rejected,
        documents=Invoice.objects.count(),
        held=BillingCycle.objects.exclude(held_reasons=[]).count(),
        key=secret,
        key_of=first.code,
    )


def _report_events(cast: Cast, organizations: dict[str, Organization], today: date, watch: Watch) -> tuple[int, int]:
    accepted = rejected = 0
    newcomers = [newcomer.customer for newcomer in cast.newcomers]
    customers = [*cast.customers, *newcomers, *(tryout.as_used() for tryout in cast.tryouts)]
    for place, customer in enumerate(customers):
        watch("Bringing in usage events", place, len(customers))
        report = import_trusted(make_up_usage(customer, today=today), organization=organizations[customer.code])
        accepted += report.accepted
        rejected += len(report.rejected)
    watch("Bringing in usage events", len(customers), len(customers))
    return accepted, rejected


def _credit_returns(cast: Cast, organizations: dict[str, Organization], now: datetime) -> None:
    """Let each CSM give back what was paid for the hardware that came back."""
    for customer in cast.customers:
        for back in customer.returns:
            organization = organizations[customer.code]
            line = InvoiceLine.objects.get(organization=organization, product=back.product, kind=ChargeKind.HARDWARE)
            parts = [CreditedPart(position=line.position, quantity=Decimal(back.quantity))]
            request = CreditRequest(place=1, parts=parts, reason=back.reason, note=back.note)
            csm = organization.csms.get()
            issue_credit(invoice_id=line.invoice_id, request=request, issued_by=csm, now=now)


def _let_time_pass(earliest: datetime, until: datetime, watch: Watch) -> None:
    days = max(1, (until - earliest).days)
    let_time_pass(
        until=until,
        watch=lambda instant: watch("Billing past periods", min(days, (instant - earliest).days), days),
    )
    watch("Billing past periods", days, days)
