"""`manage.py what_if` compares an organization's closed periods with what other terms would have cost."""

import io
import json
from datetime import UTC, datetime

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from invoices.services.sweeping import close_due_cycles
from subscriptions.models import Subscription, VoiceRateDeck
from tests.books import contents
from tests.factories.subscriptions import a_prepaid_subscription, an_organization
from tests.factories.usage import a_working_day, report

pytestmark = pytest.mark.django_db


@pytest.fixture
def closed() -> Subscription:
    """An agreement on 2 seats at 140.00, 150.00 above them, one period of which is closed with three people."""
    subscription = a_prepaid_subscription()
    for user in ("ann", "ben", "cid"):
        report(subscription.organization, *a_working_day(user, "2026-01-20", "purecloud-3"))
    for instant in (datetime(2026, 1, 15, 5, tzinfo=UTC), datetime(2026, 2, 15, 11, tzinfo=UTC)):
        close_due_cycles(now=instant)
    return subscription


def run(*arguments: str) -> list[str]:
    output = io.StringIO()
    call_command("what_if", *arguments, stdout=output)
    return output.getvalue().splitlines()


def test_it_prints_each_period_and_all_together(closed: Subscription) -> None:
    before = contents()

    lines = run("lantern", "--commitment", "purecloud-3=3", "--price", "purecloud-3=120.00")

    assert contents() == before
    assert lines[0] == "PureCloud 3: 3 committed, at $120.00"
    table = [" ".join(line.split()) for line in lines[2:7]]
    assert table == [
        "Jan 15 – Feb 14, 2026",
        "billed would be difference",
        "PureCloud 3 (Prepay) 2 $140.00 $280.00 3 $120.00 $360.00 +$80.00",
        "PureCloud 3 (Overage) 1 $150.00 $150.00 – – – -$150.00",
        "together $430.00 $360.00 -$70.00",
    ]
    assert any("spread evenly" in line for line in lines)


def test_it_prints_json(closed: Subscription) -> None:
    told = json.loads("\n".join(run("lantern", "--commercial-model", "MONTH_TO_MONTH", "--json")))

    assert (told["sides"]["billed"], told["sides"]["supposed"]) == ("USD 430.00", "USD 420.00")
    assert [row["kind"] for row in told["periods"][0]["sides"]["rows"]] == ["prepay", "usage", "overage"]


def test_what_has_no_price_is_said(closed: Subscription) -> None:
    lines = run("lantern", "--list-prices-on", "2026-01-15")

    assert "Jan 15 – Feb 14, 2026 (not complete)" in lines
    assert any("has no price for the service from Jan 15, 2026" in line for line in lines), lines


@pytest.mark.parametrize(
    ("case", "arguments", "words"),
    [
        ("an organization that there is not", ["nobody"], "no organization with the code nobody"),
        ("one without an agreement", ["empty"], "has no agreement"),
        ("one without a closed period", ["fresh"], "No period of this organization is closed yet"),
        ("too many periods", ["lantern", "--periods", "13"], "from 1 to 12"),
        ("a product that there is not", ["lantern", "--price", "gold=1"], "no product with the code gold"),
        ("no figure", ["lantern", "--price", "purecloud-3"], "write it like purecloud-3=120.00"),
        ("not a number", ["lantern", "--price", "purecloud-3=inf"], "write it like purecloud-3=120.00"),
        ("a negative price", ["lantern", "--price", "purecloud-3=-1"], "not negative"),
        (
            "two tiers",
            ["lantern", "--commitment", "purecloud-2=1", "--commitment", "purecloud-3=1"],
            "at most one of PureCloud",
        ),
        ("a model that there is not", ["lantern", "--licensing-model", "floating"], "choose from"),
        ("no date", ["lantern", "--list-prices-on", "yesterday"], "write it like 2026-01-15"),
        ("a negative ramp", ["lantern", "--ramp-months", "-1"], "not negative"),
        ("a deck that there is not", ["lantern", "--rate-deck", "Moon"], "no rate deck Moon in USD"),
        ("a deck in another currency", ["lantern", "--rate-deck", "Euro"], "no rate deck Euro in USD"),
    ],
)
def test_it_refuses_what_it_cannot_compare(case: str, arguments: list[str], words: str, closed: Subscription) -> None:
    an_organization("empty")
    a_prepaid_subscription(an_organization("fresh"))
    VoiceRateDeck.objects.create(name="Euro", currency="EUR")

    with pytest.raises(CommandError, match=words):
        run(*arguments)
