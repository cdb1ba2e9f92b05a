"""What a document number looks like (BR-75)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subscriptions.domain.numbering import document_number


@pytest.mark.parametrize(
    ("prefix", "sequence", "number"),
    [("INV-", 42, "INV-000042"), ("CN-", 1, "CN-000001"), ("INV-", 1_234_567, "INV-1234567"), ("", 7, "000007")],
)
def test_a_number_is_its_series_and_its_place_in_it(prefix, sequence, number):
    assert document_number(prefix=prefix, sequence=sequence) == number


@given(first=st.integers(1, 10**9), second=st.integers(1, 10**9))
def test_two_places_in_a_series_never_share_a_number(first, second):
    same = document_number(prefix="INV-", sequence=first) == document_number(prefix="INV-", sequence=second)
    assert same is (first == second)
