"""The customers: nine companies in five currencies, with an agreement of every kind, trials, and who moves in."""

from invoices.services.demo.customers.america import CREDIT_UNION, CREDIT_UNION_TRAINING, MOVERS, VETERINARIANS
from invoices.services.demo.customers.asia_pacific import INSURERS, MAIL_ORDER
from invoices.services.demo.customers.europe import BAKERY, KNITWEAR, PARCELS, STARS
from invoices.services.demo.customers.newcomers import NEWCOMERS
from invoices.services.demo.customers.trials import BOARD_GAMES, FERRIES

CUSTOMERS = (
    MOVERS,
    CREDIT_UNION,
    CREDIT_UNION_TRAINING,
    VETERINARIANS,
    BAKERY,
    STARS,
    PARCELS,
    KNITWEAR,
    MAIL_ORDER,
    INSURERS,
)

TRYOUTS = (BOARD_GAMES, FERRIES)

__all__ = ["CUSTOMERS", "NEWCOMERS", "TRYOUTS"]
