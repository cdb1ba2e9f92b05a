"""Settings are read from the environment, and what is left empty there is not set."""

import os
import re
import subprocess
import sys
from pathlib import Path

from django.conf import settings

EXAMPLE = Path(settings.BASE_DIR) / ".env.example"
VARIABLES = re.findall(r"^# ([A-Z_]+)=", EXAMPLE.read_text(), re.MULTILINE)


def test_a_variable_that_is_left_empty_is_not_set(tmp_path):
    assert {"DATABASE_URL", "CREDIT_LIMIT", "SECRET_KEY"} <= set(VARIABLES)
    empty = dict.fromkeys(VARIABLES, "") | {"SEATBILL_VAR": str(tmp_path)}

    ended = subprocess.run(
        [sys.executable, "manage.py", "check", "--database", "default"],
        env={**os.environ, **empty, "DJANGO_SETTINGS_MODULE": "billingsite.settings"},
        cwd=settings.BASE_DIR,
        check=False,
        capture_output=True,
        text=True,
    )

    assert ended.returncode == 0, ended.stderr
    assert (tmp_path / "secret_key").exists()
