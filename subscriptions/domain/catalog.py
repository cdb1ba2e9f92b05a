"""The licenses, resources and numbers that have a built-in meaning, with their ranks, tax categories and allowances."""

from collections.abc import Mapping
from decimal import Decimal
from enum import StrEnum

from subscriptions.domain.words import translatable


class ProductKind(StrEnum):
    """How a product is counted and charged."""

    LICENSE = "license"
    ADD_ON = "add_on"
    RESOURCE = "resource"
    NUMBER = "number"
    VOICE = "voice"
    HARDWARE = "hardware"
    ONE_TIME = "one_time"


ONE_TIME_KINDS = (ProductKind.HARDWARE, ProductKind.ONE_TIME)
"""What is bought once, by order (BR-50, BR-51); everything else is agreed by the month."""


class TaxCategory(StrEnum):
    """What a line's revenue counts as for tax (BR-78)."""

    SOFTWARE = "software"
    TELECOM = "telecom"
    HARDWARE = "hardware"
    SERVICE = "service"


COLLABORATE = "collaborate"
COMMUNICATE = "communicate"
PURECLOUD_1 = "purecloud-1"
PURECLOUD_2 = "purecloud-2"
PURECLOUD_3 = "purecloud-3"

LICENSES = (COLLABORATE, COMMUNICATE, PURECLOUD_1, PURECLOUD_2, PURECLOUD_3)
"""The base licenses, lowest rank first (BR-20)."""

LICENSE_RANK: Mapping[str, int] = {product: rank for rank, product in enumerate(LICENSES)}

CONTACT_CENTER_TIERS = (PURECLOUD_1, PURECLOUD_2, PURECLOUD_3)
"""The tiers of which an agreement has at most one (BR-12), lowest rank first."""

BASIC_IVR = "basic-ivr"
DATA_STORAGE = "data-storage"
API_REQUESTS = "api-requests"
BYOC_CLOUD = "byoc-cloud"
VOICE_TRANSCRIPTION = "voice-transcription"
CALL_PORTS = "call-ports"

FAIR_USE_RESOURCES = (API_REQUESTS, BASIC_IVR, BYOC_CLOUD, DATA_STORAGE, VOICE_TRANSCRIPTION)
RESOURCES = (*FAIR_USE_RESOURCES, CALL_PORTS)

DID_NUMBER = "did-number"
TOLL_FREE_NUMBER = "toll-free-number"
NUMBERS = (DID_NUMBER, TOLL_FREE_NUMBER)

VOICE = "voice"

BUILT_IN: Mapping[str, ProductKind] = (
    dict.fromkeys(LICENSES, ProductKind.LICENSE)
    | dict.fromkeys(RESOURCES, ProductKind.RESOURCE)
    | dict.fromkeys(NUMBERS, ProductKind.NUMBER)
    | {VOICE: ProductKind.VOICE}
)
"""Every product code with a built-in meaning."""

DESCRIPTIVE_NAMES: Mapping[str, str] = {
    BASIC_IVR: translatable("Basic IVR minutes"),
    DATA_STORAGE: translatable("Data storage, gigabyte-months"),
    API_REQUESTS: translatable("API requests"),
    BYOC_CLOUD: translatable("BYOC Cloud minutes"),
    VOICE_TRANSCRIPTION: translatable("Voice transcription minutes"),
    CALL_PORTS: translatable("Excess call usage, port-hours"),
    DID_NUMBER: translatable("Direct-dial number"),
    TOLL_FREE_NUMBER: translatable("Toll-free number"),
    VOICE: translatable("Voice calls"),
}
"""What those products are called that have words for a name, unless somebody has renamed them; the rest are brands."""

_TELECOM_RESOURCES = frozenset({CALL_PORTS, BYOC_CLOUD})


def highest(licenses: frozenset[str] | set[str]) -> str | None:
    """Return the highest-ranked base license among the products, or None if none of them is one (BR-20)."""
    ranked = [product for product in licenses if product in LICENSE_RANK]
    return max(ranked, key=LICENSE_RANK.__getitem__, default=None)


def tax_category(product: str, kind: ProductKind) -> TaxCategory:
    """Return the category under which a product's revenue is taxed (BR-78)."""
    if kind is ProductKind.HARDWARE:
        return TaxCategory.HARDWARE
    if kind is ProductKind.ONE_TIME:
        return TaxCategory.SERVICE
    if kind in {ProductKind.NUMBER, ProductKind.VOICE} or product in _TELECOM_RESOURCES:
        return TaxCategory.TELECOM
    return TaxCategory.SOFTWARE


# Fair-use allowances per license and month (BR-40): minutes, gigabytes, requests; a concurrent seat has 1.3 times that.
_CONCURRENT_FACTOR = Decimal("1.3")
NAMED_ALLOWANCES: Mapping[str, Mapping[str, Decimal]] = {
    COMMUNICATE: {
        BYOC_CLOUD: Decimal(1000),
        DATA_STORAGE: Decimal(5),
        BASIC_IVR: Decimal(500),
        API_REQUESTS: Decimal(10_000),
        VOICE_TRANSCRIPTION: Decimal(100),
    },
    PURECLOUD_1: {
        BYOC_CLOUD: Decimal(5000),
        DATA_STORAGE: Decimal("17.5"),
        BASIC_IVR: Decimal(1750),
        API_REQUESTS: Decimal(75_000),
    },
    PURECLOUD_2: {
        BYOC_CLOUD: Decimal(5000),
        DATA_STORAGE: Decimal(25),
        BASIC_IVR: Decimal(2500),
        API_REQUESTS: Decimal(110_000),
    },
    PURECLOUD_3: {
        BYOC_CLOUD: Decimal(5000),
        DATA_STORAGE: Decimal("32.5"),
        BASIC_IVR: Decimal(3250),
        API_REQUESTS: Decimal(140_000),
        VOICE_TRANSCRIPTION: Decimal(5000),
    },
}

HOURS_PER_NAMED_ALLOWANCE = 111
"""A billable hour brings the named allowance divided by this many hours (BR-40)."""


def built_in_allowance(*, license_code: str, resource: str, concurrent: bool) -> Decimal:
    """Return the catalog's allowance of a resource for one seat and month, 0 if it brings none (BR-40)."""
    named = NAMED_ALLOWANCES.get(license_code, {}).get(resource, Decimal(0))
    return named * _CONCURRENT_FACTOR if concurrent and license_code in CONTACT_CENTER_TIERS else named
