"""Hands a period of the ledger to the accounting, and notes it: who, when, and with which codes (ADR 41)."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from hashlib import sha256

from django.contrib.auth.models import User
from django.db import transaction

from invoices.domain.finance.journal import PROPOSED, JournalAccount, Purpose, UnbalancedError, account_named, code_of
from invoices.domain.ledger import Account
from invoices.exports.finance import journal_csv
from invoices.models import JournalExport
from invoices.selectors.finance.journal import (
    JournalEntry,
    JournalPeriod,
    get_account_codes,
    get_entity_codes,
    iterate_journal,
)
from subscriptions.choices import AuditKind
from subscriptions.domain.violations import Violation, refuse
from subscriptions.domain.words import translatable
from subscriptions.services.auditing import Deed, record


class JournalError(StrEnum):
    """Why a period is not exported."""

    RUNS = "runs"
    EMPTY = "empty"
    UNBALANCED = "unbalanced"
    ALREADY = "already"
    CHANGED = "changed"


@dataclass(slots=True)
class Sides:
    """Debit and credit of one account in one currency."""

    debit: Decimal = Decimal(0)
    credit: Decimal = Decimal(0)

    def add(self, amount: Decimal) -> None:
        """Book an amount: a debit if it is positive."""
        if amount > 0:
            self.debit += amount
        else:
            self.credit -= amount


@dataclass(slots=True)
class JournalFigures:
    """What a journal comes to: by currency, and by currency and code; and the digest of its file."""

    entries: int = 0
    lines: int = 0
    totals: defaultdict[str, Sides] = field(default_factory=lambda: defaultdict(Sides))
    accounts: defaultdict[tuple[str, str, Account | JournalAccount], Sides] = field(
        default_factory=lambda: defaultdict(Sides)
    )
    sha256: str = ""


def look_at_journal(period: JournalPeriod, *, codes: Mapping[Purpose, str]) -> JournalFigures:
    """
    Return what the journal of a period comes to; it is read through once, row by row.

    :raises UnbalancedError: if a document does not say what the ledger does
    """
    figures, digest = JournalFigures(), sha256()
    entries = iterate_journal(period, entities=get_entity_codes())
    for text in journal_csv(_counted(entries, figures, codes), codes=codes):
        digest.update(text.encode())
    figures.sha256 = digest.hexdigest()
    return figures


def export_journal(period: JournalPeriod, *, seen: str, by: User, now: datetime) -> JournalExport:
    """
    Note that a period is handed to the accounting as it was seen, by the digest of its file.

    :raises Refused: if it still runs, is empty, is noted already as it is, or is another one than was seen
    """
    if now < period.ends_everywhere_at:
        message = translatable(
            "This period still runs somewhere: export it once its last day is over in every time zone."
        )
        refuse([Violation(code=JournalError.RUNS, field="last_day", message=message)])
    codes = get_account_codes()
    try:
        figures = look_at_journal(period, codes=codes)
    except UnbalancedError:
        message = translatable("A document does not say what the ledger does. Run manage.py verify_books first.")
        refuse([Violation(code=JournalError.UNBALANCED, field="last_day", message=message)])
    if not figures.entries:
        message = translatable("Nothing was posted in this period.")
        refuse([Violation(code=JournalError.EMPTY, field="first_day", message=message)])
    if figures.sha256 != seen:
        message = translatable("Account codes have changed since this was shown. Look at it once more.")
        refuse([Violation(code=JournalError.CHANGED, field="first_day", message=message)])
    with transaction.atomic():
        exported, is_new = JournalExport.objects.get_or_create(
            issuing_entity_id=period.issuing_entity_id,
            first_day=period.first_day,
            last_day=period.last_day,
            sha256=figures.sha256,
            defaults={
                "codes": [
                    [one.account.value, one.part, one.kind, code] for one, code in sorted({**PROPOSED, **codes}.items())
                ],
                "entities": {str(key): code for key, code in get_entity_codes().items()},
                "entries": figures.entries,
                "lines": figures.lines,
                "totals": {
                    currency: [f"{sides.debit:f}", f"{sides.credit:f}"]
                    for currency, sides in sorted(figures.totals.items())
                },
                "exported_at": now,
                "exported_by": by,
            },
        )
        if not is_new:
            message = translatable("Exactly this was exported before: download it again from the list below.")
            refuse([Violation(code=JournalError.ALREADY, field="first_day", message=message)])
        record(
            Deed(
                organization_id=None,
                kind=AuditKind.DOCUMENT,
                deed="journal_exported",
                subject=exported,
                by=by,
                at=now,
                facts={
                    "first_day": period.first_day.isoformat(),
                    "last_day": period.last_day.isoformat(),
                    "count": str(figures.entries),
                    "digest": figures.sha256,
                },
            )
        )
    return exported


def journal_again(exported: JournalExport) -> Iterator[str]:
    """Yield the lines of a file that was exported before, with the codes of then: the same to the last byte."""
    codes = {
        Purpose(account=account_named(account), part=part, kind=kind): code
        for account, part, kind, code in exported.codes
    }
    entities = {int(key): code for key, code in exported.entities.items()}
    return journal_csv(iterate_journal(period_of(exported), entities=entities), codes=codes)


def period_of(exported: JournalExport) -> JournalPeriod:
    """Return what an export was of."""
    return JournalPeriod(
        first_day=exported.first_day,
        last_day=exported.last_day,
        issuing_entity_id=exported.issuing_entity_id,
    )


def _counted(
    entries: Iterable[JournalEntry], figures: JournalFigures, codes: Mapping[Purpose, str]
) -> Iterator[JournalEntry]:
    for entry in entries:
        figures.entries += 1
        figures.lines += len(entry.postings)
        for posting in entry.postings:
            figures.totals[entry.currency].add(posting.amount)
            code = code_of(posting.purpose, codes)
            figures.accounts[entry.currency, code, posting.purpose.account].add(posting.amount)
        yield entry
