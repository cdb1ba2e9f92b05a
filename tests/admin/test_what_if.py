"""What if an agreement had other terms: asked on a page by those who work on the organization."""

import csv
from datetime import UTC, date, datetime
from urllib.parse import urlencode

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from invoices.services import estimating
from invoices.services.sweeping import close_due_cycles
from subscriptions.models import Subscription, VoiceRateDeck
from tests.books import contents
from tests.factories.subscriptions import a_list_price, a_prepaid_subscription, an_organization
from tests.factories.usage import a_working_day, report

MONTH_TO_MONTH = {"periods": "3", "commercial_model": "MONTH_TO_MONTH"}


@pytest.fixture
def closed(db: None) -> Subscription:
    """An agreement on 2 seats at 140.00, 150.00 above them, one period of which is closed with three people."""
    subscription = a_prepaid_subscription()
    for user in ("ann", "ben", "cid"):
        report(subscription.organization, *a_working_day(user, "2026-01-20", "purecloud-3"))
    for instant in (datetime(2026, 1, 15, 5, tzinfo=UTC), datetime(2026, 2, 15, 11, tzinfo=UTC)):
        close_due_cycles(now=instant)
    return subscription


def url_of(subscription: Subscription, view: str = "invoices_what_if", **asked: str) -> str:
    url = reverse(f"admin:{view}", args=[subscription.pk])
    return f"{url}?{urlencode(asked)}" if asked else url


def shown(client: Client, url: str) -> str:
    response = client.get(url, follow=True)
    assert response.status_code == 200
    return response.content.decode()


def test_the_page_asks_first(as_lead: Client, closed: Subscription) -> None:
    page = shown(as_lead, url_of(closed))

    assert "What if Lantern had other terms?" in page
    assert "PureCloud 3: Committed" in page
    assert "Would have been" not in page


def test_it_shows_what_was_billed_beside_what_would_have_been(as_lead: Client, closed: Subscription) -> None:
    page = shown(as_lead, url_of(closed, **MONTH_TO_MONTH))

    # 2 x 140.00 in advance and 1 x 150.00, against 3 x 140.00.
    for words in ("$430.00", "$420.00", "-$10.00", "-2.3%", "Month to month instead of", "spread evenly"):
        assert words in page
    assert url_of(closed, "invoices_what_if_file", **MONTH_TO_MONTH).replace("&", "&amp;") in page


def test_nothing_supposed_is_no_difference(as_lead: Client, closed: Subscription) -> None:
    page = shown(as_lead, url_of(closed, periods="1"))

    assert "both sides must agree" in page
    assert "0%" in page


@pytest.mark.parametrize(
    ("case", "asked", "total"),
    [
        ("another price", {"price:purecloud-3": "100.00"}, "$300.00"),
        ("another commitment", {"commitment:purecloud-3": "3"}, "$420.00"),
        ("another price above it", {"overage_price:purecloud-3": "200"}, "$480.00"),
        ("the book in force", {"list_prices": "in-force"}, "$480.00"),
        ("one book", {"list_prices": "2026-02-01"}, "$510.00"),
        ("hours", {"licensing_model": "hourly"}, "$3,580.00"),
        ("a ramp", {"ramp_months": "1"}, "$420.00"),
        ("a free ramp", {"ramp_months": "1", "edition": "2025"}, "$0.00"),
    ],
)
def test_each_field_bears_on_the_result(
    case: str, asked: dict[str, str], total: str, as_lead: Client, closed: Subscription
) -> None:
    a_list_price("purecloud-3", "160.00", on=date(2026, 1, 1))
    a_list_price("purecloud-3", "170.00", on=date(2026, 2, 1))

    answer = as_lead.get(url_of(closed, periods="1", **asked))

    assert answer.context["what_if"].together.supposed == total


@pytest.mark.parametrize(
    ("case", "asked", "words"),
    [
        ("too many periods", {"periods": "13"}, "12"),
        ("no period", {"periods": "0"}, "1"),
        ("two tiers", {"commitment:purecloud-2": "1", "commitment:purecloud-3": "1"}, "at most one of PureCloud"),
        ("a negative price", {"price:purecloud-3": "-1"}, "greater than or equal to 0"),
        ("a model that there is not", {"licensing_model": "floating"}, "Select a valid choice"),
        ("a book in another currency", {"list_prices": "2025-01-01"}, "Select a valid choice"),
        ("a deck without rates then", {"rate_deck": "the new one"}, "has no rates on Jan 15, 2026"),
    ],
)
def test_what_could_not_be_compared_is_asked_again(
    case: str, asked: dict[str, str], words: str, as_lead: Client, closed: Subscription
) -> None:
    a_list_price("purecloud-3", "160.00", currency="EUR", on=date(2025, 1, 1))
    deck = VoiceRateDeck.objects.create(name="New", currency="USD")
    deck.versions.create(effective_date=date(2026, 2, 1))
    if "rate_deck" in asked:
        asked = asked | {"rate_deck": str(deck.pk)}
    query = {"periods": "3"} | asked

    page = as_lead.get(url_of(closed, **query))

    assert words in page.content.decode()
    assert "what_if" not in page.context
    assert as_lead.get(url_of(closed, "invoices_what_if_file", **query)).status_code == 404


