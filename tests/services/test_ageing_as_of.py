"""What was owed at the end of any day is what replaying everything until then gives (BR-82, BR-83)."""

from collections import defaultdict
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from random import Random

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext
from moneyed import Money

from invoices.choices import DocumentType
from invoices.domain.ageing import Age, age_on
from invoices.domain.payments import PaymentMethod, Share
from invoices.models import DocumentBalance, Invoice, LedgerEntry, Payment
from invoices.selectors.accounts import get_accounts, get_unallocated, list_open_items
from invoices.selectors.ageing import AsOf, as_of, get_accounts_as_of, list_aged, list_owing, total_aged
from invoices.services.payments import Receipt, allocate_payment, apply_credit_note, record_payment, reverse_payment
from subscriptions.models import Organization
from tests.books import assert_the_books_hold
from tests.factories.documents import draft_and_issue
from tests.portal import rows

FIRST = date(2026, 1, 1)
DAYS = 160
NOW = datetime.combine(FIRST + timedelta(days=DAYS), time(12), tzinfo=UTC)


@pytest.fixture
def by(db):
    return User.objects.create_user("finance")


def make_agreements() -> list:
    """Return agreements of two organizations, the first in two currencies."""
    acme, beta = rows.make_organization(), rows.make_organization("beta", "Beta")
    ended = {"effective_date": date(2024, 1, 1), "last_service_date": date(2024, 12, 31), "currency": "EUR"}
    return [rows.make_subscription(acme), rows.make_subscription(acme, **ended), rows.make_subscription(beta)]


def live(rng: Random, agreements: list, by: User) -> None:
    """Issue, pay, credit, allocate and take back by chance, day by day."""
    for day in range(0, DAYS, 2):
        on = FIRST + timedelta(days=day)
        agreement = rng.choice(agreements)
        # Also at the very first and last instant of a day.
        now = datetime.combine(on, rng.choice([time(0), time(13, 5), time(23, 59, 59, 999999)]), tzinfo=UTC)
        what = rng.choice(["issue", "issue", "pay", "pay", "credit", "allocate", "reverse"])
        if what == "issue":
            draft_and_issue(agreement, f"{rng.randrange(100, 90_000) / 100:.2f}", dated=on)
        elif what == "credit":
            note = draft_and_issue(agreement, f"-{rng.randrange(100, 20_000) / 100:.2f}", dated=on)
            items = list_open_items(agreement.organization_id, currency=agreement.currency)
            if items and rng.random() < 0.7:
                amount = min(items[0].open, note.total, Decimal("12.34"))
                at = note.issued_at + timedelta(hours=rng.randrange(1, 60))
                shares = [Share(document_id=items[0].document_id, amount=amount)]
                apply_credit_note(note, shares=shares, by=by, now=at)
        elif what == "pay":
            receipt = Receipt(
                organization=agreement.organization,
                amount=Money(f"{rng.randrange(100, 60_000) / 100:.2f}", agreement.currency),
                method=PaymentMethod.WIRE,
                reference=f"WIRE-{day}",
                received_on=on,
            )
            record_payment(receipt, shares=rng.choice([None, []]), recorded_by=by, now=now)
        elif payments := list(Payment.objects.filter(reversed_at=None, recorded_at__lt=now).order_by("pk")):
            payment = rng.choice(payments)
            items = list_open_items(payment.organization_id, currency=payment.currency)
            left = get_unallocated(payment)
            if what == "reverse":
                reverse_payment(payment, reason="It bounced.", by=by, now=now)
            elif items and left:
                share = Share(document_id=items[-1].document_id, amount=min(left, items[-1].open))
                allocate_payment(payment, shares=[share], by=by, now=now)


class Replayed:
    """Everything that ever happened to an organization, to be added up from the beginning."""

    def __init__(self, organization_id: int) -> None:
        """Read it once."""
        own = {"organization_id": organization_id}
        entries = LedgerEntry.objects.filter(**own, account="receivable").select_related("transaction")
        self.entries = [(entry.transaction.posted_at, entry.currency, entry.amount) for entry in entries]
        invoices = Invoice.objects.filter(**own, document_type=DocumentType.INVOICE).defer("frozen")
        self.invoices = list(invoices.prefetch_related("allocations"))

    def until_end_of(self, on: date) -> dict[str, tuple[dict[Age, Decimal], Decimal]]:
        """Return by currency what was open by age, and the ledger's balance."""
        until = datetime.combine(on + timedelta(days=1), time(0), tzinfo=UTC)
        balances: defaultdict[str, Decimal] = defaultdict(Decimal)
        for posted_at, currency, amount in self.entries:
            if posted_at < until:
                balances[currency] += amount
        ages = {currency: dict.fromkeys(Age, Decimal(0)) for currency in balances}
        for invoice in self.invoices:
            if invoice.issued_at < until:
                paid = sum(part.amount for part in invoice.allocations.all() if part.allocated_at < until)
                ages[invoice.currency][age_on(invoice.due_date, on=on)] += invoice.total - paid
        return {currency: (ages[currency], balances[currency]) for currency in balances}


