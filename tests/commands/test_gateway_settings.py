"""Settings by which nothing would be paid, or everything without money, are said at the start (BR-81)."""

import pytest

from billingsite.checks import check_deployed_gateway, check_gateway


@pytest.mark.parametrize(
    ("case", "gateway", "key", "secret", "always", "deployed"),
    [
        ("nothing is offered", "none", "", "", [], []),
        ("at Stripe", "stripe", "sk_1", "whsec_1", [], []),
        ("at Stripe, whose notices nobody can check", "stripe", "sk_1", "", ["seatbill.E041"], []),
        ("at Stripe, without an account", "stripe", "", "", ["seatbill.E041", "seatbill.E041"], []),
        ("a gateway that pretends", "test", "", "", [], ["seatbill.E042"]),
        ("a gateway that pretends, beside a real one", "test", "sk_1", "whsec_1", [], ["seatbill.E042"]),
        ("a misspelled one", "strip", "", "", ["seatbill.E040"], []),
    ],
)
def test_what_the_checks_say_of_a_gateway(case, gateway, key, secret, always, deployed, settings):
    settings.PAYMENT_GATEWAY, settings.STRIPE_SECRET_KEY, settings.STRIPE_WEBHOOK_SECRET = gateway, key, secret

    assert [found.id for found in check_gateway(None)] == always
    assert [found.id for found in check_deployed_gateway(None)] == deployed
