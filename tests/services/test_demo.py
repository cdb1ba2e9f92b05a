"""The demo: the same on the same day, believable, and never in a database that is somebody's."""

import io
import json
import os
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest
from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.models import User
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import transaction
from django.forms.models import model_to_dict
from moneyed import Money

from invoices.choices import CycleState
from invoices.domain.unusual import Oddity
from invoices.models import (
    BillingCycle,
    Credit,
    CycleException,
    DifferenceVerdict,
    ExpectedBill,
    Invoice,
    InvoiceLine,
    TooLateUsage,
)
from invoices.selectors.accounts import get_open_balance
from invoices.selectors.cycles import list_due_cycles, list_subscriptions_without_cycle
from invoices.selectors.expected import findings_of
from invoices.services import simulated_time
from invoices.services.closing import Outcome
from invoices.services.demo import loading
from invoices.services.demo.cast import DEMO, DEMO_PASSWORD, DEMO_PEOPLE
from invoices.services.demo.customers.america import CREDIT_UNION, CREDIT_UNION_TRAINING, MOVERS
from invoices.services.demo.customers.asia_pacific import INSURERS, MAIL_ORDER
from invoices.services.demo.customers.europe import BAKERY, KNITWEAR, PARCELS
from invoices.services.demo.customers.trials import BOARD_GAMES, FERRIES
from invoices.services.demo.loading import LEFT_TO_THE_SCHEDULER, load_demo
from invoices.services.demo.shapes import Cast, Customer, Role, on_the_31st
from invoices.services.demo.usage import make_up_usage
from invoices.services.expecting import work_out_expected_bills
from invoices.services.shadow.comparing import compare
from invoices.services.sweeping import close_due_cycles
from subscriptions.domain.period import cutoff_at, first_index_from, nth_period
from subscriptions.domain.quote import QuoteState
from subscriptions.domain.tax_ids import TaxIdVerdict, check_tax_id, find_vat_number
from subscriptions.domain.trial import TrialState, state_at
from subscriptions.models import IssuingEntity, Order, Organization, Quote, QuoteStep
from subscriptions.selectors.quotes import get_quote_state, list_quotes_in_state
from subscriptions.selectors.trials import get_trial_facts, list_open_trials
from tests.books import assert_the_books_hold
from tests.factories.demo import small, small_cast
from tests.factories.subscriptions import an_organization
from usage.models import RejectedEvent, UsageEvent
from usage.services.trials import Done, sweep_trials

TODAY = date(2026, 7, 23)
NOW = datetime(2026, 7, 23, 9, 30, tzinfo=UTC)
MIDNIGHT = datetime(2026, 7, 23, tzinfo=UTC)


NEWCOMERS = [newcomer.customer for newcomer in DEMO.newcomers]
EVERYONE = [*DEMO.customers, *NEWCOMERS, *(tryout.as_used() for tryout in DEMO.tryouts)]
SMALL = small_cast(MOVERS, CREDIT_UNION, CREDIT_UNION_TRAINING, PARCELS, KNITWEAR, MAIL_ORDER)


def load(cast: Cast = SMALL) -> loading.Loaded:
    return load_demo(cast, today=TODAY, now=NOW, watch=lambda *_: None)


def documents() -> list[dict]:
    """Return every document with its lines, without what a database makes up: keys and the tokens of rate decks."""
    return [
        {
            "number": invoice.number,
            "organization": invoice.organization.code,
            "issued_at": invoice.issued_at,
            "dates": (invoice.invoice_date, invoice.due_date),
            "amounts": (invoice.currency, invoice.subtotal, invoice.tax, invoice.total),
            "frozen": invoice.frozen,
            "lines": [
                model_to_dict(line, exclude=["id", "invoice", "organization", "subscription", "charge_key"])
                for line in invoice.lines.all()
            ],
        }
        for invoice in Invoice.objects.order_by("issuing_entity__code", "document_type", "sequence")
    ]


# --- Events ----------------------------------------------------------------------------------------------------------


