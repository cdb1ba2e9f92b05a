"""A lead uploads a price list, sees what would change or what is wrong, and confirms; nobody else does."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from subscriptions.choices import ImportState
from subscriptions.models import PriceBook, PriceImport, VoiceRateDeckVersion
from subscriptions.selectors.catalog import get_list_prices
from subscriptions.selectors.clock import database_now, latest_local_date
from subscriptions.services.price_imports import reading
from subscriptions.services.price_imports.working import work_on_imports
from tests.admin.conftest import beside, logged_in
from tests.admin.rows import Customer, make_authority, make_lead, make_price_book, make_rate_deck
from tests.admin.test_agreements import NEXT_YEAR
from tests.admin.test_voice import in_force

LIST = reverse("admin:subscriptions_priceimport_changelist")
ADD = reverse("admin:subscriptions_priceimport_add")
BOOK = "product,price,setup_price\npurecloud-1,80,\ndid-number,1.25,3\n"
DECK = "direction,prefix,destination,per_minute\noutbound,'+33,France,0.01\noutbound,'+81,Japan,0.02\n"


@pytest.fixture(autouse=True)
def woken(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Catch the wake-up calls: there is no worker."""
    calls: list[str] = []
    monkeypatch.setattr("subscriptions.admin.price_import.wake_worker", lambda: calls.append("woken"))
    return calls


def url(name: str, row: PriceImport) -> str:
    return reverse(f"admin:subscriptions_priceimport_{name}", args=[row.pk])


def file(content: str | bytes, name: str = "prices.csv") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content if isinstance(content, bytes) else content.encode())


def book_data(content: str | bytes = BOOK, **more: Any) -> dict[str, Any]:
    data = {"currency": "USD", "effective_date": NEXT_YEAR.isoformat(), "scope": "complete", "file": file(content)}
    return data | more


def deck_data(version: VoiceRateDeckVersion, content: str = DECK, **more: Any) -> dict[str, Any]:
    data = {"deck": version.deck_id, "effective_date": NEXT_YEAR.isoformat(), "increment_seconds": 6}
    return data | {"scope": "complete", "file": file(content)} | more


def uploaded(client: Client, data: dict[str, Any], kind: str = "price_book") -> PriceImport:
    """Return what was uploaded, after a worker has read it."""
    answer = client.post(f"{ADD}?kind={kind}", data)
    row = PriceImport.objects.latest("pk")
    assert answer.status_code == 302
    assert answer.url == url("change", row)
    work_on_imports(now=database_now())
    row.refresh_from_db()
    return row


def shown(client: Client, row: PriceImport, **query: Any) -> str:
    answer = client.get(url("change", row), query)
    assert answer.status_code == 200
    return answer.content.decode()


def confirmed(client: Client, row: PriceImport, **data: Any) -> str:
    answer = client.post(url("confirm", row), {"basis": row.basis} | data, follow=True)
    work_on_imports(now=database_now())
    row.refresh_from_db()
    return answer.content.decode()


def test_a_book_goes_from_its_file_into_force(
    as_two_leads: Client, lead: User, woken: list[str], django_capture_on_commit_callbacks: Any
) -> None:
    make_price_book(date(2026, 1, 1))
    with django_capture_on_commit_callbacks(execute=True):
        as_two_leads.post(ADD, book_data())
    row = PriceImport.objects.get()
    assert (row.uploaded_by, row.file_name, row.state) == (lead, "prices.csv", ImportState.UPLOADED)
    waiting = shown(as_two_leads, row)
    assert 'hx-trigger="every 2s"' in waiting
    assert "A worker reads the file" in waiting

    work_on_imports(now=database_now())
    row.refresh_from_db()
    page = shown(as_two_leads, row)
    assert 'hx-trigger="every 2s"' not in page
    for words in ("Raised", "$75.00", "$80.00", "+6.7%", "did-number", "in force since Jan 1, 2026"):
        assert words in page
    assert PriceBook.objects.count() == 1

    with django_capture_on_commit_callbacks(execute=True):
        confirming = as_two_leads.post(url("confirm", row), {"basis": row.basis})
    assert confirming.status_code == 302
    assert "puts these prices into force" in shown(as_two_leads, row)
    work_on_imports(now=database_now())
    row.refresh_from_db()
    assert woken == ["woken", "woken"]
    assert row.state == ImportState.IMPORTED
    assert get_list_prices(currency="USD", on=NEXT_YEAR)["purecloud-1"] == 80
    assert f"by {lead}" in shown(as_two_leads, row)
    entries = LogEntry.objects.filter(user=lead, object_id=str(row.pk), content_type__model="priceimport")
    assert entries.count() == 2


