"""Column types that several models share: prices, quantities, and the constraints that keep them sane."""

from typing import Any

from django.db import models


class PriceField(models.DecimalField):  # type: ignore[type-arg]
    """A unit price in the row's currency, up to 6 decimals (BR-32)."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Fix the precision; everything else is a decimal field's."""
        super().__init__(*args, **{"max_digits": 20, "decimal_places": 6} | kwargs)


class AmountField(models.DecimalField):  # type: ignore[type-arg]
    """An amount of money in the row's currency, at most 2 decimals (BR-83)."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Fix the precision; everything else is a decimal field's."""
        super().__init__(*args, **{"max_digits": 20, "decimal_places": 2} | kwargs)


class QuantityField(models.DecimalField):  # type: ignore[type-arg]
    """A counted or agreed quantity, up to 6 decimals."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Fix the precision; everything else is a decimal field's."""
        super().__init__(*args, **{"max_digits": 20, "decimal_places": 6} | kwargs)


FINITE = 10**14
"""Larger than any amount, price or quantity that is not a mistake; NaN compares greater than it on PostgreSQL."""


def within_reason(*fields: str, negative: bool = False) -> list[models.BaseConstraint]:
    """Return one check per field: finite and not absurd, and not negative unless it may be."""
    return [
        models.CheckConstraint(
            condition=models.Q(**{f"{field}__isnull": True})
            | models.Q(**{f"{field}__gte": -FINITE if negative else 0, f"{field}__lte": FINITE}),
            name=f"%(app_label)s_%(class)s_{field}_finite",
        )
        for field in fields
    ]
