"""What the table says of a request: how it must be answered."""

from enum import StrEnum

from tests.permissions.pages import INDEX, Address, Write
from tests.permissions.table import TABLE, Cell, Role
from tests.permissions.world import Side

WALKED = ("SU", "LEAD", "CSM", "idle CSM", "SA", "BC", "MEM", "ANON", "KEY")
"""The roles, and a CSM to whom no organization is assigned."""

ON_ALL = ("SU", "LEAD")
STAFF = (*ON_ALL, "CSM", "idle CSM")
MEMBERS = ("SA", "BC", "MEM")


class Answer(StrEnum):
    """How a request is answered."""

    ALLOWED = "allowed"
    AGAIN = "allowed once the password was given again"
    SECOND_PERSON = "kept for a second person"
    FORBIDDEN = "403"
    MISSING = "404"
    LOG_IN = "the log-in page"
    NO_KEY = "401"
    NOT_TAKEN = "refused as it was typed"


def column(role: str) -> Role:
    """Return the column in which a walked role stands."""
    return Role("CSM" if role == "idle CSM" else role)


def is_foreign(role: str, *, own: bool) -> bool:
    """Tell whether the customer is another one from the role's point of view; `own`: it is Acme."""
    return role == "idle CSM" or (role not in ON_ALL and not own)


def names_a_customer(text: object, acme: Side, umbra: Side) -> bool:
    """Tell whether an address or what is sent is about a customer, and not about the catalog or nobody's."""
    return isinstance(text, str) and acme.fill(text) != umbra.fill(text)


def answer_to(row: str, path: str, role: str, *, foreign: bool) -> Answer:
    """Return how the table has an address answered; `foreign`: it names a row of another organization."""
    cell = TABLE[row][column(role)]
    if path.startswith("/api/"):
        if not _may_in_api(row, role):
            return Answer.NO_KEY
        return Answer.MISSING if foreign else Answer.ALLOWED
    if TABLE[row][Role.ANON] is Cell.ALLOWED and row_is_public(path):
        return Answer.ALLOWED
    if role in {"ANON", "KEY"}:
        return Answer.LOG_IN
    if path.startswith("/admin/") and role in MEMBERS:
        return Answer.FORBIDDEN
    if foreign and row != INDEX:
        return Answer.MISSING
    if cell is Cell.DENIED:
        return Answer.FORBIDDEN
    return {Cell.AGAIN: Answer.AGAIN, Cell.SECOND_PERSON: Answer.SECOND_PERSON}.get(cell, Answer.ALLOWED)


def row_is_public(path: str) -> bool:
    """Tell whether an address knows nobody."""
    return not path.startswith("/admin/")


def _may_in_api(row: str, role: str) -> bool:
    return TABLE[row][Role.ANON] is Cell.ALLOWED or (role == "KEY" and TABLE[row][Role.KEY] is Cell.ALLOWED)


def to_reading(address: Address, role: str, *, foreign: bool) -> Answer:
    """Return how looking at an address is answered: what asks for a password is shown before it."""
    answer = answer_to(address.see, address.path, role, foreign=foreign)
    if answer is Answer.SECOND_PERSON or (answer is Answer.AGAIN and not asks_before_it_shows(address)):
        return Answer.ALLOWED
    return answer


def asks_before_it_shows(address: Address) -> bool:
    """Tell whether already looking at an address asks for the password."""
    return address.write.asks_first if address.write else address.path.startswith("/account/")


def to_writing(address: Address, write: Write, role: str, *, foreign: bool, foreign_body: bool) -> Answer:
    """Return how a write is answered."""
    answer = answer_to(write.row, address.path, role, foreign=foreign)
    if answer in {Answer.AGAIN, Answer.SECOND_PERSON} and write.draft:
        return Answer.ALLOWED
    if answer is Answer.AGAIN and column(role) is Role.CSM:
        return Answer.ALLOWED
    if answer in {Answer.ALLOWED, Answer.SECOND_PERSON} and foreign_body:
        return Answer.NOT_TAKEN
    return answer
