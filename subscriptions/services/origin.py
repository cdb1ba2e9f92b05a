"""From where something is done: a request, a command or a worker; the interface says so, the audit trail asks."""

import getpass
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path

from subscriptions.choices import AuditOrigin


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """By which way something came, from where, and what it has left entries about: kind and key of a row, by whom."""

    kind: AuditOrigin
    place: str
    recorded: set[tuple[str, str, int | None]] = field(default_factory=set)


_origin: ContextVar[Origin | None] = ContextVar("origin", default=None)


@contextmanager
def acting_from(kind: AuditOrigin, place: str) -> Iterator[Origin]:
    """Let everything that is done inside come from a place."""
    origin = Origin(kind=kind, place=place)
    token = _origin.set(origin)
    try:
        yield origin
    finally:
        _origin.reset(token)


def current_origin() -> Origin:
    """Return from where something is done now; outside of requests and tasks, the command that runs and who runs it."""
    return _origin.get() or Origin(kind=AuditOrigin.COMMAND, place=_command())


def _command() -> str:
    name = " ".join([Path(sys.argv[0]).name, *sys.argv[1:2]])
    return f"{name} ({_operator()} on {socket.gethostname()})"


def _operator() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        # A container's user needs no name.
        return "nobody"
