"""My prices: who sees them, what is said where there is nothing, long decks page by page, and the files."""

from datetime import date
from decimal import Decimal
from io import BytesIO

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils.html import strip_tags
from openpyxl import load_workbook

from subscriptions.models import Subscription, SubscriptionPrice, VoiceRate, VoiceRateDeck, VoiceRateDeckVersion
from tests.factories.subscriptions import a_list_price
from tests.portal import rows

URL = "/o/acme/prices/"


@pytest.fixture(autouse=True)
def _in_january(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("invoices.portal.prices.database_now", lambda: rows.NOW)


@pytest.fixture
def contact(client_of):
    return client_of("billing contact")


@pytest.fixture
def version(agreement) -> VoiceRateDeckVersion:
    deck = VoiceRateDeck.objects.create(name="World", currency="USD")
    Subscription.objects.filter(pk=agreement.pk).update(rate_deck=deck)
    return VoiceRateDeckVersion.objects.create(deck=deck, effective_date=date(2025, 1, 1))


def make_rates(version, count: int) -> list[str]:
    prefixes = [f"+{number}" for number in range(1000, 1000 + count)]
    VoiceRate.objects.bulk_create(
        VoiceRate(
            version=version,
            direction="outbound",
            prefix=prefix,
            destination=f"Place {prefix}",
            per_minute=Decimal("0.02"),
        )
        for prefix in prefixes
    )
    return prefixes


@pytest.mark.parametrize("page", ["", "prices.csv", "prices.xlsx"])
def test_prices_are_only_read(page, agreement, contact):
    assert contact.post(URL + page).status_code == 405


def test_a_price_says_where_it_comes_from(agreement, contact):
    a_list_price("did-number", "1.50")

    cells = [
        [row.get_cell("commitment"), " ".join(strip_tags(row.get_cell("price")).split())]
        for row in contact.get(URL).context["table"].rows
    ]

    assert cells == [["2", "agreed $75.00"], ["–", "$1.50"]]


def test_a_telephone_shows_no_line_for_what_a_product_does_not_have(agreement, contact):
    shown = contact.get(URL).content.decode()

    assert 'data-label="Setup" data-none' in shown
    assert 'data-label="Price" data-none' not in shown


def test_what_is_to_come_is_said_in_words(agreement, contact):
    a_list_price("did-number", "1.50")
    a_list_price("did-number", "1.80", on=date(2026, 3, 1))

    assert "From Mar 15, 2026: price $1.80" in contact.get(URL).content.decode()


def test_without_an_agreement_or_rates_the_page_says_so(acme, contact):
    assert "No agreement is running" in contact.get(URL).content.decode()
    assert contact.get(f"{URL}prices.csv").status_code == 404

    rows.make_subscription(acme)

    page = contact.get(URL).content.decode()
    assert "No prices yet" in page
    assert "has no rates for calls" in page


def test_a_long_deck_is_paged_without_counting_it_and_loses_nothing(version, contact, django_assert_max_num_queries):
    prefixes = make_rates(version, 120)
    found, query = [], ""
    for _page in range(3):
        with django_assert_max_num_queries(QUERIES) as queries:
            page = contact.get(f"{URL}?{query}").context["page"]
        assert not [one for one in queries if "COUNT(" in one["sql"].upper()]
        found += [rate.prefix for rate in page.rows]
        query = page.next_query

    assert (found, query) == (prefixes, "")


QUERIES = 24


def test_a_search_finds_a_rate_by_the_number_that_is_called(version, contact):
    make_rates(version, 60)

    page = contact.get(URL, {"q": "+1042 555 0100"})

    assert [rate.prefix for rate in page.context["page"].rows] == ["+1042"]
    assert "No rate here fits" in contact.get(URL, {"q": "Atlantis"}).content.decode()


@pytest.mark.parametrize("query", ["direction=sideways", "q=%00", 'after=["\\u0000","1"]'])
def test_an_address_that_we_did_not_make_is_not_found(query, version, contact):
    assert contact.get(f"{URL}?{query}").status_code == 404


def test_more_products_cost_no_more_queries(agreement, contact):
    contact.get(URL)
    counts = []
    for number in range(2):
        with CaptureQueriesContext(connection) as queries:
            contact.get(URL)
        counts.append(len(queries))
        for k in range(20):
            product = rows.make_add_on(f"add-on-{number}-{k}", f"Add-on {number} {k}")
            SubscriptionPrice.objects.create(subscription=agreement, product=product, price=1)

    assert counts[0] == counts[1] <= QUERIES


def test_both_files_have_the_same_rows(version, contact):
    make_rates(version, 3)

    lines = b"".join(contact.get(f"{URL}prices.csv").streaming_content).decode().splitlines()
    sheet = load_workbook(BytesIO(contact.get(f"{URL}prices.xlsx").getvalue())).active

    assert len(lines) == sheet.max_row == 5
    assert [cell.value for cell in sheet[1]] == lines[0].split(",")
    assert sheet["L3"].value == "+1000"


def test_the_help_page_is_linked_from_the_invoice_and_for_those_who_see_it(agreement, client_of):
    rows.make_invoice(agreement)
    contact = client_of("billing contact")

    assert 'href="/o/acme/invoices/how-to-read/"' in contact.get("/o/acme/invoices/INV-000001/").content.decode()
    assert 'href="/o/acme/prices/"' in contact.get("/o/acme/invoices/how-to-read/").content.decode()
