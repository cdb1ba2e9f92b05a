"""Requests made up from the OpenAPI document: the real site answers each as the document says, and never by a fault."""

import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from billingsite.serving import free_port
from invoices.models import BillingCycle, Invoice
from invoices.services.sweeping import close_due_cycles
from subscriptions.models import Organization
from subscriptions.selectors.clock import database_now
from tests.factories.subscriptions import a_prepaid_subscription
from tests.factories.usage import a_working_day, an_organization, report
from tests.faults.processes import start_site, wait_for_other_backends_to_end
from usage.domain.key_scopes import KeyScope
from usage.models import UsageEvent, UsageSnapshot
from usage.services.keys import create_key

pytestmark = [pytest.mark.postgresql, pytest.mark.usefixtures("committed_db")]

BOUNDED, LONG = ["--max-examples", "15", "--max-time", "20"], ["--max-examples", "2000", "--max-time", "600"]

BRIEF = ["--max-examples", "2", "--max-time", "6"]

# A wrong event is answered with 200 and its reason, beside the others that were taken.
# After some wrong keys an address is answered 429; who is let in is asked of every address in tests/permissions.
NOT_OURS = ["negative_data_rejection", "ignored_auth"]

CONFIGURATION = """
[parameters]
{names}

[checks]
# What a form allows may still be no cursor of ours, a day of no period, or a sum that nothing is open for.
positive_data_acceptance.expected-statuses = [200, 201, 202, 304, 400, 401, 403, 404, 409, 422]

[[operations]]
include-path = "/api/v1/events"
checks.positive_data_acceptance.expected-statuses = [200, 401, 403]
"""


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    """Serve the site to senders that nobody slows down."""
    port = free_port(8300)
    site = start_site(tmp_path, port=port, INGESTION_EVENTS_PER_SECOND="0", API_REQUESTS_PER_SECOND="0")
    yield f"http://127.0.0.1:{port}"
    site.kill()
    wait_for_other_backends_to_end()


def a_customer() -> tuple[Organization, dict[str, Any]]:
    """Return an organization that was billed, and how addresses name what there is of it."""
    organization = an_organization()
    began = database_now().date() - timedelta(days=80)
    a_prepaid_subscription(organization, effective_date=began)
    report(organization, *a_working_day("ann", (began + timedelta(days=3)).isoformat(), "purecloud-3"))
    close_due_cycles(now=database_now())
    own = {"organization": organization}
    return organization, {
        "organization": organization.code,
        "trustorOrgId": organization.code,
        "subscription": organization.subscriptions.get().pk,
        "invoice": Invoice.objects.filter(**own).latest("pk").pk,
        "snapshot": UsageSnapshot.objects.filter(**own).latest("pk").pk,
        "cycle": BillingCycle.objects.filter(**own).latest("pk").pk,
    }


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
    organization, names = a_customer()
    told = (f'"path.{name}" = {value!r}'.replace("'", '"') for name, value in names.items())
    (tmp_path / "schemathesis.toml").write_text(CONFIGURATION.format(names="\n".join(told)))
    everything = tuple(KeyScope)
    _key, secret = create_key(
        organization=organization, name="test", created_by=None, now=database_now(), scopes=everything
    )
    reported = UsageEvent.objects.count()
    said = try_out(address, tmp_path, "--header", f"Authorization: Bearer {secret}", *bounds)
    assert "No issues found" in said
    assert UsageEvent.objects.count() > reported, "nothing that was made up came in"


@pytest.mark.parametrize("header", [[], ["--header", "Authorization: Bearer sbk_000000000000_wrong"]])
def test_without_a_valid_key_nothing_comes_in(address: str, tmp_path: Path, header: list[str]):
    (tmp_path / "schemathesis.toml").write_text(CONFIGURATION.format(names=""))
    # Nothing but the refusal is to be seen, so what is asked for is answered by no more than that.
    try_out(address, tmp_path, *header, *BRIEF, without=[*NOT_OURS, "positive_data_acceptance"])
    assert not UsageEvent.objects.exists()
