"""The customers who come from another billing system: one still in shadow, one that has gone live."""

from invoices.services.demo.shapes import Agreement, Crew, Customer, Newcomer, Owed, Price, Traffic, billed_days_ago
from subscriptions.domain.catalog import PURECLOUD_2, PURECLOUD_3
from subscriptions.domain.terms import CommercialModel, LicensingModel

BOAT_YARD = Newcomer(
    customer=Customer(
        account="Quillback Boat Yard",
        code="quillback",
        name="Quillback Boat Yard",
        legal_name="Quillback Boat Yard, Inc.",
        address="14 Slipway Lane\nPort Ludd, WA 98300",
        country="US",
        region="us-east-1",
        agreement=Agreement(
            seller="northbeam-us",
            effective_date=billed_days_ago(9, periods=2),
            currency="USD",
            commercial_model=CommercialModel.PREPAY_MONTHLY_COMMITMENT,
            licensing_model=LicensingModel.NAMED,
            time_zone="America/Los_Angeles",
            prices={PURECLOUD_2: Price(commitment=6, price="99.00", overage_price="110.00")},
        ),
        crews=(Crew(name="yard", size=8, license=PURECLOUD_2, start=8, hours=8),),
        traffic=Traffic(calls=10, home="US"),
    )
)
"""Its old system bills it: two periods have closed in shadow, and differ in what one price was."""

SEED_MERCHANTS = Newcomer(
    customer=Customer(
        account="Fennimore Seeds",
        code="fennimore",
        name="Fennimore Seeds",
        legal_name="Fennimore Seeds LLC",
        address="3 Granary Row\nCedar Bend, IA 52000",
        country="US",
        region="us-east-1",
        agreement=Agreement(
            seller="northbeam-us",
            effective_date=billed_days_ago(12, periods=2),
            currency="USD",
            commercial_model=CommercialModel.PREPAY_MONTHLY_COMMITMENT,
            licensing_model=LicensingModel.NAMED,
            time_zone="America/Chicago",
            prices={PURECLOUD_3: Price(commitment=5, price="140.00", overage_price="150.00")},
        ),
        crews=(Crew(name="desk", size=5, license=PURECLOUD_3, start=8, hours=8),),
        traffic=Traffic(calls=8, home="US"),
    ),
    owed=(
        Owed(number="FS/2207", days_ago=74, due_days_ago=44, amount="756.00"),
        Owed(number="FS/2288", days_ago=43, due_days_ago=13, amount="378.50"),
        Owed(number="REC-118", days_ago=40, due_days_ago=None, amount="60.00"),
    ),
)
"""It has gone live, with two invoices of the old system that are still open, and a credit."""

NEWCOMERS = (BOAT_YARD, SEED_MERCHANTS)
