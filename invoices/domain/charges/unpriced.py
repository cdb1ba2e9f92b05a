"""The refusal to bill what has no price (BR-31)."""

from datetime import date

from invoices.domain.block import Block, BlockCode


def unpriced(product: str, service_start: date) -> Block:
    """Return the reason to hold a cycle for a product with neither an agreed nor a list price: never a price of 0."""
    return Block(
        code=BlockCode.UNPRICED_PRODUCT,
        subject=product,
        words=(("day", service_start.isoformat()),),
    )
