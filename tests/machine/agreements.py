"""Random agreements: every model, edition and anchor, with prices of their own or the price book's."""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

CURRENCIES = ("USD", "EUR", "JPY")
ZONES = ("America/New_York", "Europe/Berlin", "Asia/Tokyo", "Africa/Cairo", "Pacific/Kiritimati")
"""Cairo puts its clocks forward at midnight; Kiritimati begins its days fourteen hours before UTC does."""
TIERS = ("purecloud-1", "purecloud-2", "purecloud-3")
ADD_ON = "salesforce"
SEATS = (*TIERS, "communicate", ADD_ON)

prices = st.sampled_from([None, None, "75", "99.95", "0.5", "0", "33.333333"])
quantities = st.sampled_from([0, 0, 1, 2, 3])


@dataclass(frozen=True, kw_only=True)
class Agreed:
    """What was agreed: the columns of a subscription, its prices by product, and who is billed."""

    terms: dict[str, Any]
    prices: dict[str, dict[str, Any]] = field(default_factory=dict)
    months_ago: int = 0
    day: int = 15
    issuer: str = "northwind"
    taxes: tuple[int, ...] = ()
    buys_voice: bool = False


@st.composite
def _prices(draw: st.DrawFn) -> dict[str, dict[str, Any]]:
    """Draw what was agreed: one tier at most has a commitment (BR-12), the rest is as it comes."""
    agreed: dict[str, dict[str, Any]] = {}
    tier = draw(st.sampled_from(TIERS))
    for product in (tier, *draw(st.sets(st.sampled_from(("communicate", ADD_ON))))):
        agreed[product] = {
            "commitment": Decimal(draw(quantities)),
            "price": _decimal(draw(prices)),
            "overage_price": _decimal(draw(prices)),
        }
    if draw(st.booleans()):
        agreed["did-number"] = {"price": Decimal("1.25"), "setup_price": _decimal(draw(prices))}
    return agreed


@st.composite
def agreements(draw: st.DrawFn) -> Agreed:
    """Draw an agreement that breaks no rule."""
    return Agreed(
        terms={
            "commercial_model": draw(
                st.sampled_from(["PREPAY", "PREPAY_MONTHLY_COMMITMENT", "PREPAY", "MONTH_TO_MONTH"])
            ),
            "licensing_model": draw(st.sampled_from(["named", "concurrent", "hourly"])),
            "edition": draw(st.sampled_from(["2019", "2016", "2025"])),
            "currency": draw(st.sampled_from(CURRENCIES)),
            "time_zone": draw(st.sampled_from(ZONES)),
            "ramp_months": draw(st.sampled_from([0, 0, 0, 1, 2])),
            "term_months": draw(st.sampled_from([12, 3, 1, 5, 14])),
            "cutoff_hours": draw(st.sampled_from([6, 6, 0, 48])),
            "net_days": draw(st.sampled_from([30, 0, 45])),
        },
        prices=draw(_prices()),
        months_ago=draw(st.sampled_from([1, 0, 2, -1])),
        day=draw(st.sampled_from([15, 1, 28, 29, 30, 31])),
        issuer=draw(st.sampled_from(["northwind", "umbrella"])),
        taxes=draw(st.sampled_from([(), (0,), (0, 1), (2, 1)])),
        buys_voice=draw(st.booleans()),
    )


def _decimal(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)
