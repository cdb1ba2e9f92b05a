"""
The one place that writes the audit trail: entries, each bound to the one before it in the chain of its organization.

An entry is written in the transaction of its deed, after every other lock is taken: heads of chains come last, those of
organizations in the order of their keys, that of the house after them. So two transactions never wait for each other.
"""

import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db import connection, transaction
from django.db.models import Model

from subscriptions.choices import AuditKind
from subscriptions.domain.audit import HOUSE, NOTHING_BEFORE, digest_of, facts_as_text
from subscriptions.models import AuditEntry, AuditHead, AuditWords
from subscriptions.selectors.audit_trail import columns_of
from subscriptions.services.bulk import give_keys, insert_rows, update_rows
from subscriptions.services.origin import Origin, current_origin

SALT_BYTES = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """
    Something that was done: whose trail it belongs to (None: the house's), what, about which row, by whom, when, why.

    `facts` are shown in the words of `deed` and may name people; `reason` is read by staff only. `rows` names what it
    is about where that is more than one row.
    """

    organization_id: int | None
    kind: AuditKind
    deed: str
    subject: Model
    by: AbstractBaseUser | AnonymousUser | None
    at: datetime
    facts: Mapping[str, object] = field(default_factory=dict)
    reason: str = ""
    rows: str = ""


def record(deed: Deed) -> AuditEntry:
    """Add a deed to the audit trail; call it last in the transaction that does it."""
    return record_all([deed])[0]


def record_all(deeds: Iterable[Deed]) -> list[AuditEntry]:
    """Add deeds to the audit trail, in their order, in as many statements for many as for one; see `record`."""
    wanted = list(deeds)
    if not wanted:
        return []
    # Without a savepoint: a deed that leaves no entry is undone.
    origin = current_origin()
    with transaction.atomic(savepoint=False):
        heads = _lock_heads(sorted({_chain(deed) for deed in wanted}, key=lambda chain: (chain == HOUSE, chain)))
        entries = [_entry(deed, origin) for deed in wanted]
        give_keys(entries)
        words = [_words(deed, entry, origin) for deed, entry in zip(wanted, entries, strict=True)]
        for entry, said in zip(entries, words, strict=True):
            _bind(entry, said, heads[entry.organization_id or HOUSE])
        insert_rows(entries, keyed=True)
        insert_rows(words)
        update_rows(heads.values(), ["sequence", "digest"])
    origin.recorded.update((entry.subject_type, entry.subject_id, entry.actor_id) for entry in entries)
    return entries


def is_staff(person: AbstractBaseUser | AnonymousUser | None) -> bool:
    """Tell whether somebody is one of us now: the trail says what they were when they did something."""
    return bool(getattr(person, "is_staff", False) or getattr(person, "is_superuser", False))


def label_of(row: Model) -> str:
    """Return how the trail names the kind of a row."""
    return row._meta.label_lower  # noqa: SLF001


def _chain(deed: Deed) -> int:
    return deed.organization_id or HOUSE


def _lock_heads(chains: Sequence[int]) -> dict[int, AuditHead]:
    """Lock the heads of chains, always in the same order; a chain that is new begins."""
    found = _heads(chains)
    missing = [chain for chain in chains if chain not in found]
    if missing:
        AuditHead.objects.bulk_create(
            [AuditHead(chain=chain, sequence=0, digest=NOTHING_BEFORE) for chain in missing], ignore_conflicts=True
        )
        found |= _heads(missing)
    return {chain: found[chain] for chain in chains}


def _heads(chains: Sequence[int]) -> dict[int, AuditHead]:
    found: dict[int, AuditHead] = {}
    # The house last, though its key is the smallest: whoever writes about an organization may write about it, too.
    for part in ([chain for chain in chains if chain != HOUSE], [chain for chain in chains if chain == HOUSE]):
        if part:
            rows = AuditHead.objects.filter(chain__among=part).order_by("chain")
            found |= {row.chain: row for row in (rows.select_for_update() if _locks() else rows)}
    return found


def _locks() -> bool:
    return connection.features.has_select_for_update


def _entry(deed: Deed, origin: Origin) -> AuditEntry:
    return AuditEntry(
        organization_id=deed.organization_id,
        at=deed.at,
        kind=deed.kind.value,
        deed=deed.deed,
        actor_id=deed.by.pk if deed.by is not None else None,
        origin=origin.kind.value,
        subject_type=label_of(deed.subject),
        subject_id=deed.rows or str(deed.subject.pk),
    )


def _words(deed: Deed, entry: AuditEntry, origin: Origin) -> AuditWords:
    return AuditWords(
        entry_id=entry.pk,
        organization_id=deed.organization_id,
        salt=secrets.token_bytes(SALT_BYTES),
        facts=facts_as_text({**deed.facts, **({"by_staff": True} if is_staff(deed.by) else {})}),
        reason=deed.reason.strip(),
        place=origin.place,
    )


def _bind(entry: AuditEntry, words: AuditWords, head: AuditHead) -> None:
    """Make an entry the last one of its chain."""
    entry.sequence = head.sequence + 1
    entry.previous = bytes(head.digest)
    entry.words_digest = digest_of(columns_of(words))
    entry.digest = digest_of(columns_of(entry, without="digest"))
    head.sequence, head.digest = entry.sequence, entry.digest
