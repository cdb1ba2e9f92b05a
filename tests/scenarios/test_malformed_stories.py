"""A story that cannot be played is refused with the path of the field to mend."""

import copy
import json
from datetime import UTC, date, datetime
from typing import Any

import pytest

from invoices.services.simulation.play import play_story
from invoices.services.simulation.reading import parse_story, read_story
from invoices.services.simulation.story import StoryError
from tests.books import rows_per_table

pytestmark = pytest.mark.django_db

EVENT = {
    "specversion": "1.0",
    "id": "e-1",
    "source": "/hr",
    "type": "user.logged_in",
    "subject": "ann",
    "time": "2026-01-20T14:00:00Z",
    "data": {"session": "s-1", "client": "desktop"},
}
CALL = EVENT | {
    "type": "call.completed",
    "data": {"direction": "outbound", "remote": "+4930111", "seconds": 60},
}
WELL_FORMED: dict[str, Any] = {
    "story": "well formed",
    "organization": {"name": "Lantern", "country": "US", "currency": "USD", "regions": ["us-east-1"]},
    "subscription": {
        "effective_date": date(2026, 1, 15),
        "commercial_model": "PREPAY_MONTHLY_COMMITMENT",
        "licensing_model": "named",
    },
    "prices": {"purecloud-1": {"price": "75.00", "commitment": 2}},
    "price_book": {"basic-ivr": "0.01"},
    "rate_deck": {
        "rates": [{"direction": "outbound", "prefix": "+49", "destination": "Germany", "per_minute": "0.05"}]
    },
    "changes": [{"effective_date": date(2026, 2, 15), "product": "purecloud-1", "commitment": 3}],
    "orders": [
        {
            "placed_on": date(2026, 1, 20),
            "product": "headset",
            "quantity": 20_000,
            "price": "10",
            "hardware": True,
            "shipments": [{"shipped_on": date(2026, 1, 21), "quantity": 2}],
        }
    ],
    "tax": [{"authority": "State", "rate": "6", "taxable": "100", "categories": ["software"]}],
    "allowances": {"purecloud-1": {"basic-ivr": 100}},
    "events": [EVENT],
    "run_until": datetime(2026, 2, 20, tzinfo=UTC),
}
GONE = object()

