"""The command that explains a document in the terminal (BR-77)."""

import csv
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from invoices.models import Invoice
from invoices.services.simulation.play import perform
from invoices.services.simulation.reading import read_story
from tests.portal import rows

SCENARIOS = Path(__file__).parent.parent / "scenarios"


def tell(name: str) -> None:
    perform(read_story(next(SCENARIOS.glob(f"{name}-*.yaml"))).story)


@pytest.fixture
def _told(db: None) -> None:
    tell("01")


@pytest.mark.usefixtures("_told")
def test_every_line_is_explained(capsys):
    call_command("explain_invoice", "INV-000003")

    printed = capsys.readouterr().out
    assert "1. PureCloud 1 (commitment), Mar 31 – Apr 29, 2028" in printed
    assert "2. PureCloud 1 (overage above the commitment), Feb 29 – Mar 30, 2028" in printed
    assert "5 − 3 = 2; 2 × $66.00 = $132.00" in printed
    assert "(BR-20, BR-30, BR-31)" in printed
    assert "Mar 7, 2028, 10:00 AM" in printed


@pytest.mark.usefixtures("_told")
def test_one_line_is_explained_alone(capsys):
    call_command("explain_invoice", "INV-000003", "--line", "2")

    printed = capsys.readouterr().out
    assert "2. PureCloud 1" in printed
    assert "1. PureCloud 1" not in printed


@pytest.mark.parametrize("path", sorted(SCENARIOS.glob("*.yaml")), ids=lambda path: path.stem)
def test_every_document_of_every_story_is_explained_with_a_file_for_each_line(db, path, tmp_path, capsys):
    perform(read_story(path).story)

    for invoice in Invoice.objects.all():
        call_command("explain_invoice", invoice.number, "--csv", str(tmp_path))
        for number in range(1, invoice.lines.count() + 1):
            with (tmp_path / f"{invoice.number}-line-{number}.csv").open(encoding="utf-8", newline="") as file:
                assert len(list(csv.reader(file))) > 1


@pytest.mark.usefixtures("_told")
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["INV-999999"], "There is no document INV-999999"),
        (["INV-000003", "--issuer", "nobody"], "There is no document INV-000003 of nobody"),
        (["INV-000003", "--line", "9"], "INV-000003 has 2 lines: there is no line 9"),
        (["INV-000003", "--csv", "/nowhere/at/all"], "/nowhere/at/all is no folder: make it first"),
    ],
)
def test_what_is_not_there_is_said(arguments, message):
    with pytest.raises(CommandError, match=message):
        call_command("explain_invoice", *arguments)


@pytest.mark.usefixtures("_told")
def test_a_number_that_two_issuers_use_asks_which(capsys):
    issuer = Invoice.objects.first().issuing_entity.code
    rows.make_invoice(rows.make_subscription(rows.make_organization()), 3)

    with pytest.raises(CommandError, match=r"choose with --issuer \(seat-us, "):
        call_command("explain_invoice", "INV-000003")
    call_command("explain_invoice", "INV-000003", "--issuer", issuer)

    assert "2 × $66.00 = $132.00" in capsys.readouterr().out
