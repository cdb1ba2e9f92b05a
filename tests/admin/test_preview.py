"""The upcoming invoice for those who work on the organization: from its page, its agreement and its open cycle."""

from datetime import UTC, date, datetime

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from invoices.admin import preview as preview_pages
from invoices.services.sweeping import close_due_cycles
from subscriptions.models import Subscription
from tests.admin.rows import Customer
from tests.books import contents
from tests.factories.subscriptions import a_prepaid_subscription, a_subscription, an_organization
from tests.factories.usage import a_working_day, report
from tests.reading import is_not_possible

BEGIN = datetime(2026, 1, 15, 5, tzinfo=UTC)
NOW = datetime(2026, 1, 25, 15, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _fixed_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(preview_pages, "database_now", lambda: NOW)


@pytest.fixture
def running(db: None) -> Subscription:
    """An agreement on two seats in its first period, in which three people were logged in."""
    subscription = a_prepaid_subscription()
    close_due_cycles(now=BEGIN)
    for user in ("ann", "ben", "cid"):
        report(subscription.organization, *a_working_day(user, "2026-01-20", "purecloud-3"))
    return subscription


def urls_of(subscription: Subscription) -> list[str]:
    return [
        reverse("admin:invoices_preview", args=[subscription.pk]),
        reverse("admin:invoices_preview_line", args=[subscription.pk, 2]),
        reverse("admin:invoices_preview_evidence", args=[subscription.pk, 2]),
    ]


def shown(client: Client, url: str) -> str:
    response = client.get(url, follow=True)
    assert response.status_code == 200
    return response.content.decode()


def test_the_page_is_marked_and_tells_what_would_be_due(as_lead: Client, running: Subscription) -> None:
    page = shown(as_lead, urls_of(running)[0])

    for words in (
        "Upcoming invoice of Lantern",
        "Preview, not an invoice.",
        "$430.00",
        "Feb 15, 2026, 6:00 AM Eastern",
    ):
        assert words in page
    assert f'href="{urls_of(running)[1]}"' in page


def test_a_line_is_explained_with_its_people_and_its_file(as_lead: Client, running: Subscription) -> None:
    page = shown(as_lead, urls_of(running)[1])

    assert "3 − 2 = 1; 1 × $150.00 = $150.00" in page
    assert ">cid<" in page
    assert f'href="{urls_of(running)[2]}"' in page
    evidence = as_lead.get(urls_of(running)[2])
    assert len(b"".join(evidence.streaming_content).splitlines()) == 4
    assert "no-store" in evidence["Cache-Control"]


def test_what_would_hold_it_is_told_with_what_to_mend(as_lead: Client, db: None) -> None:
    subscription = a_subscription(prices={})
    close_due_cycles(now=BEGIN)
    report(subscription.organization, *a_working_day("ann", "2026-01-20"))

    page = shown(as_lead, urls_of(subscription)[0])

    assert "What would keep the invoice waiting" in page
    assert "add it to the price book in force on that day" in page


def test_it_is_reached_from_the_organization_the_agreement_and_the_open_cycle(
    as_lead: Client, running: Subscription
) -> None:
    organization = running.organization
    target = urls_of(running)[0]
    of_organization = reverse("admin:invoices_preview_of", args=[organization.pk])
    on_cycle = reverse("admin:invoices_billingcycle_preview_this", args=[running.cycles.get().pk])

    assert f'href="{of_organization}"' in shown(
        as_lead, reverse("admin:subscriptions_organization_change", args=[organization.pk])
    )
    assert f'href="{target}"' in shown(as_lead, reverse("admin:subscriptions_subscription_change", args=[running.pk]))
    assert on_cycle in shown(as_lead, reverse("admin:invoices_billingcycle_change", args=[running.cycles.get().pk]))
    for url in (of_organization, on_cycle):
        assert as_lead.get(url)["Location"] == target


def test_a_closed_cycle_has_no_preview(as_csm: Client, acme: Customer) -> None:
    url = reverse("admin:invoices_billingcycle_preview_this", args=[acme.closed.pk])

    assert is_not_possible(as_csm.get(url))
    assert url not in shown(as_csm, reverse("admin:invoices_billingcycle_change", args=[acme.closed.pk]))


def test_without_anything_to_come_it_says_so(as_lead: Client, db: None) -> None:
    empty = an_organization("empty")
    ended = a_subscription(
        an_organization("ended"), last_service_date=date(2026, 2, 14), cancelled_on=date(2026, 1, 20)
    )
    for instant in (BEGIN, datetime(2026, 2, 15, 11, tzinfo=UTC)):
        close_due_cycles(now=instant)

    assert "No agreement of this organization" in shown(as_lead, reverse("admin:invoices_preview_of", args=[empty.pk]))
    assert "Every period of this agreement is closed" in shown(as_lead, urls_of(ended)[0])
    assert as_lead.get(urls_of(ended)[1]).status_code == 404


def test_it_writes_nothing_but_what_the_run_review_shows(as_superuser: Client, running: Subscription) -> None:
    before = contents()

    for url in urls_of(running):
        assert as_superuser.get(url).status_code == 200

    after = contents()
    assert [row["total"] for row in after["invoices.ExpectedBill"]] != []
    assert after | {"invoices.ExpectedBill": before["invoices.ExpectedBill"]} == before


def test_a_csm_sees_it_for_their_organizations_alone(as_csm: Client, csm: User, running: Subscription) -> None:
    urls = [*urls_of(running), reverse("admin:invoices_preview_of", args=[running.organization_id])]
    for url in urls:
        assert as_csm.get(url).status_code == 404

    running.organization.csms.add(csm)

    for url in urls:
        assert as_csm.get(url, follow=True).status_code == 200


@pytest.mark.parametrize("number", [0, 3])
def test_a_line_that_is_not_there_is_not_found(number: int, as_lead: Client, running: Subscription) -> None:
    for view in ("invoices_preview_line", "invoices_preview_evidence"):
        assert as_lead.get(reverse(f"admin:{view}", args=[running.pk, number])).status_code == 404
    assert as_lead.get(reverse("admin:invoices_preview", args=[987654321])).status_code == 404
