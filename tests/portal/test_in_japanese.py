"""Whoever has chosen Japanese reads no English: pages, what a page says of itself, explanations of every kind."""

from collections.abc import Iterable
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client

from invoices.models import InvoiceLine
from invoices.services.simulation.play import perform
from invoices.services.simulation.reading import read_story
from subscriptions.domain.catalog import BUILT_IN
from subscriptions.models import Organization, Product, TaxAuthority, VoiceRate
from tests.portal.conftest import PEOPLE
from tests.reading import Words, english_in, walk
from usage.domain.events import EventKind

SCENARIOS = Path(__file__).parent.parent / "scenarios"
BRANDS = [
    *("https://hooks.example.com/seatbill", "Standard Webhooks", "Webhook", "Python"),
    *("Seatbill", "PureCloud", "Collaborate", "Communicate", "BYOC Cloud", "English", "Web", "CloudEvents"),
]
PEOPLE_OF_THE_STORIES = ["admin", "contact", "ann", "ben", "cid", "dot", "ida", "jon", "kim", "lea"]
REGIONS = ["us-east-1", "us-west-2", "eu-central-1", "ap-northeast-1"]


@pytest.fixture
def told(db):
    return lambda number: perform(read_story(next(SCENARIOS.glob(f"{number}-*.yaml"))).story)


@pytest.mark.parametrize("role", ["subscription admin", "billing contact"])
def test_the_pages_of_an_organization(told, role):
    browser = in_japanese(role, told("02").organization)

    pages = list(walk(browser, "/o/story/licenses/", "/o/story/invoices/", within="/o/story/"))

    assert len(pages) > (14 if role == "subscription admin" else 6)
    assert english_left(pages) == {}


@pytest.mark.parametrize("start", ["/account/login/", "/account/password/reset/", "/trial/", "/invitations/damaged/"])
def test_the_pages_for_anybody(db, start):
    page = in_japanese("anonymous").get(start)

    assert english_left([(start, page)]) == {}


@pytest.mark.parametrize(
    "start", ["/account/password/change/", "/account/two-factor/", "/organizations/", "/o/nowhere/"]
)
def test_the_pages_of_a_person(told, start):
    page = in_japanese("subscription admin", told("01").organization).get(start, follow=True)

    assert english_left([(start, page)]) == {}


@pytest.mark.parametrize("number", ["01", "02", "13", "15", "16", "17", "25", "27", "31"])
def test_an_invoice_and_why_each_of_its_lines_is_what_it_is(told, number):
    browser = in_japanese("billing contact", told(number).organization)
    lines = {(line.kind, line.corrects): line for line in InvoiceLine.objects.select_related("invoice").order_by("-pk")}

    addresses = {f"/o/story/invoices/{line.invoice.number}/" for line in lines.values()}
    addresses |= {f"/o/story/invoices/{line.invoice.number}/lines/{line.position + 1}/" for line in lines.values()}

    assert english_left((address, browser.get(address)) for address in addresses) == {}


def in_japanese(role: str, organization: Organization | None = None) -> Client:
    browser = Client()
    person = PEOPLE[role](organization)
    if person is not None:
        browser.force_login(person)
    browser.cookies[settings.LANGUAGE_COOKIE_NAME] = "ja"
    return browser


def english_left(pages: Iterable) -> dict[str, list[str]]:
    """Return what stands in English on each page, but for names."""
    names = [
        *BRANDS,
        *PEOPLE_OF_THE_STORIES,
        *REGIONS,
        *(kind.event_type.value for kind in EventKind),
        *Organization.objects.values_list("name", flat=True),
        *Product.objects.exclude(code__in=BUILT_IN).values_list("name", flat=True),
        *TaxAuthority.objects.values_list("name", flat=True),
        *VoiceRate.objects.values_list("destination", flat=True),
    ]
    left = {}
    for address, answer in pages:
        page = answer.content.decode()
        assert '<html lang="ja"' in page
        if found := english_in(Words(page).said, names=names):
            left[address] = found
    return left
