"""What finance asks for, read from the books: exact on both databases, each currency by itself (ADR 41)."""

import csv
import io
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

import pytest
from django.contrib.auth.models import User
from django.db import DatabaseError, transaction
from moneyed import Money

from invoices.domain.charges.orders import Sale, sale_charge
from invoices.domain.draft import draft_invoice
from invoices.domain.finance.commitments import Fit
from invoices.domain.finance.deferral import deferred, releases, roll_forward
from invoices.domain.finance.journal import PROPOSED, JournalAccount, Purpose, account_named
from invoices.domain.finance.months import last_day_of, month_after
from invoices.domain.finance.recurring import Movement
from invoices.domain.ledger import Account
from invoices.domain.tax import TaxRate
from invoices.models import AccountCode, BillingCycle, Invoice, JournalExport, LedgerEntry, TermsSnapshot
from invoices.selectors.finance.billed import list_billed_months
from invoices.selectors.finance.commitments import iterate_commitments
from invoices.selectors.finance.deferred import get_prepaid_lines, iterate_deferred_lines
from invoices.selectors.finance.journal import EntryKind, JournalPeriod, get_entity_codes, iterate_journal
from invoices.selectors.finance.recurring import iterate_recurring
from invoices.selectors.finance.scope import Scope, organizations_of
from invoices.services.account_codes import set_account_codes
from invoices.services.crediting import CreditRequest, issue_credit
from invoices.services.inputs import SaleInputs, save_inputs
from invoices.services.issuing import Issue, issue_invoice
from invoices.services.journal import export_journal, journal_again, look_at_journal
from invoices.services.payments import reverse_payment
from invoices.services.sweeping import close_due_cycles
from subscriptions.domain.catalog import TaxCategory
from subscriptions.domain.violations import Refused
from subscriptions.models import AuditEntry, Organization
from tests.factories.documents import a_line, an_invoice, draft_and_issue, issue
from tests.factories.payments import pay_by_wire
from tests.factories.subscriptions import (
    a_list_price,
    a_prepaid_subscription,
    a_subscription,
    an_issuer,
    an_organization,
)
from usage.models import UsageSnapshot

EVERYTHING = Scope()
JANUARY, FEBRUARY, MARCH, APRIL = (date(2026, month, 1) for month in (1, 2, 3, 4))
LATER = datetime(2026, 8, 1, tzinfo=UTC)


@pytest.fixture
def by(db):
    return User.objects.create_superuser("finance", "finance@seatbill.test", "secret")


def pay(subscription, amount: str, reference: str, *, on: date, by: User):
    recorded = datetime.combine(on, time(15), tzinfo=UTC)
    return pay_by_wire(
        subscription.organization, Money(amount, subscription.currency), reference=reference, on=on, at=recorded, by=by
    )


FIGURES = ("invoiced", "credited", "received", "taken_back", "owed")


def months(scope: Scope = EVERYTHING, *, first=JANUARY, last=APRIL, by_csm=False) -> list[tuple]:
    return [
        (row.month.month, row.currency, row.csms, *(str(getattr(row, name)) for name in FIGURES))
        for row in list_billed_months(scope, first=first, last=last, by_csm=by_csm)
    ]


# --- Billed, paid and owed -------------------------------------------------------------------------------------------


@pytest.fixture
def dollars(by):
    """100.10 and 200.20 are invoiced, 50.05 credited, 120.00 received in March and taken back in April."""
    subscription = a_subscription()
    draft_and_issue(subscription, "100.10", dated=date(2026, 1, 31))
    draft_and_issue(subscription, "200.20", dated=date(2026, 2, 1))
    draft_and_issue(subscription, "-50.05", dated=date(2026, 2, 28))
    payment = pay(subscription, "120.00", "WIRE-1", on=date(2026, 3, 6), by=by)
    reverse_payment(payment, reason="Bounced.", by=by, now=datetime(2026, 4, 10, tzinfo=UTC))
    return subscription


@pytest.fixture
def yen(by):
    subscription = a_subscription(
        an_organization("kiku"), currency="JPY", issuing_entity=an_issuer("tokyo"), time_zone="Asia/Tokyo"
    )
    draft_and_issue(subscription, "3000", dated=date(2026, 2, 2))
    return subscription