def test_the_rates_of_a_deck_go_into_force_and_say_what_a_shorter_prefix_rates(
    as_two_leads: Client, acme: Customer
) -> None:
    row = uploaded(as_two_leads, deck_data(in_force(acme)), kind="rate_deck")
    page = shown(as_two_leads, row)
    assert "1 prefix that the file does not name ends." in page
    assert "Of these, 1 would be rated by a shorter one." in page
    assert "Rated by +33 at $0.01 from then on" in page
    assert "only what changes" in page
    confirmed(as_two_leads, row)
    version = acme.subscription.rate_deck.versions.get(effective_date=NEXT_YEAR)
    assert set(version.rates.values_list("prefix", flat=True)) == {"+33", "+81"}


def test_tax_rates_go_into_force(as_two_leads: Client) -> None:
    make_authority("Texas")
    content = "authority,rate,taxable,categories\nTexas,9,80,software\n"
    row = uploaded(as_two_leads, {"effective_date": NEXT_YEAR.isoformat(), "file": file(content)}, kind="tax_rates")
    page = shown(as_two_leads, row)
    for words in ("Texas", "8.25%", "9%", "80%"):
        assert words in page
    confirmed(as_two_leads, row)
    assert row.state == ImportState.IMPORTED


def test_every_bad_row_is_shown_with_what_to_do_and_nothing_can_be_confirmed(as_two_leads: Client) -> None:
    row = uploaded(as_two_leads, book_data("product;price\nnobody;1\npurecloud-1;0,5\n;\n<script>;-1\n"))
    page = shown(as_two_leads, row)
    assert "Nothing was imported: 4 faults" in page
    for words in ("nobody", "add the product first", "0,5", "decimal point", "&lt;script&gt;", "not negative"):
        assert words in page
    assert "<script>;" not in page
    assert url("confirm", row) not in page
    assert "Nothing was done by this" in confirmed(as_two_leads, row)
    assert row.state == ImportState.FAULTY
    assert PriceBook.objects.count() == 0
    report = b"".join(as_two_leads.get(url("download", row)).streaming_content).decode()
    assert report.count("\r\n") == 5


def test_a_file_that_says_what_is_in_force_leaves_nothing_to_do(as_two_leads: Client) -> None:
    make_price_book(date(2026, 1, 1))
    row = uploaded(as_two_leads, book_data("product,price\npurecloud-1,75\n"))
    assert "there is nothing to import" in shown(as_two_leads, row)
    assert PriceBook.objects.count() == 1


def test_a_file_of_changes_takes_nothing_away(as_two_leads: Client) -> None:
    make_price_book(date(2026, 1, 1))
    content = "product,price\npurecloud-2,110\n"
    assert "1 product that the file does not name loses" in shown(
        as_two_leads, uploaded(as_two_leads, book_data(content))
    )
    row = uploaded(as_two_leads, book_data(content, scope="changes"))
    assert "loses" not in shown(as_two_leads, row)
    confirmed(as_two_leads, row)
    assert get_list_prices(currency="USD", on=NEXT_YEAR) == {"purecloud-1": 75, "purecloud-2": 110}


def test_confirming_twice_imports_once(as_two_leads: Client) -> None:
    row = uploaded(as_two_leads, book_data())
    confirmed(as_two_leads, row)
    imported_at = row.imported_at
    assert "Nothing was done by this" in confirmed(as_two_leads, row)
    assert (row.state, row.imported_at) == (ImportState.IMPORTED, imported_at)
    assert PriceBook.objects.count() == 1


