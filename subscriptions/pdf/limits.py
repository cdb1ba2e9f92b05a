"""
Renders in a child process that may take a minute and a gigabyte, so that no document takes a worker down with it.

The child is a copy of this process (fork), which has read all it needs: it neither sees the database nor loads anything
anew. Where a copy is not safe (macOS), it is done here, without limits.
"""

import gc
import os
import pickle
import resource
import select
import signal
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar, cast

Made = TypeVar("Made")

SECONDS = 60
MEGABYTES = 1024


class RenderingLimitError(Exception):
    """A document took too long or too much memory; it was given up."""


def within_limits(render: Callable[[], Made]) -> Made:
    """
    Return what `render` returns, or raise what it raises.

    :raises RenderingLimitError: if it takes more than a minute or a gigabyte
    """
    if sys.platform != "linux":
        return render()
    reading, writing = os.pipe()
    with warnings.catch_warnings(action="ignore", category=DeprecationWarning):
        # A thread of this process holds no lock that rendering needs; if ever one did, the minute ends it.
        child = os.fork()
    if not child:
        _render_and_exit(render, reading, writing)
    os.close(writing)
    try:
        answer = _read(reading, until=time.monotonic() + SECONDS)
    finally:
        os.close(reading)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    if answer is None:
        raise RenderingLimitError(f"Rendering took more than {SECONDS} seconds and was given up.")
    if not answer:
        raise RenderingLimitError(f"Rendering ended with nothing: it may have needed more than {MEGABYTES} MB.")
    result = pickle.loads(answer)  # noqa: S301 - our own child's
    if isinstance(result, BaseException):
        raise result
    return cast("Made", result)


def _render_and_exit(render: Callable[[], object], reading: int, writing: int) -> None:
    """Render, hand over what came of it, and end without tidying up what belongs to the parent."""
    try:
        os.close(reading)
        # A collection would walk through all that the parent has, and so copy it. One document leaves little garbage,
        # and goes with the process.
        gc.disable()
        signal.set_wakeup_fd(-1)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGCHLD, signal.SIGALRM):
            signal.signal(number, signal.SIG_DFL)
        # Whoever waits for it may be killed: it does not outlive them for long.
        signal.alarm(SECONDS + 5)
        most = _memory_in_use() + MEGABYTES * 1024 * 1024
        resource.setrlimit(resource.RLIMIT_AS, (most, most))
        resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
        answer = _pickled(render)
        while answer:
            answer = answer[os.write(writing, answer) :]
    finally:
        os._exit(0)


def _pickled(render: Callable[[], object]) -> bytes:
    try:
        return pickle.dumps(render())
    except MemoryError:
        return pickle.dumps(RenderingLimitError(f"Rendering needs more than {MEGABYTES} MB and was given up."))
    except Exception as error:
        try:
            pickle.loads(kept := pickle.dumps(error))  # noqa: S301 - our own
        except Exception:
            return pickle.dumps(RuntimeError(f"{type(error).__name__}: {error}"))
        return kept


def _memory_in_use() -> int:
    """Return how much address space this process has: what it has is the document's no fault."""
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    return pages * os.sysconf("SC_PAGE_SIZE")


def _read(reading: int, *, until: float) -> bytes | None:
    """Return all that is written into a pipe; None if that takes too long."""
    pieces: list[bytes] = []
    while (left := until - time.monotonic()) > 0:
        if select.select([reading], [], [], left)[0]:
            piece = os.read(reading, 1 << 20)
            if not piece:
                return b"".join(pieces)
            pieces.append(piece)
    return None
