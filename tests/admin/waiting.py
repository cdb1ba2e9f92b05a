"""A customer of whom everything waits that the staff's home counts."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

from django.contrib.auth.models import User

from invoices.models import BillingCycle, InvoiceLine, RenderedPdf, TermsSnapshot
from subscriptions.models import PriceImport, Quote, QuotePdf, Subscription, Trial
from tests.admin.rows import (
    Customer,
    make_approval,
    make_bank_file,
    make_bank_line,
    make_mail,
    make_parking,
    make_promise,
)
from tests.factories.documents import draft_and_issue
from tests.factories.quotes import TELEPHONES, a_draft, accepted, issued
from tests.factories.subscriptions import a_prepaid_subscription, an_organization
from usage.models import UsageSnapshot

DAYS_PAST_DUE = (5, 45, 75, 120)
"""One for each age, of documents with 30 days to pay."""


def make_everything_wait(customer: Customer, csm: User, *, now: datetime) -> None:
    """Write, beside what a customer has already, one row of everything else that waits."""
    organization, today, code = customer.organization, now.date(), customer.organization.code
    make_due_cycle(customer.subscription, at=now + timedelta(hours=3))
    for days in DAYS_PAST_DUE:
        draft_and_issue(customer.subscription, f"{days}.00", dated=today - timedelta(days=30 + days))
    RenderedPdf.objects.filter(invoice__due_date=today - timedelta(days=5)).update(last_error="No font")
    make_promise(customer.invoice, csm)
    make_bank_line(organization, make_bank_file(f"{code}-ready", by=csm), state="proposed")
    make_mail(organization, attempts=2, last_error="Refused")
    expiring = issued(_offer(customer), on=now - timedelta(days=27))
    QuotePdf.objects.filter(quote=expiring).update(last_error="No font")
    accepted(_offer(customer), on=now)
    issued(_offer(customer), on=now - timedelta(days=60))

    issuer = {"issuing_entity": customer.subscription.issuing_entity}
    silent = an_organization(f"{code}-silent")
    renewed = a_prepaid_subscription(silent, effective_date=_year_before(today + timedelta(days=20)), **issuer)
    draft_and_issue(renewed, "10.00", dated=today)
    make_overage(renewed, today=today)
    coming = an_organization(f"{code}-coming")
    a_prepaid_subscription(coming, effective_date=today + timedelta(days=3), **issuer)
    trying = an_organization(f"{code}-trying")
    Trial.objects.create(
        organization=trying,
        code=trying.code,
        country="US",
        started_at=now - timedelta(days=28),
        ends_at=now + timedelta(days=2),
        requested_by=csm,
    )
    wrong = an_organization(f"{code}-wrong")
    make_parking(wrong)
    for other in (silent, coming, trying, wrong):
        other.csms.add(csm)


def make_due_cycle(subscription: Subscription, *, at: datetime, index: int = 2) -> BillingCycle:
    """Return a cycle that closes by itself at an instant."""
    end = at.date()
    return BillingCycle.objects.create(
        organization=subscription.organization,
        subscription=subscription,
        index=index,
        period_start=end - timedelta(days=30),
        period_end=end,
        starts_at=at - timedelta(days=30),
        ends_at=at - timedelta(hours=6),
        cutoff_at=at,
        state="open",
    )


def make_overage(subscription: Subscription, *, today: date, periods: int = 2, index: int = 5) -> None:
    """Write that the last closed periods of an agreement went over its commitment, and that the next is running."""
    make_due_cycle(subscription, at=datetime.combine(today, time(12), tzinfo=UTC) + timedelta(days=27), index=index)
    invoice = subscription.invoices.get()
    for back in range(periods, 0, -1):
        cycle = make_closed_cycle(subscription, start=today - timedelta(days=30 * back + 3), index=index - back)
        InvoiceLine.objects.create(
            organization=subscription.organization,
            subscription=subscription,
            invoice=invoice,
            position=10 + back,
            kind="overage",
            product="purecloud-3",
            description="PureCloud 3",
            quantity=2,
            unit_price=150,
            amount=Decimal(300),
            service_start=cycle.period_start,
            service_end=cycle.period_end,
            tax_category="software",
            charge_key=f"overage|{cycle.period_start}",
        )


def make_closed_cycle(subscription: Subscription, *, start: date, index: int) -> BillingCycle:
    """Return a closed cycle of thirty days."""
    organization, end = subscription.organization, start + timedelta(days=30)
    starts_at = datetime.fromisoformat(f"{start}T05:00:00Z")
    snapshot = UsageSnapshot.objects.create(
        organization=organization,
        starts_at=starts_at,
        ends_at=starts_at + timedelta(days=30),
        cutoff_at=starts_at + timedelta(days=30),
        quantities={"billable": {"purecloud-3": "4"}},
    )
    return BillingCycle.objects.create(
        organization=organization,
        subscription=subscription,
        index=index,
        period_start=start,
        period_end=end,
        starts_at=snapshot.starts_at,
        ends_at=snapshot.ends_at,
        cutoff_at=snapshot.cutoff_at,
        state="closed",
        closed_at=snapshot.cutoff_at,
        usage_snapshot=snapshot,
        terms_snapshot=TermsSnapshot.objects.create(organization=organization, rule_version=1, terms={}),
    )


def make_uploads(lead: User, *, now: datetime) -> None:
    """Write two price lists that a lead has uploaded, one to be confirmed and one to be mended, and what they ask."""
    for state in ("ready", "faulty"):
        PriceImport.objects.create(
            kind="price_book",
            currency="USD",
            effective_date=now.date(),
            file_name=f"{state}.csv",
            sha256="0" * 64,
            uploaded_by=lead,
            uploaded_at=now,
            state=state,
        )
    make_approval(lead, reason="The new price list.")


def _offer(customer: Customer) -> Quote:
    entity = customer.subscription.issuing_entity
    return a_draft(customer.organization, items=[TELEPHONES], issuing_entity=entity)


def _year_before(day: date) -> date:
    return day.replace(day=min(day.day, 28), year=day.year - 1)
