"""Which gateway the settings choose."""

from django.conf import settings

from invoices.services.gateways.built_in import BuiltInGateway
from invoices.services.gateways.contract import Gateway
from invoices.services.gateways.stripe_checkout import StripeCheckout


def get_gateway() -> Gateway | None:
    """Return where invoices are paid online from now on; None if they are not."""
    return find_gateway(settings.PAYMENT_GATEWAY)


def find_gateway(code: str) -> Gateway | None:
    """Return a gateway, chosen or not: what was begun at it still ends there. None if it cannot be reached."""
    if code == BuiltInGateway.code:
        return BuiltInGateway()
    if code == StripeCheckout.code and settings.STRIPE_SECRET_KEY and settings.STRIPE_WEBHOOK_SECRET:
        return StripeCheckout(
            secret_key=settings.STRIPE_SECRET_KEY,
            webhook_secret=settings.STRIPE_WEBHOOK_SECRET,
            site_url=settings.SITE_URL,
            sends_to=settings.STRIPE_CHECKOUT_ORIGIN,
        )
    return None
