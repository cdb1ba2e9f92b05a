"""The site and its worker as child processes of one command, for the demo and for development on one machine."""

import http.client
import os
import socket
import sys
import time
from pathlib import Path

from django.conf import settings

from billingsite.processes import Children

HOST = "127.0.0.1"
PORTS_TRIED = 50
START_TIMEOUT_SECONDS = 60.0


class NotServingError(Exception):
    """Raised when the site cannot answer; its text says what to do."""


def free_port(wanted: int) -> int:
    """Return the first free port from the wanted one on."""
    for port in range(wanted, wanted + PORTS_TRIED):
        with socket.socket() as candidate:
            candidate.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                candidate.bind((HOST, port))
            except OSError:
                continue
            return port
    raise NotServingError(f"No port is free from {wanted} to {wanted + PORTS_TRIED - 1}. Name one with --port.")


def start_site(children: Children, port: int) -> None:
    """Start the WSGI server."""
    address = ["--host", HOST, "--port", str(port)]
    children.start(
        "site",
        [sys.executable, "-m", "granian", "--interface", "wsgi", *address, "billingsite.wsgi:application"],
        log=Path(settings.VAR_DIR) / "log" / "site.log",
        environment=_environment(port),
    )


def start_worker(children: Children, port: int) -> None:
    """Start one Celery worker with beat in it; links in its mails lead to the port."""
    schedule = ["--beat", "--schedule", str(Path(settings.VAR_DIR) / "beat-schedule")]
    quiet = ["--without-gossip", "--without-mingle", "--loglevel", "INFO"]
    children.start(
        "worker",
        [sys.executable, "-m", "celery", "-A", "billingsite", "worker", "--pool", "solo", *schedule, *quiet],
        log=Path(settings.VAR_DIR) / "log" / "worker.log",
        environment=_environment(port),
    )


def _environment(port: int) -> dict[str, str]:
    """Return what the processes need to know: where the code is, and where people reach the site."""
    return {"PYTHONPATH": str(settings.BASE_DIR), "SITE_URL": os.environ.get("SITE_URL", f"http://{HOST}:{port}")}


def wait_for_site(children: Children, port: int) -> None:
    """Return when the site answers."""
    deadline = time.monotonic() + START_TIMEOUT_SECONDS
    while time.monotonic() < deadline:
        children.check()
        if _answers(port):
            return
        time.sleep(0.05)
    raise NotServingError(f"The site did not answer within {START_TIMEOUT_SECONDS:.0f} seconds; see var/log/site.log.")


def _answers(port: int) -> bool:
    site = http.client.HTTPConnection(HOST, port, timeout=10)
    try:
        site.request("GET", "/account/login/")
        return site.getresponse().status < 500
    except (OSError, http.client.HTTPException):
        return False
    finally:
        site.close()
