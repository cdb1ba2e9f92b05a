"""Uploads wait in the database: any worker reads them, imports what was confirmed, and old ones are forgotten."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.db import OperationalError

from subscriptions.choices import ImportState
from subscriptions.domain.price_list.entry import Scope
from subscriptions.domain.price_list.fault import Problem
from subscriptions.models import PriceBook, PriceImport
from subscriptions.selectors.catalog import get_list_prices
from subscriptions.services.price_imports import working
from subscriptions.services.price_imports.findings import load_findings
from subscriptions.services.price_imports.uploads import (
    KEPT_FOR,
    confirm_upload,
    discard_upload,
    forget_old_uploads,
    store_upload,
)
from subscriptions.services.price_imports.working import TAKEN_ON_FOR, work_on, work_on_imports
from tests.factories.subscriptions import a_list_price
from tests.services.price_imports.files import NOW, TO_COME, a_csv, for_book

pytestmark = pytest.mark.django_db

BOOK = a_csv("product,price", "purecloud-1,75", "purecloud-2,110")


def upload(content: bytes = BOOK, scope: Scope = Scope.COMPLETE) -> PriceImport:
    return store_upload(
        content, file_name="prices.csv", target=for_book(scope=scope), uploaded_by=User.objects.first(), now=NOW
    )


def state(row: PriceImport) -> str:
    row.refresh_from_db()
    return row.state


def confirm(row: PriceImport) -> bool:
    row.refresh_from_db()
    return confirm_upload(row.pk, basis=row.basis)


def test_an_upload_is_read_shown_confirmed_and_imported() -> None:
    row = upload()
    assert work_on_imports(now=NOW) == 1
    assert state(row) == ImportState.READY
    assert row.counts["added"] == 2
    assert row.rows_read == 2
    assert PriceBook.objects.count() == 0

    assert confirm(row)
    assert work_on_imports(now=NOW) == 1
    assert state(row) == ImportState.IMPORTED
    assert row.imported_at == NOW
    assert bytes(row.content) == b""
    comparison = load_findings(row).comparison
    assert comparison is not None
    assert len(comparison.changes) == 2
    assert get_list_prices(currency="USD", on=TO_COME) == {"purecloud-1": 75, "purecloud-2": 110}
    assert work_on_imports(now=NOW) == 0


@pytest.mark.parametrize(
    ("content", "expected"),
    [(a_csv("product,price", "nobody,1"), ImportState.FAULTY), (b"", ImportState.FAULTY)],
    ids=["a bad row", "nothing at all"],
)
def test_a_faulty_file_cannot_be_confirmed(content: bytes, expected: ImportState) -> None:
    row = upload(content)
    work_on_imports(now=NOW)
    assert state(row) == expected
    assert row.counts == {"faults": 1}
    assert not confirm(row)
    assert state(row) == expected


def test_what_is_in_force_already_leaves_nothing_to_confirm() -> None:
    a_list_price("purecloud-1", "75", on=TO_COME)
    a_list_price("purecloud-2", "110", on=TO_COME)
    row = upload()
    work_on_imports(now=NOW)
    assert state(row) == ImportState.UNCHANGED
    assert not confirm(row)


def test_nothing_is_confirmed_twice_nor_before_it_was_read() -> None:
    row = upload()
    assert not confirm(row)
    work_on_imports(now=NOW)
    assert confirm(row)
    assert not confirm(row)
    work_on_imports(now=NOW)
    assert not confirm(row)
    assert PriceBook.objects.count() == 1


def test_only_what_was_seen_is_confirmed() -> None:
    row = upload()
    work_on_imports(now=NOW)
    assert not confirm_upload(row.pk, basis="what another page showed")
    assert state(row) == ImportState.READY


def test_of_two_imports_at_once_the_second_is_shown_what_it_would_change_now() -> None:
    first, second = upload(), upload(a_csv("product,price", "purecloud-1,80"))
    work_on_imports(now=NOW)
    assert confirm(first)
    assert confirm(second)
    work_on_imports(now=NOW)
    assert (state(first), state(second)) == (ImportState.IMPORTED, ImportState.READY)
    assert second.was_outdated
    assert second.counts["raised"] == 1
    assert get_list_prices(currency="USD", on=TO_COME)["purecloud-1"] == 75

    assert confirm(second)
    work_on_imports(now=NOW)
    assert state(second) == ImportState.IMPORTED
    assert get_list_prices(currency="USD", on=TO_COME) == {"purecloud-1": 80}


def test_of_two_who_import_the_same_the_second_is_told_that_it_is_done() -> None:
    first, second = upload(), upload()
    work_on_imports(now=NOW)
    confirm(first)
    confirm(second)
    work_on_imports(now=NOW)
    assert (state(first), state(second)) == (ImportState.IMPORTED, ImportState.UNCHANGED)
    assert second.was_outdated
    assert PriceBook.objects.count() == 1


def test_what_was_confirmed_before_midnight_is_not_imported_into_a_day_that_has_begun() -> None:
    a_list_price("purecloud-1", "70")
    row = upload()
    work_on_imports(now=NOW)
    confirm(row)
    work_on_imports(now=NOW + timedelta(days=40))
    assert state(row) == ImportState.FAULTY
    assert [fault.problem for fault in load_findings(row).faults] == [Problem.OTHER_DAY]
    assert PriceBook.objects.count() == 1


def test_a_row_that_somebody_works_on_is_passed_by_until_they_must_have_died() -> None:
    row = upload()
    PriceImport.objects.filter(pk=row.pk).update(claimed_at=NOW)
    assert work_on_imports(now=NOW + TAKEN_ON_FOR) == 0
    assert state(row) == ImportState.UPLOADED
    assert work_on_imports(now=NOW + TAKEN_ON_FOR + timedelta(seconds=1)) == 1
    assert state(row) == ImportState.READY


def test_a_row_worked_on_twice_is_imported_once() -> None:
    row = upload()
    work_on_imports(now=NOW)
    confirm(row)
    late = PriceImport.objects.get(pk=row.pk)
    work_on_imports(now=NOW)
    working._import(late, now=NOW + timedelta(minutes=1))
    assert state(row) == ImportState.IMPORTED
    assert not row.was_outdated
    assert row.imported_at == NOW
    assert PriceBook.objects.count() == 1


def test_what_fails_says_so_and_leaves_the_others_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    broken, fine = upload(b"product,price\nboom,1\n"), upload()
    really = working.check_file

    def check(content: bytes, **how: object) -> object:
        if b"boom" in content:
            raise ZeroDivisionError
        return really(content, **how)  # type: ignore[arg-type]

    monkeypatch.setattr(working, "check_file", check)
    assert work_on_imports(now=NOW) == 2
    assert (state(broken), state(fine)) == (ImportState.FAULTY, ImportState.READY)
    assert [fault.problem for fault in load_findings(broken).faults] == [Problem.FAILED]


def test_a_lost_connection_says_nothing_about_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    row = upload()

    def lose(*_args: object, **_how: object) -> None:
        raise OperationalError("server closed the connection")

    monkeypatch.setattr(working, "check_file", lose)
    with pytest.raises(OperationalError):
        work_on(row.pk, now=NOW)
    assert state(row) == ImportState.UPLOADED


def test_an_upload_is_discarded_until_it_is_confirmed() -> None:
    row = upload()
    work_on_imports(now=NOW)
    confirm(row)
    assert not discard_upload(row.pk)
    work_on_imports(now=NOW)
    assert not discard_upload(row.pk)
    assert state(row) == ImportState.IMPORTED
    other = upload(b"")
    assert discard_upload(other.pk)
    assert not discard_upload(other.pk)
    assert not PriceImport.objects.filter(pk=other.pk).exists()


def test_a_long_file_name_is_cut() -> None:
    row = store_upload(b"", file_name="n" * 255, target=for_book(), uploaded_by=None, now=NOW)
    assert state(row) == ImportState.UPLOADED
    assert row.file_name == "n" * 200


def test_what_nobody_confirms_in_a_day_is_forgotten_and_what_was_imported_is_kept() -> None:
    imported, confirmed, waiting = upload(), upload(), upload()
    work_on_imports(now=NOW)
    confirm(imported)
    work_on_imports(now=NOW)
    PriceImport.objects.filter(pk=confirmed.pk).update(state=ImportState.CONFIRMED)
    assert forget_old_uploads(now=NOW + KEPT_FOR) == 0
    assert forget_old_uploads(now=NOW + KEPT_FOR + timedelta(seconds=1)) == 1
    assert set(PriceImport.objects.values_list("pk", flat=True)) == {imported.pk, confirmed.pk}
    assert not PriceImport.objects.filter(pk=waiting.pk).exists()
