"""Every line of every document says why its quantity is what it is, and its evidence bears it out (BR-77)."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from math import ceil
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext

from invoices.choices import DocumentType
from invoices.documents.explanation import LineExplanation, evidence_table
from invoices.domain.block import BlockCode
from invoices.domain.decision import Choice
from invoices.models import BillingCycle, Invoice, InvoiceLine
from invoices.services.deciding import Verdict, decide_hold
from invoices.services.explaining import explain_invoice, find_explanation
from invoices.services.simulation.play import perform
from invoices.services.simulation.reading import Written, parse_story, read_story
from invoices.services.sweeping import close_due_cycles
from subscriptions.domain.money import round_money
from subscriptions.models import PriceBookEntry, SubscriptionPrice
from subscriptions.selectors.terms import get_terms
from tests.factories.subscriptions import a_list_price, a_subscription
from tests.factories.usage import a_working_day, assigned, report
from usage.models import UsageSnapshot

pytestmark = pytest.mark.django_db

OURS = Path(__file__).parent.parent / "scenarios"
SHARED = OURS.parents[2] / "shared" / "scenarios"
STORIES = [*sorted(OURS.glob("*.yaml")), *sorted(SHARED.glob("*.yaml"))]

GONE = "no longer"

CUTOFF = datetime(2026, 2, 15, 11, tzinfo=UTC)
SECOND_CUTOFF = datetime(2026, 3, 15, 10, tzinfo=UTC)


def tell(name: str) -> None:
    """Let one of our stories happen."""
    perform(read_story(next(OURS.glob(f"{name}-*.yaml"))).story)


def explained() -> Iterator[tuple[InvoiceLine, LineExplanation]]:
    """Yield every line of every document with its explanation."""
    for invoice in Invoice.objects.select_related("cycle", "subscription").order_by("pk"):
        for explanation in explain_invoice(invoice, language="en"):
            yield invoice.lines.get(position=explanation.line.number - 1), explanation


def the_one(kind: str, product: str) -> LineExplanation:
    """Return the explanation of the first line of a kind and product."""
    return next(told for line, told in explained() if (line.kind, line.product) == (kind, product))


def facts_of(explanation: LineExplanation) -> dict[str, str]:
    return {fact.label: fact.value for fact in explanation.facts}


@pytest.mark.parametrize("path", STORIES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_the_evidence_of_every_line_comes_to_its_quantity(path):
    perform(read_story(path).story)

    for line, explanation in explained():
        assert explanation.rules, line
        assert all(explanation.words), line
        assert explanation.facts, line
        assert explanation.arithmetic, line
        rows = [row for row in explanation.evidence if row[-1] != GONE]
        assert all(len(row) == len(explanation.evidence.columns) for row in explanation.evidence)
        BORNE_OUT_BY[next(rule for rule in explanation.rules if rule in BORNE_OUT_BY)](line, rows)


def by_people(line: InvoiceLine, rows: list) -> None:
    assert len(rows) == billable(line)


def by_a_peak(line: InvoiceLine, rows: list) -> None:
    # Whoever came while another left stood in the peak too.
    assert len(rows) >= billable(line)
    assert {row[0] for row in rows} == set(counted(line)["peak"]["people"])


def by_hours(line: InvoiceLine, rows: list) -> None:
    together = sum((row[4] for row in rows), timedelta())
    assert ceil(Fraction(int(together.total_seconds()), 3600)) == billable(line)


def by_holders(line: InvoiceLine, rows: list) -> None:
    peak = counted(line)["peak"]
    share = Fraction(peak["users"], peak["configured"]) if peak else 1
    assert ceil(share * len(rows)) == billable(line)


def by_use(line: InvoiceLine, rows: list) -> None:
    use = counted(line)["fair_use"][line.product]
    if line.product == "data-storage":
        snapshot = snapshot_of(line)
        whole = (snapshot.ends_at - snapshot.starts_at) // timedelta(seconds=1)
        used = sum((Fraction(row[4]) * (row[3] // timedelta(seconds=1)) for row in rows), Fraction()) / whole
    else:
        used = Fraction(sum(row[2] for row in rows)) / (1 if line.product == "api-requests" else 60)
    assert used == Fraction(use["used"])
    assert ceil(used - Fraction(use["allotment"])) == in_all(line)


def by_port_hours(line: InvoiceLine, rows: list) -> None:
    hours = sum(
        (Fraction((row[1] - row[0]) // timedelta(seconds=1), 3600) * Fraction(row[3]) for row in rows), Fraction()
    )
    assert ceil(hours) == in_all(line)


def by_calls(line: InvoiceLine, rows: list) -> None:
    assert Decimal(sum(row[5] for row in rows)) / 60 == in_all(line)
    if line.kind == "voice":
        sign = -1 if line.invoice.document_type == DocumentType.CREDIT_NOTE else 1
        assert round_money(sum(row[7] for row in rows), line.invoice.currency).amount == sign * line.amount


def by_numbers(line: InvoiceLine, rows: list) -> None:
    assert len(rows) == in_all(line)
    if line.days is not None:
        assert {row[3] for row in rows} == {line.days}


def by_the_sale(line: InvoiceLine, rows: list) -> None:
    assert [row[3] for row in rows] == [line.quantity]


def by_what_was_agreed(line: InvoiceLine, rows: list) -> None:
    assert any(row[2] for row in rows)


BORNE_OUT_BY = {
    "BR-20": by_people,
    "BR-21": by_a_peak,
    "BR-22": by_hours,
    "BR-24": by_holders,
    "BR-40": by_use,
    "BR-41": by_port_hours,
    "BR-42": by_calls,
    "BR-43": by_numbers,
    "BR-50": by_the_sale,
    "BR-51": by_the_sale,
    "BR-10": by_what_was_agreed,
}


def billable(line: InvoiceLine) -> Decimal:
    """Return what was counted: what was charged in arrears, and the commitment below it."""
    charged = in_all(line)
    if (line.corrects or line.kind) != "overage":
        return charged
    committed = get_terms(line.subscription).commitment(line.product, cycle_of(line).index)
    return charged + committed if charged else Decimal(counted(line)["billable"].get(line.product, 0))


def in_all(line: InvoiceLine) -> Decimal:
    """Return what a charge comes to with every correction up to the line's own document."""
    kind = line.corrects or line.kind
    same = InvoiceLine.objects.filter(
        subscription=line.subscription,
        service_start=line.service_start,
        product=line.product,
        direction=line.direction,
        destination=line.destination,
        days=line.days,
        invoice__cycle__index__lte=line.invoice.cycle.index,
    ).select_related("invoice")
    if kind == "voice":
        same = same.filter(unit_price=line.unit_price)
    return sum(
        (
            -row.quantity if row.invoice.document_type == DocumentType.CREDIT_NOTE else row.quantity
            for row in same
            if (row.corrects or row.kind) == kind
        ),
        Decimal(0),
    )


