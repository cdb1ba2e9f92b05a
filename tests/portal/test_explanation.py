"""The page that answers "why this quantity?" for a line of a document, and its file (BR-77)."""

import csv
import re
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.test import Client

from invoices.models import Invoice, InvoiceLine
from invoices.services.simulation.play import perform
from invoices.services.simulation.reading import read_story
from subscriptions.models import Organization, Subscription
from tests.portal import rows
from tests.portal.conftest import PEOPLE
from usage.models import SnapshotUser

SCENARIOS = Path(__file__).parent.parent / "scenarios"
INVOICES = {"subscription admin", "assigned csm", "lead", "superuser", "billing contact"}
PAGE = "/o/story/invoices/INV-000003/lines/2/"
FILE = f"{PAGE}evidence.csv"


def tell(name: str) -> Subscription:
    return perform(read_story(next(SCENARIOS.glob(f"{name}-*.yaml"))).story)


@pytest.fixture
def told(db: None) -> Subscription:
    """Three documents; the second line of the third is an overage of two above three."""
    return tell("01")


@pytest.fixture
def contact(told) -> Client:
    return in_the_role("billing contact", told.organization)


def in_the_role(role: str, organization: Organization) -> Client:
    browser = Client()
    person: User | None = PEOPLE[role](organization)
    if person is not None:
        browser.force_login(person)
    return browser


def body(response) -> str:
    assert response.status_code == 200
    return response.content.decode()


def lines_of(response) -> list[list[str]]:
    assert response.status_code == 200
    return list(csv.reader(b"".join(response.streaming_content).decode().splitlines()))


def test_the_page_shows_rule_inputs_arithmetic_and_people(contact):
    page = body(contact.get(PAGE))

    for words in (
        "Why this quantity? PureCloud 1",
        "overage above the commitment",
        "at the highest license they held in it",
        "BR-20",
        "5 − 3 = 2; 2 × $66.00 = $132.00",
        "Mar 7, 2028, 10:00 AM",
        "Times are",
        f'href="{FILE}"',
        'href="/o/story/invoices/INV-000003/"',
    ):
        assert words in page
    for user in ("ida", "jon", "kim", "lea"):
        assert f">{user}<" in page


def test_each_line_of_a_document_leads_to_its_explanation(contact):
    page = body(contact.get("/o/story/invoices/INV-000003/"))

    links = re.findall(r'href="(/o/story/invoices/INV-000003/lines/\d+/)"', page)

    assert sorted(links) == ["/o/story/invoices/INV-000003/lines/1/", PAGE]
    for link in links:
        assert contact.get(link).status_code == 200


@pytest.mark.parametrize("path", sorted(SCENARIOS.glob("*.yaml")), ids=lambda path: path.stem)
def test_every_line_of_every_story_has_its_page_and_its_file(db, path):
    organization = perform(read_story(path).story).organization
    browser = in_the_role("subscription admin", organization)

    for line in InvoiceLine.objects.select_related("invoice"):
        url = f"/o/story/invoices/{line.invoice.number}/lines/{line.position + 1}/"
        assert "Why this quantity?" in body(browser.get(url))
        names, *cells = lines_of(browser.get(f"{url}evidence.csv"))
        assert all(len(row) == len(names) for row in cells)


def test_the_file_has_every_row(contact):
    response = contact.get(FILE)

    names, *people = lines_of(response)

    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert response["Content-Disposition"] == 'attachment; filename="INV-000003-line-2.csv"'
    assert response["Cache-Control"] == "no-store, private"
    assert names == ["User", "License", "First log-in", "Last seen", "Logged in"]
    assert len(people) == 5
    assert people[0] == ["ida", "PureCloud 1", "2028-03-07T10:00:00-05:00", "2028-03-07T11:00:00-05:00", "1:00:00"]


def test_a_page_shows_two_hundred_rows_and_the_file_all(contact, told):
    snapshot = told.cycles.get(period_start=date(2028, 2, 29)).usage_snapshot
    at = snapshot.starts_at
    SnapshotUser.objects.bulk_create(
        SnapshotUser(
            organization_id=told.organization_id,
            snapshot=snapshot,
            user=f"=cmd{place}",
            license="purecloud-1",
            first_login_at=at,
            last_seen_at=at + timedelta(hours=1),
            seconds=3600,
        )
        for place in range(300)
    )

    page = body(contact.get(PAGE))

    assert "The first 200 rows are shown here, the file has them all." in page
    assert page.count('scope="row"') == 200
    people = lines_of(contact.get(FILE))[1:]
    assert len(people) == 305
    assert {row[0][:5] for row in people if "cmd" in row[0]} == {"'=cmd"}


@pytest.mark.parametrize(
    "url",
    [
        "/o/story/invoices/INV-000003/lines/0/",
        "/o/story/invoices/INV-000003/lines/3/",
        "/o/story/invoices/INV-000003/lines/3/evidence.csv",
        "/o/story/invoices/INV-999999/lines/1/",
        "/o/story/invoices/INV-000003/lines/99999999999999999999/",
        "/o/nobody/invoices/INV-000003/lines/2/",
    ],
)
def test_a_line_that_is_not_there_is_not_found(url, contact):
    assert contact.get(url).status_code == 404


def test_a_document_of_another_organization_explains_nothing(contact):
    stranger = rows.make_subscription(rows.make_organization("beta", "Beta"))
    rows.make_invoice(stranger, 77)

    assert contact.get("/o/story/invoices/INV-000077/lines/1/").status_code == 404
    assert contact.get("/o/beta/invoices/INV-000077/lines/1/").status_code == 404


@pytest.mark.parametrize("url", [PAGE, FILE])
def test_an_explanation_only_shows(url, contact):
    assert contact.post(url).status_code == 405


def test_where_two_issuers_use_a_number_the_links_name_the_issuer(contact, told):
    other = rows.make_subscription(
        told.organization,
        issuer=rows.make_issuer("seat-uk"),
        effective_date=date(2029, 1, 1),
        currency=told.currency,
        time_zone="Europe/London",
    )
    rows.make_invoice(other, 3, issued_at=datetime.fromisoformat("2029-02-01T11:00:00Z"))
    issuer = Invoice.objects.get(subscription=told, number="INV-000003").issuing_entity.code

    page = body(contact.get(f"/o/story/invoices/INV-000003/?issuer={issuer}"))

    assert f'href="{PAGE}?issuer={issuer}"' in page
    explained = body(contact.get(f"{PAGE}?issuer={issuer}"))
    assert f'href="{FILE}?issuer={issuer}"' in explained
    assert len(lines_of(contact.get(f"{FILE}?issuer={issuer}"))) == 6
