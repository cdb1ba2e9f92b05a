"""
Which open invoices a sum that came in may pay, and how sure that is (BR-80, BR-83).

What is sure is recorded once a person has looked at it; whatever is in doubt waits for a person, with a suggestion
where there is one. Nothing is ever matched across currencies, nor spread over two organizations.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from itertools import combinations

from invoices.domain.bank.statement import Direction, StatementLine
from invoices.domain.payments import Share
from subscriptions.domain.money import CURRENCIES

MOST_COMBINED = 10
"""Open invoices of a payer of which every combination is tried; of more only the oldest, one after the other."""


class Finding(StrEnum):
    """What was found about a line."""

    NAMES_ONE = "names_one"
    NAMES_SEVERAL = "names_several"
    NAMES_AND_MORE = "names_and_more"
    PAYER_ONE = "payer_one"
    PAYER_SEVERAL = "payer_several"

    NAMES_AND_LESS = "names_and_less"
    NAMES_PAID = "names_paid"
    NAMES_OTHER_CURRENCY = "names_other_currency"
    NAMES_TWO_CUSTOMERS = "names_two_customers"
    NAMES_ANOTHERS = "names_anothers"
    PAYER_SEVERAL_WAYS = "payer_several_ways"
    PAYER_ONLY = "payer_only"
    PAYER_OF_TWO = "payer_of_two"
    AMOUNT_ONLY = "amount_only"
    AMOUNT_OF_SEVERAL = "amount_of_several"
    NOTHING = "nothing"
    BATCH = "batch"
    OTHER_CURRENCY = "other_currency"
    BOUNCED = "bounced"
    RETURNED = "returned"
    OUT = "out"
    """Money that went out: nothing to record."""

    RECORDED_BEFORE = "recorded_before"
    CHANGED_SINCE = "changed_since"
    """Between the look at it and the recording."""


SURE = frozenset(
    {
        Finding.NAMES_ONE,
        Finding.NAMES_SEVERAL,
        Finding.NAMES_AND_MORE,
        Finding.PAYER_ONE,
        Finding.PAYER_SEVERAL,
    }
)
"""Recorded when the file is confirmed, without a look at each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """An invoice that a sum may pay; `open` is in its currency, and 0 once it is paid."""

    document_id: int
    organization_id: int
    number: str
    currency: str
    due_date: date
    open: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """Whose payment a line is and what it pays, as far as that was found."""

    finding: Finding
    organization_id: int | None = None
    shares: Sequence[Share] = ()

    @property
    def is_sure(self) -> bool:
        """Tell whether it is recorded without a look at each."""
        return self.finding in SURE


@dataclass(slots=True, kw_only=True)
class Known:
    """
    What is known of invoices and payers, as far as some lines ask for it.

    `named` are the invoices of the numbers that the lines name, by line: paid ones, and those of other currencies, too.
    `payers` are the organizations for which each account, or name, has paid before. What is proposed for a line is no
    longer open for the next.
    """

    named: Mapping[int, Sequence[Candidate]] = field(default_factory=dict)
    by_amount: Mapping[tuple[str, Decimal], Sequence[Candidate]] = field(default_factory=dict)
    open_of: Mapping[tuple[int, str], Sequence[Candidate]] = field(default_factory=dict)
    payer_accounts: Mapping[str, frozenset[int]] = field(default_factory=dict)
    payer_names: Mapping[str, frozenset[int]] = field(default_factory=dict)
    taken: dict[int, Decimal] = field(default_factory=dict)

    def left(self, candidate: Candidate) -> Decimal:
        """Return what is open of an invoice after the lines before."""
        return candidate.open - self.taken.get(candidate.document_id, Decimal(0))

    def payers(self, line: StatementLine) -> frozenset[int]:
        """Return for whom the payer of a line has paid before: by account, and only without one by name."""
        if line.payer_account:
            found = self.payer_accounts.get(line.payer_account, frozenset())
            if found:
                return found
        return self.payer_names.get(payer_key(line.payer_name), frozenset()) if line.payer_name else frozenset()


def payer_key(name: str) -> str:
    """Return a payer's name as two of them are compared."""
    return " ".join("".join(one if one.isalnum() else " " for one in name.casefold()).split())


def propose_all(lines: Sequence[tuple[int, StatementLine]], known: Known) -> list[Proposal]:
    """
    Return a proposal for each line, in their order; the number of each is that by which `known` names it.

    Those that name an invoice choose first. What is only suggested leaves the invoice to the next line.
    """
    found: dict[int, Proposal] = {}
    for key, line in sorted(lines, key=lambda one: one[0] not in known.named):
        found[key] = proposal = _propose(key, line, known)
        if proposal.is_sure:
            for share in proposal.shares:
                known.taken[share.document_id] = known.taken.get(share.document_id, Decimal(0)) + share.amount
    return [found[key] for key, _line in lines]


def _propose(key: int, line: StatementLine, known: Known) -> Proposal:
    by_direction = {
        Direction.OUT: Finding.OUT,
        Direction.BOUNCED: Finding.BOUNCED,
        Direction.RETURNED: Finding.RETURNED,
        Direction.BATCH: Finding.BATCH,
    }
    if line.direction in by_direction:
        return Proposal(finding=by_direction[line.direction])
    if line.currency not in CURRENCIES:
        return Proposal(finding=Finding.OTHER_CURRENCY)
    payers = known.payers(line)
    for find in (_by_number(key, line, known, payers), _by_payer(line, known, payers), _by_amount(line, known)):
        proposal = next(find, None)
        if proposal is not None:
            return proposal
    return Proposal(finding=Finding.NOTHING)


