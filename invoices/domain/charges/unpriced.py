"""The refusal to bill what has no price (BR-31)."""

from datetime import date

from invoices.domain.block import Block, BlockCode


def unpriced(product: str, service_start: date) -> Block:
    """Return the reason to hold a cycle for a product with neither an agreed nor a list price: never a price of 0."""
    return Block(
        code=BlockCode.UNPRICED_PRODUCT,
        subject=product,
        message=(
            f"{product} has no price for the service from {service_start}: agree one on the subscription, or add it "
            "to the price book in force on that day."
        ),
    )
