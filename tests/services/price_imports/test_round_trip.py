"""A list that is downloaded and uploaded again changes nothing (BR-31, BR-42, BR-78)."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subscriptions.domain.catalog import ProductKind, TaxCategory
from subscriptions.domain.price_list.checking import Catalog, category_words, check_table
from subscriptions.domain.price_list.comparison import compare
from subscriptions.domain.price_list.entry import Entry, ListKind, PriceList, Scope
from subscriptions.exports.price_list import price_list_csv, price_list_xlsx
from subscriptions.services.price_imports.reading import read_table

PRODUCTS = {f"product-{number}": ProductKind.NUMBER for number in range(20)}

# What a destination may be: anything that stands on one line, formulas and quotation marks included.
WORDS = st.one_of(
    st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]), min_size=1, max_size=30),
    st.text("=+-@'\"a, ;", min_size=1, max_size=8),
).filter(lambda text: bool(text) and text == text.strip() and "\ufffe" not in text and "\uffff" not in text)
PRICES = st.decimals(min_value=0, max_value=Decimal("99999999999999.999999"), places=6)

BOOKS = st.lists(
    st.builds(Entry, code=st.sampled_from(sorted(PRODUCTS)), price=PRICES, extra=st.none() | PRICES),
    unique_by=lambda entry: entry.key,
    min_size=1,
)
DECKS = st.lists(
    st.builds(
        Entry,
        code=st.from_regex(r"\A\+[0-9]{0,15}\Z"),
        direction=st.sampled_from(["outbound", "inbound", "toll_free"]),
        price=PRICES,
        words=WORDS,
    ),
    unique_by=lambda entry: entry.key,
    min_size=1,
)
TAXES = st.lists(
    st.builds(
        Entry,
        code=WORDS,
        price=st.decimals(min_value=0, max_value=999, places=6),
        extra=st.decimals(min_value=0, max_value=100, places=6),
        words=st.sets(st.sampled_from([category.value for category in TaxCategory]), min_size=1).map(category_words),
    ),
    unique_by=lambda entry: entry.key,
    min_size=1,
)
LISTS = st.one_of(
    st.tuples(st.just(ListKind.PRICE_BOOK), BOOKS),
    st.tuples(st.just(ListKind.RATE_DECK), DECKS),
    st.tuples(st.just(ListKind.TAX_RATES), TAXES),
)


def written(kind: ListKind, entries: list[Entry], form: str) -> bytes:
    prices = PriceList(entries=entries, since=date(2026, 1, 1))
    if form == "csv":
        return "".join(price_list_csv(prices, kind=kind)).encode()
    with price_list_xlsx(prices, kind=kind) as file:
        return file.read()


@pytest.mark.parametrize("form", ["csv", "xlsx"])
@given(kind_and_entries=LISTS)
def test_a_download_says_exactly_what_the_list_says(form: str, kind_and_entries: tuple[ListKind, list[Entry]]) -> None:
    kind, entries = kind_and_entries
    table = read_table(written(kind, entries, form))
    checked = check_table(table, kind=kind, catalog=Catalog(products=PRODUCTS))
    assert checked.faults == ()
    assert list(checked.entries) == entries
    assert compare(PriceList(entries=entries), checked.entries, kind=kind, scope=Scope.COMPLETE).is_empty


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_no_cell_of_a_download_is_a_formula(form: str) -> None:
    entries = [Entry(code="+33", direction="outbound", price=Decimal(1), words='=HYPERLINK("http://evil.example")')]
    content = written(ListKind.RATE_DECK, entries, form)
    if form == "csv":
        assert content.decode("utf-8-sig").splitlines()[1] == (
            """outbound,'+33,"'=HYPERLINK(""http://evil.example"")",1"""
        )
    else:
        [row] = read_table(content).rows
        assert row.cells == ["outbound", "+33", '=HYPERLINK("http://evil.example")', "1"]


def test_a_text_that_looks_like_an_escape_comes_back_as_it_was() -> None:
    entries = [Entry(code="+33", direction="outbound", price=Decimal(1), words="_x0041_ France")]

    [row] = read_table(written(ListKind.RATE_DECK, entries, "xlsx")).rows

    assert row.cells[2] == "_x0041_ France"
