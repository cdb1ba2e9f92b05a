"""What files are called."""

import re

XML = "application/xml; charset=utf-8"
"""What the e-invoice is, as a browser is told."""


def file_stem(number: str) -> str:
    """Return a document's number as every file system takes it: its prefix was typed by a person."""
    return re.sub(r"[^A-Za-z0-9._-]+", "-", number).strip("-.") or "invoice"


def e_invoice_file_name(number: str) -> str:
    """Return the name of the file that programs read of a document; inside of the PDF it is always `factur-x.xml`."""
    return f"{file_stem(number)}-factur-x.xml"


def evidence_file_name(*, number: str, line: int) -> str:
    """Return the name of the file with the evidence of a line, from the document's number and its place alone."""
    return f"{file_stem(number)}-line-{line}.csv"
