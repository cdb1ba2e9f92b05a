"""What `compose.yaml` and the units of systemd start is what there is, and they set nothing that nobody reads."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml
from django.conf import settings

ROOT = Path(settings.BASE_DIR)
UNITS = sorted((ROOT / "deploy" / "systemd").iterdir())
VARIABLES = set(re.findall(r"^# ([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))
PROCESSES = {
    "web": "billingsite.wsgi:application",
    "worker": "celery -A billingsite worker",
    "beat": "celery -A billingsite beat",
    "migrate": "manage.py migrate",
}


def test_containers_run_every_process_with_variables_that_are_read():
    services = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]

    assert set(services) == {"database", "broker", *PROCESSES}
    for name, words in PROCESSES.items():
        assert set(services[name]["environment"]) <= VARIABLES
        command = services[name].get("command") or " ".join(re.findall(r'"([^"]+)"', dockerfile_command()))
        assert words in command


def dockerfile_command() -> str:
    return next(line for line in (ROOT / "Dockerfile").read_text().splitlines() if line.startswith("CMD"))


@pytest.mark.parametrize("name", PROCESSES)
def test_units_run_every_process_and_may_write_to_one_folder(name):
    unit = (ROOT / "deploy" / "systemd" / f"seatbill-{name}.service").read_text()

    assert PROCESSES[name] in unit
    assert {"ProtectSystem=strict", "StateDirectory=seatbill", "NoNewPrivileges=yes"} <= set(unit.splitlines())


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="no systemd here that could read them")
def test_systemd_understands_the_units():
    said = subprocess.run(
        ["systemd-analyze", "verify", *map(str, UNITS)], capture_output=True, text=True, check=False
    ).stderr

    # The programs are where the units say only once they are installed.
    assert [line for line in said.splitlines() if "is not executable" not in line] == []
