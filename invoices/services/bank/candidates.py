"""Loads what some lines of a bank file may pay, in as many statements for many lines as for one (BR-80)."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from decimal import Decimal

from django.db.models import Q, QuerySet
from django.db.models.functions import Upper

from invoices.choices import PAYABLE, BankLineState, DocumentType
from invoices.domain.bank.matching import Candidate, Known, payer_key
from invoices.domain.bank.numbers import find_numbers, find_old_numbers
from invoices.domain.bank.statement import StatementLine
from invoices.models import BankLine, DocumentBalance, Invoice
from subscriptions.domain.numbering import document_number
from subscriptions.models import IssuingEntity, Organization


def load_known(lines: Sequence[tuple[int, StatementLine]]) -> Known:
    """
    Return what is known about lines; what others would pay that are not recorded yet is no longer open for them.

    All organizations are looked at, whoever uploaded the file: what is unambiguous only among some is ambiguous.
    """
    named = _named(lines)
    accounts, names = _payers(line for _key, line in lines)
    of_payers = _open(Q(organization__in={own for owners in (*accounts.values(), *names.values()) for own in owners}))
    amounts = {line.amount for _key, line in lines}
    by_amount: defaultdict[tuple[str, Decimal], list[Candidate]] = defaultdict(list)
    for one in _open(Q(open__in=amounts)):
        by_amount[one.currency, one.open].append(one)
    open_of: defaultdict[tuple[int, str], list[Candidate]] = defaultdict(list)
    for one in of_payers:
        open_of[one.organization_id, one.currency].append(one)
    candidates = [*of_payers, *(one for ones in (*named.values(), *by_amount.values()) for one in ones)]
    return Known(
        named=named,
        by_amount=by_amount,
        open_of=open_of,
        payer_accounts=accounts,
        payer_names=names,
        taken=_pending({one.organization_id for one in candidates}),
    )


def _named(lines: Sequence[tuple[int, StatementLine]]) -> dict[int, list[Candidate]]:
    """Return the invoices that each line names, by the line's key."""
    words = {key: find_old_numbers(f"{line.text} {line.creditor_reference}") for key, line in lines}
    prefixes = set(IssuingEntity.objects.values_list("invoice_prefix", flat=True))
    numbers: dict[int, list[str]] = {}
    for key, line in lines:
        found = find_numbers(f"{line.text} {line.creditor_reference}", sorted(prefixes))
        numbers[key] = [document_number(prefix=prefix, sequence=sequence) for prefix, sequence in found]
    of_old_system = _carried_over({word for found in words.values() for word in found})
    for key, found_words in words.items():
        carried = [number for word in found_words for number in of_old_system[word]]
        numbers[key] = list(dict.fromkeys([*numbers[key], *carried]))
    wanted = {number for found in numbers.values() for number in found}
    by_number: defaultdict[str, list[Candidate]] = defaultdict(list)
    entities = list(IssuingEntity.objects.values_list("pk", flat=True))
    rows = _candidates(
        DocumentBalance.objects.filter(
            document__issuing_entity__in=entities,
            document__number__in=wanted,
            document__document_type__in=PAYABLE,
        )
    )
    for one in rows:
        by_number[one.number].append(one)
    named = {key: [one for number in found for one in by_number[number]] for key, found in numbers.items()}
    return {key: ones for key, ones in named.items() if ones}


def _carried_over(words: Collection[str]) -> defaultdict[str, list[str]]:
    """Return the numbers of opening items that words of a bank file name, by those words, however they are cased."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    items = Invoice.objects.filter(document_type=DocumentType.OPENING_ITEM).annotate(word=Upper("number"))
    for word, number in items.filter(word__in=words).values_list("word", "number").distinct() if words else ():
        found[word].append(number)
    return found


def _payers(
    lines: Iterable[StatementLine],
) -> tuple[Mapping[str, frozenset[int]], Mapping[str, frozenset[int]]]:
    """Return for which organizations accounts and names have paid before; a name is also that of an organization."""
    wanted = [(line.payer_account, line.payer_name) for line in lines]
    by_account: defaultdict[str, set[int]] = defaultdict(set)
    by_name: defaultdict[str, set[int]] = defaultdict(set)
    recorded = BankLine.objects.filter(
        state=BankLineState.RECORDED, organization__isnull=False, payment__reversed_at__isnull=True
    )
    accounts = {account for account, _name in wanted if account}
    keys = {payer_key(name) for _account, name in wanted if name} - {""}
    for account, own in recorded.filter(payer_account__in=accounts).values_list("payer_account", "organization"):
        by_account[account].add(own)
    for key, own in recorded.filter(payer_key__in=keys).values_list("payer_key", "organization"):
        by_name[key].add(own)
    upper = {name.upper() for _account, name in wanted if name}
    called = Organization.objects.annotate(as_named=Upper("name"), as_printed=Upper("legal_name"))
    for own, name, legal in called.filter(Q(as_named__in=upper) | Q(as_printed__in=upper)).values_list(
        "pk", "name", "legal_name"
    ):
        for key in {payer_key(name), payer_key(legal)} & keys:
            by_name[key].add(own)
    return (
        {account: frozenset(owners) for account, owners in by_account.items()},
        {name: frozenset(owners) for name, owners in by_name.items()},
    )


def _open(which: Q) -> list[Candidate]:
    """Return the open invoices of some organizations, or amounts, oldest due first."""
    invoices = DocumentBalance.objects.filter(which, open__gt=0, document__document_type__in=PAYABLE)
    return _candidates(invoices)


def _candidates(rows: QuerySet[DocumentBalance]) -> list[Candidate]:
    found = rows.order_by("document__due_date", "document_id").values_list(
        "document_id", "organization_id", "document__number", "document__currency", "document__due_date", "open"
    )
    return [
        Candidate(document_id=pk, organization_id=own, number=number, currency=currency, due_date=due, open=left)
        for pk, own, number, currency, due, left in found
    ]


def _pending(owners: set[int]) -> dict[int, Decimal]:
    """Return by invoice what lines will pay that wait to be confirmed, or are on their way."""
    taken: defaultdict[int, Decimal] = defaultdict(Decimal)
    rows = BankLine.objects.filter(
        state__in=(BankLineState.PROPOSED, BankLineState.CONFIRMED), organization__in=owners
    ).values_list("shares", flat=True)
    for share in (share for shares in rows.iterator(chunk_size=1_000) for share in shares):
        taken[share["document"]] += Decimal(share["amount"])
    return dict(taken)
