"""A CSM decides about a cycle that waits."""

from datetime import datetime

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from invoices.admin import cycle as cycle_admin
from invoices.models import BillingCycle, HoldDecision
from invoices.services import deciding
from invoices.services.closing import Outcome, Step
from tests.admin.rows import Customer

LEAVE_OUT = {"answer": "unpriced_product:leave_out", "reason": "The customer waits for the invoice."}


def url_of(cycle: BillingCycle) -> str:
    return reverse("admin:invoices_billingcycle_decide", args=[cycle.pk])


def test_the_page_shows_the_reasons_and_the_choices_they_leave(as_csm: Client, acme: Customer) -> None:
    page = as_csm.get(url_of(acme.held)).content.decode()

    assert "PureCloud 3 has no price on Feb 15, 2026" in page
    assert "Close without the doubtful charges" in page
    assert "Accept the higher tier" not in page
    assert not HoldDecision.objects.exists()


def test_a_decision_is_kept_with_its_reason_and_the_cycle_is_tried_as_decided(
    as_csm: Client, csm: User, acme: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried = []

    def close(*, cycle_id: int, now: datetime) -> Step:
        tried.append((cycle_id, HoldDecision.objects.get().decided_at == now))
        return Step(cycle_id=cycle_id, outcome=Outcome.CLOSED)

    monkeypatch.setattr(deciding, "close_cycle_now", close)
    page = as_csm.post(url_of(acme.held), LEAVE_OUT, follow=True).content.decode()

    assert tried == [(acme.held.pk, True)]
    assert str(cycle_admin.OUTCOMES[Outcome.CLOSED][1]) in page
    decision = HoldDecision.objects.get()
    assert (decision.cycle, decision.choice, decision.decided_by) == (acme.held, "leave_out", csm)
    assert decision.reason == "The customer waits for the invoice."


@pytest.mark.parametrize(
    "sent", [{"reason": ""}, {"reason": "   "}, {"answer": "unrated_call:leave_out"}, {"answer": ""}]
)
def test_an_incomplete_decision_is_asked_again(sent: dict[str, str], as_csm: Client, acme: Customer) -> None:
    page = as_csm.post(url_of(acme.held), LEAVE_OUT | sent)

    assert 'role="alert"' in page.content.decode()
    assert not HoldDecision.objects.exists()
    assert BillingCycle.objects.get(pk=acme.held.pk).held_reasons


def test_nobody_decides_about_a_cycle_that_is_not_theirs_or_does_not_wait(
    as_csm: Client, acme: Customer, umbra: Customer
) -> None:
    assert as_csm.post(url_of(umbra.held), LEAVE_OUT).status_code == 404
    assert as_csm.post(url_of(acme.closed), LEAVE_OUT).status_code == 403
    assert not HoldDecision.objects.exists()


@pytest.mark.parametrize(
    ("code", "subject", "ways"),
    [
        (
            "unpriced_product",
            "purecloud-3",
            [
                "Record its price on the subscription",
                "subscriptions/subscription/{subscription}/change/",
                "Add it to the price book",
                "subscriptions/pricebook/?currency__exact=USD",
            ],
        ),
        ("unrated_call", "+33123", ["Add the rate to the deck", "subscriptions/voiceratedeck/{deck}/change/"]),
        ("tier_above_agreement", "purecloud-3", ["Decide which tier is billed", "billingcycle/{cycle}/decide"]),
        ("unexpected_error", "KeyError", []),
    ],
)
@pytest.mark.parametrize("column", ["held_reasons", "left_out"])
def test_each_reason_leads_to_where_it_is_mended(
    column: str, code: str, subject: str, ways: list[str], as_csm: Client, acme: Customer
) -> None:
    reason = {"code": code, "subject": subject, "message": "Something is missing."}
    cycle = acme.held
    cycle.held_reasons, cycle.left_out = [], []
    setattr(cycle, column, [reason])
    cycle.save()
    subscription = acme.subscription

    page = as_csm.get(reverse("admin:invoices_billingcycle_change", args=[cycle.pk])).content.decode()

    names = {"subscription": subscription.pk, "deck": subscription.rate_deck_id, "cycle": cycle.pk}
    for way in ways:
        assert way.format(**names) in page
    assert ("<br>" in page.split("Something is missing.")[1].split("</li>")[0]) is bool(ways)


def test_a_call_of_an_organization_without_a_deck_leads_nowhere(as_csm: Client, acme: Customer) -> None:
    acme.subscription.rate_deck = None
    acme.subscription.save()
    acme.held.held_reasons = [{"code": "unrated_call", "subject": "+33", "message": "No rate."}]
    acme.held.save()

    page = as_csm.get(reverse("admin:invoices_billingcycle_change", args=[acme.held.pk])).content.decode()

    assert "No rate." in page
    assert "Add the rate" not in page
