"""Child processes that live and die together with the command that started them."""

import contextlib
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

GRACE_SECONDS = 8.0
"""How long a child may take to end by itself; whatever is cut off here is found and done again at the next start."""


@dataclass(frozen=True, kw_only=True)
class Child:
    """A running child, the head of a process group of its own, and the file it writes to."""

    name: str
    log: Path
    process: subprocess.Popen[bytes]

    def has_ended(self) -> bool:
        """Tell whether the child is gone."""
        return self.process.poll() is not None

    def last_words(self, lines: int = 20) -> str:
        """Return the end of what the child wrote."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])


class ChildEndedError(Exception):
    """Raised when a child ended although nobody asked it to."""

    def __init__(self, child: Child) -> None:
        """Keep the child, for its last words."""
        super().__init__(f"The {child.name} ended by itself (exit status {child.process.returncode}).")
        self.child = child


class Children:
    """The children started so far."""

    def __init__(self) -> None:
        """Begin without any."""
        self._running: list[Child] = []

    def start(self, name: str, command: Sequence[str], *, log: Path, environment: Mapping[str, str]) -> Child:
        """Start a command in a process group of its own, writing to a log file."""
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("ab") as output:
            process = subprocess.Popen(  # noqa: S603 - the caller's own command line
                [*_die_with_parent(), *command],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                env=os.environ | dict(environment),
            )
        child = Child(name=name, log=log, process=process)
        self._running.append(child)
        return child

    def check(self) -> None:
        """Raise ChildEndedError when one of the children is gone."""
        for child in self._running:
            if child.has_ended():
                raise ChildEndedError(child)

    def stop(self) -> None:
        """Ask every process group to end, wait, and kill what is left."""
        groups = [child.process.pid for child in self._running]
        _signal_groups(groups, signal.SIGTERM)
        deadline = time.monotonic() + GRACE_SECONDS
        while self._alive(groups) and time.monotonic() < deadline:
            time.sleep(0.05)
        _signal_groups(groups, signal.SIGKILL)
        for child in self._running:
            child.process.wait()
        self._running.clear()

    def _alive(self, groups: Sequence[int]) -> bool:
        for child in self._running:
            child.process.poll()  # reaps it: a zombie would keep its group alive
        return any(_group_exists(group) for group in groups)


@contextlib.contextmanager
def supervised() -> Iterator[Children]:
    """Yield an empty set of children; whatever ends the block (Ctrl-C, SIGTERM, a lost terminal) ends them all.

    A signal arrives in the block as KeyboardInterrupt; a second one while the children end changes nothing.
    """
    children = Children()
    signals = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.signal(number, _interrupt) for number in signals}
    try:
        yield children
    finally:
        for number in signals:
            signal.signal(number, signal.SIG_IGN)
        children.stop()
        for number, handler in before.items():
            signal.signal(number, handler)


def _interrupt(number: int, frame: object) -> None:
    raise KeyboardInterrupt


def _die_with_parent() -> list[str]:
    """Return the prefix that ends a command when its parent is killed outright, where the system has it (Linux)."""
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", "TERM"] if setpriv else []


def _signal_groups(groups: Sequence[int], number: signal.Signals) -> None:
    for group in groups:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(group, number)


def _group_exists(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # macOS says so of a group of zombies
        return False
    return True
