"""Explain every line of an issued document: the rule, the inputs, the arithmetic, and the evidence."""

import textwrap
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from invoices.documents.explanation import EvidenceTable, LineExplanation, evidence_table
from invoices.exports.evidence import evidence_csv
from invoices.exports.names import evidence_file_name
from invoices.models import Invoice
from invoices.services.explaining import explain_invoice, find_explanation

ROWS_PRINTED = 10
WIDTH = 100


class Command(BaseCommand):
    help = (
        "Explain each line of an issued document: the rule behind its quantity, what went in, the arithmetic, and the "
        "first rows of the evidence; --csv writes all of it."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("number", metavar="NUMBER", help="the number of the invoice or credit note")
        parser.add_argument("--issuer", metavar="CODE", help="the issuing entity, where two use the same number")
        parser.add_argument("--line", type=int, metavar="N", help="only this line, counted from 1")
        parser.add_argument("--csv", type=Path, metavar="DIR", help="write the evidence of each line to this folder")

    def handle(self, *_args: Any, number: str, issuer: str | None, line: int | None, **options: Any) -> None:
        invoice = _find(number, issuer)
        folder: Path | None = options["csv"]
        if folder is not None and not folder.is_dir():
            raise CommandError(f"{folder} is no folder: make it first.")
        self.stdout.write(f"{invoice.get_document_type_display()} {invoice.number} of {invoice.invoice_date}")
        for explanation in _explanations(invoice, line):
            self._print(explanation)
            if folder is not None:
                path = folder / evidence_file_name(number=invoice.number, line=explanation.line.number)
                _write(path, explanation)
                self.stdout.write(f"   written to {path}")

    def _print(self, explanation: LineExplanation) -> None:
        line = explanation.line
        remark = f" ({line.remark})" if line.remark else ""
        self.stdout.write(f"\n{line.number}. {line.description}{remark}, {line.service}")
        self._print_text(explanation.arithmetic)
        self._print_text(f"{' '.join(explanation.words)} ({', '.join(explanation.rules)})")
        for fact in explanation.facts:
            self._print_text(f"{fact.label}: {fact.value}")
        self._print_evidence(explanation, evidence_table(explanation, limit=ROWS_PRINTED))

    def _print_evidence(self, explanation: LineExplanation, table: EvidenceTable) -> None:
        evidence = explanation.evidence
        self.stdout.write(f"   {evidence.title} (times are {explanation.zone}):")
        names = [column.name for column in evidence.columns]
        rows = [names, *([cell.text for cell in row] for row in table.rows)]
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        for row in rows:
            cells = (
                text.rjust(width) if column.is_figure else text.ljust(width)
                for text, width, column in zip(row, widths, evidence.columns, strict=True)
            )
            self.stdout.write(f"     {'  '.join(cells)}".rstrip())
        if table.has_more:
            self.stdout.write("     … and more; --csv writes them all")

    def _print_text(self, text: str) -> None:
        self.stdout.write(textwrap.fill(text, WIDTH, initial_indent="   ", subsequent_indent="   "))


def _find(number: str, issuer: str | None) -> Invoice:
    documents = Invoice.objects.filter(number=number).select_related("cycle__subscription", "issuing_entity")
    if issuer is not None:
        documents = documents.filter(issuing_entity__code=issuer)
    found = list(documents)
    if not found:
        raise CommandError(f"There is no document {number}{f' of {issuer}' if issuer else ''}.")
    if len(found) > 1:
        codes = ", ".join(sorted(document.issuing_entity.code for document in found))
        raise CommandError(f"Several issuing entities have a document {number}: choose with --issuer ({codes}).")
    return found[0]


def _explanations(invoice: Invoice, line: int | None) -> list[LineExplanation]:
    language: str = invoice.frozen["language"]
    if line is None:
        return list(explain_invoice(invoice, language=language))
    explanation = find_explanation(invoice, number=line, language=language)
    if explanation is None:
        raise CommandError(f"{invoice.number} has {invoice.lines.count()} lines: there is no line {line}.")
    return [explanation]


def _write(path: Path, explanation: LineExplanation) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        file.writelines(evidence_csv(explanation))
