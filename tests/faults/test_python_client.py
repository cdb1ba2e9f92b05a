"""The Python client against the real site: what it reports is counted, whatever happens to the site meanwhile."""

import subprocess
import sys
from pathlib import Path
from threading import Thread

import pytest
from django.conf import settings
from seatbill_client import RefusedError, Reporter, Retrying

from billingsite.serving import free_port
from subscriptions.selectors.clock import database_now
from tests.factories.usage import an_organization
from tests.faults.processes import start_site, wait_for_other_backends_to_end
from usage.domain.key_scopes import KeyScope
from usage.models import RejectedEvent, UsageEvent
from usage.services.keys import create_key

pytestmark = [pytest.mark.postgresql, pytest.mark.usefixtures("committed_db")]

CLIENT = Path(settings.BASE_DIR) / "clients" / "python"
SHORT = Retrying(patience=90, first_pause=0.2, longest_pause=1)


def a_key(*scopes: KeyScope) -> str:
    organization = an_organization()
    return create_key(
        organization=organization, name="client", created_by=None, now=database_now(), scopes=scopes or list(KeyScope)
    )[1]


def test_what_it_reports_is_counted_once_though_the_site_dies_and_comes_back(tmp_path: Path) -> None:
    key, port = a_key(), free_port(8350)
    address = f"http://127.0.0.1:{port}"
    site = start_site(tmp_path, port=port)
    told: list[str] = []
    reporter = Reporter(
        address,
        key,
        source="/client",
        batch_events=20,
        retrying=SHORT,
        on_rejected=lambda rejected: told.append(rejected.reason),
    )
    for number in range(50):
        data = {"session": f"s-{number}", "client": "web"}
        reporter.report("user.logged_in", subject=f"user-{number}", data=data, id=f"e-{number}")
    assert (UsageEvent.objects.count(), len(reporter)) == (40, 10)

    site.kill()
    back = Thread(target=lambda: sites.append(start_site(tmp_path, port=port)))
    sites: list[object] = []
    back.start()
    reporter.report("user.logged_in", subject="wrong", data={"client": "telex"}, id="e-wrong")
    try:
        report = reporter.close()
    finally:
        back.join()
    assert (report.accepted, report.duplicates, told) == (10, 0, ["invalid"])
    assert (UsageEvent.objects.count(), RejectedEvent.objects.count(), len(reporter)) == (50, 1, 0)

    # The example feeds the same site, twice: each event counts once.
    for said in ("9 counted, 0 known before, 0 rejected.", "0 counted, 9 known before, 0 rejected."):
        ended = subprocess.run(
            [sys.executable, str(CLIENT / "examples" / "feed_demo.py"), address],
            env={"SEATBILL_KEY": key, "PYTHONPATH": str(CLIENT / "src")},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert (ended.returncode, ended.stdout.strip()) == (0, said), ended.stderr

    reader = Reporter(address, another_key(), source="/client", retrying=SHORT)
    reader.report("user.logged_in", subject="ann", data={"session": "s", "client": "web"})
    with pytest.raises(RefusedError, match=r"403: .*events:write"):
        reader.flush()
    for each in sites:
        each.kill()  # type: ignore[attr-defined]
    wait_for_other_backends_to_end()


def another_key() -> str:
    return create_key(
        organization=None, name="reader", created_by=None, now=database_now(), scopes=[KeyScope.USAGE_READ]
    )[1]