def test_months_follow_from_one_another_in_each_currency(dollars, yen):
    assert months() == [
        (1, "JPY", "", "0.00", "0.00", "0.00", "0.00", "0.00"),
        (2, "JPY", "", "3000.00", "0.00", "0.00", "0.00", "3000.00"),
        (3, "JPY", "", "0.00", "0.00", "0.00", "0.00", "3000.00"),
        (4, "JPY", "", "0.00", "0.00", "0.00", "0.00", "3000.00"),
        (1, "USD", "", "100.10", "0.00", "0.00", "0.00", "100.10"),
        (2, "USD", "", "200.20", "50.05", "0.00", "0.00", "250.25"),
        (3, "USD", "", "0.00", "0.00", "120.00", "0.00", "130.25"),
        (4, "USD", "", "0.00", "0.00", "0.00", "120.00", "250.25"),
    ]
    # What came before the first month that is shown is owed in it.
    assert months(Scope(currency="USD"), first=APRIL) == [(4, "USD", "", "0.00", "0.00", "0.00", "120.00", "250.25")]


def test_what_is_owed_at_the_end_is_what_the_ledger_says(dollars, yen):
    for currency, subscription in (("USD", dollars), ("JPY", yen)):
        entries = LedgerEntry.objects.filter(currency=currency, account="receivable").values_list("amount", flat=True)
        owed = list_billed_months(Scope(currency=currency), first=JANUARY, last=APRIL, by_csm=False)[-1].owed
        assert owed == sum(entries, Decimal(0)), subscription


def test_organizations_of_several_csms_count_once(dollars, yen):
    ada, ben = (User.objects.create_user(name, is_staff=True, first_name=name.title()) for name in ("ada", "ben"))
    dollars.organization.csms.set([ben, ada])
    yen.organization.csms.set([ben])
    told = {(row[1], row[2], row[-1]) for row in months(by_csm=True, first=APRIL)}
    assert told == {("USD", "Ada, Ben", "250.25"), ("JPY", "Ben", "3000.00")}
    assert months(Scope(organizations=organizations_of(ada, csm_id=None)), first=APRIL)[0][1] == "USD"
    assert len(months(Scope(organizations=organizations_of(ada, csm_id=None)), first=APRIL)) == 1
    # A CSM that is asked for narrows what a person sees, and never widens it.
    assert months(Scope(organizations=organizations_of(ada, csm_id=ben.pk)), first=APRIL)[0][1:3] == ("USD", "")


def test_a_payment_is_of_the_entity_that_had_issued_last(dollars, yen, by):
    pay(yen, "1000", "JP-1", on=date(2026, 3, 6), by=by)
    assert [row[-1] for row in months(Scope(issuing_entity_id=yen.issuing_entity_id), first=APRIL)] == ["2000.00"]
    assert [row[-1] for row in months(Scope(issuing_entity_id=dollars.issuing_entity_id), first=APRIL)] == ["250.25"]


def test_tenths_add_up_on_every_database(by):
    """0.1 + 0.2 is 0.3, also where a database adds floats; and so are a thousand of them."""
    subscription = a_subscription()
    for amount in ("0.10", "0.20", "99999999999.99"):
        draft_and_issue(subscription, amount, dated=date(2026, 1, 31))
    assert months(last=JANUARY)[0][-1] == "100000000000.29"


# --- Recurring revenue ------------------------------------------------------------------------------------------------


def test_recurring_revenue_by_organization(db):
    a_prepaid_subscription(an_organization("steady"))
    listed = {"purecloud-3": {"commitment": 3}}
    gone = a_prepaid_subscription(
        an_organization("gone"), commercial_model="PREPAY", prices=listed, last_service_date=date(2026, 3, 14)
    )
    a_list_price("purecloud-3", "100.00")
    a_subscription(an_organization("monthly"))
    found = list(iterate_recurring(EVERYTHING, months=[JANUARY, FEBRUARY, MARCH]))
    assert {
        each.organization.code: [(str(month.amount), month.movement) for month in each.months] for each in found
    } == {
        "steady": [("280.00", Movement.NEW), ("280.00", None), ("280.00", None)],
        gone.organization.code: [("300.00", Movement.NEW), ("300.00", None), ("0", Movement.CHURN)],
    }


