"""Keeps what was found when an organization's tax number was checked (BR-78)."""

from datetime import datetime

from subscriptions.choices import CHECK_DIGITS
from subscriptions.domain.period import local_date
from subscriptions.domain.tax_ids import CHECKED_BY, TaxIdVerdict, check_tax_id
from subscriptions.models import Organization, TaxIdCheck


def record_tax_id_check(organization: Organization, *, now: datetime) -> TaxIdVerdict:
    """Check an organization's tax number by its check digits, and keep what was found, how and when."""
    on = local_date(now, time_zone="UTC")
    verdict = check_tax_id(organization.tax_id, country=organization.country, on=on)
    TaxIdCheck.objects.create(
        organization=organization,
        country=organization.country,
        tax_id=organization.tax_id,
        verdict=verdict.value,
        method=CHECK_DIGITS,
        checked_by=CHECKED_BY,
        checked_at=now,
    )
    return verdict
