"""A grave change is kept as it was typed, and carried out by a second person: exactly it, once, within a day."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from invoices.models import Credit, Invoice
from invoices.services.sweeping import close_due_cycles
from subscriptions.models import Approval, IssuingEntity, Organization, PriceBook, PriceBookEntry, Product
from tests.admin.conftest import logged_in
from tests.admin.rows import make_approval, make_lead
from tests.factories.quotes import accepted, an_agreement_draft
from tests.factories.subscriptions import a_list_price, a_subscription, an_organization
from tests.factories.usage import a_working_day, report
from tests.permissions.asking import form_on

WHY = {"reason": "The new price list."}
PRODUCT = {"code": "widget", "name": "Widget", "kind": "add_on"}
ADD_PRODUCT = "/admin/subscriptions/product/add/"


@pytest.fixture
def as_second(db: None) -> Client:
    """Another lead, who has just given their password."""
    return logged_in(make_lead("second"))


def typed(browser: Client, page: str, **changes: Any) -> Approval:
    """Send a form of the admin with changes typed into it, and return what is kept of it."""
    answer = browser.post(page, form_on(browser.get(page).content.decode()) | changes)
    approval = Approval.objects.latest("pk")
    assert answer["Location"] == step(approval, "ask")
    return approval


def asked(browser: Client, page: str, **changes: Any) -> Approval:
    """Send a form, and ask a second person for it."""
    approval = typed(browser, page, **changes)
    browser.post(step(approval, "ask"), WHY)
    approval.refresh_from_db()
    return approval


def step(approval: Approval, name: str) -> str:
    return reverse(f"admin:subscriptions_approval_{name}", args=[approval.pk])


def said_after(browser: Client, answer: HttpResponse) -> str:
    """Return what a person reads after an answer."""
    page = browser.get(answer["Location"]) if answer.status_code == 302 else answer
    return " ".join(page.content.decode().split())


def decide(browser: Client, approval: Approval, name: str = "approve") -> str:
    answer = browser.post(step(approval, name), {"confirmed": "yes", "answer": "Not now."})
    return said_after(browser, answer)


def test_nothing_changes_before_a_second_person_approves(as_lead: Client, as_second: Client) -> None:
    approval = asked(as_lead, ADD_PRODUCT, **PRODUCT)
    before = Product.objects.filter(code="widget").exists()

    page = as_second.get(step(approval, "approve")).content.decode()
    said = decide(as_second, approval)

    assert not before
    assert "The new price list." in page
    assert "Name: Widget" in page
    assert "approved and carried out" in said
    assert Product.objects.get(code="widget").name == "Widget"
    approval.refresh_from_db()
    assert (approval.decision, approval.decided_by.username) == ("approved", "second")


def test_the_log_of_the_row_names_who_typed_it(as_lead: Client, as_second: Client) -> None:
    decide(as_second, asked(as_lead, ADD_PRODUCT, **PRODUCT))

    assert LogEntry.objects.filter(object_id="widget", user__username="lead").exists()


def test_who_asked_cannot_approve(as_lead: Client) -> None:
    approval = asked(as_lead, ADD_PRODUCT, **PRODUCT)

    said = decide(as_lead, approval)

    assert "it takes a second person" in said
    assert "Approve and carry out" not in said
    assert not Product.objects.filter(code="widget").exists()


def test_a_csm_approves_nothing(as_lead: Client, as_csm: Client) -> None:
    approval = asked(as_lead, ADD_PRODUCT, **PRODUCT)

    assert as_csm.post(step(approval, "approve"), {"confirmed": "yes"}).status_code == 403
    assert not Product.objects.filter(code="widget").exists()


def test_nobody_is_asked_before_a_reason_is_given(as_lead: Client, as_second: Client) -> None:
    approval = typed(as_lead, ADD_PRODUCT, **PRODUCT)

    page = as_lead.post(step(approval, "ask"), {"reason": " "}).content.decode()
    decide(as_second, approval)

    assert "This field is required." in page
    assert not Product.objects.filter(code="widget").exists()


def test_after_a_day_it_is_too_late(as_lead: Client, as_second: Client) -> None:
    approval = asked(as_lead, ADD_PRODUCT, **PRODUCT)
    Approval.objects.filter(pk=approval.pk).update(asked_at=approval.asked_at - timedelta(hours=24))

    said = decide(as_second, approval)

    assert "More than 24 hours have passed" in said
    assert not Product.objects.filter(code="widget").exists()


def test_a_second_click_carries_nothing_out_again(as_lead: Client, as_second: Client) -> None:
    approval = asked(as_lead, ADD_PRODUCT, **PRODUCT)
    decide(as_second, approval)

    said = decide(as_second, approval)

    assert "decided already" in said
    assert Product.objects.filter(code="widget").count() == 1


@pytest.mark.parametrize("name", ["decline", "withdraw"])
def test_what_is_declined_or_withdrawn_is_never_carried_out(as_lead: Client, as_second: Client, name: str) -> None:
    approval = asked(as_lead, ADD_PRODUCT, **PRODUCT)
    decide(as_second if name == "decline" else as_lead, approval, name)

    said = decide(as_second, approval)

    assert "decided already" in said
    assert not Product.objects.filter(code="widget").exists()
    approval.refresh_from_db()
    assert (approval.decision, approval.answer) == ("declined", "Not now.")


def test_what_was_changed_meanwhile_is_not_overwritten(as_lead: Client, as_second: Client, acme: Any) -> None:
    entity = IssuingEntity.objects.get(pk=acme.subscription.issuing_entity_id)
    page = reverse("admin:subscriptions_issuingentity_change", args=[entity.pk])
    approval = asked(as_lead, page, legal_name="Seatbill Holding")
    IssuingEntity.objects.filter(pk=entity.pk).update(address="Elsewhere 1")

    said = decide(as_second, approval)

    entity.refresh_from_db()
    assert "would no longer change what was asked for" in said
    assert (entity.legal_name != "Seatbill Holding", entity.address) == (True, "Elsewhere 1")
    approval.refresh_from_db()
    assert approval.decision == ""


def test_who_asked_must_still_be_allowed_to(as_lead: Client, as_second: Client, lead: User) -> None:
    approval = asked(as_lead, ADD_PRODUCT, **PRODUCT)
    lead.is_staff = False
    lead.save()

    said = decide(as_second, approval)

    assert "would no longer change what was asked for" in said
    assert not Product.objects.filter(code="widget").exists()


def test_prices_of_a_book_are_told_one_by_one(as_lead: Client, as_second: Client) -> None:
    Product.objects.create(code="widget", name="Widget", kind="add_on")
    book = PriceBook.objects.create(currency="USD", effective_date="2099-01-01", name="2099")
    PriceBookEntry.objects.create(price_book=book, product_id="widget", price=Decimal("12.5"))
    page = reverse("admin:subscriptions_pricebook_change", args=[book.pk])

    approval = asked(as_lead, page, **{"entries-0-price": "13"})
    decide(as_second, approval)

    assert len(approval.points) == 1
    assert approval.points[0].endswith("Price: 13 instead of 12.5")
    assert PriceBookEntry.objects.get(price_book=book).price == 13


def test_saving_without_a_change_needs_nobody(as_lead: Client) -> None:
    Product.objects.create(code="widget", name="Widget", kind="add_on")
    page = reverse("admin:subscriptions_product_change", args=["widget"])

    as_lead.post(page, form_on(as_lead.get(page).content.decode()))

    assert not Approval.objects.exists()


def test_a_person_sees_what_they_asked_for_and_a_lead_all(
    as_lead: Client, as_second: Client, as_csm: Client, csm: User
) -> None:
    leads, own = asked(as_lead, ADD_PRODUCT, **PRODUCT), make_approval(csm, reason="They insist.")
    page = reverse("admin:subscriptions_approval_changelist")

    assert set(as_second.get(page).context["cl"].result_list) == {leads, own}
    assert set(as_csm.get(page).context["cl"].result_list) == {own}
    assert as_second.get(step(leads, "change")).status_code == 200
    assert as_csm.get(step(leads, "change")).status_code == 404


def test_the_reason_that_was_given_first_stands(as_lead: Client) -> None:
    approval = asked(as_lead, ADD_PRODUCT, **PRODUCT)

    as_lead.post(step(approval, "ask"), {"reason": "Something else."})

    approval.refresh_from_db()
    assert approval.reason == WHY["reason"]


# --- What one person alone decides, and what not ---------------------------------------------------------------------


@pytest.fixture
def harbor(csm: User) -> Organization:
    """A customer of the CSM's, without an agreement."""
    organization = an_organization("harbor")
    organization.csms.add(csm)
    return organization


