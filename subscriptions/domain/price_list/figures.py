"""Numbers as they are typed into a file (BR-32)."""

import re
from decimal import Decimal

from subscriptions.domain.money import UNIT_PRICE_DECIMALS
from subscriptions.domain.price_list.fault import Problem

LARGEST_SHARE = 100
LARGEST_RATE = 999

# With an exponent, because spreadsheets write small numbers so: 4.7E-05.
_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,2})?")
_WITH_COMMA = re.compile(r"[+-]?[0-9][0-9.' ]*,[0-9.,' ]*")
_LONGEST = 40
_LARGEST = Decimal(10) ** 14


class FigureError(ValueError):
    """Raised for what is no price and no percentage."""

    def __init__(self, problem: Problem) -> None:
        """Keep what is wrong."""
        super().__init__(problem.value)
        self.problem = problem


def read_price(text: str) -> Decimal:
    """
    Read a price: finite, not negative, at most six decimals (BR-32).

    A decimal comma is refused: `1,234` may be either of two prices, a thousand times apart.

    :raises FigureError: if it is none
    """
    if len(text) > _LONGEST or not _NUMBER.fullmatch(text):
        raise FigureError(Problem.DECIMAL_COMMA if _WITH_COMMA.fullmatch(text) else Problem.NOT_A_NUMBER)
    figure = Decimal(text)
    if figure < 0:
        raise FigureError(Problem.NEGATIVE)
    if figure >= _LARGEST:
        raise FigureError(Problem.TOO_GREAT)
    if figure != round(figure, UNIT_PRICE_DECIMALS):
        raise FigureError(Problem.TOO_PRECISE)
    return figure


def read_percentage(text: str, *, at_most: int) -> Decimal:
    """
    Read a number of percent, with or without its sign: `8.25` and `8.25%` are the same (BR-78).

    :raises FigureError: if it is none
    """
    figure = read_price(text.removesuffix("%").rstrip())
    if figure > at_most:
        raise FigureError(Problem.TOO_GREAT)
    return figure
