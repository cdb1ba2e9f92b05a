"""The demo's site finds a port, and says what to do where there is none."""

import socket
from collections.abc import Iterator

import pytest

from billingsite import serving
from billingsite.serving import HOST, NotServingError, free_port


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.socket() as server:
        server.bind((HOST, 0))
        server.listen()
        yield server.getsockname()[1]


def test_a_taken_port_is_passed_by(taken):
    assert taken < free_port(taken) < taken + serving.PORTS_TRIED


def test_no_free_port_at_all_is_said(taken, monkeypatch):
    monkeypatch.setattr(serving, "PORTS_TRIED", 1)

    with pytest.raises(NotServingError, match="Name one with --port"):
        free_port(taken)
