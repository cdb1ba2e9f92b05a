"""The table of docs/permissions.md, as the tests read it."""

from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "permissions.md"


class Role(StrEnum):
    """The columns of the table."""

    SU = "SU"
    LEAD = "LEAD"
    CSM = "CSM"
    SA = "SA"
    BC = "BC"
    MEM = "MEM"
    ANON = "ANON"
    KEY = "KEY"


class Cell(StrEnum):
    """What may stand in a cell."""

    ALLOWED = "A"
    ASSIGNED = "S"
    AGAIN = "R"
    SECOND_PERSON = "2"
    DENIED = "–"


Row = Mapping[Role, Cell]


def read_table(text: str) -> dict[str, Row]:
    """Return the rows of the one table whose columns are the roles, by their words."""
    lines = iter(text.splitlines())
    columns = next(_cells(line) for line in lines if _cells(line)[1:] == list(Role))
    next(lines)
    rows: dict[str, Row] = {}
    for line in lines:
        if not line.startswith("|"):
            break
        words, *cells = _cells(line)
        assert len(cells) == len(Role), f"{PAGE}: a row with {len(cells)} cells: {words}"
        assert words not in rows, f"{PAGE}: the row stands there twice: {words}"
        rows[words] = {Role(role): Cell(cell) for role, cell in zip(columns[1:], cells, strict=True)}
    return rows


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip().strip("|").split("|")]


TABLE = read_table(PAGE.read_text())
