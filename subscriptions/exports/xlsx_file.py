"""
XLSX that a spreadsheet opens without running anything in it: text is stored as text, so that none of it is a formula.

Written by hand, because it is a few lines of XML, and a library takes ten times as long for a deck of 50,000 rates.
"""

import io
import re
from collections.abc import Iterable, Sequence
from decimal import Decimal
from itertools import chain
from xml.sax.saxutils import escape
from zipfile import ZIP_DEFLATED, ZipFile

from subscriptions.domain.money import plain
from subscriptions.exports.csv_file import Value

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_DOCUMENT = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_SHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"

_PARTS = {
    "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPE}.sheet.main+xml"/>'
    f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_TYPE}.worksheet+xml"/></Types>',
    "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{_DOCUMENT}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{_DOCUMENT}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
}


def xlsx_file(columns: Sequence[str], rows: Iterable[Sequence[Value]], *, title: str) -> bytes:
    """Return a workbook of one sheet: the columns' names, then row by row; `title` has at most 31 characters."""
    file = io.BytesIO()
    with ZipFile(file, "w", compression=ZIP_DEFLATED, compresslevel=6) as archive:
        for name, part in _PARTS.items():
            archive.writestr(name, _HEAD + part)
        archive.writestr(
            "xl/workbook.xml",
            f'{_HEAD}<workbook xmlns="{_SHEET}" xmlns:r="{_DOCUMENT}"><sheets>'
            f'<sheet name="{_text(title)}" sheetId="1" r:id="rId1"/></sheets></workbook>',
        )
        with archive.open("xl/worksheets/sheet1.xml", "w") as sheet:
            sheet.write(f'{_HEAD}<worksheet xmlns="{_SHEET}"><sheetData>'.encode())
            for row in chain([columns], rows):
                sheet.write(f"<row>{''.join(map(_cell, row))}</row>".encode())
            sheet.write(b"</sheetData></worksheet>")
    return file.getvalue()


def _cell(value: Value) -> str:
    if value is None:
        return "<c/>"
    if isinstance(value, str):
        return f'<c t="inlineStr"><is><t xml:space="preserve">{_text(value)}</t></is></c>'
    # A spreadsheet's numbers are binary, of 15 digits or so; one that has more is kept as text.
    exact = Decimal(repr(float(value))) == value
    return f"<c><v>{plain(value)}</v></c>" if exact else _cell(plain(value))


def _text(text: str) -> str:
    return escape(_NOT_XML.sub("", text), {'"': "&quot;"})