MUTATIONS = [
    # path in the story, what stands there instead, path at which the message begins
    ("story", GONE, "story"),
    ("story", "", "story"),
    ("story", ["a"], "story"),
    ("organisation", {}, "organisation"),
    ("organization", GONE, "organization"),
    ("organization", "Acme", "organization"),
    ("organization.name", GONE, "organization.name"),
    ("organization.name", "n" * 191, "organization.name"),
    ("organization.name", "n\0", "organization.name"),
    ("organization.country", "USA", "organization.country"),
    ("organization.country", "XX", "organization.country"),
    ("organization.country", "EU", "organization.country"),
    ("organization.country", False, "organization.country"),
    ("organization.currency", "CHF", "organization.currency"),
    ("organization.currency", "usd", "organization.currency"),
    ("organization.regions", "us-east-1", "organization.regions"),
    ("organization.size", 3, "organization.size"),
    ("subscription.effective_date", GONE, "subscription.effective_date"),
    ("subscription.effective_date", "2026-02-30", "subscription.effective_date"),
    ("subscription.effective_date", 20260115, "subscription.effective_date"),
    ("subscription.effective_date", date(1999, 12, 31), "subscription.effective_date"),
    ("subscription.effective_date", date(9999, 12, 31), "subscription.effective_date"),
    ("subscription.commercial_model", "POSTPAY", "subscription.commercial_model"),
    ("subscription.licensing_model", "Named", "subscription.licensing_model"),
    ("subscription.edition", "2020", "subscription.edition"),
    ("subscription.edition", 2019, "subscription.edition"),
    ("subscription.time_zone", "EST5EDT4", "subscription.time_zone"),
    ("subscription.time_zone", "", "subscription.time_zone"),
    ("subscription.time_zone", "../UTC", "subscription.time_zone"),
    ("subscription.ramp_months", -1, "subscription.ramp_months"),
    ("subscription.ramp_months", "2", "subscription.ramp_months"),
    ("subscription.ramp_months", True, "subscription.ramp_months"),
    ("subscription.term_months", 0, "subscription.term_months"),
    ("subscription.net_days", -30, "subscription.net_days"),
    ("subscription.cutoff_hours", "6.5", "subscription.cutoff_hours"),
    ("subscription.last_service_date", date(2026, 1, 14), "subscription.last_service_date"),
    ("subscription.last_service_date", date(9999, 12, 31), "subscription.last_service_date"),
    ("subscription.cancelled_on", date(2026, 1, 20), "subscription.cancelled_on"),
    ("prices", GONE, "prices"),
    ("prices", [], "prices"),
    ("prices.purecloud-1.price", "-75.00", "prices.purecloud-1.price"),
    ("prices.purecloud-1.price", "NaN", "prices.purecloud-1.price"),
    ("prices.purecloud-1.price", "Infinity", "prices.purecloud-1.price"),
    ("prices.purecloud-1.price", "75,00", "prices.purecloud-1.price"),
    ("prices.purecloud-1.price", "0.0000001", "prices.purecloud-1.price"),
    ("prices.purecloud-1.price", "1e15", "prices.purecloud-1.price"),
    ("prices.purecloud-1.commitment", -1, "prices.purecloud-1.commitment"),
    ("prices.purecloud-1.overage", "1", "prices.purecloud-1.overage"),
    ("prices.purecloud-1.setup_price", [], "prices.purecloud-1.setup_price"),
    ("prices.PureCloud 2", {"price": "1"}, "prices"),
    ("prices.purecloud-2\n", {"price": "1"}, "prices"),
    ("prices.basic-ivr", {"price": "0.01", "commitment": 5}, "prices.basic-ivr.commitment"),
    ("prices.dialer", {"price": "5", "commitment": 5}, "prices.dialer.commitment"),
    ("prices.purecloud-1.price", 10**9, "prices.purecloud-1.price"),
    ("prices.purecloud-1", {"price": 10**7, "commitment": 10**7}, "prices.purecloud-1"),
    ("prices.purecloud-2", {"price": "1", "commitment": 1}, "prices"),
    ("price_book.basic-ivr", "-0.01", "price_book.basic-ivr"),
    ("price_book.basic-ivr", None, "price_book.basic-ivr"),
    ("rate_deck.increment_seconds", 7, "rate_deck.increment_seconds"),
    ("rate_deck.increment_seconds", 0, "rate_deck.increment_seconds"),
    ("rate_deck.rates", GONE, "rate_deck.rates"),
    ("rate_deck.rates.0.direction", "sideways", "rate_deck.rates[0].direction"),
    ("rate_deck.rates.0.prefix", "49", "rate_deck.rates[0].prefix"),
    ("rate_deck.rates.0.per_minute", "-0.05", "rate_deck.rates[0].per_minute"),
    ("rate_deck.rates.0.per_minute", GONE, "rate_deck.rates[0].per_minute"),
    ("add_ons", ["purecloud-1"], "add_ons[0]"),
    ("add_ons", ["Salesforce!"], "add_ons[0]"),
    ("changes.0.effective_date", GONE, "changes[0].effective_date"),
    ("changes.0.product", "", "changes[0].product"),
    ("changes.0.commitment", "three", "changes[0].commitment"),
    ("changes.0.price", "-1", "changes[0].price"),
    ("changes.0.product", "did-number", "changes[0].commitment"),
    ("changes.0.effective_date", date(9999, 12, 31), "changes[0].effective_date"),
    ("orders.0.quantity", 0, "orders[0].quantity"),
    ("orders.0.price", "-10", "orders[0].price"),
    ("orders.0.price", 10**8, "orders[0].price"),
    ("orders.0.quantity", 10**9, "orders[0].quantity"),
    ("orders.0.placed_on", GONE, "orders[0].placed_on"),
    ("orders.0.placed_on", date(1999, 12, 31), "orders[0].placed_on"),
    ("orders.0.product", "did-number", "orders[0].hardware"),
    (
        "orders.1",
        {"placed_on": date(2026, 1, 20), "product": "headset", "quantity": 1, "price": 1},
        "orders[1].hardware",
    ),
    ("orders.0.shipments.0.shipped_on", date(9999, 12, 31), "orders[0].shipments[0].shipped_on"),
    ("orders.0.shipments.0.quantity", 20_001, "orders[0].shipments"),
    ("orders.0.shipments.0.quantity", 0, "orders[0].shipments[0].quantity"),
    ("orders.0.shipments.0.shipped_on", "soon", "orders[0].shipments[0].shipped_on"),
    ("tax.0.rate", "-6", "tax[0].rate"),
    ("tax.0.taxable", "NaN", "tax[0].taxable"),
    ("tax.0.categories", ["food"], "tax[0].categories[0]"),
    ("tax.0.rate", "1000", "tax[0].rate"),
    ("tax.0.taxable", "100.5", "tax[0].taxable"),
    ("tax_exempt", "yes", "tax_exempt"),
    ("allowances.purecloud-1", 100, "allowances.purecloud-1"),
    ("allowances.purecloud-1.basic-ivr", "-1", "allowances.purecloud-1.basic-ivr"),
    ("allowances.purecloud-1.basic-ivr", "lots", "allowances.purecloud-1.basic-ivr"),
    ("allowances.purecloud-1.basic ivr", "1", "allowances.purecloud-1"),
    ("allowances.purecloud-1.coffee", "1", "allowances.purecloud-1.coffee"),
    ("events", {}, "events"),
    ("events.0", "ann logged in", "events[0]"),
    ("events.0.type", "user.sneezed", "events[0].type"),
    ("events.0.id", GONE, "events[0].id"),
    ("events.0.time", "2026-01-20T14:00:00", "events[0].time"),
    ("events.0.time", "yesterday", "events[0].time"),
    ("events.0.data", GONE, "events[0].data"),
    ("events.0.data.client", "fax", "events[0].data.client"),
    ("events.0.data.more", json.loads("[" * 30 + "]" * 30), "events"),
    ("events.0.organization", "another", "events[0].organization"),
    ("events.0.received", "1999-12-31T00:00:00Z", "events[0].received"),
    ("events.0.received", "soon", "events[0].received"),
    ("events.1", CALL | {"id": "e-2", "data": CALL["data"] | {"seconds": -1}}, "events[1].data.seconds"),
    ("events.1", CALL | {"id": "e-2", "data": CALL["data"] | {"remote": "12"}}, "events[1].data.remote"),
    ("run_until", GONE, "run_until"),
    ("run_until", datetime(2026, 2, 20), "run_until"),  # noqa: DTZ001
    ("run_until", date(2026, 2, 20), "run_until"),
    ("run_until", datetime(9999, 12, 31, tzinfo=UTC), "run_until"),
    ("run_until", "tomorrow", "run_until"),
    ("expect", "something", "expect"),
]


