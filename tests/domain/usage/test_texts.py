"""Columns of texts: told apart whether they are of one length or of many."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from usage.domain import texts
from usage.domain.texts import texts_of

of_any_length = st.lists(st.text(st.sampled_from("abé+-"), min_size=1, max_size=12), max_size=30)
of_one_length = st.lists(st.sampled_from(["a" * 36, "a" * 35 + "b", "b" * 36, "c" * 36]), max_size=30)


@given(found=of_any_length | of_one_length)
def test_the_same_text_has_the_same_number(found):
    numbers, rows = texts_of(found).numbered()

    assert len(set(numbers.tolist())) == len(rows) == len(set(found))
    assert [found[rows[number]] for number in numbers.tolist()] == found


@given(found=of_one_length)
def test_texts_whose_hashes_meet_are_told_apart_one_by_one(found):
    spread, texts._SPREAD = texts._SPREAD, np.uint64(0)
    try:
        numbers, _rows = texts_of(found).numbered()
    finally:
        texts._SPREAD = spread

    assert len(set(numbers.tolist())) == len(set(found))


@given(some=of_any_length, others=of_any_length)
def test_columns_come_back_as_they_were(some, others):
    both = texts_of(some) + texts_of(others)

    assert both.at(range(len(both))) == [*some, *others]
