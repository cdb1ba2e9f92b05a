"""
The steps of a close, of a PDF and of a mail at which a process under test can be killed.

The product knows nothing of them: a process under test wraps the function of each step. One that is gone fails loudly.
"""

import os
import signal
from collections.abc import Callable
from enum import Enum
from importlib import import_module
from pathlib import Path
from typing import Any

CLOSING, ISSUING = "invoices.services.closing", "invoices.services.issuing"


class When(Enum):
    """On which side of a function the process dies."""

    BEFORE = "before"
    AFTER = "after"


OF_A_CLOSE = {
    "claimed": (CLOSING, "claim_cycles", When.AFTER),
    "read": (CLOSING, "lay_groundwork", When.BEFORE),
    "planned": (CLOSING, "plan_from", When.AFTER),
    "counted": (CLOSING, "_keep_counted", When.AFTER),
    "stored": (CLOSING, "_store", When.AFTER),
    "lines written": (ISSUING, "document_taxes", When.BEFORE),
    "numbers drawn": (ISSUING, "_number", When.AFTER),
    "ledger written": (ISSUING, "post_documents", When.AFTER),
    "before commit": (CLOSING, "_issue", When.AFTER),
    "after commit": ("invoices.services.sweeping", "close_next", When.AFTER),
    "before the task is acknowledged": ("invoices.tasks", "close_everything_due", When.AFTER),
}
OF_A_PDF = {
    "rendered": ("subscriptions.services.rendering", "_store", When.BEFORE),
    "PDF stored": ("subscriptions.services.rendering", "_store", When.AFTER),
}
OF_A_MAIL = {
    "mail written": ("invoices.services.delivering", "_queue_letters", When.AFTER),
    "mail claimed": ("subscriptions.services.mailing", "_send", When.BEFORE),
    "mail accepted": ("subscriptions.services.mailing", "_send", When.AFTER),
}
FAILPOINTS = OF_A_CLOSE | OF_A_PDF | OF_A_MAIL


def arm(plan: Path) -> None:
    """Let this process die, once for each line of a file and in its order, at the step that the line names."""
    for name, (module, function, when) in FAILPOINTS.items():
        _wrap(import_module(module), function, _striker(plan, name), when)


def _striker(plan: Path, name: str) -> Callable[[], None]:
    def strike() -> None:
        wanted = plan.read_text().splitlines() if plan.exists() else []
        if wanted[:1] == [name]:
            plan.write_text("".join(f"{line}\n" for line in wanted[1:]))
            os.kill(os.getpid(), signal.SIGKILL)

    return strike


def _wrap(module: Any, function: str, strike: Callable[[], None], when: When) -> None:
    original = getattr(module, function)

    def work(*args: Any, **options: Any) -> Any:
        if when is When.BEFORE:
            strike()
        result = original(*args, **options)
        if when is When.AFTER:
            strike()
        return result

    setattr(module, function, work)
