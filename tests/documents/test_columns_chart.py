"""The chart of a report: columns as high as their figures, and nothing that only a color says."""

from decimal import Decimal
from itertools import pairwise

from invoices.documents.columns_chart import HEIGHT, Figures, build_columns_chart


def chart(*months: tuple[str, ...]):
    figures = [
        Figures(label=f"M{place}", numbers=[Decimal(number) for number in numbers], words=list(numbers))
        for place, numbers in enumerate(months)
    ]
    return build_columns_chart(figures, title="Chart", reading="Each column.", series=["One", "Two"])


def test_a_column_is_as_high_as_its_figure():
    drawn = chart(("100", "50"), ("25", "0"))
    assert [[column.height for column in group.columns] for group in drawn.groups] == [[HEIGHT, 80], [40, 0]]
    assert [[column.y + column.height for column in group.columns] for group in drawn.groups] == [
        [160, 160],
        [160, 160],
    ]
    assert (drawn.top, drawn.bottom) == ("100", "")


def test_what_is_less_than_nothing_hangs_below_it():
    drawn = chart(("30", "-10"))
    above, below = drawn.groups[0].columns
    assert (drawn.zero, above.y, above.height) == (120, 0, 120)
    assert (below.y, below.height, drawn.bottom) == (120, 40, "-10")


def test_what_is_not_nothing_is_seen():
    assert chart(("1000000", "1")).groups[0].columns[1].height == 1


def test_columns_of_one_month_stand_beside_each_other_and_months_too():
    drawn = chart(*[("1", "2")] * 30)
    edges = [(column.x, column.x + column.width) for group in drawn.groups for column in group.columns]
    assert all(left_end <= right for (_left, left_end), (right, _end) in pairwise(edges))
    assert edges[-1][1] <= drawn.width


def test_nothing_is_drawn_of_nothing():
    assert chart(("0", "0")) is None
