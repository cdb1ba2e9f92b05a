"""The customers in Germany, France and Britain."""

from invoices.services.demo.sellers import ENABLEMENT, WORKFORCE
from invoices.services.demo.shapes import (
    EVERY_DAY,
    MONDAY_TO_SATURDAY,
    Agreement,
    Change,
    Crew,
    Customer,
    Offer,
    OfferedItem,
    Price,
    Purchase,
    Traffic,
    billed_days_ago,
    starting_today,
)
from subscriptions.domain.catalog import COMMUNICATE, PURECLOUD_1, PURECLOUD_2
from subscriptions.domain.policy import Edition
from subscriptions.domain.terms import CommercialModel, LicensingModel

BAKERY = Customer(
    account="Großbäckerei Strüßmann",
    code="struessmann",
    name="Großbäckerei Strüßmann",
    legal_name="Großbäckerei Strüßmann & Söhne GmbH & Co. KG",
    address="Kreditorenbuchhaltung\nAn der Obertrave 141\n23552 Lübeck",
    country="DE",
    tax_id="DE811904471",
    region="eu-central-1",
    agreement=Agreement(
        seller="northbeam-eu",
        effective_date=billed_days_ago(10, periods=5),
        currency="EUR",
        commercial_model=CommercialModel.PREPAY,
        licensing_model=LicensingModel.NAMED,
        time_zone="Europe/Berlin",
        po_number="4500018823",
        rate_deck="Northbeam Voice, euros",
        prices={
            PURECLOUD_1: Price(commitment=16, price="61.00", overage_price="69.00"),
            COMMUNICATE: Price(commitment=8, price="19.50", overage_price="22.00"),
        },
        changes=(
            Change(
                after_periods=3,
                product=PURECLOUD_1,
                commitment=19,
                reason="Jörg Strüßmann asked for three more seats: the shop in Travemünde takes orders now.",
            ),
        ),
        purchases=(Purchase(after_days=5, product=ENABLEMENT, quantity=1, price="4200.00"),),
    ),
    crews=(
        Crew(name="bestellung", size=17, license=PURECLOUD_1, start=5, hours=8, days=MONDAY_TO_SATURDAY, joiners=4),
        Crew(name="filiale", size=9, license=COMMUNICATE, start=7, hours=7.5, days=MONDAY_TO_SATURDAY, leavers=1),
    ),
    traffic=Traffic(
        calls=40,
        ivr_minutes=1480,
        api_requests=22_000,
        storage_gigabytes=205,
        storage_growth=0.4,
        direct_numbers=9,
        home="DE",
        abroad=("FR",),
        open_from=5,
        open_hours=11,
    ),
)


STARS = Customer(
    account="L’Étoile d’Armor",
    code="etoile-armor",
    name="L’Étoile d’Armor",
    legal_name="L’Étoile d’Armor – Croisières & Traversées SAS",
    address="Service comptabilité\n3 bis, quai de l’Aber-Wrac’h\n29200 Brest",
    country="FR",
    tax_id="FR31509118345",
    region="eu-west-3",
    agreement=Agreement(
        seller="northbeam-eu",
        effective_date=billed_days_ago(5, periods=3),
        currency="EUR",
        commercial_model=CommercialModel.PREPAY_MONTHLY_COMMITMENT,
        licensing_model=LicensingModel.CONCURRENT,
        edition=Edition.E2025,
        time_zone="Europe/Paris",
        prices={
            PURECLOUD_2: Price(commitment=21, price="132.00", overage_price="145.00"),
            WORKFORCE: Price(commitment=12, price="27.00", overage_price="29.50"),
        },
    ),
    crews=(
        Crew(
            name="matin",
            size=13,
            license=PURECLOUD_2,
            start=7.5,
            hours=7,
            days=EVERY_DAY,
            on_queue=True,
            add_ons={WORKFORCE: 8},
        ),
        Crew(
            name="soir",
            size=12,
            license=PURECLOUD_2,
            start=13,
            hours=7,
            days=EVERY_DAY,
            on_queue=True,
            add_ons={WORKFORCE: 7},
            joiners=3,
        ),
    ),
    traffic=Traffic(
        calls=38,
        ivr_minutes=1700,
        api_requests=60_000,
        storage_gigabytes=470,
        storage_growth=1.5,
        toll_free_numbers=2,
        home="FR",
        abroad=("GB", "DE"),
        open_from=7,
        open_hours=13,
    ),
    offers=(Offer(issued_days_ago=41, items=(OfferedItem(product=ENABLEMENT, quantity=1, price="4200.00"),)),),
)


PARCELS = Customer(
    account="Pettigrew’s Parcels",
    code="pettigrew",
    name="Pettigrew’s Parcels",
    legal_name="Pettigrew’s Parcels Ltd",
    address="Purchase Ledger\nThe Old Rope Walk, 9 Scale Lane\nKingston upon Hull HU1 1LF",
    country="GB",
    tax_id="GB 481 2290 55",
    region="eu-west-2",
    agreement=Agreement(
        seller="northbeam-eu",
        effective_date=billed_days_ago(9, periods=2),
        currency="GBP",
        commercial_model=CommercialModel.PREPAY_MONTHLY_COMMITMENT,
        licensing_model=LicensingModel.NAMED,
        time_zone="Europe/London",
        prices={PURECLOUD_2: Price(commitment=18, price="81.00", overage_price="88.00")},
    ),
    crews=(
        Crew(name="tracing", size=14, license=PURECLOUD_2, start=8, hours=8, days=MONDAY_TO_SATURDAY, leavers=1),
        Crew(name="redelivery", size=8, license=PURECLOUD_2, start=11, hours=8, joiners=4),
    ),
    # Nobody has agreed a price for transcription in pounds: its first month is held until someone does.
    traffic=Traffic(
        calls=32,
        ivr_minutes=900,
        transcription_minutes=310,
        api_requests=35_000,
        storage_gigabytes=260,
        storage_growth=1.1,
        direct_numbers=6,
        home="GB",
        abroad=("FR",),
    ),
    offers=(
        Offer(
            issued_days_ago=20,
            declined_days_ago=11,
            customer="Imogen Pettigrew",
            words="They train their own people this year, and ask again in spring.",
            items=(OfferedItem(product=ENABLEMENT, quantity=1, price="3900.00"),),
        ),
    ),
)


KNITWEAR = Customer(
    account="Thistle & Thrum Knitwear",
    code="thistle-thrum",
    name="Thistle & Thrum Knitwear",
    legal_name="Thistle & Thrum Knitwear Ltd",
    address="The Carding Mill\nKirk Wynd\nSelkirk TD7 4BQ",
    country="GB",
    tax_id="GB 902 7715 34",
    region="eu-west-2",
    agreement=Agreement(
        seller="northbeam-eu",
        effective_date=starting_today,
        currency="GBP",
        commercial_model=CommercialModel.PREPAY_MONTHLY_COMMITMENT,
        licensing_model=LicensingModel.NAMED,
        time_zone="Europe/London",
        prices={
            PURECLOUD_1: Price(commitment=12, price="56.00", overage_price="60.00"),
            COMMUNICATE: Price(commitment=4, price="18.00", overage_price="19.00"),
        },
    ),
    crews=(
        Crew(name="shop", size=12, license=PURECLOUD_1, start=9, hours=8, days=MONDAY_TO_SATURDAY),
        Crew(name="mill", size=4, license=COMMUNICATE, start=7, hours=8),
    ),
    traffic=Traffic(home="GB"),
)
