"""What only a real PostgreSQL can show: imports at the very same moment."""

import threading
from collections.abc import Callable

import pytest

from subscriptions.choices import ImportState
from subscriptions.models import PriceBook, PriceBookEntry, PriceImport
from subscriptions.services.price_imports import importing
from subscriptions.services.price_imports.importing import OutdatedError
from subscriptions.services.price_imports.uploads import confirm_upload, store_upload
from subscriptions.services.price_imports.working import import_file, work_on_imports
from tests.services.price_imports.files import NOW, a_csv, for_book
from tests.together import PATIENCE, at_once

pytestmark = [pytest.mark.postgresql, pytest.mark.usefixtures("committed_db")]


@pytest.fixture
def _compared_together(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let nobody import before both have compared their file with the list in force."""
    compared, take_turn = threading.Barrier(2), importing._take_turn

    def wait() -> None:
        compared.wait(PATIENCE)
        take_turn()

    monkeypatch.setattr(importing, "_take_turn", wait)


@pytest.mark.usefixtures("_compared_together")
def test_of_two_who_import_at_once_one_is_told_and_the_other_is_whole() -> None:
    def importer(price: int) -> Callable[[], object]:
        content = a_csv("product,price", f"purecloud-1,{price}", f"purecloud-2,{price}")
        return lambda: import_file(content, file_name="prices.csv", target=for_book(), now=NOW)

    results = at_once(importer(75), importer(80))

    assert sum(isinstance(result, OutdatedError) for result in results) == 1
    assert PriceBook.objects.count() == 1
    assert len(set(PriceBookEntry.objects.values_list("price", flat=True))) == 1
    assert PriceBookEntry.objects.count() == 2
    assert PriceImport.objects.get().state == ImportState.IMPORTED


def test_several_workers_import_what_was_confirmed_once() -> None:
    rows = [
        store_upload(
            a_csv("product,price", f"purecloud-1,{price}"),
            file_name="prices.csv",
            target=for_book(currency=currency),
            uploaded_by=None,
            now=NOW,
        )
        for price, currency in ((75, "USD"), (70, "EUR"))
    ]
    work_on_imports(now=NOW)
    for row in rows:
        row.refresh_from_db()
        assert confirm_upload(row.pk, basis=row.basis)
    done = at_once(*[lambda: work_on_imports(now=NOW)] * 3)
    assert sum(int(str(count)) for count in done) == 2
    assert PriceBook.objects.count() == 2
    assert set(PriceImport.objects.values_list("state", flat=True)) == {ImportState.IMPORTED}
