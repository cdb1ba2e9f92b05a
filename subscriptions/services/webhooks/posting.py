"""Posts one message to one address: looked up once, checked, and connected to exactly what was checked."""

import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException

from subscriptions.domain.web_address import WebAddress, is_public
from subscriptions.domain.webhook import DeliveryFault

CONNECT_SECONDS = 5.0
READ_SECONDS = 10.0
ALL_SECONDS = 15.0
"""How long connecting, one answer and all of it together may take, however slowly it trickles in."""

READ_BYTES = 2_000
"""So much of an answer is read, whatever its length."""

_ADDRESSES_TRIED = 3
_REDIRECTS = range(300, 400)
_SUCCESS = range(200, 300)
_GONE = 410
_LATER = frozenset({429, 503})
"""Too many requests, and unavailable for now: what says when to come again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """What is to be sent where."""

    address: WebAddress
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """
    What came back: a status with the beginning of the answer, or why there was none; no fault: it has arrived.

    `retry_after` is the header of an answer that puts us off, to the letter; empty where there is none.
    """

    fault: DeliveryFault | None
    status: int | None = None
    beginning: str = ""
    retry_after: str = ""


class _UndeliverableError(Exception):
    def __init__(self, fault: DeliveryFault) -> None:
        super().__init__(fault.value)
        self.fault = fault


def send_post(post: Post) -> Answer:
    """Send a message and return what came back; whatever goes wrong is an answer, too. It touches no database."""
    try:
        return _exchange(post)
    except _UndeliverableError as error:
        return Answer(fault=error.fault)
    except TimeoutError:
        return Answer(fault=DeliveryFault.TIMED_OUT)
    except ssl.SSLError:
        return Answer(fault=DeliveryFault.CERTIFICATE)
    except (OSError, HTTPException, ValueError):
        return Answer(fault=DeliveryFault.BROKEN)


def _exchange(post: Post) -> Answer:
    channel = _connect(post.address)
    with closing(channel), _cut_off(channel) as is_cut_off:
        try:
            return _talk(_secured(channel, post.address), post, is_cut_off)
        except (OSError, HTTPException):
            if is_cut_off():
                raise TimeoutError from None
            raise


def _talk(channel: socket.socket, post: Post, is_cut_off: Callable[[], bool]) -> Answer:
    # It is given its connection, so it never looks up a name, and knows no proxies and no redirects.
    with closing(HTTPConnection(post.address.host, post.address.port)) as connection:
        connection.sock = channel
        connection.auto_open = 0
        connection.request("POST", post.address.target, body=post.body, headers=_headers(post))
        with connection.getresponse() as response:
            # Else its head, which the end of the connection has ended, would pass for a whole one.
            if is_cut_off():
                raise TimeoutError
            beginning = b""
            # The status decides; what follows it is only shown.
            with suppress(OSError, HTTPException):
                beginning = response.read(READ_BYTES)
            return Answer(
                fault=_fault_of(response.status),
                status=response.status,
                beginning=beginning.decode(errors="replace"),
                retry_after=response.headers.get("Retry-After", "") if response.status in _LATER else "",
            )


def _headers(post: Post) -> dict[str, str]:
    return {"Host": post.address.authority, "Connection": "close", **post.headers}


def _fault_of(status: int) -> DeliveryFault | None:
    if status in _SUCCESS:
        return None
    if status == _GONE:
        return DeliveryFault.GONE
    return DeliveryFault.REDIRECT if status in _REDIRECTS else DeliveryFault.STATUS


def _connect(address: WebAddress) -> socket.socket:
    """Return a connection to one of the addresses that the host has now, all of which may be connected to."""
    found = _look_up(address)
    if not address.is_allowed and not all(is_public(str(target[0])) for _family, target in found):
        raise _UndeliverableError(DeliveryFault.PRIVATE)
    failed: OSError | None = None
    for family, target in found[:_ADDRESSES_TRIED]:
        channel = socket.socket(family, socket.SOCK_STREAM)
        channel.settimeout(CONNECT_SECONDS)
        try:
            # The numbers that were checked, not the name: it may mean something else by now.
            channel.connect(target)
        except OSError as error:
            channel.close()
            failed = error
        else:
            channel.settimeout(READ_SECONDS)
            return channel
    if isinstance(failed, TimeoutError):
        raise failed
    raise _UndeliverableError(DeliveryFault.UNREACHABLE) from failed


def _look_up(address: WebAddress) -> list[tuple[socket.AddressFamily, tuple[str | int, ...]]]:
    try:
        found = socket.getaddrinfo(address.host, address.port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)
    except (OSError, UnicodeError):
        raise _UndeliverableError(DeliveryFault.UNKNOWN_HOST) from None
    if not found:
        raise _UndeliverableError(DeliveryFault.UNKNOWN_HOST)
    return [(family, target) for family, _type, _protocol, _name, target in found]  # type: ignore[misc]


def _secured(channel: socket.socket, address: WebAddress) -> socket.socket:
    if address.scheme != "https":
        return channel
    # The certificate must be of the name, though the connection is to its number.
    return ssl.create_default_context().wrap_socket(channel, server_hostname=address.host)


@contextmanager
def _cut_off(channel: socket.socket) -> Iterator[Callable[[], bool]]:
    """End a connection once all of it has taken too long: each read begins its own time anew."""
    # A twin of it: the other end of it is in use by the thread that is to be woken.
    twin, is_over = channel.dup(), threading.Event()

    def end() -> None:
        is_over.set()
        with suppress(OSError):
            twin.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(ALL_SECONDS, end)
    timer.daemon = True
    timer.start()
    try:
        yield is_over.is_set
    finally:
        timer.cancel()
        twin.close()
