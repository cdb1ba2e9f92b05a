"""An organization's part of the audit trail as a file."""

from collections.abc import Iterable
from decimal import Decimal

from subscriptions.documents.audit_trail import Told
from subscriptions.exports.report import Report
from usage.exports.reports import instant_utc


def changes_report(told: Iterable[Told]) -> Report:
    """Return entries as they are told, a row for each."""
    return Report(
        name="changes",
        columns=("number", "at_utc", "kind", "who", "what", "from"),
        rows=(
            (Decimal(entry.sequence), instant_utc(entry.at), entry.kind, entry.who, entry.what, entry.place)
            for entry in told
        ),
    )
