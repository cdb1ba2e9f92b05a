"""The company that sells: its three legal entities, what it charges, and who taxes it."""

from invoices.services.demo.shapes import Bank, CallRate, ListPrice, Seller, TaxRow

DOMAIN = "northbeam.example"

# A square, a beam and a dot: readable at 12 mm in one color.
LOGO = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 190 40" width="190" height="40">'
    '<rect width="40" height="40" rx="9" fill="#12556b"/>'
    '<path d="M11 29 L11 11 L29 29 L29 11" fill="none" stroke="#fff" stroke-width="4.5" stroke-linejoin="round"/>'
    '<circle cx="29" cy="11" r="3.4" fill="#f2b544"/>'
    '<text x="50" y="28" font-family="Inter, Helvetica, Arial, sans-serif" font-size="23" font-weight="600"'
    ' fill="#12556b">Northbeam</text></svg>'
)

# Invented banks, accounts and tax numbers throughout; those that have check digits have valid ones.
SELLERS = (
    Seller(
        code="northbeam-us",
        legal_name="Northbeam Cloud, Inc.",
        address="410 Wharf Street, Suite 900\nPortland, ME 04101",
        country="US",
        tax_ids=("EIN 01-0749382",),
        prefix="NB-US-",
        banks={
            "USD": Bank(
                name="First Harbor Bank, N.A.",
                details=(
                    ("Account name", "Northbeam Cloud, Inc."),
                    ("Account", "0042 7719 03"),
                    ("Routing (ACH and wire)", "123456780"),
                    ("SWIFT", "FHBKUS3P"),
                ),
            ),
            "AUD": Bank(
                name="First Harbor Bank, N.A., Sydney branch",
                details=(
                    ("Account name", "Northbeam Cloud, Inc."),
                    ("BSB", "000-417"),
                    ("Account", "7719 0388"),
                    ("SWIFT", "FHBKAU2S"),
                ),
            ),
        },
    ),
    Seller(
        code="northbeam-eu",
        legal_name="Northbeam Cloud Europe B.V.",
        address="Lijnbaankade 27\n1013 AV Amsterdam",
        country="NL",
        tax_ids=("KvK 68140027", "VAT NL857392645B01"),
        prefix="NB-EU-",
        banks={
            "EUR": Bank(
                name="Havenbank Amsterdam",
                details=(
                    ("Account name", "Northbeam Cloud Europe B.V."),
                    ("IBAN", "NL29 HVNB 0417 0093 52"),
                    ("BIC", "HVNBNL2A"),
                ),
            ),
            "GBP": Bank(
                name="Tideway Bank plc",
                details=(
                    ("Account name", "Northbeam Cloud Europe B.V."),
                    ("Sort code", "00-41-70"),
                    ("Account", "00935244"),
                    ("BIC", "TDWYGB2L"),
                ),
            ),
        },
    ),
    Seller(
        code="northbeam-jp",
        legal_name="ノースビーム・クラウド株式会社 (Northbeam Cloud K.K.)",
        address="〒105-0022 東京都港区海岸9丁目7番1号\n潮見坂ビル12階",
        country="JP",
        tax_ids=("登録番号 T7123456789012",),
        prefix="NB-JP-",
        banks={
            "JPY": Bank(
                name="みなと中央銀行 (Minato Chuo Bank)",
                details=(
                    ("口座名義", "ノースビームクラウド(カ"),
                    ("支店", "汐留支店 (041)"),
                    ("普通預金", "0719388"),
                ),
            ),
        },
    ),
)

SALESFORCE, WORKFORCE = "salesforce", "workforce-management"
ENABLEMENT, DESK_PHONE = "enablement-standard", "desk-phone-350"

PRODUCTS = {
    SALESFORCE: ("Salesforce integration", "add_on"),
    WORKFORCE: ("Workforce management", "add_on"),
    ENABLEMENT: ("Enablement package Standard", "one_time"),
    DESK_PHONE: ("Desk phone VVX 350", "hardware"),
}

