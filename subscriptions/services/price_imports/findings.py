"""What was found in a file as it is stored: compressed, because a deck has tens of thousands of rows, and counted."""

import zlib
from typing import Any

import msgspec

from subscriptions.models import PriceImport
from subscriptions.services.price_imports.checking import Findings

_DECODER = msgspec.json.Decoder(Findings)


def pack(findings: Findings) -> bytes:
    """Return findings as bytes."""
    return zlib.compress(msgspec.json.encode(findings))


def load_findings(row: PriceImport) -> Findings:
    """Return everything that was found in an upload; nothing as long as it was not read."""
    stored = bytes(row.findings)
    return _DECODER.decode(zlib.decompress(stored)) if stored else Findings()


def count(findings: Findings) -> dict[str, Any]:
    """Return how many entries change in which way, or how many faults there are."""
    comparison = findings.comparison
    if comparison is None:
        return {"faults": len(findings.faults)}
    return {
        **{kind.value: number for kind, number in comparison.counts().items()},
        "unchanged": comparison.unchanged,
        "rated_by_a_shorter": comparison.removed_and_rated_by_a_shorter(),
    }
