"""Keeps Python's search for cycles of garbage out of work that makes many objects and drops them in the end."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def collecting_afterwards() -> Iterator[None]:
    """
    Search for garbage once the work is done, not again and again while it makes objects that it still needs.

    What nobody refers to any more is freed at once all the same: only what refers to itself waits. The work must be
    bounded, as a chunk is.
    """
    if not gc.isenabled():
        # Somebody around us does it already.
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