def test_a_day_gives_the_same_events_byte_for_byte_in_any_process() -> None:
    program = (
        "import hashlib, json; from datetime import date;"
        "from invoices.services.demo.customers.america import CREDIT_UNION as c;"
        "from invoices.services.demo.usage import make_up_usage;"
        f"print(hashlib.sha256(json.dumps(make_up_usage(c, today=date({TODAY:%Y, %-m, %-d}))).encode()).hexdigest())"
    )
    digests = {
        subprocess.run(
            [sys.executable, "-c", program],
            cwd=settings.BASE_DIR,
            env=os.environ | {"PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }

    assert len(digests) == 1


def test_another_day_gives_other_events() -> None:
    customer = small(MOVERS)

    assert make_up_usage(customer, today=TODAY) != make_up_usage(customer, today=TODAY + timedelta(days=1))


@pytest.mark.parametrize(
    "customer", [*DEMO.customers, *(one.as_used() for one in DEMO.tryouts)], ids=lambda customer: customer.code
)
@pytest.mark.parametrize("today", [TODAY, date(2026, 3, 1), date(2028, 2, 29), date(2027, 12, 31)], ids=str)
def test_nothing_happens_in_the_future_or_is_received_before_it_happened(customer: Customer, today: date) -> None:
    midnight = f"{datetime.combine(today, time.min):%Y-%m-%dT%H:%M:%SZ}"

    events = make_up_usage(small(customer), today=today)

    assert events
    assert all(event["time"] <= event["received"] < midnight for event in events)


# --- Quotes ----------------------------------------------------------------------------------------------------------


def test_there_is_a_quote_in_each_state_and_an_order_for_each_that_was_processed(db) -> None:
    load(replace(DEMO, customers=[small(one) for one in DEMO.customers]))

    states = {get_quote_state(quote, at=MIDNIGHT) for quote in Quote.objects.all()}
    assert states == set(QuoteState)
    processed = list_quotes_in_state(Quote.objects.all(), QuoteState.PROCESSED, at=MIDNIGHT)
    assert processed.count() == Order.objects.count() == Order.objects.filter(quote_item__quote__in=processed).count()
    assert not QuoteStep.objects.filter(recorded_by__isnull=True).exists()


# --- Dates -----------------------------------------------------------------------------------------------------------

DAYS = [date(2026, 1, 1) + timedelta(days=n) for n in range(3 * 366)]


def test_at_least_three_periods_are_left_to_the_scheduler_on_any_day() -> None:
    for today in DAYS:
        midnight = datetime.combine(today, time.min, tzinfo=UTC)
        left = [
            customer.code
            for customer in DEMO.customers
            if midnight - LEFT_TO_THE_SCHEDULER < last_cutoff_before(midnight, customer, today) <= midnight
        ]
        assert len(left) >= 3, today


def test_no_period_left_to_the_scheduler_is_so_late_that_its_document_would_be_dated_today() -> None:
    latest_start = timedelta(days=1)

    assert LEFT_TO_THE_SCHEDULER + latest_start < timedelta(days=3)


def test_the_31st_is_a_31st_with_at_least_a_closed_period_behind_it() -> None:
    for today in DAYS:
        anchor = on_the_31st(today)
        assert anchor.day == 31
        assert nth_period(effective_date=anchor, index=0).end < today


def last_cutoff_before(midnight: datetime, customer: Customer, today: date) -> datetime:
    effective_date = customer.agreement.effective_date(today)
    index = first_index_from(today, effective_date=effective_date) - 1
    if index < 1:
        return datetime.min.replace(tzinfo=UTC)
    period = nth_period(effective_date=effective_date, index=index - 1)
    cutoff = cutoff_at(period, time_zone=customer.agreement.time_zone, grace=timedelta(hours=6))
    return cutoff if cutoff <= midnight else datetime.min.replace(tzinfo=UTC)


# --- Loading ---------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_two_loads_on_the_same_day_give_identical_documents() -> None:
    found = []
    for _ in range(2):
        with transaction.atomic():
            load()
            found.append(documents())
            transaction.set_rollback(True)

    assert found[0]
    assert found[0] == found[1]


@pytest.mark.django_db
def test_what_is_loaded_looks_like_a_life() -> None:
    loaded = load()

    assert_the_books_hold()
    assert loaded.documents == Invoice.objects.count() >= 12
    assert all(invoice.lines.exists() and invoice.total > 0 for invoice in Invoice.objects.all())
    assert set(InvoiceLine.objects.values_list("kind", flat=True)) >= {
        "prepay",
        "overage",
        "fair_use",
        "voice",
        "number",
        "number_setup",
        "one_time",
        "hardware",
        "adjustment",
    }
    assert {invoice.currency for invoice in Invoice.objects.all()} == {"USD", "GBP", "JPY"}
    assert CycleException.objects.filter(code="unlicensed_user").exists()
    credit = Credit.objects.get()
    assert (credit.original.lines.get().kind, str(credit.invoice.subtotal)) == ("hardware", "238.00")
    assert credit.issued_by is not None
    assert {row.get_kind_display(): row.events for row in TooLateUsage.objects.all()} == {
        "user.logged_in": 1,
        "user.logged_out": 1,
    }
    (held,) = BillingCycle.objects.exclude(held_reasons=[])
    assert [reason["subject"] for reason in held.held_reasons] == ["voice-transcription"]


@pytest.mark.django_db
def test_one_trial_runs_and_one_is_suspended_and_both_were_used() -> None:
    load()

    running, suspended = (list_open_trials().filter(code=tryout.code).get() for tryout in (BOARD_GAMES, FERRIES))

    assert state_at(get_trial_facts(running, last_login_at=None), at=NOW) is TrialState.RUNNING
    assert state_at(get_trial_facts(suspended, last_login_at=None), at=NOW) is TrialState.SUSPENDED
    for trial in (running, suspended):
        assert UsageEvent.objects.filter(organization=trial.organization).count() > 200
        assert not RejectedEvent.objects.filter(organization=trial.organization, reason="suspended").exists()
    assert [(one.code, one.done) for one in sweep_trials(now=NOW)] == [
        (FERRIES.code, Done.STORAGE_REPORTED),
        (FERRIES.code, Done.WARNED),
    ]


@pytest.mark.django_db
@pytest.mark.parametrize("today", [TODAY, date(2026, 2, 28), date(2026, 11, 27)])
def test_one_bill_of_the_next_days_is_unusual(today: date) -> None:
    now = datetime.combine(today, time(9, 30), tzinfo=UTC)
    load_demo(replace(DEMO, customers=[INSURERS]), today=today, now=now, watch=lambda *_: None)

    assert work_out_expected_bills(now=now, limit=10) == 1

    [finding] = findings_of(ExpectedBill.objects.get())
    assert finding.oddity is Oddity.MORE_ARREARS


@pytest.mark.django_db
def test_past_documents_bear_their_anniversaries_and_so_do_those_left_to_the_scheduler() -> None:
    load()
    assert list_due_cycles(now=NOW).filter(held_at=None, state=CycleState.OPEN).count() == 3
    assert [subscription.organization.code for subscription in list_subscriptions_without_cycle(now=NOW)] == [
        "thistle-thrum"
    ]

    steps = close_due_cycles(now=NOW)

    assert {step.outcome for step in steps} == {Outcome.OPENED, Outcome.CLOSED, Outcome.HELD}
    for invoice in Invoice.objects.filter(cycle__isnull=False).select_related("cycle"):
        assert invoice.invoice_date in {invoice.cycle.period_start, invoice.cycle.period_end}
        assert invoice.issued_at <= NOW
    assert not list_due_cycles(now=NOW).exists()


@pytest.mark.django_db
def test_everyone_can_log_in_and_belongs_somewhere() -> None:
    load()

    for person in DEMO_PEOPLE:
        assert person.organizations or person.role in {Role.SUPERUSER, Role.LEAD}
    for username in ("wilhelmina", "henrike", "marisol", "adaeze", "percival", "lou"):
        assert User.objects.get(username=username).check_password(DEMO_PASSWORD)


@pytest.mark.django_db
def test_a_load_that_fails_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(**_kwargs: object) -> None:
        raise RuntimeError("The lights went out.")

    monkeypatch.setattr(simulated_time, "close_whatever_it_comes_to", fail)

    with pytest.raises(RuntimeError, match="lights"):
        load()

    assert not Organization.objects.exists()
    assert not IssuingEntity.objects.exists()
    assert not get_user_model().objects.exists()


@pytest.mark.django_db
def test_the_command_loads_once_and_says_who_can_log_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "invoices.management.commands.load_demo.DEMO", replace(SMALL, customers=[small(KNITWEAR)], tryouts=[])
    )

    first = run("load_demo")
    second = run("load_demo")

    assert "Loaded 1 organizations" in first
    assert "sbk_" in first
    assert "The demo is loaded already." in second
    assert "sbk_" not in second
    for output in (first, second):
        assert DEMO_PASSWORD in output
        assert all(role.value in output for role in Role)
    assert Organization.objects.count() == 1


@pytest.mark.django_db
def test_a_database_with_other_organizations_is_refused_and_gets_no_demo_password() -> None:
    an_organization("lantern")

    with pytest.raises(CommandError, match="not the demo's"):
        run("load_demo")

    assert not get_user_model().objects.exists()
    assert list(Organization.objects.values_list("code", flat=True)) == ["lantern"]


def test_nothing_in_the_cast_names_what_is_not_in_it() -> None:
    codes = {customer.code for customer in EVERYONE}
    sellers = {seller.code: seller for seller in DEMO.sellers}
    for person in DEMO.people:
        assert set(person.organizations) <= codes
    for customer in DEMO.customers:
        agreement = customer.agreement
        assert agreement.currency in sellers[agreement.seller].banks
        assert agreement.rate_deck in {"", *DEMO.rate_decks}
        assert set(customer.taxes) <= DEMO.taxes.keys()
        assert json.dumps(customer.address)
    assert len(codes) >= 8
    assert {customer.agreement.currency for customer in DEMO.customers} >= {"USD", "EUR", "GBP", "JPY"}


def test_every_tax_number_of_the_cast_could_be_one() -> None:
    for customer in DEMO.customers:
        verdict = check_tax_id(customer.tax_id, country=customer.country, on=TODAY)
        assert not customer.tax_id or verdict is TaxIdVerdict.VALID, customer.code
    for seller in DEMO.sellers:
        found = [check_tax_id(tax_id, country=seller.country, on=TODAY) for tax_id in seller.tax_ids]
        assert TaxIdVerdict.VALID in found or find_vat_number(seller.tax_ids, country=seller.country, on=TODAY)


@pytest.mark.django_db
def test_the_demo_has_documents_that_are_taxed_exempt_and_under_reverse_charge() -> None:
    cast = replace(DEMO, customers=[small(one) for one in (CREDIT_UNION, BAKERY, MAIL_ORDER)])
    load(cast)
    treated = {
        code: {one.frozen["tax"]["treatment"] for one in Invoice.objects.filter(organization__code=code)}
        for code in (customer.code for customer in cast.customers)
    }
    assert treated == {
        "saltmarsh": {"taxed", "exempt"},
        "struessmann": {"reverse_charge"},
        "hoshizora": {"taxed"},
    }


def run(command: str) -> str:
    output = io.StringIO()
    call_command(command, stdout=output)
    return output.getvalue()


@pytest.mark.django_db
def test_one_moves_in_and_one_has_gone_live_with_what_was_open() -> None:
    load(replace(small_cast(KNITWEAR), tryouts=[], newcomers=DEMO.newcomers))

    yard, seeds = (Organization.objects.get(code=newcomer.customer.code) for newcomer in DEMO.newcomers)
    assert not Invoice.objects.filter(organization=yard).exists()
    assert DifferenceVerdict.objects.filter(organization=yard).exists()
    assert compare(yard.pk).obstacles == []
    items = Invoice.objects.filter(organization=seeds, document_type="opening_item")
    assert sorted(items.values_list("number", flat=True)) == ["FS/2207", "FS/2288"]
    assert get_open_balance(seeds.pk, "USD") == Money("1074.50", "USD")
