"""
Reads camt.053, the bank statement of ISO 20022, in all its versions since the second.

Entry by entry, so that a large statement is never whole in memory. A document type or an entity is refused before
anything is parsed: it could grow without end or read files.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import cast
from xml.etree import ElementTree as ET

from invoices.domain.bank.csv_statement import fits
from invoices.domain.bank.statement import (
    LONGEST_REFERENCE,
    LONGEST_TEXT,
    MAX_LINES,
    Direction,
    StatementFault,
    StatementLine,
    StatementProblem,
    UnreadableStatementError,
    compact,
    tidy,
)

DEEPEST = 50
"""Elements within elements; a statement has fewer than twenty."""
_CHUNK = 1 << 16
_MESSAGE = re.compile(r"camt\.053\.001\.(\d\d)")
_DECLARED = re.compile(r"""^\s*<\?xml[^>]*?encoding\s*=\s*["']([A-Za-z0-9._-]+)["'][^>]*\?>""")
_ENCODINGS = {"utf-8", "utf8", "us-ascii", "ascii", "iso-8859-1", "iso-8859-15", "windows-1252", "utf-16"}
_AMOUNT = re.compile(r"\d{1,15}(\.\d{1,5})?|\.\d{1,5}", re.ASCII)
_NO_REFERENCE = {"NOTPROVIDED", "NONREF", "NOT PROVIDED"}
_DAY = len("2026-03-31")


def looks_like_xml(content: bytes) -> bool:
    """Tell whether a file is XML by how it begins."""
    for mark, encoding in ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if content.startswith(mark):
            return content[:200].decode(encoding, errors="ignore").lstrip("\ufeff \r\n\t").startswith("<")
    return content.lstrip()[:1] == b"<"


def read_camt(content: bytes) -> list[StatementLine]:
    """
    Return the booked movements of a statement, in its order; what is only announced is none.

    An entry of several transactions is a line for each, if they come to the entry's amount.

    :raises UnreadableStatementError: if it is no camt.053, or an entry cannot be read: half a file is not kept
    """
    lines: list[StatementLine] = []
    try:
        for line in _lines(_text(content)):
            lines.append(line)
            if len(lines) > MAX_LINES:
                raise _unreadable(StatementProblem.TOO_MANY_LINES, found=f"{MAX_LINES:,}")
    except (ET.ParseError, ValueError, RecursionError):
        raise _unreadable(StatementProblem.BROKEN_XML) from None
    if not lines:
        raise _unreadable(StatementProblem.EMPTY)
    return lines


def _text(content: bytes) -> str:
    """Return the file as text without what it says of its encoding; the encoding is settled here, not by a parser."""
    encoding = "utf-8-sig"
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        encoding = "utf-16"
    elif named := _DECLARED.match(content[:300].decode("latin-1").removeprefix("ï»¿")):
        encoding = named[1].lower()
        if encoding not in _ENCODINGS:
            raise _unreadable(StatementProblem.ENCODING, found=tidy(encoding, at_most=40))
        encoding = "utf-8-sig" if encoding in {"utf-8", "utf8"} else encoding
    try:
        text = content.decode(encoding)
    except UnicodeError:
        raise _unreadable(StatementProblem.ENCODING) from None
    text = re.sub(r"^\s*<\?xml\s[^>]*\?>", "", text, count=1)
    # Before anything reads it: entities are expanded while reading.
    if re.search(r"<!\s*(?!--|\[CDATA\[)", text) or "<?" in text:
        raise _unreadable(StatementProblem.DECLARES)
    return text.strip()


def _lines(text: str) -> Iterator[StatementLine]:
    parser: ET.XMLPullParser[ET.Element] = ET.XMLPullParser(["start", "end"])
    path: list[ET.Element] = []
    account, place = "", 0
    for start in range(0, len(text), _CHUNK):
        parser.feed(text[start : start + _CHUNK])
        for event, element in cast("Iterator[tuple[str, ET.Element]]", parser.read_events()):
            if event == "start":
                if not path:
                    _check_message(element)
                path.append(element)
                if len(path) > DEEPEST:
                    raise _unreadable(StatementProblem.BROKEN_XML)
                continue
            path.pop()
            name, owner = _local(element), _local(path[-1]) if path else ""
            if (name, owner) == ("Acct", "Stmt"):
                account = compact(_find(element, "Id/IBAN") or _find(element, "Id/Othr/Id"))
            elif (name, owner) == ("Ntry", "Stmt"):
                place += 1
                yield from _entry(element, account, place)
                # What was read is let go, or the whole file would stay in memory.
                path[-1].remove(element)
    parser.close()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Entry:
    place: int
    account: str
    booked_on: date
    amount: Decimal
    currency: str
    direction: Direction
    reference: str
    text: str


def _entry(element: ET.Element, account: str, place: int) -> Iterator[StatementLine]:
    status = _find(element, "Sts/Cd") or _find(element, "Sts")
    if status and status != "BOOK":
        return
    if not account:
        raise _unreadable(StatementProblem.NO_ACCOUNT, line=place)
    amount, currency = _amount(_child(element, "Amt"), place)
    entry = _Entry(
        place=place,
        account=account,
        booked_on=_booked_on(element, place),
        amount=amount,
        currency=currency,
        direction=_direction(element, place),
        reference=_reference(_find(element, "AcctSvcrRef") or _find(element, "NtryRef")),
        text=_find(element, "AddtlNtryInf"),
    )
    if not entry.amount:
        return
    parts = [part for details in _children(element, "NtryDtls") for part in _children(details, "TxDtls")]
    if len(parts) <= 1:
        yield _line(entry, parts[0] if parts else element, entry.amount, entry.reference)
        return
    amounts = [_part_amount(part, entry) for part in parts]
    known = [amount for amount in amounts if amount is not None]
    if len(known) < len(parts) or sum(known) != entry.amount:
        # What each part is cannot be told: a person looks into the bank's own list.
        yield _whole_batch(entry, parts)
        return
    for index, (part, amount) in enumerate(zip(parts, known, strict=True), start=1):
        own = _reference(_find(part, "Refs/AcctSvcrRef"))
        reference = own if own and own != entry.reference else entry.reference and f"{entry.reference}/{index}"
        yield _line(entry, part, amount, reference)


def _line(entry: _Entry, part: ET.Element, amount: Decimal, reference: str) -> StatementLine:
    own = _reference(_find(part, "Refs/AcctSvcrRef"))
    payer, account = _payer(part)
    structured = [tidy(_find(one, "CdtrRefInf/Ref"), at_most=LONGEST_REFERENCE) for one in _structured(part)]
    return StatementLine(
        place=entry.place,
        account=entry.account,
        booked_on=entry.booked_on,
        amount=amount,
        currency=entry.currency,
        direction=entry.direction,
        payer_name=tidy(payer),
        payer_account=compact(account),
        text=tidy(_words(part) or entry.text, at_most=LONGEST_TEXT),
        creditor_reference=" ".join(filter(None, structured))[:LONGEST_REFERENCE],
        bank_reference=reference or own,
    )


def _whole_batch(entry: _Entry, parts: list[ET.Element]) -> StatementLine:
    text = " | ".join(filter(None, (_words(part) for part in parts)))
    return StatementLine(
        place=entry.place,
        account=entry.account,
        booked_on=entry.booked_on,
        amount=entry.amount,
        currency=entry.currency,
        direction=Direction.BATCH if entry.direction is Direction.IN else entry.direction,
        text=tidy(text or entry.text, at_most=LONGEST_TEXT),
        bank_reference=entry.reference,
    )


def _words(part: ET.Element) -> str:
    """Return what the payer wrote: free text, the numbers of the documents they name, else what the bank adds."""
    information = _child(part, "RmtInf")
    words = [] if information is None else [one.text or "" for one in _children(information, "Ustrd")]
    for one in _structured(part):
        words += [_find(document, "Nb") for document in _children(one, "RfrdDocInf")]
        words += [added.text or "" for added in _children(one, "AddtlRmtInf")]
    found = " ".join(filter(None, words)) or _find(part, "AddtlTxInf")
    end_to_end = _find(part, "Refs/EndToEndId")
    return found or ("" if end_to_end.upper() in _NO_REFERENCE else end_to_end)


def _structured(part: ET.Element) -> list[ET.Element]:
    information = _child(part, "RmtInf")
    return [] if information is None else _children(information, "Strd")


def _payer(part: ET.Element) -> tuple[str, str]:
    """Return who paid and from which account; versions since the eighth put a party in between."""
    parties = _child(part, "RltdPties")
    if parties is None:
        return "", ""
    names = ("Dbtr/Nm", "Dbtr/Pty/Nm", "UltmtDbtr/Nm", "UltmtDbtr/Pty/Nm")
    name = next(filter(None, (_find(parties, path) for path in names)), "")
    return name, _find(parties, "DbtrAcct/Id/IBAN") or _find(parties, "DbtrAcct/Id/Othr/Id")


def _direction(element: ET.Element, place: int) -> Direction:
    sign = _find(element, "CdtDbtInd")
    is_reversal = _find(element, "RvslInd").lower() in {"true", "1"}
    if sign not in {"CRDT", "DBIT"}:
        raise _unreadable(StatementProblem.NO_DIRECTION, line=place, column="CdtDbtInd", found=tidy(sign, at_most=20))
    if sign == "CRDT":
        return Direction.RETURNED if is_reversal else Direction.IN
    return Direction.BOUNCED if is_reversal else Direction.OUT


def _booked_on(element: ET.Element, place: int) -> date:
    paths = ("BookgDt/Dt", "BookgDt/DtTm", "ValDt/Dt", "ValDt/DtTm")
    text = next(filter(None, (_find(element, path) for path in paths)), "")
    try:
        return date.fromisoformat(text[:_DAY])
    except ValueError:
        found = tidy(text, at_most=40)
        raise _unreadable(StatementProblem.NO_DATE, line=place, column="BookgDt", found=found) from None


def _amount(element: ET.Element | None, place: int) -> tuple[Decimal, str]:
    text = "" if element is None else (element.text or "").strip()
    currency = "" if element is None else element.attrib.get("Ccy", "")
    if not _AMOUNT.fullmatch(text):
        raise _unreadable(StatementProblem.NO_AMOUNT, line=place, column="Amt", found=tidy(text, at_most=40))
    if not re.fullmatch(r"[A-Z]{3}", currency):
        raise _unreadable(StatementProblem.NO_CURRENCY, line=place, column="Ccy", found=tidy(currency, at_most=20))
    amount = Decimal(text)
    if not fits(amount, currency):
        raise _unreadable(StatementProblem.FRACTIONS, line=place, column="Amt", found=text)
    return amount, currency


def _part_amount(part: ET.Element, entry: _Entry) -> Decimal | None:
    """Return what a transaction of an entry is, in the entry's currency and direction; None if it does not say."""
    if (_find(part, "CdtDbtInd") or "CRDT") != ("CRDT" if entry.direction in _INWARD else "DBIT"):
        return None
    candidates = [_child(part, "Amt"), _path(part, "AmtDtls/TxAmt/Amt"), _path(part, "AmtDtls/InstdAmt/Amt")]
    for candidate in candidates:
        if candidate is not None and candidate.attrib.get("Ccy") == entry.currency:
            text = (candidate.text or "").strip()
            try:
                amount = Decimal(text) if _AMOUNT.fullmatch(text) else None
            except InvalidOperation:
                amount = None
            return amount if amount and fits(amount, entry.currency) else None
    return None


_INWARD = frozenset({Direction.IN, Direction.RETURNED})


def _check_message(root: ET.Element) -> None:
    found = _MESSAGE.search(root.tag)
    if _local(root) != "Document" or found is None:
        raise _unreadable(StatementProblem.OTHER_MESSAGE, found=tidy(root.tag.rpartition(":")[2], at_most=60))


def _reference(text: str) -> str:
    return "" if text.upper() in _NO_REFERENCE else tidy(text, at_most=LONGEST_REFERENCE - 6)


def _local(element: ET.Element) -> str:
    return element.tag.rpartition("}")[2]


def _children(element: ET.Element, name: str) -> list[ET.Element]:
    return [child for child in element if _local(child) == name]


def _child(element: ET.Element, name: str) -> ET.Element | None:
    return next((child for child in element if _local(child) == name), None)


def _path(element: ET.Element, path: str) -> ET.Element | None:
    found: ET.Element | None = element
    for name in path.split("/"):
        found = None if found is None else _child(found, name)
    return found


def _find(element: ET.Element, path: str) -> str:
    found = _path(element, path)
    return "" if found is None else (found.text or "").strip()


def _unreadable(
    problem: StatementProblem, *, line: int = 0, column: str = "", found: str = ""
) -> UnreadableStatementError:
    return UnreadableStatementError([StatementFault(problem=problem, line=line, column=column, found=found)])