def _by_number(key: int, line: StatementLine, known: Known, payers: frozenset[int]) -> Iterator[Proposal]:
    named = known.named.get(key, ())
    if not named:
        return
    owners = {one.organization_id for one in named}
    owner = next(iter(owners)) if len(owners) == 1 else None
    payable = [one for one in named if one.currency == line.currency and known.left(one) > 0]
    groups: dict[int, list[Candidate]] = {}
    for one in payable:
        groups.setdefault(one.organization_id, []).append(one)
    exact = [own for own, group in groups.items() if _sum(group, known) == line.amount]
    if len(exact) == 1:
        own = exact[0]
        finding = Finding.NAMES_ONE if len(groups[own]) == 1 else Finding.NAMES_SEVERAL
        if len(owners) > 1 and own not in payers:
            finding = Finding.NAMES_TWO_CUSTOMERS
        elif payers and own not in payers:
            finding = Finding.NAMES_ANOTHERS
        yield Proposal(finding=finding, organization_id=own, shares=_whole(groups[own], known))
    elif len(groups) > 1 or (len(owners) > 1 and not payable):
        yield Proposal(finding=Finding.NAMES_TWO_CUSTOMERS)
    elif not payable:
        is_paid = any(one.currency == line.currency for one in named)
        finding = Finding.NAMES_PAID if is_paid else Finding.NAMES_OTHER_CURRENCY
        yield Proposal(finding=finding, organization_id=owner)
    else:
        ((own, group),) = groups.items()
        shares = _oldest_first(line.amount, group, known)
        finding = Finding.NAMES_AND_LESS if _sum(group, known) > line.amount else Finding.NAMES_AND_MORE
        if len(owners) > 1 or (payers and own not in payers):
            finding = Finding.NAMES_ANOTHERS if len(owners) == 1 else Finding.NAMES_TWO_CUSTOMERS
        yield Proposal(finding=finding, organization_id=own, shares=shares)


def _by_payer(line: StatementLine, known: Known, payers: frozenset[int]) -> Iterator[Proposal]:
    if not payers:
        return
    if len(payers) > 1:
        fitting = [
            (own, one)
            for own in sorted(payers)
            for one in known.open_of.get((own, line.currency), ())
            if known.left(one) == line.amount
        ]
        if len(fitting) == 1:
            # One who pays for several: an accountant, or a group. What fits is only suggested.
            own, one = fitting[0]
            yield Proposal(finding=Finding.PAYER_OF_TWO, organization_id=own, shares=_whole([one], known))
        else:
            yield Proposal(finding=Finding.PAYER_OF_TWO)
        return
    own = next(iter(payers))
    items = [one for one in known.open_of.get((own, line.currency), ()) if known.left(one) > 0]
    single = [one for one in items if known.left(one) == line.amount]
    if single:
        finding = Finding.PAYER_ONE if len(single) == 1 else Finding.PAYER_SEVERAL_WAYS
        yield Proposal(finding=finding, organization_id=own, shares=_whole(single[:1], known))
        return
    ways = _combinations(items, line.amount, known)
    if ways:
        finding = Finding.PAYER_SEVERAL if len(ways) == 1 else Finding.PAYER_SEVERAL_WAYS
        yield Proposal(finding=finding, organization_id=own, shares=_whole(ways[0], known))
        return
    yield Proposal(finding=Finding.PAYER_ONLY, organization_id=own, shares=_oldest_first(line.amount, items, known))


def _by_amount(line: StatementLine, known: Known) -> Iterator[Proposal]:
    """Yield the invoice that is open over exactly the amount: of all organizations, or it would be a guess."""
    found = [one for one in known.by_amount.get((line.currency, line.amount), ()) if known.left(one) == line.amount]
    if len(found) == 1:
        (one,) = found
        yield Proposal(finding=Finding.AMOUNT_ONLY, organization_id=one.organization_id, shares=_whole([one], known))
    elif found:
        yield Proposal(finding=Finding.AMOUNT_OF_SEVERAL)


def _combinations(items: Sequence[Candidate], amount: Decimal, known: Known) -> list[Sequence[Candidate]]:
    """Return up to two ways in which several open invoices come to an amount, the oldest first."""
    if _sum(items, known) < amount:
        return []
    found: list[Sequence[Candidate]] = []
    for count in range(2, len(items) + 1):
        if _sum(items[:count], known) == amount:
            found.append(items[:count])
            break
    if len(items) > MOST_COMBINED:
        return found
    lefts = [known.left(one) for one in items]
    for count in range(2, len(items) + 1):
        for chosen in combinations(range(len(items)), count):
            if sum(lefts[index] for index in chosen) == amount:
                way = [items[index] for index in chosen]
                if way not in found:
                    found.append(way)
                if len(found) > 1:
                    return found
    return found


def _oldest_first(amount: Decimal, items: Iterable[Candidate], known: Known) -> list[Share]:
    shares, left = [], amount
    for one in sorted(items, key=lambda one: (one.due_date, one.document_id)):
        paid = min(left, known.left(one))
        if paid > 0:
            shares.append(Share(document_id=one.document_id, amount=paid))
            left -= paid
    return shares


def _whole(items: Iterable[Candidate], known: Known) -> list[Share]:
    return [Share(document_id=one.document_id, amount=known.left(one)) for one in items]


def _sum(items: Iterable[Candidate], known: Known) -> Decimal:
    return sum((known.left(one) for one in items), start=Decimal(0))
