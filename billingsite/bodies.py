"""Bodies of requests arrive in time or not at all: whoever sends a byte a second must not keep a thread for hours."""

import time
from collections.abc import Callable, Iterator
from threading import Thread
from typing import Any, Protocol

Application = Callable[[dict[str, Any], Callable[..., Any]], Any]


class Body(Protocol):
    """What a server gives an application to read the body of a request from."""

    def read(self, size: int = ..., /) -> bytes:
        """Return so many bytes, fewer only at the end."""

    def readline(self, size: int = ..., /) -> bytes:
        """Return the next line."""


class BodyInTime:
    """
    The body of a request, all of which has to arrive within some seconds from the first time that it is read.

    Whoever reads on after that meets a TimeoutError. The server itself only limits how long the head may take.
    """

    def __init__(self, body: Body, *, seconds: float) -> None:
        """Take what the server gives to read from."""
        self._body = body
        self._seconds = seconds
        self._deadline: float | None = None

    def read(self, size: int = -1) -> bytes:
        """Return so many bytes, fewer only at the end; all of them if the size is negative."""
        return self._wait_for(lambda: self._body.read(size) if size >= 0 else self._body.read())

    def readline(self, size: int = -1) -> bytes:
        """Return the next line."""
        return self._wait_for(lambda: self._body.readline(size) if size >= 0 else self._body.readline())

    def readlines(self, hint: int = -1) -> list[bytes]:
        """Return all lines."""
        return list(self)

    def __iter__(self) -> Iterator[bytes]:
        """Yield the lines."""
        while line := self.readline():
            yield line

    def _wait_for(self, read: Callable[[], bytes]) -> bytes:
        if self._deadline is None:
            self._deadline = time.monotonic() + self._seconds
        outcome: list[bytes | BaseException] = []

        def note() -> None:
            try:
                outcome.append(read())
            except BaseException as error:
                outcome.append(error)

        # A read cannot be interrupted. One that hangs goes on alone, without the thread that serves requests and its
        # connection to the database, and ends with the sender's connection.
        reader = Thread(target=note, name="body", daemon=True)
        reader.start()
        reader.join(max(0.0, self._deadline - time.monotonic()))
        if not outcome:
            raise TimeoutError(f"The body of the request did not arrive within {self._seconds:g} s.")
        if isinstance(outcome[0], BaseException):
            raise outcome[0]
        return outcome[0]


def with_bodies_in_time(application: Application, *, seconds: float) -> Application:
    """Return the application, reading bodies that have to arrive within some seconds."""

    def serve(environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        environ["wsgi.input"] = BodyInTime(environ["wsgi.input"], seconds=seconds)
        return application(environ, start_response)

    return serve
