"""A message is posted to exactly the address that was checked, and nothing that comes back does any harm."""

import socket
import ssl
import threading
import time
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from subscriptions.domain.web_address import read_address
from subscriptions.domain.webhook import DeliveryFault
from subscriptions.services.webhooks import posting
from subscriptions.services.webhooks.posting import Post, send_post
from tests.receiver import Receiver, listening
from tests.together import PATIENCE

PUBLIC = "93.184.216.34"
HERE = ["127.0.0.1"]


@pytest.fixture
def receiver():
    with listening() as found:
        yield found


@pytest.fixture
def looked_up(monkeypatch):
    """Answer what names mean, one answer after the other, and remember who asked, and who was connected to."""

    class Seen:
        answers: list[list[str]] = []
        names: list[str] = []
        connected: list[str] = []

    seen = Seen()
    seen.answers, seen.names, seen.connected = [], [], []

    def find(host, port, **_kinds):
        seen.names.append(host)
        numbers = seen.answers.pop(0)
        return [
            (socket.AF_INET6 if ":" in number else socket.AF_INET, socket.SOCK_STREAM, 6, "", (number, port))
            for number in numbers
        ]

    class Unconnected(socket.socket):
        def connect(self, target):
            seen.connected.append(target)
            raise ConnectionRefusedError

    monkeypatch.setattr(posting.socket, "getaddrinfo", find)
    monkeypatch.setattr(posting.socket, "socket", Unconnected)
    return seen


def a_post(url: str, *, allowed=(), **headers: str) -> Post:
    return Post(address=read_address(url, allowed=allowed), headers=headers, body=b'{"type":"ping"}')


def test_a_message_arrives_as_it_is(receiver):
    answer = send_post(a_post(receiver.url + "?a=b", allowed=HERE, **{"webhook-id": "msg_1"}))

    assert (answer.fault, answer.status, answer.beginning) == (None, 200, "thank")
    (sent,) = receiver.received
    assert (sent.method, sent.path, sent.body) == ("POST", "/hook?a=b", b'{"type":"ping"}')
    assert sent.headers["host"] == urlsplit(receiver.url).netloc
    assert sent.headers["webhook-id"] == "msg_1"


@pytest.mark.parametrize(
    "numbers",
    [
        ["127.0.0.1"],
        ["10.1.2.3"],
        ["169.254.169.254"],
        ["100.64.0.1"],
        ["::1"],
        ["fd00:ec2::254"],
        ["::ffff:169.254.169.254"],
        ["64:ff9b::a9fe:a9fe"],
        [PUBLIC, "127.0.0.1"],
        ["127.0.0.1", PUBLIC],
    ],
    ids=str,
)
def test_a_name_that_leads_into_a_private_network_is_connected_to_nowhere(looked_up, numbers):
    looked_up.answers = [numbers]

    assert send_post(a_post("https://hooks.example.com/")).fault is DeliveryFault.PRIVATE
    assert looked_up.connected == []


def test_a_name_that_changes_its_mind_is_asked_once_and_what_was_checked_is_connected_to(looked_up):
    looked_up.answers = [[PUBLIC], ["169.254.169.254"]]

    assert send_post(a_post("https://hooks.example.com/")).fault is DeliveryFault.UNREACHABLE
    assert looked_up.names == ["hooks.example.com"]
    assert looked_up.connected == [(PUBLIC, 443)]


def test_few_of_many_addresses_are_tried(looked_up):
    looked_up.answers = [[f"93.184.216.{number}" for number in range(30)]]

    send_post(a_post("https://hooks.example.com:8443/"))
    assert looked_up.connected == [(f"93.184.216.{number}", 8443) for number in range(3)]


def test_a_name_that_means_nothing_is_told(monkeypatch):
    def fail(*_args, **_kinds):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(posting.socket, "getaddrinfo", fail)
    assert send_post(a_post("https://hooks.example.com/")).fault is DeliveryFault.UNKNOWN_HOST


def test_no_proxy_of_the_environment_is_used(receiver, monkeypatch):
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1/")

    assert send_post(a_post(receiver.url, allowed=HERE)).fault is None


def test_a_redirect_is_not_followed(receiver):
    with listening() as elsewhere:

        def redirect(handler):
            handler.send_response(307)
            handler.send_header("Location", elsewhere.url)
            handler.send_header("Content-Length", "0")
            handler.end_headers()

        receiver.answer = redirect
        answer = send_post(a_post(receiver.url, allowed=HERE))

        assert (answer.fault, answer.status) == (DeliveryFault.REDIRECT, 307)
        assert elsewhere.received == []


