"""The customers in the United States."""

from invoices.services.demo.sellers import DESK_PHONE, ENABLEMENT, SALESFORCE, WORKFORCE
from invoices.services.demo.shapes import (
    EVERY_DAY,
    MONDAY_TO_SATURDAY,
    Agreement,
    Change,
    Crew,
    Customer,
    Exemption,
    Offer,
    OfferedAgreement,
    OfferedItem,
    Price,
    Purchase,
    Return,
    Traffic,
    billed_days_ago,
    on_the_31st,
)
from subscriptions.domain.catalog import COMMUNICATE, PURECLOUD_1, PURECLOUD_2, PURECLOUD_3
from subscriptions.domain.policy import Edition
from subscriptions.domain.terms import CommercialModel, LicensingModel

MOVERS = Customer(
    account="Okafor, Hughes & Daughters",
    code="okafor-hughes",
    name="Okafor, Hughes & Daughters",
    legal_name="Okafor, Hughes & Daughters Moving and Storage Co.",
    address="Accounts Payable\n1147 Sedgley Yard\nPhiladelphia, PA 19121",
    country="US",
    tax_id="23-0914457",
    region="us-east-1",
    taxes=("pennsylvania", "philadelphia"),
    agreement=Agreement(
        seller="northbeam-us",
        effective_date=billed_days_ago(1, periods=4),
        currency="USD",
        commercial_model=CommercialModel.PREPAY_MONTHLY_COMMITMENT,
        licensing_model=LicensingModel.NAMED,
        time_zone="America/New_York",
        po_number="OHD-4471",
        rate_deck="Northbeam Voice, US dollars",
        prices={
            PURECLOUD_2: Price(commitment=24, price="102.00", overage_price="110.00"),
            COMMUNICATE: Price(commitment=8, price="22.00", overage_price="24.00"),
        },
        changes=(
            Change(
                after_periods=3,
                product=PURECLOUD_2,
                commitment=27,
                reason="Adaeze Okafor asked for three more seats: the depot in Camden opens.",
            ),
        ),
        purchases=(
            Purchase(after_days=0, product=ENABLEMENT, quantity=1, price="4800.00"),
            Purchase(after_days=12, product=DESK_PHONE, quantity=10, price="119.00"),
        ),
    ),
    crews=(
        Crew(name="booking", size=24, license=PURECLOUD_2, start=8, hours=8.5, joiners=5, leavers=2, upgraded=1),
        Crew(name="claims", size=6, license=PURECLOUD_2, start=10, hours=8.5, days=MONDAY_TO_SATURDAY, joiners=2),
        Crew(name="depot", size=9, license=COMMUNICATE, start=6, hours=8, days=MONDAY_TO_SATURDAY, joiners=1),
    ),
    traffic=Traffic(
        calls=58,
        ivr_minutes=1650,
        api_requests=41_000,
        storage_gigabytes=641,
        storage_growth=1.6,
        direct_numbers=14,
        toll_free_numbers=2,
        abroad=("GB", "FR"),
        open_from=7,
        open_hours=12,
    ),
    unlicensed=1,
    returns=(
        Return(
            product=DESK_PHONE,
            quantity=2,
            reason="Percival Hughes sent two telephones back: their displays were cracked on arrival.",
            note="Two telephones were returned damaged. We apologize for the trouble.",
        ),
    ),
    offline_period=1,
)


# A federal credit union is exempt; until it sent the certificate it was charged.
CERTIFICATE = Exemption(number="CT-FCU-20418", since_days_ago=45)