def test_terms_that_an_agreement_could_not_have_are_compared_with_a_caution(
    as_lead: Client, closed: Subscription
) -> None:
    closed.organization.regions = ["us-east-1", "eu-west-1"]
    closed.organization.save()

    assert "exactly one region" in shown(as_lead, url_of(closed, periods="1", licensing_model="concurrent"))


def test_it_can_be_downloaded(as_lead: Client, closed: Subscription) -> None:
    response = as_lead.get(url_of(closed, "invoices_what_if_file", **MONTH_TO_MONTH))

    lines = list(csv.DictReader(b"".join(response.streaming_content).decode().splitlines()))
    assert response["Content-Disposition"] == 'attachment; filename="lantern-what-if.csv"'
    assert "no-store" in response["Cache-Control"]
    assert [(line["kind"], line["billed_amount"], line["supposed_amount"]) for line in lines] == [
        ("prepay", "280.00", "0"),
        ("usage", "0", "420.00"),
        ("overage", "150.00", "0"),
    ]
    assert (lines[1]["supposed_quantity"], lines[1]["supposed_price"], lines[1]["period_last_day"]) == (
        "3",
        "140",
        "2026-02-14",
    )


def test_it_is_reached_from_the_organization_and_the_agreement(as_lead: Client, closed: Subscription) -> None:
    of_organization = reverse("admin:invoices_what_if_of", args=[closed.organization_id])

    assert f'href="{of_organization}"' in shown(
        as_lead, reverse("admin:subscriptions_organization_change", args=[closed.organization_id])
    )
    assert f'href="{url_of(closed)}"' in shown(
        as_lead, reverse("admin:subscriptions_subscription_change", args=[closed.pk])
    )
    assert as_lead.get(of_organization)["Location"] == url_of(closed)


def test_without_anything_to_compare_it_says_so(as_lead: Client, closed: Subscription) -> None:
    empty = an_organization("empty")
    fresh = a_prepaid_subscription(an_organization("fresh"))

    assert "has no agreement yet" in shown(as_lead, reverse("admin:invoices_what_if_of", args=[empty.pk]))
    assert "No period of this agreement is closed yet" in shown(as_lead, url_of(fresh, **MONTH_TO_MONTH))
    assert as_lead.get(url_of(fresh, "invoices_what_if_file", **MONTH_TO_MONTH)).status_code == 404


def test_it_writes_nothing(as_superuser: Client, closed: Subscription) -> None:
    before = contents()

    for view in ("invoices_what_if", "invoices_what_if_file"):
        assert as_superuser.get(url_of(closed, view, **MONTH_TO_MONTH)).status_code == 200

    assert contents() == before


def test_too_many_events_are_left_to_a_worker(
    as_lead: Client, closed: Subscription, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(estimating, "EVENTS_AT_ONCE", 5)
    url = url_of(closed, **MONTH_TO_MONTH)
    assert "being worked out in the background" in shown(as_lead, url)
    assert as_lead.get(url_of(closed, "invoices_what_if_file", **MONTH_TO_MONTH)).status_code == 404

    estimating.work_out_estimates(now=datetime(2026, 2, 20, tzinfo=UTC))

    assert as_lead.get(url).context["what_if"].together.supposed == "$420.00"


def test_a_csm_asks_for_their_organizations_alone(as_csm: Client, csm: User, closed: Subscription) -> None:
    urls = [
        url_of(closed),
        url_of(closed, **MONTH_TO_MONTH),
        url_of(closed, "invoices_what_if_file", **MONTH_TO_MONTH),
        reverse("admin:invoices_what_if_of", args=[closed.organization_id]),
    ]
    for url in urls:
        assert as_csm.get(url).status_code == 404

    closed.organization.csms.add(csm)

    for url in urls:
        assert as_csm.get(url, follow=True).status_code == 200


def test_the_page_asks_the_database_the_same_however_much_was_used(as_lead: Client, closed: Subscription) -> None:
    url = url_of(closed, **MONTH_TO_MONTH)
    as_lead.get(url)
    with CaptureQueriesContext(connection) as few:
        as_lead.get(url)
    received = {"received": "2026-01-21T00:00:00Z"}
    for number in range(20):
        report(closed.organization, *a_working_day(f"more-{number}", "2026-01-20", "communicate", **received))
    with CaptureQueriesContext(connection) as many:
        as_lead.get(url)

    assert len(many) == len(few) <= 40