@pytest.mark.parametrize(
    ("status", "fault"),
    [
        (200, None),
        (204, None),
        (299, None),
        (300, DeliveryFault.REDIRECT),
        (400, DeliveryFault.STATUS),
        (401, DeliveryFault.STATUS),
        (410, DeliveryFault.GONE),
        (429, DeliveryFault.STATUS),
        (500, DeliveryFault.STATUS),
        (599, DeliveryFault.STATUS),
    ],
)
def test_the_status_decides(receiver, status, fault):
    receiver.answer = status
    answer = send_post(a_post(receiver.url, allowed=HERE))
    assert (answer.fault, answer.status) == (fault, status)


def test_nobody_there_is_told():
    with listening() as gone:
        url = gone.url
    assert send_post(a_post(url, allowed=HERE)).fault is DeliveryFault.UNREACHABLE


def test_of_a_huge_answer_the_beginning_is_read(receiver):
    def flood(handler):
        handler.send_response(200)
        handler.end_headers()
        for _ in range(2_000):
            handler.wfile.write(b"x" * 65_536)

    receiver.answer = flood
    begun = time.monotonic()
    answer = send_post(a_post(receiver.url, allowed=HERE))

    assert answer.fault is None
    assert len(answer.beginning) == posting.READ_BYTES
    assert time.monotonic() - begun < 5


@pytest.mark.parametrize(
    "sent", [b"", b"nonsense\r\n\r\n", b"HTTP/1.1 abc\r\n\r\n", b"HTTP/1.1 200 OK\r\n" + b"a" * 70_000]
)
def test_what_is_no_answer_is_told(receiver, sent):
    def break_off(handler):
        handler.wfile.write(sent)
        handler.close_connection = True

    receiver.answer = break_off
    assert send_post(a_post(receiver.url, allowed=HERE)).fault is DeliveryFault.BROKEN


@pytest.mark.parametrize("piece", [b"HTTP/1.1 200 OK\r\n", b"X: y\r\n", b"HTTP/1.1 100 Continue\r\n\r\n"])
def test_what_trickles_in_is_cut_off(receiver, monkeypatch, piece):
    monkeypatch.setattr(posting, "ALL_SECONDS", 0.3)

    def trickle(handler):
        if piece.startswith(b"X"):
            handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
        for place in range(400):
            handler.wfile.write(piece if not piece.startswith(b"HTTP/1.1 200") else piece[place : place + 1])
            handler.wfile.flush()
            time.sleep(0.05)

    receiver.answer = trickle
    begun = time.monotonic()
    answer = send_post(a_post(receiver.url, allowed=HERE))

    assert answer.fault is DeliveryFault.TIMED_OUT
    assert time.monotonic() - begun < 10, "it was waited for to its end"


def test_silence_is_cut_off(receiver, monkeypatch):
    monkeypatch.setattr(posting, "READ_SECONDS", 0.2)
    cut_off = threading.Event()
    receiver.answer = lambda handler: cut_off.wait(PATIENCE)

    assert send_post(a_post(receiver.url, allowed=HERE)).fault is DeliveryFault.TIMED_OUT
    cut_off.set()


# --- Encrypted --------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """Return the path of a certificate for hooks.example.com, which vouches for itself, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "hooks.example.com")])
    now = datetime.now(tz=UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("hooks.example.com")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("certificate") / "hooks.pem"
    path.write_bytes(
        made.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return path


@pytest.fixture
def secured(certificate, monkeypatch):
    """Listen encrypted; every name leads here."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    named: list[str] = []
    context.sni_callback = lambda _socket, name, _context: named.append(name)
    find = socket.getaddrinfo
    monkeypatch.setattr(posting.socket, "getaddrinfo", lambda host, port, **kinds: find("127.0.0.1", port, **kinds))
    with listening(context) as found:
        yield found, named


def at(receiver: Receiver, host: str) -> Post:
    return a_post(receiver.url.replace("127.0.0.1", host), allowed=[host])


def test_the_certificate_must_be_of_the_name_and_the_server_is_told_it(secured, certificate, monkeypatch):
    receiver, named = secured
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))

    assert send_post(at(receiver, "hooks.example.com")).fault is None
    assert named == ["hooks.example.com"]
    assert receiver.received[0].headers["host"].startswith("hooks.example.com:")

    assert send_post(at(receiver, "other.example.com")).fault is DeliveryFault.CERTIFICATE
    assert len(receiver.received) == 1


def test_a_certificate_that_nobody_vouches_for_is_not_taken(secured):
    receiver, _named = secured

    assert send_post(at(receiver, "hooks.example.com")).fault is DeliveryFault.CERTIFICATE
    assert receiver.received == []