# --- Committed against used -------------------------------------------------------------------------------------------


def close_by_hand(subscription, index: int, start: date, end: date, used: str) -> BillingCycle:
    """Write a closed period in which so many seats were used."""
    organization = subscription.organization
    begins, ends = (datetime.combine(day, time(5), tzinfo=UTC) for day in (start, end))
    snapshot = UsageSnapshot.objects.create(
        organization=organization,
        starts_at=begins,
        ends_at=ends,
        cutoff_at=ends,
        quantities={"billable": {"purecloud-3": used}},
    )
    return BillingCycle.objects.create(
        organization=organization,
        subscription=subscription,
        index=index,
        period_start=start,
        period_end=end,
        starts_at=begins,
        ends_at=ends,
        cutoff_at=ends,
        state="closed",
        closed_at=ends,
        usage_snapshot=snapshot,
        terms_snapshot=TermsSnapshot.objects.create(organization=organization, rule_version=1, terms={}),
    )


def test_who_uses_more_and_who_uses_less(db):
    over = a_prepaid_subscription(an_organization("over"))
    under = a_prepaid_subscription(an_organization("under"), prices={"purecloud-3": {"price": "140", "commitment": 10}})
    for subscription, before, now in ((over, "3", "4"), (under, "9", "4")):
        close_by_hand(subscription, 0, date(2026, 1, 15), date(2026, 2, 15), before)
        close_by_hand(subscription, 1, date(2026, 2, 15), date(2026, 3, 15), now)
    of_february = {"service_start": date(2026, 2, 15), "service_end": date(2026, 3, 14)}
    charged = a_line("overage", "purecloud-3", "PureCloud 3", "2", "150", "300.00", **of_february)
    issue(an_invoice([charged]), [charged], subscription=over)
    given_back = a_line("credit", "purecloud-3", "PureCloud 3", "1", "150", "150.00", corrects="overage", **of_february)
    issue(
        an_invoice([given_back], document_type="credit_note", number="CN-1", sequence=1),
        [given_back],
        subscription=over,
    )

    rows = {row.organization.code: row for row in iterate_commitments(EVERYTHING, month=MARCH)}
    assert {code: (row.fit, str(row.use.over), str(row.charged)) for code, row in rows.items()} == {
        "over": (Fit.OVER_TWICE, "2.000000", "150.00"),
        "under": (Fit.UNDER_HALF, "0", "0"),
    }
    # A period that ends on the 15th is the one of that month; none has ended in April.
    assert [row.fit for row in iterate_commitments(EVERYTHING, month=FEBRUARY)] == [Fit.OVER, Fit.WITHIN]
    assert list(iterate_commitments(EVERYTHING, month=APRIL)) == []


# --- Deferred revenue -------------------------------------------------------------------------------------------------


def dated(day: date) -> dict:
    """Return the date of a document that was posted on it."""
    return {"invoice_date": day, "issued_at": datetime.combine(day, time(12), tzinfo=UTC)}


@pytest.fixture
def prepaid(db):
    """365.00 for the year 2026, booked on its first day, of which 36.50 are credited on March 1; and a month in yen."""
    subscription = a_prepaid_subscription(commercial_model="PREPAY")
    year = {"service_start": date(2026, 1, 1), "service_end": date(2026, 12, 31)}
    line = a_line("prepay", "purecloud-3", "PureCloud 3", "1", "1", "365.00", **year)
    over = a_line("overage", "purecloud-3", "PureCloud 3", "1", "1", "99.00", **year)
    issue(an_invoice([line, over], **dated(JANUARY)), [line, over], subscription=subscription)
    back = a_line("credit", "purecloud-3", "PureCloud 3", "1", "1", "36.50", corrects="prepay", **year)
    note = an_invoice([back], document_type="credit_note", number="CN-1", sequence=1, **dated(MARCH))
    issue(note, [back], subscription=subscription)
    yen = a_prepaid_subscription(an_organization("kiku"), currency="JPY")
    month = a_line("prepay", "purecloud-3", "PureCloud 3", "1", "1", "2800")
    month.service_start, month.service_end = date(2026, 2, 1), date(2026, 2, 28)
    issue(
        an_invoice([month], currency="JPY", number="INV-2", sequence=2, **dated(FEBRUARY)),
        [month],
        subscription=yen,
    )
    return subscription


