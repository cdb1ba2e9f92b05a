"""Checks the chains of the audit trail, and writes down their heads, so that a copy kept elsewhere bears witness."""

import csv
import hashlib
import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from uuid import uuid4

from django.conf import settings

from subscriptions.domain.audit import HOUSE, NOTHING_BEFORE, digest_of, ranges_of
from subscriptions.models import AuditEntry, AuditHead
from subscriptions.selectors.audit_trail import columns_of, list_chain

logger = logging.getLogger(__name__)

AT_ONCE = 1_000
"""So many entries are in memory at a time."""

ERASED = "words_erased"
"""The deed of an entry that names, as its subject, the entries whose words were erased."""

COLUMNS = ["chain", "sequence", "digest"]


class HeadsError(ValueError):
    """A file of heads cannot be read; the message says where and why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """How far a chain had come when it was written down."""

    sequence: int
    digest: bytes


@dataclass(slots=True)
class Walk:
    """What is remembered of a chain on the way through it."""

    sequence: int = 0
    digest: bytes = NOTHING_BEFORE
    wordless: list[int] = field(default_factory=list)
    erased: list[range] = field(default_factory=list)


def find_chain_faults(chain: int, *, witness: Head | None = None) -> Iterator[str]:
    """
    Yield what is wrong with a chain, in words: an entry edited, deleted, inserted or out of its place, words that
    changed or are gone without an erasure, and, by the witness of a head written down before, a tail that was cut off
    or a chain that was written anew.
    """
    walk = Walk()
    found_witness = witness is None or witness.sequence == 0
    for entry in _entries(chain, walk):
        yield from _entry(entry, walk)
        if witness is not None and entry.sequence == witness.sequence:
            found_witness = True
            if bytes(entry.digest) != witness.digest:
                yield f"entry {entry.sequence} is not the one that was written down: the chain was written anew"
    if not found_witness and witness is not None:
        yield f"entry {witness.sequence} was written down, and the chain ends at {walk.sequence}: its tail was cut off"
    yield from _erasures(walk)
    yield from _head(chain, walk)


def list_heads() -> Iterator[tuple[int, Head]]:
    """Yield the head of each chain."""
    for row in AuditHead.objects.order_by("chain").iterator(chunk_size=AT_ONCE):
        yield row.chain, Head(sequence=row.sequence, digest=bytes(row.digest))


def write_heads(path: Path) -> str:
    """Write the heads of all chains into a file, one a line, and return the SHA-256 of the file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    # A name of its own: another worker may write the same file at this moment, and each moves a whole one into place.
    unfinished = path.with_name(f"{path.name}.{uuid4().hex}.unfinished")
    try:
        with unfinished.open("w", encoding="ascii", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(COLUMNS)
            for chain, head in list_heads():
                writer.writerow([chain, head.sequence, head.digest.hex()])
        with unfinished.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
    return digest


def read_heads(path: Path) -> Mapping[int, Head]:
    """
    Return the heads that a file of `write_heads` holds, by chain.

    :raises HeadsError: if it is no such file
    """
    heads = {}
    try:
        with path.open(encoding="ascii", newline="") as file:
            rows = csv.reader(file)
            if next(rows, None) != COLUMNS:
                raise HeadsError(f"{path} does not begin with {','.join(COLUMNS)}: name a file of exported heads.")
            for chain, sequence, digest in rows:
                heads[int(chain)] = Head(sequence=int(sequence), digest=bytes.fromhex(digest))
    except OSError as error:
        raise HeadsError(f"{path} cannot be read: {error.strerror}.") from error
    except HeadsError:
        raise
    except ValueError as error:
        raise HeadsError(f"{path} is damaged at line {len(heads) + 2}: {error}.") from error
    return heads


def keep_heads(*, now: datetime) -> Path:
    """Write today's heads into a file of their own, and its digest into the log; called again it is written anew."""
    path = Path(settings.AUDIT_HEADS_DIR) / f"{now:%Y-%m-%d}.csv"
    digest = write_heads(path)
    logger.info("Heads of the audit trail: %s, SHA-256 %s", path, digest)
    return path


def _entries(chain: int, walk: Walk) -> Iterator[AuditEntry]:
    """Yield the entries of a chain, and those that others add on the way."""
    yield from list_chain(chain).iterator(chunk_size=AT_ONCE)
    reached = -1
    while reached < walk.sequence < _head_of(chain).sequence:
        reached = walk.sequence
        yield from list_chain(chain).filter(sequence__gt=reached).iterator(chunk_size=AT_ONCE)


def _head_of(chain: int) -> Head:
    row = AuditHead.objects.filter(chain=chain).first()
    return Head(sequence=row.sequence, digest=bytes(row.digest)) if row else Head(sequence=0, digest=NOTHING_BEFORE)


def _entry(entry: AuditEntry, walk: Walk) -> Iterator[str]:
    if entry.sequence != walk.sequence + 1:
        yield f"entry {walk.sequence + 1} is missing: {entry.sequence} follows {walk.sequence}"
    if bytes(entry.previous) != walk.digest:
        yield f"entry {entry.sequence} does not follow the one before it"
    if bytes(entry.digest) != digest_of(columns_of(entry, without="digest")):
        yield f"entry {entry.sequence} was changed"
    words = getattr(entry, "words", None)
    if words is None:
        walk.wordless.append(entry.sequence)
    elif bytes(entry.words_digest) != digest_of(columns_of(words)):
        yield f"the words of entry {entry.sequence} were changed"
    if entry.deed == ERASED:
        walk.erased.extend(ranges_of(entry.subject_id))
    walk.sequence, walk.digest = entry.sequence, bytes(entry.digest)


def _erasures(walk: Walk) -> Iterator[str]:
    for sequence in walk.wordless:
        if not any(sequence in erased for erased in walk.erased):
            yield f"the words of entry {sequence} are gone, and no erasure says so"


def _head(chain: int, walk: Walk) -> Iterator[str]:
    head = _head_of(chain)
    if head.sequence == 0 and walk.sequence > 0:
        yield "the chain has no head"
    elif (head.sequence, head.digest) != (walk.sequence, walk.digest):
        yield f"its head is at entry {head.sequence}, the chain ends at {walk.sequence}"


def name_of(chain: int, codes: Mapping[int, str]) -> str:
    """Return how a chain is called: by the code of its organization, or by the key of one that is gone."""
    if chain == HOUSE:
        return "Seatbill"
    return codes.get(chain, f"organization {chain} (removed)")
