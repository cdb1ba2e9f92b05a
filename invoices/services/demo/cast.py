"""The cast of the demo: who sells, who buys, and who can log in."""

from dataclasses import replace

from invoices.services.demo.customers import CUSTOMERS, NEWCOMERS, TRYOUTS
from invoices.services.demo.sellers import DOMAIN, LOGO, PRICE_BOOKS, PRODUCTS, RATE_DECKS, SELLERS, TAXES
from invoices.services.demo.shapes import Cast, DemoPerson, Role

DEMO_PASSWORD = "seatbill-demo"  # noqa: S105  (printed at every start: the loader refuses any database but its own)
"""Everyone's."""


def _staff(username: str, first_name: str, last_name: str, role: Role, organizations: tuple[str, ...]) -> DemoPerson:
    return DemoPerson(
        username=username,
        first_name=first_name,
        last_name=last_name,
        email=f"{username}@{DOMAIN}",
        role=role,
        organizations=organizations,
    )


def _member(username: str, first_name: str, last_name: str, role: Role, *organizations: str) -> DemoPerson:
    return DemoPerson(
        username=username,
        first_name=first_name,
        last_name=last_name,
        email=f"{username}@{organizations[0]}.example",
        role=role,
        organizations=organizations,
    )


DEMO_PEOPLE = (
    _staff("wilhelmina", "Wilhelmina", "Oduya", Role.SUPERUSER, ()),
    _staff("henrike", "Henrike", "Vossgard", Role.LEAD, ()),
    _staff(
        "marisol",
        "Marisol",
        "Quintero",
        Role.CSM,
        (
            "okafor-hughes",
            "saltmarsh",
            "saltmarsh-training",
            "big-sky-vets",
            "wattlebird",
            "quillback",
            "fennimore",
            "trial-k7wm3vq2",
        ),
    ),
    _staff(
        "anselm",
        "Anselm",
        "Treadgold",
        Role.CSM,
        ("struessmann", "etoile-armor", "pettigrew", "thistle-thrum", "hoshizora", "trial-p4hx9c6t"),
    ),
    _member("adaeze", "Adaeze", "Okafor", Role.SUBSCRIPTION_ADMIN, "okafor-hughes"),
    _member("percival", "Percival", "Hughes", Role.BILLING_CONTACT, "okafor-hughes"),
    _member("lou", "Lou", "Hughes", Role.MEMBER, "okafor-hughes"),
    _member("bettina", "Bettina", "Crane", Role.SUBSCRIPTION_ADMIN, "saltmarsh", "saltmarsh-training"),
    _member("deshawn", "DeShawn", "Pruitt", Role.BILLING_CONTACT, "saltmarsh", "saltmarsh-training"),
    _member("joerg", "Jörg", "Strüßmann", Role.SUBSCRIPTION_ADMIN, "struessmann"),
    _member("heike", "Heike", "Blöcher", Role.BILLING_CONTACT, "struessmann"),
    _member("maelle", "Maëlle", "Le Goff", Role.SUBSCRIPTION_ADMIN, "etoile-armor"),
    _member("yannick", "Yannick", "d’Hervé", Role.BILLING_CONTACT, "etoile-armor"),
    _member("imogen", "Imogen", "Pettigrew", Role.SUBSCRIPTION_ADMIN, "pettigrew"),
    _member("tariq", "Tariq", "Bannerman", Role.BILLING_CONTACT, "pettigrew"),
    _member("fenella", "Fenella", "Thrum", Role.SUBSCRIPTION_ADMIN, "thistle-thrum"),
    _member("gavin", "Gavin", "MacNish", Role.BILLING_CONTACT, "thistle-thrum"),
    _member("haruka", "Haruka", "Hoshino", Role.SUBSCRIPTION_ADMIN, "hoshizora"),
    _member("kenji", "Kenji", "Morita", Role.BILLING_CONTACT, "hoshizora"),
    _member("wade", "Wade", "Two Rivers", Role.SUBSCRIPTION_ADMIN, "big-sky-vets"),
    _member("sunniva", "Sunniva", "Dahl", Role.BILLING_CONTACT, "big-sky-vets"),
    _member("priya", "Priya", "Raghunathan", Role.SUBSCRIPTION_ADMIN, "wattlebird"),
    _member("clive", "Clive", "Wattle", Role.BILLING_CONTACT, "wattlebird"),
    _member("rosalind", "Rosalind", "Fennimore", Role.BILLING_CONTACT, "fennimore"),
    replace(
        _member("hazel", "Hazel", "Vole", Role.SUBSCRIPTION_ADMIN, "trial-k7wm3vq2"), email="hazel@juniper-vole.example"
    ),
    replace(
        _member("ruaridh", "Ruaridh", "Cameron", Role.SUBSCRIPTION_ADMIN, "trial-p4hx9c6t"),
        email="ruaridh@inverlochy-ferries.example",
    ),
)
"""Everyone who can log in, the first of each role being the one to show."""

DEMO = Cast(
    sellers=SELLERS,
    price_books=PRICE_BOOKS,
    rate_decks=RATE_DECKS,
    taxes=TAXES,
    products=PRODUCTS,
    customers=CUSTOMERS,
    tryouts=TRYOUTS,
    newcomers=NEWCOMERS,
    people=DEMO_PEOPLE,
    password=DEMO_PASSWORD,
    logo=LOGO,
)
"""The whole demo."""
