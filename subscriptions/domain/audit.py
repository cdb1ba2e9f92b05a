"""How an entry of the audit trail is written down, so that no column of it can change unnoticed."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from hashlib import sha256

Cell = str | int | bytes | datetime | None
"""What a column of an entry may hold."""

NOTHING_BEFORE = bytes(32)
"""Stands before the first entry of a chain."""

HOUSE = 0
"""The chain of what belongs to no organization; every other one has the key of its organization."""


def digest_of(columns: Mapping[str, Cell]) -> bytes:
    """Return the SHA-256 of all columns of a row with their names: no two rows are written alike."""
    written = [[name, _written(value)] for name, value in sorted(columns.items())]
    return sha256(json.dumps(written, separators=(",", ":")).encode()).digest()


def facts_as_text(facts: Mapping[str, object]) -> str:
    """Return facts as one text, the same for the same facts on every database; letters stay as they are."""
    return json.dumps(facts, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=str)


def facts_of(text: str) -> dict[str, object]:
    """Return the facts that a text holds."""
    facts: dict[str, object] = json.loads(text)
    return facts


def numbers_as_text(numbers: Sequence[int]) -> str:
    """Return ascending numbers as ranges: `3,5-9`."""
    ranges: list[list[int]] = []
    for number in numbers:
        if ranges and ranges[-1][1] == number - 1:
            ranges[-1][1] = number
        else:
            ranges.append([number, number])
    return ",".join(str(first) if first == last else f"{first}-{last}" for first, last in ranges)


def ranges_of(text: str) -> list[range]:
    """Return the ranges that a text of `numbers_as_text` names."""
    bounds = [part.partition("-") for part in text.split(",") if part]
    return [range(int(first), int(last or first) + 1) for first, _dash, last in bounds]


def _written(value: Cell) -> str | int | None:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    # SQLite and PostgreSQL hand out bytes in different types.
    if isinstance(value, bytes | memoryview | bytearray):
        return bytes(value).hex()
    return value