def test_what_is_not_earned_yet(prepaid):
    until = date(2026, 3, 11)
    lines = get_prepaid_lines(EVERYTHING, since=until, until=until)
    # 69 days are earned, of 365.00 less 36.50: 0.90 a day for 296 days.
    assert sum(deferred(line, until=until) for line in lines["USD"]) == 26_640
    assert sum(releases(lines["USD"], until=until).values()) == 26_640
    assert set(lines) == {"USD"}, "what is earned is not read"
    told = [(line.number, str(line.deferred)) for line in iterate_deferred_lines(EVERYTHING, until=until)]
    assert told == [("INV-000147", "296.00"), ("CN-1", "-29.60")]


def test_a_yen_has_no_hundredths(prepaid):
    lines = get_prepaid_lines(Scope(currency="JPY"), since=JANUARY, until=date(2026, 2, 11))
    assert [deferred(line, until=date(2026, 2, 11)) for line in lines["JPY"]] == [1_800]
    assert [str(line.deferred) for line in iterate_deferred_lines(Scope(currency="JPY"), until=date(2026, 2, 11))] == [
        "1800"
    ]


# --- The journal ------------------------------------------------------------------------------------------------------


FEBRUARY_DAYS = JournalPeriod(first_day=date(2026, 2, 1), last_day=date(2026, 2, 28))
TEXAS = TaxRate(
    authority="Texas", rate=Decimal("8.25"), taxable=Decimal(80), categories=frozenset({TaxCategory.HARDWARE})
)


def sell(subscription, *sold: tuple[str, str, bool], at: datetime, rates=()):
    """Issue one document over products, each with its price and whether it is hardware."""
    charges = []
    for product, price, is_hardware in sold:
        sale = Sale(
            key=f"{product}|{at}",
            product=product,
            hardware=is_hardware,
            quantity=Decimal(1),
            price=Decimal(price),
            on=at.date(),
            currency=subscription.currency,
        )
        charges.append(sale_charge(sale))
    draft = draft_invoice(charges, currency=subscription.currency, dated=at.date(), net_days=30, tax_rates=list(rates))
    terms = save_inputs(
        SaleInputs(sale=sale, net_days=30, tax_rates=list(rates)), organization_id=subscription.organization_id
    )
    how = Issue(subscription=subscription, cycle=None, period=None, issued_at=at, terms=terms)
    return issue_invoice(draft, issue=how)


@pytest.fixture
def ledger(by):
    """In February an invoice with tax and two kinds of revenue, a payment and its reversal; one before, one after."""
    subscription = a_subscription()
    draft_and_issue(subscription, "10.00", dated=date(2026, 1, 31))
    at = datetime(2026, 2, 3, 12, tzinfo=UTC)
    sell(subscription, ("enablement", "100.00", False), ("telephone", "50.00", True), at=at, rates=[TEXAS])
    payment = pay(subscription, "153.30", "=WIRE", on=date(2026, 2, 10), by=by)
    reverse_payment(payment, reason="Bounced.", by=by, now=datetime(2026, 2, 12, 12, tzinfo=UTC))
    draft_and_issue(subscription, "20.00", dated=date(2026, 3, 1))
    return subscription


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def exported(by, period=FEBRUARY_DAYS, *, now=LATER) -> JournalExport:
    seen = look_at_journal(period, codes=codes_now()).sha256
    return export_journal(period, seen=seen, by=by, now=now)


def codes_now() -> dict[Purpose, str]:
    return {
        Purpose(account=account_named(row.account), part=row.part, kind=row.kind): row.code
        for row in AccountCode.objects.all()
    }