_COLUMNS = ("USD", "EUR", "GBP", "JPY", "AUD")
# What is missing in a column is not for sale in that currency yet.
_PRICES: dict[str, tuple[str | None, ...]] = {
    "collaborate": ("9.00", "8.50", "7.50", "1200", "13.00"),
    "communicate": ("24.00", "22.00", "19.00", "3200", "36.00"),
    "purecloud-1": ("75.00", "69.00", "60.00", "9800", "112.00"),
    "purecloud-2": ("110.00", "101.00", "88.00", "14400", "165.00"),
    "purecloud-3": ("140.00", "129.00", "112.00", "18300", "210.00"),
    SALESFORCE: ("20.00", "18.50", "16.00", "2600", "30.00"),
    WORKFORCE: ("32.00", "29.50", "25.50", "4200", "48.00"),
    "basic-ivr": ("0.012", "0.011", "0.0095", "1.6", "0.018"),
    "data-storage": ("0.25", "0.23", "0.20", "33", "0.38"),
    "api-requests": ("0.00018", "0.00017", "0.00015", "0.024", "0.00027"),
    "byoc-cloud": ("0.0035", "0.0032", "0.0028", "0.46", "0.0053"),
    "voice-transcription": ("0.022", "0.020", None, "2.9", "0.033"),
    "call-ports": ("0.85", "0.78", "0.68", "112", "1.28"),
    "did-number": ("1.50", "1.40", "1.20", "200", "2.25"),
    "toll-free-number": ("4.00", "3.70", "3.20", "530", "6.00"),
}
_SETUP: dict[str, tuple[str, ...]] = {
    "did-number": ("1.00", "0.90", "0.80", "130", "1.50"),
    "toll-free-number": ("10.00", "9.00", "8.00", "1300", "15.00"),
}

PRICE_BOOKS = {
    currency: {
        product: ListPrice(price=price, setup_price=_SETUP[product][place] if product in _SETUP else None)
        for product, prices in _PRICES.items()
        if (price := prices[place]) is not None
    }
    for place, currency in enumerate(_COLUMNS)
}


def _rates(direction: str, *rows: tuple[str, str, str]) -> tuple[CallRate, ...]:
    return tuple(
        CallRate(direction=direction, prefix=prefix, destination=destination, per_minute=per_minute)
        for prefix, destination, per_minute in rows
    )


# The last prefix of each direction matches whatever the others do not: a demo call always has a rate.
RATE_DECKS = {
    "Northbeam Voice, US dollars": (
        "USD",
        (
            *_rates(
                "outbound",
                ("+1", "United States and Canada", "0.0119"),
                ("+44", "United Kingdom", "0.0181"),
                ("+447", "United Kingdom, mobile", "0.0465"),
                ("+33", "France", "0.0470"),
                ("+49", "Germany", "0.0259"),
                ("+", "Rest of the world", "0.1900"),
            ),
            *_rates("inbound", ("+1", "United States and Canada", "0.0045"), ("+", "Rest of the world", "0.0060")),
            *_rates("toll_free", ("+1", "United States and Canada", "0.0210"), ("+", "Rest of the world", "0.0900")),
        ),
    ),
    "Northbeam Voice, euros": (
        "EUR",
        (
            *_rates(
                "outbound",
                ("+49", "Germany", "0.0132"),
                ("+491", "Germany, mobile", "0.0415"),
                ("+33", "France", "0.0121"),
                ("+44", "United Kingdom", "0.0167"),
                ("+", "Rest of the world", "0.1750"),
            ),
            *_rates("inbound", ("+49", "Germany", "0.0041"), ("+", "Rest of the world", "0.0055")),
            *_rates("toll_free", ("+49", "Germany", "0.0350"), ("+", "Rest of the world", "0.0950")),
        ),
    ),
}

TAXES = {
    "pennsylvania": TaxRow(
        name="Pennsylvania sales tax",
        rate="6",
        taxable="100",
        categories=("software", "telecom", "hardware"),
    ),
    "philadelphia": TaxRow(
        name="City of Philadelphia sales tax",
        rate="2",
        taxable="100",
        categories=("software", "telecom", "hardware"),
    ),
    "connecticut": TaxRow(
        name="Connecticut sales tax, business use",
        rate="1",
        taxable="100",
        categories=("software",),
    ),
    "connecticut-telecom": TaxRow(
        name="Connecticut telecommunications tax",
        rate="6.35",
        taxable="100",
        categories=("telecom",),
    ),
    "japan": TaxRow(
        name="消費税 (consumption tax)",
        rate="10",
        taxable="100",
        categories=("software", "telecom", "hardware", "service"),
    ),
}
