"""Child processes end with the command that started them, however it ends."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from billingsite.processes import ChildEndedError, supervised
from tests.together import PATIENCE, wait_until

# Starts a grandchild, writes its process id, waits, and buries it.
PARENT_OF_ONE = "trap 'wait; exit' TERM; sleep 60 & echo $! > {pid_file}; wait"
DEAF = "trap '' TERM; echo $$ > {pid_file}; while true; do sleep 0.1; done"


def test_the_end_of_the_block_ends_children_and_grandchildren(tmp_path):
    with supervised() as children:
        child = start(children, PARENT_OF_ONE, tmp_path)
        grandchild = read_pid(tmp_path)
        assert is_alive(grandchild)

    assert child.has_ended()
    assert not is_alive(grandchild)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_them_and_arrives_as_an_interrupt(tmp_path, number):
    with pytest.raises(KeyboardInterrupt), supervised() as children:
        start_and_be_signalled(children, tmp_path, number)

    assert not is_alive(read_pid(tmp_path))


def test_a_child_that_does_not_listen_is_killed(tmp_path, monkeypatch):
    monkeypatch.setattr("billingsite.processes.GRACE_SECONDS", 0.3)
    with supervised() as children:
        child = start(children, DEAF, tmp_path)
        read_pid(tmp_path)

    assert child.process.returncode == -signal.SIGKILL


def test_a_child_that_ends_by_itself_is_noticed_with_its_last_words(tmp_path):
    with supervised() as children:
        child = start(children, "echo 'no such table' >&2; exit 3", tmp_path)
        child.process.wait(timeout=PATIENCE)
        with pytest.raises(ChildEndedError, match=r"ended by itself \(exit status 3\)"):
            children.check()

    assert child.last_words() == "no such table"


if shutil.which("setpriv"):  # Linux: elsewhere nobody tells a child that its parent was killed

    def test_children_end_when_their_parent_is_killed_outright(tmp_path):
        program = f"""
import pathlib, time
from billingsite.processes import supervised
with supervised() as children:
    command = ["sh", "-c", "echo $$ > {tmp_path}/pid; exec sleep 60"]
    children.start("child", command, log=pathlib.Path("{tmp_path}/log"), environment={{}})
    time.sleep(60)
"""
        with subprocess.Popen([sys.executable, "-c", program]) as parent:
            child = read_pid(tmp_path)
            parent.kill()

        wait_until(lambda: not is_alive(child), about="the child ends")


def start_and_be_signalled(children, folder: Path, number: int) -> None:
    start(children, PARENT_OF_ONE, folder)
    assert is_alive(read_pid(folder))
    os.kill(os.getpid(), number)
    time.sleep(5)


def start(children, script: str, folder: Path):
    command = ["sh", "-c", script.format(pid_file=folder / "pid")]
    return children.start("child", command, log=folder / "log", environment={})


def read_pid(folder: Path) -> int:
    file = folder / "pid"
    wait_until(lambda: file.exists() and file.read_text().strip(), about="the child has begun")
    return int(file.read_text())


def is_alive(pid: int) -> bool:
    """Tell whether a process runs; one that is dead and not yet reaped does not."""
    state = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False).stdout
    return bool(state.strip()) and not state.startswith("Z")