def test_a_period_as_balanced_entries_with_codes(ledger, by):
    set_account_codes({Purpose(account=Account.TAX, part="Texas"): "2201"}, by=by, now=LATER)
    rows = rows_of("".join(journal_again(exported(by))))
    told = [(row["kind"], row["account"], row["account_code"], row["debit"], row["credit"]) for row in rows]
    assert told == [
        ("invoice", "receivable", "1200", "153.30", ""),
        ("invoice", "revenue", "4200", "", "50.00"),
        ("invoice", "revenue", "4300", "", "100.00"),
        ("invoice", "tax", "2201", "", "3.30"),
        ("payment", "cash", "1000", "153.30", ""),
        ("payment", "receivable", "1200", "", "153.30"),
        ("payment_reversal", "cash", "1000", "", "153.30"),
        ("payment_reversal", "receivable", "1200", "153.30", ""),
    ]
    # A reference that looks like a formula is text; an entry is told by its id, whose lines balance.
    assert {row["reference"] for row in rows if row["kind"] != "invoice"} == {"'=WIRE"}
    balance: dict[str, Decimal] = {}
    for row in rows:
        amount = Decimal(row["debit"] or 0) - Decimal(row["credit"] or 0)
        balance[row["entry_id"]] = balance.get(row["entry_id"], Decimal(0)) + amount
    assert len(balance) == 3
    assert set(balance.values()) == {Decimal(0)}


def test_it_is_noted_with_who_and_when_and_made_again_to_the_byte(ledger, by):
    noted = exported(by)
    assert (noted.entries, noted.lines, noted.totals, noted.exported_by) == (3, 8, {"USD": ["459.90", "459.90"]}, by)
    assert AuditEntry.objects.get(deed="journal_exported").actor == by
    before = "".join(journal_again(noted))

    # Whatever is called otherwise afterwards, and whatever is posted: not in it.
    set_account_codes({Purpose(account=Account.CASH): "1111"}, by=by, now=LATER)
    Organization.objects.update(name="=Another")
    type(ledger.issuing_entity).objects.update(code="another")
    draft_and_issue(ledger, "5.00", dated=date(2026, 7, 1))
    assert "".join(journal_again(JournalExport.objects.get(pk=noted.pk))) == before
    # With other codes it is another file, with the same ids.
    anew = "".join(journal_again(exported(by)))
    assert anew != before
    assert {row["entry_id"] for row in rows_of(anew)} == {row["entry_id"] for row in rows_of(before)}


@pytest.mark.parametrize(
    ("reason", "period", "now"),
    [
        ("runs", FEBRUARY_DAYS, datetime(2026, 3, 1, 11, 59, tzinfo=UTC)),
        ("empty", JournalPeriod(first_day=date(2025, 1, 1), last_day=date(2025, 1, 31)), LATER),
    ],
)
def test_it_is_refused_with_a_reason(ledger, by, reason, period, now):
    with pytest.raises(Refused) as refused:
        exported(by, period, now=now)
    assert [one.code for one in refused.value.reasons] == [reason]
    assert not JournalExport.objects.exists()
    assert not AuditEntry.objects.filter(deed="journal_exported").exists()


def test_the_same_is_noted_once_and_never_what_nobody_saw(ledger, by):
    exported(by)
    with pytest.raises(Refused) as refused:
        exported(by)
    assert [one.code for one in refused.value.reasons] == ["already"]
    with pytest.raises(Refused) as refused:
        export_journal(FEBRUARY_DAYS, seen="another digest", by=by, now=LATER)
    assert [one.code for one in refused.value.reasons] == ["changed"]
    assert JournalExport.objects.count() == 1


def test_an_export_is_changed_and_deleted_by_nobody(ledger, by):
    noted = exported(by)
    for wrong in (lambda: JournalExport.objects.update(entries=0), noted.delete):
        with pytest.raises(DatabaseError), transaction.atomic():
            wrong()


def test_books_that_are_wrong_make_no_journal(ledger, by):
    """A ledger entry that no line stands behind: the balance is wrong, so nothing is exported."""
    wrong = LedgerEntry.objects.filter(account="tax").get().transaction
    LedgerEntry.objects.create(
        organization=wrong.organization, transaction=wrong, account="cash", currency="USD", amount=Decimal("0.01")
    )
    with pytest.raises(Refused) as refused:
        export_journal(FEBRUARY_DAYS, seen="", by=by, now=LATER)
    assert [one.code for one in refused.value.reasons] == ["unbalanced"]
    assert not JournalExport.objects.exists()