def kept_of(answer: HttpResponse) -> Approval:
    approval = Approval.objects.latest("pk")
    assert answer["Location"] == step(approval, "ask")
    return approval


def approved(browser: Client, second: Client, answer: HttpResponse) -> Approval:
    approval = kept_of(answer)
    browser.post(answer["Location"], WHY)
    decide(second, approval)
    approval.refresh_from_db()
    assert approval.decision == "approved"
    return approval


def test_an_agreement_that_begins_in_the_past_is_made_by_two(
    as_csm: Client, as_second: Client, harbor: Organization
) -> None:
    began = datetime.now(UTC).date() - timedelta(days=10)
    quote = accepted(an_agreement_draft(harbor, effective_date=began), on=datetime.now(UTC))
    page = reverse("admin:subscriptions_quote_process", args=[quote.pk])

    told = as_csm.get(page).content.decode()
    answer = as_csm.post(page, {"confirmed": "yes"})
    before = quote.steps.count()
    approval = approved(as_csm, as_second, answer)

    assert "in the past." in told
    assert [point for point in approval.points if point.endswith("in the past.")]
    assert (before, quote.steps.count()) == (2, 3)
    assert quote.steps.latest("pk").recorded_by.username == "acme-csm"


@pytest.mark.parametrize(("price", "needs_two"), [("112.00", False), ("111.99", True)])
def test_a_price_more_than_20_percent_under_the_book_is_agreed_by_two(
    as_csm: Client, harbor: Organization, price: str, needs_two: bool
) -> None:
    a_list_price("purecloud-3", "140")
    prices = {"purecloud-3": {"commitment": "80", "price": price}}
    begins = datetime.now(UTC).date() + timedelta(days=30)
    draft = an_agreement_draft(harbor, effective_date=begins, prices=prices)
    quote = accepted(draft, on=datetime.now(UTC))

    answer = as_csm.post(reverse("admin:subscriptions_quote_process", args=[quote.pk]), {"confirmed": "yes"})

    assert Approval.objects.exists() is needs_two
    assert (quote.steps.count() == 2) is needs_two
    if needs_two:
        assert "$111.99 is more than 20 % under the price book, which says $140.00." in kept_of(answer).points[0]


