"""Why each line of an issued document is what it is: one module per rule, one shape for all answers (BR-77)."""

from invoices.documents.explanation.basis import Basis
from invoices.documents.explanation.line import Correction, explain_charge, explain_line_of_sale
from invoices.documents.explanation.printing import EvidenceTable, evidence_table, print_cell
from invoices.documents.explanation.shape import Cell, Column, Evidence, LineExplanation, Row

__all__ = [
    "Basis",
    "Cell",
    "Column",
    "Correction",
    "Evidence",
    "EvidenceTable",
    "LineExplanation",
    "Row",
    "evidence_table",
    "explain_charge",
    "explain_line_of_sale",
    "print_cell",
]