def test_a_day_is_one_of_the_agreements_time_zone(by):
    """21:00 UTC on January 31 is February 1 in Tokyo, 05:00 UTC on February 1 is January 31 in San Francisco."""
    tokyo = a_subscription(an_organization("kiku"), time_zone="Asia/Tokyo", issuing_entity=an_issuer("tokyo"))
    west = a_subscription(an_organization("west"), time_zone="America/Los_Angeles")
    sell(tokyo, ("enablement", "1.00", False), at=datetime(2026, 1, 31, 21, tzinfo=UTC))
    sell(west, ("enablement", "2.00", False), at=datetime(2026, 2, 1, 5, tzinfo=UTC))

    def booked(**period) -> list[tuple[str, str]]:
        entries = iterate_journal(JournalPeriod(**period), entities=get_entity_codes())
        return [(entry.organization, entry.booked_on.isoformat()) for entry in entries]

    january = {"first_day": date(2026, 1, 1), "last_day": date(2026, 1, 31)}
    assert booked(**january) == [("west", "2026-01-31")]
    assert booked(first_day=FEBRUARY, last_day=date(2026, 2, 28)) == [("kiku", "2026-02-01")]
    assert booked(**january, issuing_entity_id=tokyo.issuing_entity_id) == []


# --- Deferred revenue in the journal ----------------------------------------------------------------------------------


MONTHS = [date(2026, month, 1) for month in range(1, 13)]


@pytest.fixture
def advances(by):
    """
    Real closes: a year in advance that is cancelled within it, months in yen in Tokyo that begin on the 31st, and
    another year that is credited by hand.
    """
    year = a_prepaid_subscription(
        an_organization("year"),
        commercial_model="PREPAY",
        last_service_date=date(2026, 7, 20),
        cancelled_on=date(2026, 4, 10),
    )
    prices = {"purecloud-3": {"price": "3333", "overage_price": "4000", "commitment": 7}}
    a_prepaid_subscription(
        an_organization("kiku"),
        currency="JPY",
        time_zone="Asia/Tokyo",
        issuing_entity=an_issuer("tokyo"),
        effective_date=date(2026, 1, 31),
        prices=prices,
    )
    credited = a_prepaid_subscription(an_organization("credited"), commercial_model="PREPAY")
    for day in (date(2026, 1, 16) + timedelta(days) for days in range(0, 240, 5)):
        close_due_cycles(now=datetime.combine(day, time(23), tzinfo=UTC))
    first = Invoice.objects.filter(subscription=credited).order_by("pk")[0]
    request = CreditRequest(place=1, parts=None, reason="Waived")
    # The 31st in New York, the 1st by UTC.
    issue_credit(invoice_id=first.pk, request=request, issued_by=by, now=datetime(2026, 4, 1, 2, tzinfo=UTC))
    return year


def of_month(month: date) -> JournalPeriod:
    return JournalPeriod(first_day=month, last_day=last_day_of(month))


def moved(period: JournalPeriod) -> dict[str, tuple[int, int]]:
    """Return by currency, in minor units, what a journal adds to deferred revenue, and what it makes revenue."""
    found: dict[str, tuple[int, int]] = {}
    for entry in iterate_journal(period, entities=get_entity_codes()):
        assert sum(posting.amount for posting in entry.postings) == 0
        amount = sum(
            (one.amount for one in entry.postings if one.purpose.account is JournalAccount.DEFERRED_REVENUE), Decimal(0)
        )
        minor = int(amount * (1 if entry.currency == "JPY" else 100))
        billed, released = found.get(entry.currency, (0, 0))
        is_recognition = entry.kind is EntryKind.RECOGNITION
        found[entry.currency] = (billed, released + minor) if is_recognition else (billed - minor, released)
    return found


