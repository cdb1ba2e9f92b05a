"""A CSM sees what came too late to be billed, looks at the events, and marks it as dealt with."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from django.contrib.auth.models import User
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from invoices.admin import too_late as too_late_admin
from invoices.models import TooLateSettlement, TooLateUsage
from invoices.services.sweeping import close_due_cycles
from invoices.services.too_late import list_too_late_usage
from tests.admin.rows import Customer
from tests.factories.subscriptions import a_subscription, an_organization
from tests.factories.usage import logged_in, report
from tests.reading import is_not_possible

LIST = "admin:invoices_toolateusage_changelist"
REASON = {"reason": "Charged by an order."}


@pytest.fixture
def row(csm: User) -> TooLateUsage:
    """Two logins of the first period that came after its third correction."""
    subscription = a_subscription(an_organization("harbor"))
    subscription.organization.csms.add(csm)
    for user in ("ann", "bob"):
        login = logged_in(user, "2026-01-20T14:00:00Z", received="2026-05-20T00:00:00Z")
        report(subscription.organization, login)
    for month in (2, 3, 4, 5, 6):
        now = datetime(2026, month, 15, 11, tzinfo=UTC)
        close_due_cycles(now=now, organization_id=subscription.organization_id)
    list_too_late_usage(now=now)
    return TooLateUsage.objects.get(organization=subscription.organization)


def url_of(page: str, row: TooLateUsage) -> str:
    return reverse(f"admin:invoices_toolateusage_{page}", args=[row.pk])


def shown(response: HttpResponse) -> str:
    assert response.status_code == 200, response.status_code
    return " ".join(response.content.decode().split())


def test_the_list_says_what_came_too_late_and_whether_somebody_dealt_with_it(as_csm: Client, row: TooLateUsage) -> None:
    page = shown(as_csm.get(reverse(LIST)))

    for words in ("Jan 15 – Feb 14, 2026", "Harbor", "user.logged_in", "To be dealt with"):
        assert words in page


def test_its_page_says_what_a_person_can_do(as_csm: Client, row: TooLateUsage) -> None:
    page = shown(as_csm.get(url_of("change", row)))

    for words in (
        "charge it by an order",
        "issue a credit note",
        url_of("show_events", row),
        url_of("settle_this", row),
    ):
        assert words in page


def test_the_period_shows_what_came_too_late_for_it(as_csm: Client, row: TooLateUsage) -> None:
    page = shown(as_csm.get(reverse("admin:invoices_billingcycle_change", args=[row.cycle_id])))

    assert "Came too late to be billed" in page
    assert url_of("change", row) in page


def test_the_very_events_are_listed_page_by_page(
    as_csm: Client, row: TooLateUsage, monkeypatch: pytest.MonkeyPatch
) -> None:
    one_by_one = replace(too_late_admin.IN_ORDER_OF_RECEIPT, size=1)
    monkeypatch.setattr(too_late_admin, "IN_ORDER_OF_RECEIPT", one_by_one)

    first = as_csm.get(url_of("events", row))
    assert [event.subject for event in first.context["page"].rows] == ["ann"]
    second = as_csm.get(f"{url_of('events', row)}?{first.context['page'].next_query}")
    assert [event.subject for event in second.context["page"].rows] == ["bob"]
    assert second.context["page"].next_query == ""
    assert as_csm.get(url_of("events", row), {"after": "rubbish"}).status_code == 404


def test_what_was_dealt_with_is_kept_with_who_and_why(as_csm: Client, csm: User, row: TooLateUsage) -> None:
    asked = shown(as_csm.get(url_of("settle_this", row)))
    assert "Mark as dealt with?" in asked
    assert not TooLateSettlement.objects.exists()

    page = shown(as_csm.post(url_of("settle_this", row), REASON, follow=True))

    settlement = TooLateSettlement.objects.get()
    assert (settlement.reason, settlement.settled_by) == ("Charged by an order.", csm)
    assert "1 entry is dealt with." in page
    assert "Charged by an order." in page
    assert is_not_possible(as_csm.post(url_of("settle_this", row), REASON))
    assert TooLateSettlement.objects.count() == 1


def test_several_are_dealt_with_at_once(as_csm: Client, acme: Customer, row: TooLateUsage) -> None:
    rows = TooLateUsage.objects.filter(organization__in=[acme.organization, row.organization])
    chosen = {"action": "settle_several", "_selected_action": [each.pk for each in rows]}

    asked = shown(as_csm.post(reverse(LIST), chosen))
    assert "Acme, Jan 15 – Feb 14, 2026: 3 × user.logged_in" in asked
    assert not TooLateSettlement.objects.exists()
    page = shown(as_csm.post(reverse(LIST), chosen | REASON, follow=True))

    assert "2 entries are dealt with." in page
    assert {settlement.organization for settlement in TooLateSettlement.objects.all()} == {
        acme.organization,
        row.organization,
    }
    still_open = as_csm.get(reverse(LIST), {"settled": "no"}).context["cl"].result_list
    assert list(still_open) == []


def test_dealing_with_it_needs_a_reason(as_csm: Client, row: TooLateUsage) -> None:
    page = shown(as_csm.post(url_of("settle_this", row), {"reason": "  "}))

    assert 'role="alert"' in page
    assert not TooLateSettlement.objects.exists()


def test_what_is_not_theirs_does_not_exist(as_csm: Client, acme: Customer, umbra: Customer) -> None:
    theirs = TooLateUsage.objects.get(organization=umbra.organization)

    for page in ("events", "settle_this", "show_events", "change"):
        assert as_csm.get(url_of(page, theirs)).status_code == 404
    assert as_csm.post(url_of("settle_this", theirs), REASON).status_code == 404
    chosen = {"action": "settle_several", "_selected_action": [theirs.pk]}
    as_csm.post(reverse(LIST), chosen | REASON)
    assert not TooLateSettlement.objects.exists()