CREDIT_UNION = Customer(
    account="Saltmarsh Federal Credit Union",
    code="saltmarsh",
    name="Saltmarsh Credit Union",
    legal_name="Saltmarsh Federal Credit Union",
    address="Vendor Management\n60 Tidewater Landing\nMystic, CT 06355",
    country="US",
    tax_id="06-1182934",
    region="us-east-1",
    taxes=("connecticut", "connecticut-telecom"),
    exemption=CERTIFICATE,
    agreement=Agreement(
        seller="northbeam-us",
        effective_date=billed_days_ago(1, periods=3),
        currency="USD",
        commercial_model=CommercialModel.PREPAY_MONTHLY_COMMITMENT,
        licensing_model=LicensingModel.CONCURRENT,
        time_zone="America/New_York",
        net_days=45,
        po_number="SFCU-26-0083",
        prices={
            PURECLOUD_3: Price(commitment=44, price="182.00", overage_price="199.00"),
            COMMUNICATE: Price(commitment=6, price="23.00"),
            SALESFORCE: Price(commitment=26, price="18.00", overage_price="20.00"),
            WORKFORCE: Price(price="32.00"),
        },
    ),
    crews=(
        Crew(name="early", size=19, license=PURECLOUD_3, start=7, hours=8, on_queue=True, add_ons={SALESFORCE: 12}),
        Crew(
            name="day",
            size=16,
            license=PURECLOUD_3,
            start=9,
            hours=8,
            on_queue=True,
            add_ons={SALESFORCE: 10, WORKFORCE: 3},
            joiners=3,
            leavers=1,
        ),
        Crew(
            name="late",
            size=18,
            license=PURECLOUD_3,
            start=12.5,
            hours=8,
            days=MONDAY_TO_SATURDAY,
            on_queue=True,
            add_ons={SALESFORCE: 11},
            joiners=2,
        ),
        Crew(name="branch", size=7, license=COMMUNICATE, start=9, hours=8),
    ),
    traffic=Traffic(
        calls=60,
        ivr_minutes=4300,
        byoc_minutes=3100,
        api_requests=244_000,
        storage_gigabytes=1105,
        storage_growth=2.9,
        toll_free_numbers=3,
        open_from=7,
        open_hours=13,
    ),
    offers=(
        Offer(
            issued_days_ago=9,
            accepted_days_ago=1,
            customer="Bettina Crane, Vice President Member Services",
            words="Signed PDF by e-mail; she asks for the telephones before the branch in Stonington opens.",
            po_number="SFCU-26-0101",
            items=(
                OfferedItem(product=ENABLEMENT, quantity=1, price="4800.00"),
                OfferedItem(product=DESK_PHONE, quantity=14, price="119.00"),
            ),
        ),
    ),
)


CREDIT_UNION_TRAINING = Customer(
    account="Saltmarsh Federal Credit Union",
    code="saltmarsh-training",
    name="Saltmarsh Credit Union, training",
    legal_name="Saltmarsh Federal Credit Union",
    address="Vendor Management\n60 Tidewater Landing\nMystic, CT 06355",
    country="US",
    tax_id="06-1182934",
    region="us-east-1",
    taxes=("connecticut", "connecticut-telecom"),
    exemption=CERTIFICATE,
    agreement=Agreement(
        seller="northbeam-us",
        effective_date=billed_days_ago(24, periods=2),
        currency="USD",
        commercial_model=CommercialModel.MONTH_TO_MONTH,
        licensing_model=LicensingModel.NAMED,
        time_zone="America/New_York",
        net_days=45,
        ends_days_ago=6,
    ),
    crews=(Crew(name="trainee", size=7, license=PURECLOUD_3, start=9, hours=5, joiners=3),),
    traffic=Traffic(ivr_minutes=40, api_requests=900, storage_gigabytes=12, direct_numbers=1),
    reported_after_the_end=True,
)


VETERINARIANS = Customer(
    account="Big Sky Veterinary Hotline",
    code="big-sky-vets",
    name="Big Sky Veterinary Hotline",
    legal_name="Big Sky Veterinary Hotline, LLC",
    address="212 Rattlesnake Drive\nMissoula, MT 59802",
    country="US",
    region="us-west-2",
    agreement=Agreement(
        seller="northbeam-us",
        effective_date=on_the_31st,
        currency="USD",
        commercial_model=CommercialModel.MONTH_TO_MONTH,
        licensing_model=LicensingModel.NAMED,
        edition=Edition.E2016,
        time_zone="America/Denver",
        rate_deck="Northbeam Voice, US dollars",
    ),
    crews=(
        Crew(name="nurse", size=8, license=PURECLOUD_1, start=6, hours=8, days=EVERY_DAY, on_queue=True, joiners=1),
        Crew(name="vet", size=4, license=PURECLOUD_1, start=14, hours=8, days=EVERY_DAY, on_queue=True),
        Crew(name="office", size=2, license=COMMUNICATE, start=9, hours=7),
    ),
    traffic=Traffic(
        calls=34, surge=190, surge_seconds=640, direct_numbers=3, toll_free_numbers=1, open_from=6, open_hours=16
    ),
    offers=(
        Offer(
            issued_days_ago=4,
            notes="The hotline keeps its numbers.",
            items=(OfferedItem(product=ENABLEMENT, quantity=1, price="3600.00"),),
            agreement=OfferedAgreement(
                commercial_model=CommercialModel.PREPAY_MONTHLY_COMMITMENT,
                licensing_model=LicensingModel.NAMED,
                ramp_months=2,
                prices={
                    PURECLOUD_1: Price(commitment=12, price="71.00", overage_price="78.00"),
                    COMMUNICATE: Price(commitment=2, price="22.00"),
                },
            ),
        ),
    ),
)