def test_the_journal_moves_deferred_revenue_as_the_report_says_to_the_cent(advances):
    lines = get_prepaid_lines(EVERYTHING, since=MONTHS[0], until=month_after(MONTHS[-1]))
    assert set(lines) == {"USD", "JPY"}
    assert any(line.amount < 0 for line in lines["USD"]), "something was credited"
    rolled = {currency: roll_forward(of, months=MONTHS) for currency, of in lines.items()}

    for month in MONTHS:
        by_journal = moved(of_month(month))
        for currency in lines:
            row = rolled[currency][month]
            assert by_journal.get(currency, (0, 0)) == (row.billed, row.released), (month, currency)
    # Not because there is nothing: each month of the first half-year has earned something in both.
    assert all(rolled[currency][month].released for currency in lines for month in MONTHS[1:6])


def test_a_month_that_is_over_does_not_change_when_the_next_one_brings_documents(advances, by):
    """Neither in the journal nor in the report: what comes later is posted later, whatever date it bears."""

    def said(month: date) -> tuple:
        until = month_after(month)
        lines = get_prepaid_lines(EVERYTHING, since=month, until=until)
        return moved(of_month(month)), {key: roll_forward(of, months=[month]) for key, of in lines.items()}

    before = said(APRIL)
    latest = Invoice.objects.filter(subscription=advances).order_by("pk")[0]
    issue_credit(
        invoice_id=latest.pk, request=CreditRequest(place=1, parts=None, reason="Late"), issued_by=by, now=LATER
    )
    assert said(APRIL) == before
    assert said(date(2026, 8, 1)) != before


def test_half_months_make_up_the_month_with_each_entry_once(advances):
    halves = [
        JournalPeriod(first_day=MARCH, last_day=date(2026, 3, 15)),
        JournalPeriod(first_day=date(2026, 3, 16), last_day=date(2026, 3, 31)),
    ]
    parts = [list(iterate_journal(half, entities=get_entity_codes())) for half in halves]
    assert not [entry for entry in parts[0] if entry.kind is EntryKind.RECOGNITION]
    together = sorted(entry.name for part in parts for entry in part)
    assert together == sorted(entry.name for entry in iterate_journal(of_month(MARCH), entities=get_entity_codes()))
    assert len(set(together)) == len(together)


def test_what_is_earned_names_its_document_and_stays_with_its_issuing_entity(advances):
    tokyo = Invoice.objects.filter(currency="JPY").order_by("pk")[0]
    period = JournalPeriod(first_day=FEBRUARY, last_day=date(2026, 2, 28), issuing_entity_id=tokyo.issuing_entity_id)
    earned = [
        entry
        for entry in iterate_journal(period, entities=get_entity_codes())
        if entry.kind is EntryKind.RECOGNITION and entry.reference == tokyo.number
    ]
    [entry] = earned
    assert (entry.name, entry.booked_on, entry.issuing_entity) == (f"R{tokyo.pk}-2026-02", date(2026, 2, 28), "tokyo")
    debit, credit = entry.postings
    assert (debit.purpose.account, credit.purpose.account) == (JournalAccount.DEFERRED_REVENUE, Account.REVENUE)
    assert (debit.amount, credit.purpose.kind) == (-credit.amount, "prepay")


def test_deferred_revenue_has_a_code_that_can_be_set(advances, by):
    purpose = Purpose(account=JournalAccount.DEFERRED_REVENUE)
    assert PROPOSED[purpose] == "2400"
    set_account_codes({purpose: "3990"}, by=by, now=LATER)
    rows = rows_of("".join(journal_again(exported(by, of_month(MARCH)))))
    assert {row["account_code"] for row in rows if row["account"] == "deferred_revenue"} == {"3990"}


def test_codes_are_set_and_taken_away_with_an_entry_for_each(by):
    cash, voice = Purpose(account=Account.CASH), Purpose(account=Account.REVENUE, kind="voice")
    assert set_account_codes({cash: "1010", voice: " 8338 "}, by=by, now=LATER) == 2
    assert codes_now() == {cash: "1010", voice: "8338"}
    assert set_account_codes({cash: "1010", voice: ""}, by=by, now=LATER + timedelta(1)) == 1
    assert codes_now() == {cash: "1010"}
    assert set_account_codes({cash: "1010"}, by=by, now=LATER) == 0
    assert AuditEntry.objects.filter(deed="account_code_set").count() == 3
    assert PROPOSED[cash] == "1000"
