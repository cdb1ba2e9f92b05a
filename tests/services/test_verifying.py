"""Every issued document can be computed again from what was stored with it (BR-77)."""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from invoices.domain.charge import Charge
from invoices.domain.draft import InvoiceDraft, draft_invoice
from invoices.models import Invoice
from invoices.services import planning
from invoices.services.simulation.play import perform
from invoices.services.simulation.reading import read_story
from invoices.services.verifying import verify_invoice
from subscriptions.models import (
    AuthorityRate,
    Organization,
    PriceBookEntry,
    Subscription,
    SubscriptionPrice,
    VoiceRateDeckVersion,
)
from usage.services.importing import import_trusted

pytestmark = pytest.mark.django_db

STORIES = sorted((Path(__file__).parent.parent / "scenarios").glob("*.yaml"))


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
