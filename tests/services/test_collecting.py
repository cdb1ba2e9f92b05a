"""Garbage is searched for once bounded work is done, and always again afterwards."""

import gc

import pytest

from subscriptions.services.collecting import collecting_afterwards


def test_the_search_rests_during_the_work_and_goes_on_afterwards():
    assert gc.isenabled()
    with collecting_afterwards():
        assert not gc.isenabled()
        with collecting_afterwards():
            assert not gc.isenabled()
        assert not gc.isenabled()
    assert gc.isenabled()


def test_the_search_goes_on_after_work_that_failed():
    with pytest.raises(ZeroDivisionError), collecting_afterwards():
        raise ZeroDivisionError
    assert gc.isenabled()


def test_where_nobody_searches_nobody_begins_to():
    gc.disable()
    try:
        with collecting_afterwards():
            assert not gc.isenabled()
        assert not gc.isenabled()
    finally:
        gc.enable()
