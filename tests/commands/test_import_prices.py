"""The commands that import price lists: the same service, a report of every bad row, and exit status 2."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from subscriptions.models import (
    AuthorityRate,
    PriceBook,
    PriceImport,
    TaxAuthority,
    VoiceRate,
    VoiceRateDeck,
    VoiceRateDeckVersion,
)
from subscriptions.services.price_imports.importing import OutdatedError
from tests.factories.subscriptions import a_list_price

pytestmark = pytest.mark.django_db

TO_COME = date(2099, 1, 1)


def saved(folder: Path, content: str) -> str:
    path = folder / "prices.csv"
    path.write_text(content, encoding="utf-8")
    return str(path)


def import_book(path: str, *more: str) -> None:
    call_command("import_price_book", path, "--currency", "USD", "--effective-date", "2099-01-01", *more)


def test_a_price_book_is_imported_and_again_changes_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    a_list_price("purecloud-1", "70")
    a_list_price("purecloud-2", "110")
    path = saved(tmp_path, "product,price\npurecloud-1,75\n")
    import_book(path)
    assert "Imported: raised 1, lowered 0, removed 1, added 0, renamed 0." in capsys.readouterr().out
    book = PriceBook.objects.get(effective_date=TO_COME)
    assert list(book.entries.values_list("product_id", "price")) == [("purecloud-1", 75)]

    import_book(path)
    assert "there is nothing to import" in capsys.readouterr().out
    assert PriceBook.objects.filter(effective_date=TO_COME).get() == book
    assert PriceImport.objects.count() == 1


def test_a_dry_run_says_what_would_change_and_writes_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    import_book(saved(tmp_path, "product,price\npurecloud-1,75\n"), "--dry-run")
    assert "Would import: raised 0, lowered 0, removed 0, added 1" in capsys.readouterr().out
    assert not PriceBook.objects.exists()
    assert not PriceImport.objects.exists()


def test_only_changes_leave_the_rest_as_it_is(tmp_path: Path) -> None:
    a_list_price("purecloud-2", "110")
    import_book(saved(tmp_path, "product,price\npurecloud-1,75\n"), "--only-changes")
    assert PriceBook.objects.get(effective_date=TO_COME).entries.count() == 2


@pytest.mark.parametrize("more", [(), ("--dry-run",)], ids=["import", "dry run"])
def test_every_bad_row_is_reported_with_exit_status_2(
    more: tuple[str, ...], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(CommandError, match="2 faults are to be mended") as error:
        import_book(saved(tmp_path, "product,price\nnobody,1\npurecloud-1,-5\npurecloud-2,1\n"), *more)
    assert error.value.returncode == 2
    report = capsys.readouterr().err
    assert "line 2 product “nobody”: There is no product with this code" in report
    assert "line 3 price “-5”: A price is not negative" in report
    assert not PriceBook.objects.exists()
    assert not PriceImport.objects.exists()


def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"Cannot read .*No such file") as error:
        import_book(str(tmp_path / "nothing.csv"))
    assert error.value.returncode == 2


def test_a_list_that_somebody_else_changes_at_the_same_time_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lose(*_args: object, **_how: object) -> None:
        raise OutdatedError

    monkeypatch.setattr("subscriptions.services.price_imports.working.import_findings", lose)
    with pytest.raises(CommandError, match="Run the command again"):
        import_book(saved(tmp_path, "product,price\npurecloud-1,75\n"))
    assert not PriceImport.objects.exists()


def test_the_rates_of_a_deck_are_imported(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    deck = VoiceRateDeck.objects.create(name="World", currency="USD")
    version = VoiceRateDeckVersion.objects.create(deck=deck, effective_date=date(2026, 1, 1))
    for prefix in ("+33", "+336"):
        VoiceRate.objects.create(
            version=version, direction="outbound", prefix=prefix, destination="France", per_minute=Decimal("0.01")
        )
    path = saved(tmp_path, "direction,prefix,destination,per_minute\noutbound,+33,France,0.02\n")
    call_command("import_rate_deck", path, "--deck", "World", "--effective-date", "2099-01-01", "--increment", "60")
    coming = deck.versions.get(effective_date=TO_COME)
    assert (coming.increment_seconds, coming.rates.get().per_minute) == (60, Decimal("0.02"))
    assert "Removed prefixes that a shorter one rates from then on: 1." in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--deck", "Moon"], "There is no rate deck Moon"),
        (["--deck", "World", "--increment", "0"], "at least 1 second"),
    ],
)
def test_what_is_wrong_with_a_deck_is_said(arguments: list[str], message: str, tmp_path: Path) -> None:
    VoiceRateDeck.objects.create(name="World", currency="USD")
    path = saved(tmp_path, "direction,prefix,destination,per_minute\noutbound,+33,France,0.02\n")
    with pytest.raises(CommandError, match=message) as error:
        call_command("import_rate_deck", path, "--effective-date", "2099-01-01", *arguments)
    assert error.value.returncode == 2
    assert not VoiceRateDeckVersion.objects.exists()


def test_tax_rates_are_imported(tmp_path: Path) -> None:
    TaxAuthority.objects.create(name="Texas")
    path = saved(tmp_path, "authority,rate,categories\nTexas,8.25,software\n")
    call_command("import_tax_rates", path, "--effective-date", "2099-01-01")
    assert AuthorityRate.objects.get().rate == Decimal("8.25")