@pytest.mark.parametrize(
    ("place", "value", "path"),
    MUTATIONS,
    ids=[f"{place}={'gone' if value is GONE else value}" for place, value, _ in MUTATIONS],
)
def test_a_malformed_story_is_refused_with_the_path_of_the_bad_field(place, value, path):
    before = rows_per_table()

    with pytest.raises(StoryError) as refusal:
        play_story(parse_story(mutated(place, value)))

    message = str(refusal.value)
    assert message.startswith(f"{path}: "), message
    assert "\n" not in message
    assert rows_per_table() == before


def test_the_story_that_is_mutated_is_well_formed():
    play_story(parse_story(WELL_FORMED))


@pytest.mark.parametrize(
    ("case", "changes", "path"),
    [
        ("no region", {"organization.regions": []}, "organization.regions"),
        ("two regions", {"organization.regions": ["us-east-1", "eu-west-1"]}, "organization.regions"),
        (
            "cancelled after its end",
            {
                "subscription.last_service_date": date(2026, 3, 1),
                "subscription.cancelled_on": date(2026, 3, 2),
            },
            "subscription.cancelled_on",
        ),
        (
            "two tiers",
            {"prices.purecloud-2": {"price": "1", "commitment": 1}, "subscription.licensing_model": "hourly"},
            "prices",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_an_agreement_that_breaks_a_rule_is_refused(case, changes, path):
    story = mutated("subscription.licensing_model", "concurrent")
    for place, value in changes.items():
        put(story, place, value)

    with pytest.raises(StoryError, match=rf"^{path}: "):
        play_story(parse_story(story))


@pytest.mark.parametrize(
    ("case", "text", "message"),
    [
        ("no YAML", "story: [", "the file cannot be read: "),
        ("a list", "- story\n", "story: "),
        ("empty", "", "story: "),
        ("not UTF-8", b"story: \xff\n", "the file cannot be read: "),
        ("a Python object", "story: !!python/object/apply:os.getcwd []\n", "the file cannot be read: "),
        ("a word", "hello\n", "story: "),
        ("a story in itself", "[" * 5_000, "the file cannot be read: "),
        ("a list for a field", "? [a]\n: b\n", "the file cannot be read: "),
        ("a field twice", "story: s\nprices: {}\nprices: {}\n", "the file cannot be read: prices stands there twice"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_file_that_is_no_story_is_refused(tmp_path, case, text, message):
    path = tmp_path / "story.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())

    with pytest.raises(StoryError) as refusal:
        read_story(path)

    assert str(refusal.value).startswith(message)
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("effective_date", "2026-13-01"),
        ("effective_date", "2026-02-30"),
        ("effective_date", "2026-01-15T25:00:00Z"),
        ("term_months", "9" * 5_000),
        ("term_months", "1:30"),
        ("term_months", "012"),
        ("cutoff_hours", "6.5"),
    ],
)
def test_what_looks_like_a_date_or_a_number_and_is_none_is_named_by_its_field(tmp_path, field, text):
    terms = {"effective_date": "2026-01-15", "commercial_model": "MONTH_TO_MONTH", "licensing_model": "named"}
    told = ", ".join(f"{name}: {value}" for name, value in (terms | {field: text}).items())
    (tmp_path / "story.yaml").write_text(
        "story: s\norganization: {name: n, country: US, currency: USD}\n"
        f"subscription: {{{told}}}\nprices: {{}}\nrun_until: 2026-02-20T00:00:00Z\n",
        encoding="utf-8",
    )

    with pytest.raises(StoryError, match=rf"^subscription\.{field}: "):
        read_story(tmp_path / "story.yaml")


def test_a_file_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(StoryError, match=r"^the file cannot be read: "):
        read_story(tmp_path / "nothing.yaml")


@pytest.mark.parametrize(
    ("case", "line"),
    [("no JSON", "{"), ("no object", "[1]"), ("a bare word", "login"), ("no event", '{"id": "e-1"}')],
    ids=lambda value: value,
)
def test_a_bad_line_of_an_events_file_is_named_by_its_number(tmp_path, case, line):
    (tmp_path / "usage.ndjson").write_text(f"\n{line}\n", encoding="utf-8")
    (tmp_path / "story.yaml").write_text(
        "story: s\norganization: {name: n, country: US, currency: USD}\n"
        "subscription: {effective_date: 2026-01-15, commercial_model: MONTH_TO_MONTH, licensing_model: named}\n"
        "prices: {}\nrun_until: 2026-02-20T00:00:00Z\nevents_file: usage.ndjson\n",
        encoding="utf-8",
    )

    with pytest.raises(StoryError, match=r"^events_file: line 2: "):
        read_story(tmp_path / "story.yaml")


def mutated(place: str, value: object) -> dict[str, Any]:
    """Return the well-formed story with another value, or none, at a place."""
    story = copy.deepcopy(WELL_FORMED)
    put(story, place, value)
    return story


def put(story: Any, place: str, value: object) -> None:
    """Put a value at a place of a story, or take away what is there."""
    *way, last = (int(part) if part.isdigit() else part for part in place.split("."))
    for part in way:
        story = story[part]
    if value is GONE:
        del story[last]
    elif isinstance(last, int) and last == len(story):
        story.append(value)
    else:
        story[last] = value
