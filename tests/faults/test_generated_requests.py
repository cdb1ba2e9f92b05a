"""Requests made up from the OpenAPI document: the real site answers each as the document says, and never by a fault."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from billingsite.serving import free_port
from subscriptions.selectors import database_now
from tests.factories.usage import an_organization
from tests.faults.processes import start_site, wait_for_other_backends_to_end
from usage.models import UsageEvent
from usage.services.keys import create_key

pytestmark = [pytest.mark.postgresql, pytest.mark.usefixtures("committed_db")]

BOUNDED, LONG = ["--max-examples", "25", "--max-time", "12"], ["--max-examples", "2000", "--max-time", "600"]

# A wrong event is answered with 200 and its reason, beside the others that were taken.
NOT_OURS = ["negative_data_rejection"]


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    """Serve the site to senders that nobody slows down."""
    port = free_port(8300)
    site = start_site(tmp_path, port=port, INGESTION_EVENTS_PER_SECOND="0")
    yield f"http://127.0.0.1:{port}"
    site.kill()
    wait_for_other_backends_to_end()


def try_out(address: str, folder: Path, *options: str, without: list[str] = NOT_OURS) -> str:
    """Let schemathesis loose on the site, in all its phases, and return what it says; fail if it finds something."""
    tried = subprocess.run(
        [
            *(sys.executable, "-m", "schemathesis.cli", "run", f"{address}/api/v1/openapi.json"),
            *("--phases", "examples,coverage,fuzzing,stateful", "--exclude-checks", ",".join(without)),
            *("--generation-deterministic", "--no-color", "--warnings", "off", *options),
        ],
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
        text=True,
        timeout=900,
    )
    assert tried.returncode == 0, tried.stdout[-6_000:]
    return tried.stdout


@pytest.mark.parametrize("bounds", [BOUNDED, pytest.param(LONG, marks=pytest.mark.long)], ids=["bounded", "long"])
def test_with_a_key_everything_is_answered_as_the_document_says(address: str, tmp_path: Path, bounds: list[str]):
    _key, secret = create_key(organization=an_organization(), name="test", created_by=None, now=database_now())
    said = try_out(address, tmp_path, "--header", f"Authorization: Bearer {secret}", *bounds)
    assert "No issues found" in said
    assert UsageEvent.objects.exists(), "nothing that was made up came in"


@pytest.mark.parametrize("header", [[], ["--header", "Authorization: Bearer sbk_000000000000_wrong"]])
def test_without_a_valid_key_nothing_comes_in(address: str, tmp_path: Path, header: list[str]):
    # Nothing but the refusal is to be seen, so what is asked for is answered by no more than that.
    try_out(address, tmp_path, *header, *BOUNDED, without=[*NOT_OURS, "positive_data_acceptance"])
    assert not UsageEvent.objects.exists()
