"""Columns of texts: told apart whether they are of one length or of many."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from usage.domain import texts
from usage.domain.texts import texts_of, together

of_any_length = st.lists(st.text(st.sampled_from("abé+-"), min_size=1, max_size=12), max_size=30)
of_one_length = st.lists(st.sampled_from(["a" * 36, "a" * 35 + "b", "b" * 36, "c" * 36]), max_size=30)


@pytest.fixture(scope="module", params=[0, texts._FEW], autouse=True, ids=["in columns", "one by one"])
def _way(request):
    """Tell texts apart in both ways, however few there are."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(texts, "_FEW", request.param)
        yield


@given(found=of_any_length | of_one_length)
def test_the_same_text_has_the_same_number(found):
    numbers, rows = texts_of(found).numbered()

    assert len(set(numbers.tolist())) == len(rows) == len(set(found))
    assert [found[rows[number]] for number in numbers.tolist()] == found


@pytest.mark.parametrize("size", [1, 7, 8, 9, 16, 36])
def test_texts_that_differ_in_one_byte_are_told_apart(size):
    found = ["a" * place + "b" + "a" * (size - place - 1) for place in range(size)]

    numbers, rows = texts_of([*found, *found]).numbered()

    assert len(set(numbers.tolist())) == len(rows) == size
    assert numbers[:size].tolist() == numbers[size:].tolist()


@pytest.mark.parametrize("different", [1, 3, 40], ids=lambda count: f"{count} texts")
def test_texts_whose_hashes_meet_are_told_apart(different, monkeypatch):
    monkeypatch.setattr(texts, "_SPREAD", np.uint64(0))
    found = [f"{number:036}" for number in range(different)] * 2

    numbers, rows = texts_of(found).numbered()

    assert len(set(numbers.tolist())) == len(rows) == different
    assert [found[rows[number]] for number in numbers.tolist()] == found


@given(columns=st.lists(of_any_length | of_one_length, max_size=4))
def test_columns_come_back_as_they_were(columns):
    whole = together([texts_of(column) for column in columns])

    assert whole.at(range(len(whole))) == [text for column in columns for text in column]
