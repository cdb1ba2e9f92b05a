"""What was found about a bank's file and its lines, in words."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from invoices.choices import BANK_FINDINGS, STATEMENT_PROBLEMS
from invoices.domain.bank.matching import Finding
from invoices.domain.bank.statement import StatementProblem
from invoices.models import BankLine
from subscriptions.documents.text import printable


def finding_in_words(line: BankLine) -> str:
    """Say what a line seems to pay, and how sure that is."""
    numbers = ", ".join(share["number"] for share in line.shares)
    return str(BANK_FINDINGS[Finding(line.finding)]) % {"numbers": printable(numbers)}


def fault_in_words(fault: Mapping[str, Any]) -> str:
    """Say why a file cannot be read, and where in it."""
    places = {"column": printable(fault["column"]), "found": printable(fault["found"])}
    words = str(STATEMENT_PROBLEMS[StatementProblem(fault["problem"])]) % places
    if not fault["line"]:
        return words
    where = {"line": fault["line"], "column": places["column"], "what": words}
    return _("Line %(line)s, %(column)s: %(what)s") % where if fault["column"] else _("Line %(line)s: %(what)s") % where
