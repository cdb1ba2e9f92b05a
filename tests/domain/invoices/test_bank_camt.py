"""camt.053 in its versions: entries, batches, reversals, references; nothing that could grow or reach out (BR-80)."""

from datetime import date
from decimal import Decimal

import pytest

from invoices.domain.bank.camt import looks_like_xml, read_camt
from invoices.domain.bank.statement import Direction, StatementProblem, UnreadableStatementError


def statement(*entries: str, version: str = "08", account: str = "<IBAN>DE02120300000000202051</IBAN>") -> bytes:
    return (
        '<?xml version="1.0" encoding="UTF-8"?>'
        f'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.{version}">'
        f"<BkToCstmrStmt><GrpHdr><MsgId>1</MsgId></GrpHdr><Stmt><Id>1</Id><Acct><Id>{account}</Id></Acct>"
        f"{''.join(entries)}</Stmt></BkToCstmrStmt></Document>"
    ).encode()


def entry(
    amount: str = "100.00",
    *,
    details: str = "",
    currency: str = "EUR",
    sign: str = "CRDT",
    status: str = "<Sts><Cd>BOOK</Cd></Sts>",
    more: str = "",
    reference: str = "BANK-1",
) -> str:
    return (
        f'<Ntry><Amt Ccy="{currency}">{amount}</Amt><CdtDbtInd>{sign}</CdtDbtInd>{more}{status}'
        f"<BookgDt><Dt>2026-03-02</Dt></BookgDt><AcctSvcrRef>{reference}</AcctSvcrRef>"
        f"<NtryDtls>{details}</NtryDtls></Ntry>"
    )


def part(amount: str = "", words: str = "", *, name: str = "<Pty><Nm>Harbor Light</Nm></Pty>", refs: str = "") -> str:
    money = f'<Amt Ccy="EUR">{amount}</Amt>' if amount else ""
    return (
        f"<TxDtls><Refs>{refs}</Refs>{money}<RltdPties><Dbtr>{name}</Dbtr>"
        "<DbtrAcct><Id><IBAN>DE89 3704 0044 0532 0130 00</IBAN></Id></DbtrAcct></RltdPties>"
        f"<RmtInf>{words}</RmtInf></TxDtls>"
    )


def problem_of(content: bytes) -> StatementProblem:
    with pytest.raises(UnreadableStatementError) as refused:
        read_camt(content)
    return refused.value.faults[0].problem


@pytest.mark.parametrize("version", [f"{number:02}" for number in range(2, 14)])
@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("<Nm>Harbor Light</Nm>", "<Sts>BOOK</Sts>"),
        ("<Pty><Nm>Harbor Light</Nm></Pty>", "<Sts><Cd>BOOK</Cd></Sts>"),
    ],
)
def test_a_payment_in_every_version(version, name, status):
    words = "<Ustrd>Invoice INV-000042</Ustrd><Ustrd>thank you</Ustrd>"
    (line,) = read_camt(statement(entry(details=part(words=words, name=name), status=status), version=version))

    assert (line.amount, line.currency, line.direction) == (Decimal(100), "EUR", Direction.IN)
    assert (line.booked_on, line.account) == (date(2026, 3, 2), "DE02120300000000202051")
    assert (line.payer_name, line.payer_account) == ("Harbor Light", "DE89370400440532013000")
    assert (line.text, line.bank_reference, line.place) == ("Invoice INV-000042 thank you", "BANK-1", 1)


def test_structured_references_and_the_documents_that_are_named():
    strd = (
        "<Strd><RfrdDocInf><Nb>INV-000007</Nb></RfrdDocInf>"
        "<CdtrRefInf><Tp/><Ref>RF18 5390 0754 7034</Ref></CdtrRefInf></Strd>"
    )
    (line,) = read_camt(statement(entry(details=part(words=strd))))
    assert (line.creditor_reference, line.text) == ("RF18 5390 0754 7034", "INV-000007")


