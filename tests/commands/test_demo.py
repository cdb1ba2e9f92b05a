"""The demo refuses to write into servers that it was not told to write into."""

import pytest
from django.core.management import CommandError, call_command


def test_the_demo_refuses_a_broker_that_is_a_server(settings):
    settings.CELERY_BROKER_URL = "redis://127.0.0.1:6379/15"

    with pytest.raises(CommandError, match=r"names a server.*--into-this-database"):
        call_command("demo")
