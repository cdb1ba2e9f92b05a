"""What the next document would be, in words: as of when, when the real one comes, and what would keep it waiting."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils import translation
from django.utils.translation import gettext as _

from invoices.choices import BLOCK_LABELS
from invoices.documents.document import InvoiceDocument
from invoices.documents.reasons import reason_in_words, stored_reason
from invoices.domain.block import BOUNDS, Block
from subscriptions.documents import printable
from subscriptions.domain.formatting import format_day, format_moment, format_service
from subscriptions.domain.period import BillingPeriod, local_date
from usage.documents import Reader

NAMED_OBSTACLES = 20
"""So many obstacles are named before they are only counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewFacts:
    """
    What a preview says about its cycle; `comes_at` is when the cycle opens or closes by itself.

    Nothing is issued by one `in_shadow`: the old system bills it.
    """

    as_of: datetime
    period: BillingPeriod
    starts_at: datetime
    ends_at: datetime
    comes_at: datetime
    is_opening: bool
    is_last: bool
    is_held: bool
    blocks: Sequence[Block]
    left_out: Sequence[Block]
    in_shadow: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Obstacle:
    """
    Something that keeps a charge off the document: what kind it is, what it is about, and what to mend.

    One that `is_looked_at` is a safety bound: the whole document waits for two people, and nothing is to be mended.
    """

    kind: str
    subject: str
    message: str
    is_looked_at: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Obstacles:
    """The first of them, and how many more there are: a new destination may leave thousands of calls without a rate."""

    named: Sequence[Obstacle]
    more: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewDocument:
    """
    A preview in one language; it has no document if nothing would be due.

    It `is_whole` unless something that would be charged is not among its lines.
    """

    as_of: str
    period: str
    comes: str
    words: Sequence[str]
    obstacles: Obstacles
    left_out: Obstacles
    document: InvoiceDocument | None
    is_whole: bool


def build_preview_document(facts: PreviewFacts, *, document: InvoiceDocument | None, reader: Reader) -> PreviewDocument:
    """Return a preview as it is read."""
    period = facts.period
    with translation.override(reader.language):
        return PreviewDocument(
            as_of=moment_in_words(facts.as_of, reader),
            period=format_service(period.start, period.last_day, reader.time_zone, reader.language),
            comes=_comes(facts, reader),
            words=list(_words(facts)),
            obstacles=obstacles_in_words(facts.blocks, reader),
            left_out=obstacles_in_words(facts.left_out, reader),
            document=document,
            is_whole=not facts.blocks or _is_beyond_bounds(facts),
        )


def moment_in_words(instant: datetime, reader: Reader) -> str:
    """Write an instant with its year on the billing zone's clock: `Feb 15, 2026, 6:00 AM Eastern`."""
    day = format_day(local_date(instant, time_zone=reader.time_zone), reader.language)
    moment = format_moment(day, reader.clock(instant), reader.language)
    return _("%(moment)s %(zone)s") % {"moment": moment, "zone": reader.zone}


def _comes(facts: PreviewFacts, reader: Reader) -> str:
    if facts.in_shadow:
        return _("in another system")
    if facts.is_held and _is_beyond_bounds(facts):
        return _("once two people have found it right")
    if facts.is_held:
        return _("when what is named below is mended") if facts.blocks else _("within an hour")
    return _("within minutes") if facts.comes_at <= facts.as_of else moment_in_words(facts.comes_at, reader)


def _words(facts: PreviewFacts) -> Iterator[str]:
    """Yield what to know about these figures, for the state in which the cycle is."""
    if facts.in_shadow:
        yield _("Another system still bills this: nothing is issued here for it. These figures are to compare with.")
    if facts.is_opening:
        yield (
            _("The agreement has not begun. What it asks in advance is invoiced when it does.")
            if facts.as_of < facts.starts_at
            else _("The agreement has begun. What it asks in advance is invoiced within minutes.")
        )
        return
    if facts.as_of < facts.ends_at:
        yield _(
            "The period is still running: this is what would be invoiced if it ended now. Sessions and phone numbers "
            "count up to this moment; licenses count in full, as they are never prorated."
        )
    elif facts.as_of < facts.comes_at:
        yield _("The period has ended. What is still reported about it before the invoice is made counts.")
    elif not facts.is_held:
        yield _("The period has ended and is being closed: the invoice is made within minutes.")
    if facts.is_held and _is_beyond_bounds(facts):
        yield _(
            "The invoice goes beyond a safety bound: it waits until two people have found it right, and is dated on "
            "the day on which it is made."
        )
    elif facts.is_held and facts.blocks:
        yield _("The invoice waits until what is named below is mended; it is dated on the day on which it is made.")
    elif facts.is_held:
        yield _("The invoice was held, and what it waited for is mended. It is tried again every hour by itself.")
    if facts.is_last:
        yield _("It is the last period of the agreement: nothing is asked in advance after it.")


def _is_beyond_bounds(facts: PreviewFacts) -> bool:
    """Tell whether safety bounds, and nothing that could be mended, would keep it waiting."""
    return bool(facts.blocks) and all(block.code in BOUNDS for block in facts.blocks)


def obstacles_in_words(blocks: Sequence[Block], reader: Reader) -> Obstacles:
    """Return what keeps charges off a document, each thing once; words are in the language that is active."""
    by_subject = {(block.code, block.subject): block for block in reversed(blocks)}
    distinct = list(by_subject.values())[::-1]
    return Obstacles(
        named=[
            Obstacle(
                kind=str(BLOCK_LABELS[block.code.value]),
                subject="" if block.code in BOUNDS else printable(reader.product(block.subject)),
                message=printable(reason_in_words(stored_reason(block), product=reader.product)),
                is_looked_at=block.code in BOUNDS,
            )
            for block in distinct[:NAMED_OBSTACLES]
        ],
        more=max(0, len(distinct) - NAMED_OBSTACLES),
    )
