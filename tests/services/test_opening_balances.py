"""What was open in the old system is owed here from the day an organization goes live (ADR 43)."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.contrib.auth.models import User
from moneyed import Money

from invoices.domain.moving_in.opening_balances import OldFile
from invoices.domain.payments import PaymentMethod, Share
from invoices.models import (
    Invoice,
    InvoiceDelivery,
    InvoiceLine,
    InvoiceTax,
    LedgerEntry,
    OldInvoice,
    OldInvoiceFile,
    OpeningBalance,
    Payment,
    Reminder,
    RenderedPdf,
)
from invoices.selectors.accounts import get_accounts, get_open_balance, list_open_items
from invoices.selectors.ageing import as_of, get_accounts_as_of
from invoices.selectors.finance.billed import list_billed_months
from invoices.selectors.finance.journal import EntryKind, JournalPeriod, get_entity_codes, iterate_journal
from invoices.selectors.finance.scope import Scope
from invoices.selectors.opening import list_waiting, sums_of_rows
from invoices.services.bank.uploads import store_bank_file
from invoices.services.bank.working import work_on_bank_files
from invoices.services.books.verify import verify_books
from invoices.services.numbering import set_next_number
from invoices.services.payments import Receipt, allocate_payment, record_payment, reverse_payment
from invoices.services.reminding import send_reminders
from invoices.services.shadow.beginning import Launch, begin_shadow, go_live, list_launch_days
from invoices.services.shadow.old_files import check_old_file, keep_old_file, upload_old_file
from invoices.services.shadow.opening import OpeningError, set_right
from invoices.services.shadow.withdrawing import withdraw_old_file
from invoices.services.sweeping import close_due_cycles
from invoices.services.verifying import list_documents_to_verify
from subscriptions.domain.violations import Refused
from subscriptions.models import OutgoingMail
from subscriptions.services.recording import Recording
from tests.admin.rows import make_bank_format
from tests.factories.moving_in import old_invoice
from tests.factories.subscriptions import a_prepaid_subscription, an_issuer, an_organization
from tests.trail import trail_of

pytestmark = pytest.mark.usefixtures("billing")

BEGIN = datetime(2026, 1, 15, 5, tzinfo=UTC)
CUTOFF = datetime(2026, 2, 15, 11, tzinfo=UTC)
LIVE_AT = datetime(2026, 2, 20, 9, tzinfo=UTC)
HEADER = "organization,kind,number,date,due_date,currency,amount"
ROWS = (
    "lantern,invoice,OLD-1,2025-12-01,2026-01-01,USD,100.00",
    "lantern,,OLD-2,2026-02-01,2026-03-01,USD,40.00",
    "lantern,credit,PAY-7,2026-01-20,,USD,25.00",
)


@pytest.fixture
def lea():
    return User.objects.create_superuser("lea")


@pytest.fixture
def subscription(lea):
    """Return the agreement of an organization in shadow, whose first period has closed."""
    subscription = a_prepaid_subscription(an_organization("lantern"))
    begin_shadow(subscription.organization, reason="Moves in.", by=lea, now=BEGIN)
    close_due_cycles(now=CUTOFF)
    return subscription


def brought(lea, *rows, holds=OldFile.BALANCES, now=LIVE_AT, text=None):
    content = text or "\n".join([HEADER, *rows])
    return upload_old_file("opening.csv", content.encode(), holds=holds, by=lea, now=now)


def entered(lea, *rows, now=LIVE_AT):
    file = brought(lea, *(rows or ROWS), now=now)
    keep_old_file(file.pk, reason="As of go-live.", recording=Recording(by=lea, at=now))
    return file


def goes_live(subscription, lea, *, now=LIVE_AT, seen=None):
    organization = subscription.organization
    day = list_launch_days(organization.pk, today=now.date())[0]
    key = sums_of_rows(list_waiting(organization.pk)).key if seen is None else seen
    launch = Launch(live_from=day, ahead_is_billed=True, reason="Both agree.", balances=key)
    return go_live(organization.shadow.pk, launch, today=now.date(), by=lea, now=now)


@pytest.fixture
def live(subscription, lea):
    entered(lea)
    goes_live(subscription, lea)
    return subscription.organization


def item(number):
    return Invoice.objects.get(number=number, document_type="opening_item")


def faults():
    return [fault.what for fault in verify_books(now=None)]


# --- Carried over -----------------------------------------------------------------------------------------------------


def test_nothing_is_owed_before_it_goes_live(subscription, lea):
    entered(lea)
    assert get_open_balance(subscription.organization_id, "USD") == Money(0, "USD")
    assert not Invoice.objects.exists()
    assert not Payment.objects.exists()
    assert faults() == []


def test_open_invoices_are_owed_and_credit_is_left(live):
    assert [(open_item.number, open_item.open) for open_item in list_open_items(live.pk, currency="USD")] == [
        ("OLD-1", Decimal(100)),
        ("OLD-2", Decimal(40)),
    ]
    (account,) = get_accounts(live.pk, on=date(2026, 2, 20))
    # 140 are owed, 25 are left to them and pay nothing yet.
    assert (account.balance, account.credit, account.aged.past_due) == (Decimal(115), Decimal(25), Decimal(100))
    assert faults() == []


def test_no_revenue_no_tax_and_no_money_is_booked(live):
    booked = {}
    for account, amount in LedgerEntry.objects.values_list("account", "amount"):
        booked[account] = booked.get(account, Decimal(0)) + amount
    assert booked == {"receivable": Decimal(115), "opening_balance": Decimal(-115)}
    assert not InvoiceLine.objects.exists()
    assert not InvoiceTax.objects.exists()


def test_nothing_is_printed_or_mailed_and_the_old_number_stays(live):
    assert not RenderedPdf.objects.exists()
    assert not InvoiceDelivery.objects.exists()
    assert not OutgoingMail.objects.exists()
    first = item("OLD-1")
    assert (first.invoice_date, first.due_date) == (date(2025, 12, 1), date(2026, 1, 1))
    assert (first.subtotal, first.tax, first.total) == (Decimal(100), Decimal(0), Decimal(100))
    # What we never worked out is not worked out again.
    assert not list_documents_to_verify(organization_id=None).exists()


def test_the_trail_says_why(live):
    trail = {entry.what: entry.why for entry in trail_of(live.pk)}
    assert trail["Invoice OLD-1 of the previous system carried over, open with $100.00."] == "Both agree."
    assert trail["Opening balances entered from opening.csv: 3."] == "As of go-live."


def test_our_own_numbers_begin_at_1_all_the_same(live):
    close_due_cycles(now=datetime(2026, 3, 15, 10, tzinfo=UTC))
    assert Invoice.objects.get(document_type="invoice").sequence == 1
    assert faults() == []


def test_what_changed_since_it_was_shown_is_not_booked(subscription, lea):
    entered(lea)
    with pytest.raises(Refused) as refused:
        goes_live(subscription, lea, seen="")
    assert [reason.code for reason in refused.value.reasons] == [OpeningError.CHANGED]
    subscription.organization.shadow.refresh_from_db()
    assert subscription.organization.shadow.live_from is None
    assert not Invoice.objects.exists()


def test_of_one_that_is_live_it_is_booked_at_once(live, lea):
    late = entered(lea, "lantern,invoice,OLD-3,2026-01-05,2026-02-05,USD,7.50")
    assert late.balances.get().document == item("OLD-3")
    assert faults() == []


def test_a_second_currency_is_an_account_of_its_own(subscription, lea):
    entered(
        lea, "lantern,invoice,OLD-1,2026-01-01,2026-02-01,USD,10.00", "lantern,,OLD-E,2026-01-01,2026-02-01,EUR,9.00"
    )
    goes_live(subscription, lea)
    accounts = get_accounts(subscription.organization_id, on=date(2026, 2, 20))
    assert [(account.currency, account.balance) for account in accounts] == [("EUR", Decimal(9)), ("USD", Decimal(10))]
    assert faults() == []


def test_books_of_a_past_day_know_it_from_the_day_on_which_it_was_carried_over(live):
    def balance_on(day):
        accounts = get_accounts_as_of(live.pk, as_of(day, now=LIVE_AT + timedelta(days=9), time_zone="UTC"))
        return [account.balance for account in accounts]

    assert balance_on(date(2026, 2, 19)) == []
    assert balance_on(date(2026, 2, 20)) == [Decimal(115)]


# --- Paid -------------------------------------------------------------------------------------------------------------


def pay(organization, amount, *, lea, shares=None):
    receipt = Receipt(
        organization=organization,
        amount=Money(amount, "USD"),
        method=PaymentMethod.WIRE,
        reference="W-1",
        received_on=date(2026, 2, 21),
    )
    return record_payment(receipt, shares=shares, recorded_by=lea, now=LIVE_AT)


def test_a_payment_pays_the_oldest_due_first(live, lea):
    pay(live, "120.00", lea=lea)
    assert [(left.number, left.open) for left in list_open_items(live.pk, currency="USD")] == [("OLD-2", Decimal(20))]
    assert faults() == []


def test_credit_that_was_left_pays_what_a_person_chooses(live, lea):
    credit = Payment.objects.get(method="carried")
    allocate_payment(credit, shares=[Share(document_id=item("OLD-2").pk, amount=Decimal(25))], by=lea, now=LIVE_AT)
    assert item("OLD-2").balance.open == Decimal(15)
    assert faults() == []


def test_a_bank_line_that_names_the_old_number_pays_it(live, lea):
    text = "Date,Amount,Payer,IBAN,Memo,Ref\n2026-02-22,100.00,Lantern,,Invoice old-1 thanks,N-1"
    bank = make_bank_format("Northbeam")
    file = store_bank_file(text.encode(), file_name="b.csv", bank_format=bank, uploaded_by=lea, now=LIVE_AT)
    work_on_bank_files(now=LIVE_AT)
    line = file.lines.get()
    assert (line.finding, line.organization) == ("names_one", live)


def lower(lea, *, amount, reason="Paid to them in January."):
    recording = Recording(by=lea, at=LIVE_AT)
    return set_right(item("OLD-1").pk, amount=amount, seen=Decimal(100), reason=reason, recording=recording)


def test_what_was_open_too_high_is_set_right_and_that_can_be_taken_back(live, lea):
    part = set_right(
        item("OLD-1").pk,
        amount=Decimal(30),
        seen=Decimal(100),
        reason="Paid to them in January.",
        recording=Recording(by=lea, at=LIVE_AT),
    )
    assert item("OLD-1").balance.open == Decimal(70)
    assert get_open_balance(live.pk, "USD") == Money(85, "USD")
    assert not LedgerEntry.objects.filter(account="cash").exists()
    assert faults() == []

    reverse_payment(part.payment, reason="They had not.", by=lea, now=LIVE_AT)
    assert item("OLD-1").balance.open == Decimal(100)
    assert faults() == []


def test_asked_twice_it_is_set_right_once(live, lea):
    lower(lea, amount=Decimal(30))
    with pytest.raises(Refused) as refused:
        lower(lea, amount=Decimal(30))
    assert [found.code for found in refused.value.reasons] == [OpeningError.CHANGED]
    assert item("OLD-1").balance.open == Decimal(70)


@pytest.mark.parametrize(
    ("label", "amount", "reason", "code"),
    [
        ("more than is open", "100.01", "Wrong.", OpeningError.NO_AMOUNT),
        ("nothing", "0", "Wrong.", OpeningError.NO_AMOUNT),
        ("less than a cent", "0.001", "Wrong.", OpeningError.NO_AMOUNT),
        ("no reason", "1.00", " ", OpeningError.NO_REASON),
    ],
)
def test_it_is_not_set_right_by(label, amount, reason, code, live, lea):
    with pytest.raises(Refused) as refused:
        set_right(
            item("OLD-1").pk,
            amount=Decimal(amount),
            seen=Decimal(100),
            reason=reason,
            recording=Recording(by=lea, at=LIVE_AT),
        )
    assert [found.code for found in refused.value.reasons] == [code], label
    assert item("OLD-1").balance.open == Decimal(100)


# --- Reminded ---------------------------------------------------------------------------------------------------------


def test_only_steps_after_it_went_live_are_reminded_of(live):
    live.billing_contacts.create(name="Ann", email="ann@lantern.test")
    # 50 days past due when it was carried over: beyond the last step, at 30 days.
    assert send_reminders(now=LIVE_AT + timedelta(days=1)) == 0
    # Due on March 1: the first step, 3 days later, is ours.
    assert send_reminders(now=datetime(2026, 3, 5, 12, tzinfo=UTC)) == 1
    assert list(Reminder.objects.values_list("invoice__number", "after_days")) == [("OLD-2", 3)]


# --- Reports ----------------------------------------------------------------------------------------------------------


def test_it_is_owed_and_neither_billed_nor_received(live, lea):
    set_right(
        item("OLD-1").pk, amount=Decimal(30), seen=Decimal(100), reason="Paid.", recording=Recording(by=lea, at=LIVE_AT)
    )
    january, february = list_billed_months(Scope(), first=date(2026, 1, 1), last=date(2026, 2, 1), by_csm=False)
    assert january.owed == 0
    assert (february.invoiced, february.received, february.taken_back) == (0, 0, 0)
    assert (february.carried_over, february.owed) == (Decimal(85), Decimal(85))


def test_the_journal_books_it_against_the_opening_balances(live):
    period = JournalPeriod(first_day=date(2026, 2, 1), last_day=date(2026, 2, 28))
    entries = list(iterate_journal(period, entities=get_entity_codes()))
    assert [(entry.kind, entry.reference) for entry in entries] == [
        (EntryKind.OPENING_ITEM, "OLD-1"),
        (EntryKind.OPENING_ITEM, "OLD-2"),
        (EntryKind.OPENING_CREDIT, "PAY-7"),
    ]
    first = {posting.purpose.account.value: posting.amount for posting in entries[0].postings}
    assert first == {"receivable": Decimal(100), "opening_balance": Decimal(-100)}


def test_a_credit_alone_stands_in_the_books_of_the_issuer(subscription, lea):
    entered(lea, "lantern,credit,PAY-7,2026-01-20,,USD,25.00")
    goes_live(subscription, lea)
    entity = subscription.issuing_entity
    period = JournalPeriod(first_day=date(2026, 2, 1), last_day=date(2026, 2, 28), issuing_entity_id=entity.pk)
    (entry,) = iterate_journal(period, entities=get_entity_codes())
    assert (entry.kind, entry.issuing_entity) == (EntryKind.OPENING_CREDIT, entity.code)
    scope = Scope(issuing_entity_id=entity.pk)
    (february,) = list_billed_months(scope, first=date(2026, 2, 1), last=date(2026, 2, 1), by_csm=False)
    assert february.owed == Decimal(-25)


# --- Files ------------------------------------------------------------------------------------------------------------


def test_all_of_a_file_is_kept_or_nothing(subscription, lea):
    file = brought(lea, ROWS[0], "lantern,invoice,OLD-2,2026-02-01,2026-01-01,USD,1.00")
    checked = check_old_file(file, today=LIVE_AT.date())
    assert [(fault.problem.value, fault.line, fault.column) for fault in checked.faults] == [
        ("due_before_its_date", 3, "due_date")
    ]
    with pytest.raises(Refused):
        keep_old_file(file.pk, reason="As of go-live.", recording=Recording(by=lea, at=LIVE_AT))
    assert not OpeningBalance.objects.exists()


def test_balances_are_not_kept_without_a_reason(subscription, lea):
    with pytest.raises(Refused):
        keep_old_file(brought(lea, *ROWS).pk, reason=" ", recording=Recording(by=lea, at=LIVE_AT))
    assert not OpeningBalance.objects.exists()


@pytest.mark.parametrize(
    ("label", "number", "problem"),
    [
        ("one that our series will give", "INV-000900", "number_will_be_ours"),
        ("the same without its zeros", "inv-900", "number_will_be_ours"),
        ("one that our credit notes will bear", "CN-000001", "number_will_be_ours"),
        ("one that was given", "INV-000001", "number_is_ours"),
        ("one that was entered before", "OLD-1", "kept_before"),
    ],
)
def test_old_numbers_name_one_document_each(label, number, problem, subscription, lea):
    other = a_prepaid_subscription(an_organization("billed"))
    assert other.issuing_entity == subscription.issuing_entity
    close_due_cycles(now=CUTOFF)
    entered(lea)
    file = brought(lea, f"lantern,invoice,{number},2026-01-01,2026-02-01,USD,1.00")
    assert [fault.problem.value for fault in check_old_file(file, today=LIVE_AT.date()).faults] == [problem], label


def test_a_number_of_another_issuer_since_is_not_carried_over(subscription, lea):
    entered(lea, "lantern,invoice,DE-000007,2026-01-01,2026-02-01,USD,1.00")
    other = an_issuer("northwind-de", invoice_prefix="DE-")
    a_prepaid_subscription(subscription.organization, issuing_entity=other, effective_date=date(2026, 3, 15))
    with pytest.raises(Refused) as refused:
        goes_live(subscription, lea)
    assert [(reason.code, reason.words) for reason in refused.value.reasons] == [
        (OpeningError.NUMBER_TAKEN, {"numbers": "DE-000007"})
    ]
    assert not Invoice.objects.exists()


def test_beyond_the_next_number_an_old_one_is_free(subscription, lea):
    entity = subscription.issuing_entity
    set_next_number(entity, document_type="invoice", next_number=901, reason="Moved in.", by=lea, now=LIVE_AT)
    entered(lea, "lantern,invoice,INV-000900,2026-01-01,2026-02-01,USD,1.00")
    goes_live(subscription, lea)
    close_due_cycles(now=datetime(2026, 3, 15, 10, tzinfo=UTC))
    assert sorted(Invoice.objects.values_list("number", flat=True)) == ["INV-000900", "INV-000901"]
    assert faults() == []


def test_what_was_imported_to_be_compared_with_is_not_contradicted(subscription, lea):
    cycle = subscription.cycles.get(index=0)
    invoices = brought(lea, holds=OldFile.INVOICES, text=old_invoice(cycle, "lantern"))
    keep_old_file(invoices.pk, recording=Recording(by=lea, at=LIVE_AT))
    # It came to 274.50.
    more = brought(lea, "lantern,invoice,OLD-1,2026-01-01,2026-02-01,USD,274.51")
    other = brought(lea, "lantern,invoice,OLD-1,2026-01-01,2026-02-01,EUR,1.00")
    found = [check_old_file(file, today=LIVE_AT.date()).faults[0].problem.value for file in (more, other)]
    assert found == ["more_than_billed", "other_currency"]


# --- Withdrawn --------------------------------------------------------------------------------------------------------


def withdraw(file, lea, reason="The wrong month."):
    return withdraw_old_file(file.pk, reason=reason, recording=Recording(by=lea, at=LIVE_AT))


def test_a_wrong_file_is_withdrawn_and_the_same_one_kept_again(subscription, lea):
    cycle = subscription.cycles.get(index=0)
    text = old_invoice(cycle, "lantern")
    file = brought(lea, holds=OldFile.INVOICES, text=text)
    keep_old_file(file.pk, recording=Recording(by=lea, at=LIVE_AT))

    assert withdraw(file, lea) == 1

    again = brought(lea, holds=OldFile.INVOICES, text=text)
    assert again.pk != file.pk
    assert keep_old_file(again.pk, recording=Recording(by=lea, at=LIVE_AT)) == 1
    assert list(OldInvoice.objects.order_by("pk").values_list("withdrawn_at", flat=True)) == [LIVE_AT, None]
    assert "File of the old system withdrawn: opening.csv." in [
        entry.what for entry in trail_of(subscription.organization_id)
    ]


def test_withdrawn_balances_are_not_carried_over(subscription, lea):
    withdraw(entered(lea), lea)
    entered(lea, "lantern,invoice,OLD-1,2025-12-01,2026-01-01,USD,60.00")
    goes_live(subscription, lea)
    assert get_open_balance(subscription.organization_id, "USD") == Money(60, "USD")
    assert faults() == []


def test_nothing_is_withdrawn_on_whose_strength_somebody_went_live(subscription, lea):
    cycle = subscription.cycles.get(index=0)
    invoices = brought(lea, holds=OldFile.INVOICES, text=old_invoice(cycle, "lantern", number="OLD-9"))
    keep_old_file(invoices.pk, recording=Recording(by=lea, at=CUTOFF))
    balances = entered(lea)
    goes_live(subscription, lea)
    for file in (invoices, balances):
        with pytest.raises(Refused):
            withdraw(file, lea)
    assert not OldInvoiceFile.objects.filter(withdrawn_at__isnull=False).exists()
    assert not OpeningBalance.objects.filter(withdrawn_at__isnull=False).exists()


def test_nothing_is_withdrawn_twice_or_without_a_reason(subscription, lea):
    file = entered(lea)
    with pytest.raises(Refused):
        withdraw(file, lea, reason=" ")
    withdraw(file, lea)
    with pytest.raises(Refused):
        withdraw(file, lea)
