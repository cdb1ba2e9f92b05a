"""Why each line of an issued document is what it is: one module per rule, one shape for all answers (BR-77)."""

from invoices.documents.explanation.basis import Basis, PeopleSource, stored_people
from invoices.documents.explanation.corrections import Before
from invoices.documents.explanation.credits import CreditOf, GivenBack
from invoices.documents.explanation.line import (
    Correction,
    explain_charge,
    explain_line_of_credit,
    explain_line_of_sale,
)
from invoices.documents.explanation.printing import ROWS_ON_A_PAGE, EvidenceTable, evidence_table
from invoices.documents.explanation.shape import Cell, Column, Evidence, LineExplanation, Row

__all__ = [
    "ROWS_ON_A_PAGE",
    "Basis",
    "Before",
    "Cell",
    "Column",
    "Correction",
    "CreditOf",
    "Evidence",
    "EvidenceTable",
    "GivenBack",
    "LineExplanation",
    "PeopleSource",
    "Row",
    "evidence_table",
    "explain_charge",
    "explain_line_of_credit",
    "explain_line_of_sale",
    "stored_people",
]
