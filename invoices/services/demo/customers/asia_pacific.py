"""The customers in Japan and Australia."""

from invoices.services.demo.sellers import DESK_PHONE
from invoices.services.demo.shapes import (
    EVERY_DAY,
    MONDAY_TO_SATURDAY,
    Agreement,
    Crew,
    Customer,
    Offer,
    OfferedItem,
    Price,
    Traffic,
    billed_days_ago,
)
from subscriptions.domain.catalog import COMMUNICATE, PURECLOUD_2, PURECLOUD_3
from subscriptions.domain.terms import CommercialModel, LicensingModel

MAIL_ORDER = Customer(
    account="星空通信販売",
    code="hoshizora",
    name="Hoshizora Mail Order",
    legal_name="株式会社星空通信販売",
    address="〒604-8099 京都府京都市中京区蛸薬師通烏丸東入\n一連社町二九五番地 天ノ川ビル四階 経理部",
    country="JP",
    language="ja",
    region="ap-northeast-1",
    taxes=("japan",),
    agreement=Agreement(
        seller="northbeam-jp",
        effective_date=billed_days_ago(1, periods=2),
        currency="JPY",
        commercial_model=CommercialModel.PREPAY_MONTHLY_COMMITMENT,
        licensing_model=LicensingModel.HOURLY,
        time_zone="Asia/Tokyo",
        prices={
            PURECLOUD_2: Price(commitment=4800, price="148", overage_price="160"),
            COMMUNICATE: Price(price="3200"),
        },
    ),
    crews=(
        Crew(name="juchu", size=21, license=PURECLOUD_2, start=9, hours=8, days=MONDAY_TO_SATURDAY, joiners=3),
        Crew(name="yakan", size=9, license=PURECLOUD_2, start=15, hours=7, days=EVERY_DAY, leavers=1),
        Crew(name="jimu", size=3, license=COMMUNICATE, start=9, hours=8),
    ),
    traffic=Traffic(
        calls=45,
        ivr_minutes=3900,
        api_requests=120_000,
        storage_gigabytes=640,
        storage_growth=4.5,
        toll_free_numbers=2,
        home="JP",
        open_from=9,
        open_hours=13,
    ),
)


INSURERS = Customer(
    account="Wattlebird Mutual",
    code="wattlebird",
    name="Wattlebird Mutual",
    legal_name="Wattlebird Mutual Insurance Pty Ltd",
    address="Level 2, 77 Currawong Parade\nNewcastle NSW 2300",
    country="AU",
    tax_id="ABN 23 000 417 882",
    region="ap-southeast-2",
    agreement=Agreement(
        seller="northbeam-us",
        effective_date=billed_days_ago(26, periods=1),
        currency="AUD",
        commercial_model=CommercialModel.PREPAY_MONTHLY_COMMITMENT,
        licensing_model=LicensingModel.NAMED,
        time_zone="Australia/Sydney",
        ramp_months=3,
        prices={PURECLOUD_3: Price(commitment=25, price="189.00", overage_price="210.00")},
    ),
    # In its ramp the company pays for those who are there; after a storm it has hired many more at once, so that the
    # next bill is unusual.
    crews=(
        Crew(name="claims", size=8, license=PURECLOUD_3, start=8.5, hours=8, joiners=2),
        Crew(name="storm", size=14, license=PURECLOUD_3, start=8, hours=8, hired_days_ago=18),
    ),
    traffic=Traffic(
        calls=20,
        ivr_minutes=500,
        transcription_minutes=400,
        api_requests=18_000,
        storage_gigabytes=35,
        storage_growth=2.2,
        direct_numbers=5,
        home="AU",
    ),
    offers=(Offer(items=(OfferedItem(product=DESK_PHONE, quantity=25, price="178.00"),)),),
)
