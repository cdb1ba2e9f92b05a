"""The domain's enumerations as labelled choices for fields and forms."""

from django.utils.translation import gettext_lazy as _

from subscriptions.domain.catalog import ProductKind, TaxCategory
from subscriptions.domain.money import CURRENCIES
from subscriptions.domain.policy import Edition
from subscriptions.domain.quote import QuoteState, QuoteStepKind
from subscriptions.domain.terms import CommercialModel, LicensingModel

COMMERCIAL_MODELS = [
    (CommercialModel.MONTH_TO_MONTH.value, _("Month to month")),
    (CommercialModel.PREPAY_MONTHLY_COMMITMENT.value, _("Annual, billed monthly in advance")),
    (CommercialModel.PREPAY.value, _("Annual, prepaid")),
]

LICENSING_MODELS = [
    (LicensingModel.NAMED.value, _("Named users")),
    (LicensingModel.CONCURRENT.value, _("Concurrent users")),
    (LicensingModel.HOURLY.value, _("Hourly users")),
]

EDITIONS = [
    (Edition.E2016.value, _("2016 (four hours, on queue, call ports)")),
    (Edition.E2019.value, _("2019 (any login, unbroken peak, fair use)")),
    (Edition.E2025.value, _("2025 (accumulated peak, free ramp, fair use)")),
]

QUOTE_STEPS = [
    (QuoteStepKind.ISSUED.value, _("Issued")),
    (QuoteStepKind.ACCEPTED.value, _("Accepted")),
    (QuoteStepKind.DECLINED.value, _("Declined")),
    (QuoteStepKind.PROCESSED.value, _("Processed")),
]

QUOTE_STATES = [
    (QuoteState.DRAFT.value, _("Draft")),
    (QuoteState.ISSUED.value, _("Issued")),
    (QuoteState.EXPIRED.value, _("Expired")),
    (QuoteState.ACCEPTED.value, _("Accepted")),
    (QuoteState.DECLINED.value, _("Declined")),
    (QuoteState.PROCESSED.value, _("Processed")),
]

PRODUCT_KINDS = [
    (ProductKind.LICENSE.value, _("License")),
    (ProductKind.ADD_ON.value, _("Add-on")),
    (ProductKind.RESOURCE.value, _("Resource")),
    (ProductKind.NUMBER.value, _("Phone number")),
    (ProductKind.VOICE.value, _("Voice")),
    (ProductKind.HARDWARE.value, _("Hardware")),
    (ProductKind.ONE_TIME.value, _("One-time charge")),
]

TAX_CATEGORIES = [
    (TaxCategory.SOFTWARE.value, _("Software")),
    (TaxCategory.TELECOM.value, _("Telecommunications")),
    (TaxCategory.HARDWARE.value, _("Hardware")),
    (TaxCategory.SERVICE.value, _("Services")),
]

CURRENCY_CHOICES = [(code, code) for code in CURRENCIES]

LANGUAGES = [("en", _("English")), ("ja", _("Japanese"))]

CALL_DIRECTIONS = [("outbound", _("Outbound")), ("inbound", _("Inbound")), ("toll_free", _("Toll free"))]