@pytest.mark.parametrize("seed", [1, 2])
def test_the_end_of_any_day_is_what_replaying_until_then_gives(seed, by):
    agreements = make_agreements()
    live(Random(seed), agreements, by)
    assert_the_books_hold()
    organizations = Organization.objects.order_by("name")
    ids = list(organizations.values_list("pk", flat=True))
    replayed = {pk: Replayed(pk) for pk in ids}
    for on in (FIRST + timedelta(days=day) for day in (*range(-1, DAYS, 13), DAYS - 1)):
        moment = as_of(on, now=NOW, time_zone="UTC")
        expected = {pk: replayed[pk].until_end_of(on) for pk in ids}

        for pk in ids:
            accounts = get_accounts_as_of(pk, moment)
            assert {one.currency: (one.aged.amounts, one.balance) for one in accounts} == expected[pk], on
            assert all(one.credit == sum(one.aged.amounts.values()) - one.balance for one in accounts)

        listed = {(one.organization_id, one.currency): one for one in list_aged(ids, moment)}
        open_ones = {
            (pk, currency): (ages, balance)
            for pk in ids
            for currency, (ages, balance) in expected[pk].items()
            if any(ages.values())
        }
        assert {key: (one.aged.amounts, one.open - one.credit) for key, one in listed.items()} == open_ones, on
        assert {pk for pk, _currency in listed} <= set(list_owing(organizations, moment).values_list("pk", flat=True))

        totals: dict[str, dict[Age, Decimal]] = defaultdict(lambda: dict.fromkeys(Age, Decimal(0)))
        for (_pk, currency), (ages, _balance) in open_ones.items():
            for age, amount in ages.items():
                totals[currency][age] += amount
        assert {code: found.amounts for code, found in total_aged(None, moment).items()} == totals, on
        assert total_aged(organizations, moment) == total_aged(None, moment)


def test_today_is_what_is_open_now(by):
    agreements = make_agreements()
    live(Random(3), agreements, by)
    today = as_of(None, now=NOW, time_zone="UTC")
    assert today == AsOf(on=NOW.date(), until=None, time_zone="UTC")
    assert as_of(NOW.date(), now=NOW, time_zone="UTC") == as_of(
        NOW.date() + timedelta(days=9), now=NOW, time_zone="UTC"
    )

    ids = [agreements[0].organization_id, agreements[2].organization_id]
    # The same day, read as if it were over: nothing happens after it.
    over = AsOf(on=NOW.date(), until=NOW + timedelta(days=1), time_zone="UTC")
    for pk in ids:
        assert get_accounts_as_of(pk, today) == get_accounts_as_of(pk, over) == get_accounts(pk, on=NOW.date())
    assert list_aged(ids, today) == list_aged(ids, over)
    balances = DocumentBalance.objects.filter(document__document_type=DocumentType.INVOICE)
    open_now = sum(balances.values_list("open", flat=True), start=Decimal(0))
    assert sum(one.open for one in list_aged(ids, today)) == open_now


def test_a_day_ends_by_the_clock_of_its_zone():
    moment = as_of(date(2026, 3, 1), now=NOW, time_zone="America/New_York")
    assert moment.until == datetime(2026, 3, 2, 5, tzinfo=UTC)


def test_many_organizations_take_as_many_statements_as_one(by):
    agreements = make_agreements()
    for agreement in agreements:
        draft_and_issue(agreement, "10.00", dated=FIRST)
    moment = as_of(FIRST + timedelta(days=40), now=NOW, time_zone="UTC")
    counts = []
    for ids in ([agreements[0].organization_id], [agreements[0].organization_id, agreements[2].organization_id]):
        with CaptureQueriesContext(connection) as queries:
            assert list_aged(ids, moment)
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 3
