"""Every issued document can be computed again from what was stored with it (BR-77)."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.core.management.base import CommandError

from invoices.domain.charge import Charge
from invoices.domain.draft import InvoiceDraft, draft_invoice
from invoices.models import Invoice
from invoices.services import planning
from invoices.services.crediting import CreditRequest, issue_credit
from invoices.services.simulation.play import perform
from invoices.services.simulation.reading import read_story
from invoices.services.sweeping import close_due_cycles
from invoices.services.verifying import verify_invoice
from subscriptions.models import (
    AuthorityRate,
    ExemptionCertificate,
    Membership,
    Organization,
    OrganizationTax,
    PriceBookEntry,
    Product,
    Subscription,
    SubscriptionAllowance,
    SubscriptionPrice,
    TaxAuthority,
    VoiceRateDeckVersion,
)
from tests.factories.subscriptions import (
    a_change,
    a_list_price,
    a_prepaid_subscription,
    a_subscription,
    an_organization,
)
from tests.factories.usage import a_working_day, report
from usage.services.importing import import_trusted

pytestmark = pytest.mark.django_db

STORIES = sorted((Path(__file__).parent.parent / "scenarios").glob("*.yaml"))


CUTOFF = datetime(2026, 2, 15, 11, tzinfo=UTC)


def differences() -> list[str]:
    return [difference for invoice in Invoice.objects.all() for difference in verify_invoice(invoice)]


@pytest.mark.parametrize("path", STORIES, ids=lambda path: path.stem)
def test_what_a_story_issued_is_computed_again_to_the_cent(path: Path) -> None:
    perform(read_story(path).story)

    assert differences() == []


@pytest.mark.parametrize("path", STORIES[::5], ids=lambda path: path.stem)
def test_later_changes_of_prices_and_agreements_change_nothing(path: Path) -> None:
    perform(read_story(path).story)

    SubscriptionPrice.objects.update(price=1, overage_price=2, commitment=3)
    PriceBookEntry.objects.update(price=4)
    AuthorityRate.objects.update(rate=99)
    VoiceRateDeckVersion.objects.update(effective_date="2090-01-01")
    Subscription.objects.update(edition="2025", net_days=1, cutoff_hours=48, ramp_months=9)
    Organization.objects.update(name="Renamed", legal_name="Renamed")

    assert differences() == []


def test_a_line_that_says_something_else_is_noticed_though_the_totals_agree(monkeypatch: pytest.MonkeyPatch) -> None:
    perform(read_story(STORIES[0]).story)

    def draft_elsewhere(charges: Iterable[Charge], **terms: Any) -> InvoiceDraft | None:
        return draft_invoice([replace(charge, destination="elsewhere") for charge in charges], **terms)

    monkeypatch.setattr(planning, "draft_invoice", draft_elsewhere)

    found = differences()
    assert len(found) == Invoice.objects.count()
    assert all(": lines: issued" in difference and "elsewhere" in difference for difference in found)


def test_an_event_smuggled_in_before_the_cut_off_is_noticed(capsys: pytest.CaptureFixture[str]) -> None:
    subscription = perform(read_story(STORIES[0]).story)
    first = Invoice.objects.filter(cycle__state="closed").order_by("pk")[0]
    assert first.cycle is not None
    login = {
        "specversion": "1.0",
        "source": "/elsewhere",
        "subject": "smuggled",
        "time": first.cycle.starts_at.isoformat(),
        "received": first.cycle.starts_at.isoformat(),
    }
    import_trusted(
        [
            login | {"id": "1", "type": "license.assigned", "data": {"product": "purecloud-1"}},
            login | {"id": "2", "type": "user.logged_in", "data": {"session": "s", "client": "web"}},
        ],
        organization=subscription.organization,
    )

    with pytest.raises(SystemExit) as ended:
        call_command("verify_invoices")

    assert ended.value.code == 1
    assert first.number in capsys.readouterr().out


# --- Whatever was changed since (BR-77) ------------------------------------------------------------------------------


def billed_and_credited() -> Subscription:
    """Return an agreement with tax, a month of use, a late day that was corrected, and a credit note for a seat."""
    subscription = a_prepaid_subscription()
    organization = subscription.organization
    state = TaxAuthority.objects.create(name="State")
    AuthorityRate.objects.create(
        authority=state, effective_date="2020-01-01", rate=Decimal("6.25"), taxable=100, categories=["software"]
    )
    OrganizationTax.objects.create(organization=organization, authority=state)
    for user in ("ann", "bob", "cid"):
        report(organization, *a_working_day(user, "2026-01-20", "purecloud-3"))
    report(organization, *a_working_day("dan", "2026-01-21", "purecloud-3", received="2026-02-20T00:00:00Z"))
    close_due_cycles(now=CUTOFF)
    csm = User.objects.create_user("csm", is_staff=True)
    Membership.objects.create(organization=organization, user=User.objects.create_user("contact"), billing_contact=True)
    request = CreditRequest(place=1, parts=None, reason="Never worked")
    document = Invoice.objects.order_by("pk")[0]
    issue_credit(invoice_id=document.pk, request=request, issued_by=csm, now=CUTOFF)
    close_due_cycles(now=datetime(2026, 3, 15, 10, tzinfo=UTC))
    return subscription


def change_prices(subscription: Subscription) -> None:
    SubscriptionPrice.objects.update(price=1, overage_price=2, commitment=3)
    a_list_price("purecloud-3", "9.00", on=subscription.effective_date)


def change_the_agreement(subscription: Subscription) -> None:
    Subscription.objects.update(
        commercial_model="MONTH_TO_MONTH", licensing_model="hourly", edition="2016", net_days=1, ramp_months=9
    )
    a_change(
        subscription=subscription,
        product_id="purecloud-3",
        effective_date="2026-01-15",
        commitment=50,
        recorded_at=CUTOFF.replace(year=2025),
        reason="Backdated",
    )
    SubscriptionAllowance.objects.create(
        subscription=subscription, product_id="purecloud-3", resource_id="basic-ivr", quantity=1
    )


def change_names(subscription: Subscription) -> None:
    Organization.objects.update(name="Renamed", legal_name="Renamed", address="Elsewhere", country="DE", language="ja")
    Product.objects.update(name="Renamed")
    TaxAuthority.objects.update(name="Renamed")
    subscription.issuing_entity.legal_name = "Renamed"
    subscription.issuing_entity.save()


def change_people(subscription: Subscription) -> None:
    User.objects.filter(username="csm").update(username="renamed", first_name="Re", is_active=False)
    Membership.objects.all().delete()
    User.objects.filter(username="contact").delete()
    subscription.organization.csms.clear()


def change_taxes(subscription: Subscription) -> None:
    AuthorityRate.objects.update(rate=99, taxable=1, categories=["hardware"])
    OrganizationTax.objects.all().delete()
    ExemptionCertificate.objects.create(organization=subscription.organization, number="EX-1", valid_from="2020-01-01")


@pytest.mark.parametrize(
    "change", [change_prices, change_the_agreement, change_names, change_people, change_taxes], ids=lambda f: f.__name__
)
def test_what_was_changed_since_changes_no_document(change: Callable[[Subscription], None]) -> None:
    subscription = billed_and_credited()
    kinds = set(Invoice.objects.values_list("lines__kind", flat=True))
    assert kinds == {"prepay", "overage", "adjustment", "credit"}

    change(subscription)

    call_command("verify_invoices")


# --- The command -----------------------------------------------------------------------------------------------------


def verify(*arguments: str, status: int) -> None:
    if not status:
        call_command("verify_invoices", *arguments)
        return
    with pytest.raises(SystemExit) as ended:
        call_command("verify_invoices", *arguments)
    assert ended.value.code == status


def smuggle_in(subscription: Subscription) -> None:
    """Store a day of work as if it had been received in time for a close that has not seen it."""
    report(subscription.organization, *a_working_day("smuggled", "2026-01-20"))


def test_a_close_that_should_have_issued_something_is_reported(capsys: pytest.CaptureFixture[str]) -> None:
    subscription = a_subscription()
    close_due_cycles(now=CUTOFF)
    assert not Invoice.objects.exists()
    verify(status=0)

    smuggle_in(subscription)
    verify(status=1)

    printed = capsys.readouterr().out
    assert "lantern, period from 2026-01-15: an invoice over USD 75.00 is missing" in printed
    assert "Closes and openings without a document: 2, of which 1 lack one." in printed


def test_an_opening_that_should_have_issued_something_is_reported(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with monkeypatch.context() as broken:
        broken.setattr("invoices.services.closing._issue", lambda *_args: {})
        a_prepaid_subscription()
        close_due_cycles(now=CUTOFF)

    verify(status=1)

    # The advance of the first period, and that of the second on the document of the first close.
    printed = capsys.readouterr().out
    assert printed.count("lantern, period from 2026-01-15: an invoice over USD 280.00 is missing") == 2


def test_documents_that_are_as_they_should_be_end_well(capsys: pytest.CaptureFixture[str]) -> None:
    billed_and_credited()

    verify(status=0)

    printed = capsys.readouterr().out
    assert "4 documents computed again, 0 differ." in printed
    assert "Closes and openings without a document: 0, of which 0 lack one." in printed


def test_only_one_organization_is_looked_at_if_one_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    wrong, _right = a_subscription(), a_subscription(an_organization("harbor"))
    close_due_cycles(now=CUTOFF)
    smuggle_in(wrong)

    verify("--organization", "harbor", status=0)
    assert "Closes and openings without a document: 2, of which 0 lack one." in capsys.readouterr().out
    verify("--organization", "lantern", status=1)
    assert "lantern" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [(["--organization", "nobody"], "no organization with the code nobody"), (["INV-9"], "no document INV-9")],
)
def test_what_is_not_there_cannot_be_verified(arguments: list[str], complaint: str) -> None:
    with pytest.raises(CommandError, match=complaint):
        call_command("verify_invoices", *arguments)