def cycle_of(line: InvoiceLine) -> BillingCycle:
    return BillingCycle.objects.get(subscription=line.subscription, period_start=line.service_start)


def snapshot_of(line: InvoiceLine) -> UsageSnapshot:
    """Return the count that a line stands for: that of its own period's close, or of the correction."""
    cycle = cycle_of(line)
    if line.kind == "adjustment":
        return line.invoice.cycle.corrections.get(corrected_cycle=cycle).usage_snapshot
    return cycle.usage_snapshot


def counted(line: InvoiceLine) -> dict:
    return snapshot_of(line).quantities


def test_an_overage_is_held_against_its_commitment():
    tell("01")

    explanation = the_one("overage", "purecloud-1")

    assert explanation.rules == ["BR-20", "BR-30", "BR-31"]
    assert explanation.arithmetic == "5 − 3 = 2; 2 × $66.00 = $132.00"
    facts = facts_of(explanation)
    assert (facts["People counted"], facts["Committed"], facts["Above the commitment"]) == ("5", "3", "2")
    assert facts["Overage price"] == "$66.00, as agreed"
    assert facts["Service period"] == "Feb 29, 2028 – Mar 30, 2028 (11:59:59 PM Eastern)"
    assert [row[0] for row in explanation.evidence] == ["ida", "jon", "kim", "lea", "mo"]


def test_a_ramp_says_that_it_is_one():
    tell("01")

    explanation = the_one("usage", "purecloud-1")

    assert "BR-11" in explanation.rules
    assert facts_of(explanation)["Ramp"] == "period 1 of 2"


