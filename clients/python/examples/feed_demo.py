"""
Has three people work for a day, as seen by a site that runs the demo: `bin/demo` prints its address and a key.

    SEATBILL_KEY=sbk_... python examples/feed_demo.py http://127.0.0.1:8000
"""

import os
import sys
from datetime import UTC, datetime, timedelta

from seatbill_client import RefusedError, Rejected, Reporter, UndeliveredError

PEOPLE = ("ann", "ben", "cid")


def main() -> int:
    """Report the day; return the exit status."""
    address = sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8000"
    key = os.environ.get("SEATBILL_KEY", "")
    morning = (datetime.now(UTC) - timedelta(days=1)).replace(hour=13, minute=0, second=0, microsecond=0)
    try:
        with Reporter(address, key, source="/examples/feed-demo", on_rejected=say) as reporter:
            for person in PEOPLE:
                session = f"{person}-{morning:%Y%m%d}"
                # Ids of one's own: whoever runs this twice on a day is counted once.
                reporter.report(
                    "license.assigned",
                    subject=person,
                    time=morning,
                    data={"product": "purecloud-2"},
                    id=f"{session}-license",
                )
                reporter.report(
                    "user.logged_in",
                    subject=person,
                    time=morning + timedelta(hours=1),
                    data={"session": session, "client": "web"},
                    id=f"{session}-in",
                )
                reporter.report(
                    "user.logged_out",
                    subject=person,
                    time=morning + timedelta(hours=9),
                    data={"session": session},
                    id=f"{session}-out",
                )
            report = reporter.flush()
    except RefusedError as error:
        print(f"Refused: {error}", file=sys.stderr)
        return 2
    except UndeliveredError as error:
        print(f"{len(error.events)} events are left, to be reported again: {error}", file=sys.stderr)
        return 1
    print(f"{report.accepted} counted, {report.duplicates} known before, {len(report.rejected)} rejected.")
    return 0


def say(rejected: Rejected) -> None:
    """Say which event was not counted, and why."""
    print(f"Rejected {rejected.event.id}: {rejected.message}", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