def test_what_went_out_came_back_or_was_taken_back_is_told_apart():
    back = "<RvslInd>true</RvslInd>"
    lines = read_camt(
        statement(
            entry(sign="DBIT"),
            entry(sign="DBIT", more=back),
            entry(sign="CRDT", more=back),
            entry(more="<RvslInd>false</RvslInd>"),
        )
    )
    assert [line.direction for line in lines] == [Direction.OUT, Direction.BOUNCED, Direction.RETURNED, Direction.IN]


@pytest.mark.parametrize("status", ["<Sts>PDNG</Sts>", "<Sts><Cd>INFO</Cd></Sts>"])
def test_what_is_only_announced_is_no_movement(status):
    assert [line.bank_reference for line in read_camt(statement(entry(status=status), entry(reference="B2")))] == ["B2"]


def test_a_batch_is_a_line_for_each_transaction():
    details = part("60.00", "<Ustrd>INV-1</Ustrd>") + part(
        "40.00", "<Ustrd>INV-2</Ustrd>", refs="<AcctSvcrRef>OWN-2</AcctSvcrRef>"
    )
    lines = read_camt(statement(entry(details=details)))
    assert [(line.amount, line.text, line.bank_reference) for line in lines] == [
        (60, "INV-1", "BANK-1/1"),
        (40, "INV-2", "OWN-2"),
    ]


@pytest.mark.parametrize("details", [part() + part(), part("60.00") + part("50.00")])
def test_a_batch_that_does_not_add_up_stays_one_sum_for_a_person(details):
    (line,) = read_camt(statement(entry(details=details)))
    assert (line.direction, line.amount) == (Direction.BATCH, 100)


def test_each_amount_has_its_own_currency():
    lines = read_camt(statement(entry(), entry("5000", currency="JPY")))
    assert [(line.amount, line.currency) for line in lines] == [(100, "EUR"), (5000, "JPY")]


def test_an_account_without_iban_and_another_encoding():
    content = statement(
        entry(details=part(words="<Ustrd>Grüße</Ustrd>")), account="<Othr><Id>021-77</Id></Othr>"
    ).decode()
    (line,) = read_camt(content.replace("UTF-8", "ISO-8859-1").encode("latin-1"))
    assert (line.account, line.text) == ("02177", "Grüße")


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b'<!DOCTYPE x [<!ENTITY a "b">]>' + statement(entry()).split(b"?>")[1], StatementProblem.DECLARES),
        (
            statement(entry()).replace(b"<Document", b'<!DOCTYPE D SYSTEM "file:///etc/passwd"><Document'),
            StatementProblem.DECLARES,
        ),
        (
            statement(entry())
            .decode()
            .replace("<Document", '<!ENTITY a "b"><Document')
            .replace("UTF-8", "UTF-16")
            .encode("utf-16"),
            StatementProblem.DECLARES,
        ),
        (statement(entry())[:-20], StatementProblem.BROKEN_XML),
        (b"<a>" * 100_000, StatementProblem.OTHER_MESSAGE),
        (statement("<a>" * 60 + "</a>" * 60, entry()), StatementProblem.BROKEN_XML),
        (statement(entry()).replace(b"camt.053", b"camt.054"), StatementProblem.OTHER_MESSAGE),
        (statement(entry()).replace(b"UTF-8", b"UTF-7"), StatementProblem.ENCODING),
        (statement(), StatementProblem.EMPTY),
        (statement(entry("1e3")), StatementProblem.NO_AMOUNT),
        (statement(entry("1.005")), StatementProblem.FRACTIONS),
        (statement(entry(currency="euro")), StatementProblem.NO_CURRENCY),
        (statement(entry(sign="")), StatementProblem.NO_DIRECTION),
        (statement(entry().replace("2026-03-02", "2026-02-30")), StatementProblem.NO_DATE),
        (statement(entry(), account=""), StatementProblem.NO_ACCOUNT),
    ],
)
def test_what_is_no_statement_is_refused(content, problem):
    assert problem_of(content) is problem


def test_a_file_is_told_by_its_content():
    assert looks_like_xml(statement(entry()))
    assert looks_like_xml(b"\xef\xbb\xbf" + statement(entry()))
    assert looks_like_xml(statement(entry()).decode().encode("utf-16"))
    assert not looks_like_xml(b"Date,Amount\n")