@pytest.mark.parametrize(
    ("story", "tier", "words", "when", "together"),
    [
        ("02", "purecloud-2", "without a break", "May 12, 2026, 10:00 AM – 2:00 PM (4 h 00 min), Eastern", None),
        (
            "03",
            "purecloud-1",
            "added up over the period",
            "May 12, 2026, 10:00 AM – 2:00 PM (4 h 00 min); May 20, 2026, 10:00 AM – 2:00 PM (4 h 00 min), Eastern",
            "8 h 00 min",
        ),
    ],
)
def test_a_peak_says_when_it_was_and_for_how_long(story, tier, words, when, together):
    tell(story)

    explanation = the_one("usage", tier)

    assert f"30 minutes or longer{'' if together is None else ','} {words}" in explanation.words[0]
    assert facts_of(explanation)["When"] == when
    assert facts_of(explanation).get("Together") == together


@pytest.mark.parametrize(
    ("story", "edition_says"),
    [
        ("12", "A license held for less than four hours in the period does not count."),
        ("13", "Only those who were on queue in the period take part."),
    ],
)
def test_the_words_are_those_of_the_edition(story, edition_says):
    tell(story)

    told = [" ".join(explanation.words) for _line, explanation in explained()]

    assert any(edition_says in words for words in told)


def test_an_add_on_in_concurrent_licensing_shows_the_share_and_its_people():
    tell("14")

    explanation = the_one("usage", "dialer")

    assert facts_of(explanation)["Usage percentage"] == "2 / 3 contact-center users"
    assert [row[0] for row in explanation.evidence] == ["ann", "ben", "cid"]
    assert list(explanation.evidence)[2][1:] == (None, None, None, None)


def test_fair_use_shows_what_each_license_brings():
    tell("16")

    explanation = the_one("fair_use", "api-requests")

    assert facts_of(explanation)["PureCloud 2"] == "3 × 110,000 = 330,000"
    assert explanation.arithmetic == "330,040 used, 330,000 included: 40 over, rounded up; 40 × $0.000125 = $0.01"
    assert facts_of(explanation)["Price"] == "$0.000125, from the USD price book in force on Feb 15, 2026"


def test_a_price_that_was_changed_says_since_when():
    tell("07")

    prices = {facts_of(explanation).get("Price") for _line, explanation in explained()}

    assert "$65.50, as agreed, changed from Aug 10, 2026" in prices


def test_an_increase_in_the_year_says_what_had_been_charged():
    tell("08")

    explanation = next(told for _line, told in explained() if "Charged before" in facts_of(told))

    assert facts_of(explanation)["Committed"] == "3, since May 20, 2025"
    assert facts_of(explanation)["Charged before"] == "2"
    assert "for the periods that are left of it" in " ".join(explanation.words)


def test_calls_are_listed_with_what_each_costs():
    tell("26")

    explanation = the_one("voice", "voice")

    assert "each rounded to four decimals, add up to $0.0399, on the document $0.04" in explanation.arithmetic
    assert [row[0] for row in explanation.evidence] == ["c-1", "c-2"]
    assert [cell.text for cell in evidence_table(explanation, limit=1).rows[0]] == [
        "c-1",
        "Outbound",
        "+4930111",
        "Feb 20, 2026, 9:00 AM",
        "1",
        "6",
        "0.0333",
        "0.0033",
    ]
    assert evidence_table(explanation, limit=1).has_more
    assert not evidence_table(explanation, limit=2).has_more


def test_a_correction_says_what_was_what_is_and_who_made_the_difference():
    tell("29")

    explanation = next(told for line, told in explained() if line.kind == "adjustment" and line.quantity == 1)

    assert explanation.rules[0] == "BR-74"
    assert facts_of(explanation)["Invoiced before"] != facts_of(explanation)["Right now"]
    assert {row[-1] for row in explanation.evidence} >= {"unchanged", "new"}


@pytest.mark.usefixtures("billing")
def test_a_peak_that_a_person_decided_about_says_so():
    subscription = a_subscription(
        licensing_model="concurrent",
        commercial_model="PREPAY_MONTHLY_COMMITMENT",
        prices={"purecloud-2": {"price": "100.00", "overage_price": "120.00", "commitment": 1}},
    )
    for user in ("ann", "bob"):
        report(subscription.organization, *a_working_day(user, "2026-01-20", "purecloud-2"))
    report(subscription.organization, assigned("bob", "purecloud-3", "2026-01-22T15:00:00Z"))
    close_due_cycles(now=CUTOFF)
    decide(BlockCode.TIER_ABOVE_AGREEMENT, Choice.BILL_AGREED_TIER)

    explanation = the_one("overage", "purecloud-2")

    assert "A person decided to bill this peak at the agreed license" in " ".join(explanation.words)
    assert explanation.arithmetic == "2 − 1 = 1; 1 × $120.00 = $120.00"
    assert [row[0] for row in explanation.evidence] == ["ann", "bob"]


