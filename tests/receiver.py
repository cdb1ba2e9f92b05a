"""A server that listens for webhooks, and remembers what it was sent."""

import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Received:
    """One request."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass(kw_only=True)
class Receiver:
    """What was sent, and how it is answered: with a status, or by a function that does it."""

    url: str = ""
    answer: int | Callable[[BaseHTTPRequestHandler], None] = 200
    received: list[Received] = field(default_factory=list)

    @property
    def ids(self) -> list[str]:
        """Return the ids of the messages, in the order in which they came."""
        return [request.headers["webhook-id"] for request in self.received]


@contextmanager
def listening(context: ssl.SSLContext | None = None) -> Iterator[Receiver]:
    """Listen on a free port of this machine."""
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            headers = {name.lower(): value for name, value in self.headers.items()}
            receiver.received.append(Received(method="POST", path=self.path, headers=headers, body=body))
            if callable(receiver.answer):
                receiver.answer(self)
                return
            self.send_response(receiver.answer)
            self.send_header("Content-Length", "5")
            self.end_headers()
            self.wfile.write(b"thank")

        def log_message(self, *args: Any) -> None:
            """Say nothing."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *args: Any) -> None:
            """Say nothing of whoever hangs up."""

    server = Server(("127.0.0.1", 0), Handler)
    scheme = "http"
    if context is not None:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        scheme = "https"
    receiver.url = f"{scheme}://127.0.0.1:{server.server_port}/hook"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
