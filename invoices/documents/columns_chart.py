"""A chart of columns, month by month, worked out to be drawn as SVG: no script, and no color that says anything."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

HEIGHT, LEAST_WIDTH, LEAST_OF_A_GROUP, GAP = 160, 1040, 72, 16
"""In units of the drawing, which is as wide as it needs to be; most of them fill a desk."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column; `place` counts the series from 0, each of which has a pattern of its own."""

    place: int
    x: int
    y: int
    width: int
    height: int
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """The columns of one month, and where its label stands."""

    label: str
    middle: int
    columns: Sequence[Column]


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnsChart:
    """The drawing: `zero` is how far down the line of nothing lies, `top` and `bottom` what its edges stand for."""

    title: str
    reading: str
    series: Sequence[str]
    groups: Sequence[Group]
    width: int
    height: int
    zero: int
    top: str
    bottom: str

    @property
    def label_y(self) -> int:
        """Return how far down the labels stand."""
        return self.height + 18

    @property
    def full_height(self) -> int:
        """Return the height with the labels."""
        return self.height + 28


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """The figures of one month, a number and its words for each series from the one at `place` on."""

    label: str
    numbers: Sequence[Decimal]
    words: Sequence[str]
    place: int = 0


def build_columns_chart(
    figures: Sequence[Figures], *, title: str, reading: str, series: Sequence[str]
) -> ColumnsChart | None:
    """Return the chart of some months; None where there is nothing to see."""
    numbers = [number for each in figures for number in each.numbers]
    top, bottom = max([*numbers, Decimal(0)]), min([*numbers, Decimal(0)])
    if top == bottom:
        return None
    scale = HEIGHT / (top - bottom)
    zero = int(top * scale)
    width = max(LEAST_OF_A_GROUP, LEAST_WIDTH // max(len(figures), 6))
    words = {number: text for each in figures for number, text in zip(each.numbers, each.words, strict=True)}
    return ColumnsChart(
        title=title,
        reading=reading,
        series=series,
        groups=[_group(place, each, scale=scale, zero=zero, full=width) for place, each in enumerate(figures)],
        width=max(len(figures) * width, LEAST_WIDTH),
        height=HEIGHT,
        zero=zero,
        top=words.get(top, ""),
        bottom=words.get(bottom, "") if bottom else "",
    )


def _group(place: int, figures: Figures, *, scale: Decimal, zero: int, full: int) -> Group:
    left, count = place * full + GAP // 2, len(figures.numbers)
    width = (full - GAP) // count
    columns = []
    for number_place, (number, words) in enumerate(zip(figures.numbers, figures.words, strict=True)):
        height = int(abs(number) * scale)
        # What is not nothing is seen.
        height = max(height, 1) if number else 0
        columns.append(
            Column(
                place=figures.place + number_place,
                x=left + number_place * width,
                y=zero - height if number > 0 else zero,
                width=max(width - 2, 2),
                height=height,
                words=words,
            )
        )
    return Group(label=figures.label, middle=place * full + full // 2, columns=columns)
