"""
A process that forks as many short-lived ones as a test asks for: each does one piece of work, or dies at it.

It reads what to do from its standard input, a line of JSON for each, and answers with the new process's number.
"""

import json
import os
import signal
import sys
import traceback
from datetime import datetime
from pathlib import Path


def main() -> None:
    """Fork for each line until there are no more."""
    import django  # noqa: PLC0415 - the first thing that it does

    django.setup()
    import billingsite.celery  # noqa: PLC0415

    billingsite.celery.app.loader.import_default_modules()
    from tests.faults.failpoints import arm  # noqa: PLC0415 - Django is set up by now

    arm(Path(os.environ["TEST_FAILPOINTS"]))
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    for line in sys.stdin:
        child = os.fork()
        if not child:
            _work(json.loads(line))
        sys.stdout.write(f"{child}\n")
        sys.stdout.flush()


def _work(order: dict[str, str]) -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    log = Path(order["log"])
    try:
        outcome = _do(order["work"], datetime.fromisoformat(order["now"]))
        log.write_text(json.dumps(outcome))
    except BaseException:
        log.write_text(json.dumps({"failed": traceback.format_exc()}))
    finally:
        os._exit(0)


def _do(work: str, now: datetime) -> object:
    from celery import current_app  # noqa: PLC0415 - Django is set up by now

    from invoices.services.delivering import deliver_documents  # noqa: PLC0415
    from invoices.services.rendering import render_pending_pdfs  # noqa: PLC0415
    from invoices.services.sweeping import close_due_cycles  # noqa: PLC0415
    from subscriptions.services.mailing import send_pending_mail  # noqa: PLC0415

    if work == "close":
        return [[step.cycle_id, step.outcome.value] for step in close_due_cycles(now=now)]
    if work == "render":
        return render_pending_pdfs(now=now, limit=50).rendered
    if work == "deliver":
        return deliver_documents(now=now, limit=200)
    if work == "send":
        return send_pending_mail(now=now, limit=200)
    current_app.tasks[work]()
    return "done"


if __name__ == "__main__":
    main()