def test_only_what_was_shown_is_confirmed(as_two_leads: Client) -> None:
    row = uploaded(as_two_leads, book_data())
    assert "confirm what you see" in confirmed(as_two_leads, row, basis="another")
    assert row.state == ImportState.READY
    assert as_two_leads.get(url("confirm", row)).status_code == 302
    assert as_two_leads.get(url("discard", row)).status_code == 302
    row.refresh_from_db()
    assert row.state == ImportState.READY


def test_of_two_leads_the_second_sees_what_their_file_would_change_now(
    as_two_leads: Client, superuser: User, second: User
) -> None:
    as_others = beside(second, superuser)
    mine = uploaded(as_two_leads, book_data())
    theirs = uploaded(as_others, book_data("product,price\npurecloud-1,90\n"))
    confirmed(as_two_leads, mine)
    confirmed(as_others, theirs)
    page = shown(as_others, theirs)
    assert "Somebody else has changed this list since you looked" in page
    assert "$90.00" in page
    assert get_list_prices(currency="USD", on=NEXT_YEAR)["purecloud-1"] == 80


def test_an_upload_is_its_owners_until_it_is_imported(as_two_leads: Client, as_superuser: Client) -> None:
    row = uploaded(as_two_leads, book_data())
    for client in (as_superuser, logged_in(make_lead("other"))):
        assert client.get(url("change", row)).status_code == 404
        assert client.get(url("download", row)).status_code == 404
        assert client.post(url("confirm", row), {"basis": row.basis}).status_code == 404
        assert client.post(url("discard", row)).status_code == 404
        assert row not in client.get(LIST).context["cl"].result_list
    row.refresh_from_db()
    assert row.state == ImportState.READY

    confirmed(as_two_leads, row)
    assert row in as_superuser.get(LIST).context["cl"].result_list
    assert "$80.00" in shown(as_superuser, row)
    assert as_superuser.post(url("discard", row)).status_code == 404


def test_a_file_is_discarded(as_two_leads: Client) -> None:
    row = uploaded(as_two_leads, book_data())
    page = as_two_leads.post(url("discard", row), follow=True).content.decode()
    assert "no price has changed" in page
    assert not PriceImport.objects.exists()
    assert as_two_leads.get(url("change", row)).status_code == 404


@pytest.mark.parametrize(
    ("kind", "wrong", "field"),
    [
        ("price_book", {"currency": ""}, "currency"),
        ("price_book", {"effective_date": ""}, "effective_date"),
        ("price_book", {"scope": "some"}, "scope"),
        ("price_book", {"file": ""}, "file"),
        ("price_book", {"file": file(b"")}, "file"),
        ("rate_deck", {"deck": ""}, "deck"),
        ("rate_deck", {"increment_seconds": ""}, "increment_seconds"),
        ("rate_deck", {"increment_seconds": 0}, "increment_seconds"),
    ],
)
def test_what_is_wrong_with_an_upload_names_the_field(
    kind: str, wrong: dict[str, Any], field: str, as_two_leads: Client, acme: Customer
) -> None:
    data = book_data() if kind == "price_book" else deck_data(in_force(acme))
    answer = as_two_leads.post(f"{ADD}?kind={kind}", data | wrong)
    assert set(answer.context["adminform"].form.errors) == {field}
    assert not PriceImport.objects.exists()