def test_a_change_to_a_price_far_under_the_book_is_recorded_by_two(
    as_csm: Client, as_second: Client, acme: Any
) -> None:
    a_list_price("purecloud-1", "75")
    page = reverse("admin:subscriptions_subscription_change_terms", args=[acme.subscription.pk])
    asked_for = {"product": "purecloud-1", "effective_date": "2099-01-15", "price": "50", "reason": "They insist."}

    answer = as_csm.post(page, asked_for | {"confirmed": "yes"})
    before = acme.subscription.changes.filter(reason="They insist.").count()
    approved(as_csm, as_second, answer)

    assert before == 0
    assert acme.subscription.changes.get(reason="They insist.").price == 50


@pytest.mark.parametrize(("limit", "needs_two"), [(75, False), (74, True)])
def test_more_than_the_limit_is_given_back_of_an_invoice_by_two(
    as_csm: Client, as_second: Client, csm: User, harbor: Organization, settings: Any, limit: int, needs_two: bool
) -> None:
    settings.CREDIT_LIMIT = limit
    subscription = a_subscription(harbor)
    report(subscription.organization, *a_working_day("ann", "2026-01-20"))
    close_due_cycles(now=datetime(2026, 2, 15, 11, tzinfo=UTC), organization_id=subscription.organization_id)
    invoice = Invoice.objects.get(subscription=subscription)
    page = reverse("admin:invoices_invoice_issue_credit_note", args=[invoice.pk])
    whole = {"place": "1", "scope": "whole", "reason": "Never worked.", "confirmed": ""}

    answer = as_csm.post(page, whole)

    assert Approval.objects.exists() is needs_two
    assert Credit.objects.exists() is not needs_two
    if needs_two:
        approved(as_csm, as_second, answer)
        assert Credit.objects.get(original=invoice).issued_by == csm


def test_the_name_of_who_is_erased_is_kept_nowhere(as_superuser: Client, as_second: Client, member: User) -> None:
    page = reverse("admin:auth_user_erase", args=[member.pk])
    asked_for = {"typed": member.username, "reason": "They asked."}

    stale = kept_of(as_superuser.post(page, asked_for))
    approved(as_superuser, as_second, as_superuser.post(page, asked_for))

    stale.refresh_from_db()
    assert not Approval.objects.filter(body__contains="acme-finance").exists()
    assert not Approval.objects.filter(subject__contains="acme-finance").exists()
    member.refresh_from_db()
    assert not member.is_active