@pytest.mark.usefixtures("billing")
def test_a_charge_that_was_left_out_at_first_says_that_nothing_was_invoiced_before():
    subscription = a_subscription()
    report(subscription.organization, *a_working_day("ann", "2026-01-20", "purecloud-2"))
    close_due_cycles(now=CUTOFF)
    decide(BlockCode.UNPRICED_PRODUCT, Choice.LEAVE_OUT)
    a_list_price("purecloud-2", "100.00")
    close_due_cycles(now=SECOND_CUTOFF)

    explanation = the_one("adjustment", "purecloud-2")

    assert facts_of(explanation)["Invoiced before"] == "0, $0.00"
    assert facts_of(explanation)["Right now"] == "1, $100.00"
    assert "received or mended since" in explanation.words[0]


def decide(code: BlockCode, choice: Choice) -> None:
    csm = User.objects.create_user("csm", is_staff=True)
    verdict = Verdict(code=code, choice=choice, reason="Agreed on the phone.")
    decide_hold(verdict, cycle_id=BillingCycle.objects.get().pk, decided_by=csm, now=CUTOFF + timedelta(days=1))


def test_later_changes_of_prices_change_no_explanation():
    tell("16")
    before = [(told.facts, told.arithmetic, list(told.evidence)) for _line, told in explained()]

    SubscriptionPrice.objects.update(price=1, overage_price=2, commitment=30)
    PriceBookEntry.objects.update(price=4)

    assert [(told.facts, told.arithmetic, list(told.evidence)) for _line, told in explained()] == before


def test_a_line_that_is_not_there_has_no_explanation():
    tell("01")
    invoice = Invoice.objects.first()

    assert find_explanation(invoice, number=0, language="en") is None
    assert find_explanation(invoice, number=99, language="en") is None


LICENSE = {"product": "purecloud-1"}
SESSION = {"session": "s", "client": "web"}
CALL = {"direction": "outbound", "remote": "+4930", "seconds": 60}
NUMBER = {"product": "did-number"}


def a_month_of(people: int) -> Written:
    """Return a story of so many people who each log in, call, and have a number."""
    reported: dict[str, Any] = {"specversion": "1.0", "source": "/platform", "time": "2026-01-20T14:00:00Z"}
    events: list[dict[str, Any]] = []
    for person in range(people):
        events += [
            reported | {"id": f"a{person}", "type": "license.assigned", "subject": f"u-{person}", "data": LICENSE},
            reported | {"id": f"l{person}", "type": "user.logged_in", "subject": f"u-{person}", "data": SESSION},
            reported | {"id": f"c{person}", "type": "call.completed", "subject": f"c-{person}", "data": CALL},
            reported | {"id": f"n{person}", "type": "number.activated", "subject": f"+1{person}", "data": NUMBER},
        ]
    return parse_story(
        {
            "story": "a month",
            "organization": {"name": "Lantern", "country": "US", "currency": "USD"},
            "subscription": {
                "effective_date": date(2026, 1, 15),
                "commercial_model": "MONTH_TO_MONTH",
                "licensing_model": "named",
            },
            "prices": {"purecloud-1": {"price": "75.00"}, "did-number": {"price": "1.00", "setup_price": "2.00"}},
            "rate_deck": {
                "rates": [{"direction": "outbound", "prefix": "+4", "destination": "There", "per_minute": "0.5"}]
            },
            "run_until": datetime(2026, 2, 20, tzinfo=UTC),
            "events": events,
        }
    )


@pytest.mark.parametrize("people", [1, 150])
def test_an_explanation_costs_as_much_for_one_person_as_for_many(people):
    perform(a_month_of(people).story)
    places = {line.kind: line.position + 1 for line in InvoiceLine.objects.all()}
    costs = {}

    for kind, number in places.items():
        invoice = Invoice.objects.get()
        with CaptureQueriesContext(connection) as queries:
            explanation = find_explanation(invoice, number=number, language="en")
            assert len(evidence_table(explanation, limit=None).rows) == people
        costs[kind] = len(queries)

    # The line, the products' names, its cycle, agreement, terms and count, the evidence; the deck's version for calls.
    assert costs == {"usage": 7, "voice": 8, "number_setup": 7, "number": 7}