def test_a_file_that_is_too_large_is_not_stored(as_two_leads: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("subscriptions.forms.price_import.MAX_FILE_BYTES", 10)
    answer = as_two_leads.post(ADD, book_data())
    assert set(answer.context["adminform"].form.errors) == {"file"}
    assert not PriceImport.objects.exists()
    assert reading.MAX_FILE_BYTES > 10


@pytest.mark.parametrize(
    ("kind", "words"),
    [("price_book", "Import a price book"), ("rate_deck", "the rates of a deck"), ("tax_rates", "Import tax rates")],
)
def test_an_upload_says_what_it_is_for_and_that_nothing_is_imported_yet(
    kind: str, words: str, as_two_leads: Client
) -> None:
    page = as_two_leads.get(f"{ADD}?kind={kind}").content.decode()
    assert page.count(words) > 1
    assert "Nothing is imported yet" in page
    assert "Upload and compare" in page


def test_a_list_of_no_known_kind_is_not_there(as_two_leads: Client) -> None:
    assert as_two_leads.get(f"{ADD}?kind=jokes").status_code == 404


def test_uploading_to_a_deck_begins_with_its_increment(as_two_leads: Client, acme: Customer) -> None:
    version = in_force(acme)
    VoiceRateDeckVersion.objects.filter(pk=version.pk).update(increment_seconds=60)
    answer = as_two_leads.get(
        reverse("admin:subscriptions_voiceratedeck_import_rates", args=[version.deck_id]), follow=True
    )
    form = answer.context["adminform"].form
    assert (form.initial["deck"], form.initial["increment_seconds"]) == (str(version.deck_id), 60)


def test_a_page_shows_fifty_of_many_changes_and_asks_the_database_no_more_for_it(as_two_leads: Client) -> None:
    counts = []
    for rows in (3, 400):
        deck = VoiceRateDeckVersion.objects.create(
            deck=make_rate_deck(f"Deck {rows}").deck, effective_date=latest_local_date() - timedelta(days=1)
        )
        lines = "".join(f"inbound,'+{number},Place,0.01\n" for number in range(1000, 1000 + rows))
        row = uploaded(as_two_leads, deck_data(deck, DECK + lines), kind="rate_deck")
        with CaptureQueriesContext(connection) as queries:
            page = shown(as_two_leads, row)
        counts.append(len(queries))
    assert page.count('<th scope="row">') == 50
    assert "1 to 50 of 402" in page
    assert "Page 1 of 9" in page
    assert shown(as_two_leads, row, p=9).count('<th scope="row">') == 2
    assert shown(as_two_leads, row, change="raised").count('<th scope="row">') == 0
    assert "401 to 402 of 402" in shown(as_two_leads, row, change="added", p=9)
    assert counts[0] == counts[1]
    assert counts[0] <= 8


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_what_is_in_force_is_downloaded_and_uploaded_again_without_a_change(
    ending: str, as_csm: Client, as_two_leads: Client, acme: Customer
) -> None:
    make_price_book(date(2026, 1, 1))
    version = in_force(acme)
    for kind, address, data in (
        ("price_book", _page("pricebook", PriceBook.objects.get(), ending), book_data()),
        ("rate_deck", _page("voiceratedeckversion", version, ending), deck_data(version)),
        ("tax_rates", reverse(f"admin:subscriptions_taxauthority_download_{ending}"), {"effective_date": NEXT_YEAR}),
    ):
        answer = as_csm.get(address)
        assert answer["Content-Disposition"].startswith("attachment; filename=")
        assert answer["Content-Disposition"].endswith(f'.{ending}"')
        row = uploaded(as_two_leads, data | {"file": file(answer.getvalue())}, kind=kind)
        assert row.state == ImportState.UNCHANGED, kind


def test_the_ways_in_are_offered_to_leads_alone(as_two_leads: Client, as_csm: Client, acme: Customer) -> None:
    deck = in_force(acme).deck
    for address, way in (
        (reverse("admin:subscriptions_pricebook_changelist"), "subscriptions_pricebook_import_file"),
        (reverse("admin:subscriptions_taxauthority_changelist"), "subscriptions_taxauthority_import_file"),
        (LIST, "subscriptions_priceimport_import_rates"),
    ):
        link = reverse(f"admin:{way}")
        assert link in as_two_leads.get(address).content.decode()
        assert link not in as_csm.get(address).content.decode()
        assert as_two_leads.get(link).url.startswith(ADD)
        assert as_csm.get(link).status_code == 403
    assert as_csm.get(reverse("admin:subscriptions_voiceratedeck_import_rates", args=[deck.pk])).status_code == 403


def _page(model: str, row: Any, ending: str) -> str:
    return reverse(f"admin:subscriptions_{model}_download_{ending}", args=[row.pk])
