"""The Celery application of a worker under test: the product's own, which dies where TEST_FAILPOINTS says."""

import os
from pathlib import Path

from celery import signals

from billingsite.celery import app
from tests.faults.failpoints import arm

__all__ = ["app"]


# A test has no minute to wait for a sweep.
app.conf.beat_schedule["close-due-cycles"]["schedule"] = 2.0


@signals.worker_init.connect(weak=False)
def arm_it(**_: object) -> None:
    """Arm the failpoints once the apps are ready, before any child is forked."""
    app.loader.import_default_modules()
    arm(Path(os.environ["TEST_FAILPOINTS"]))
