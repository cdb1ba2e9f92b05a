"""Dates and figures on the staff's pages are written as everywhere else, in the reader's language (BR-83)."""

from datetime import date
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation
from django.utils.formats import date_format

from subscriptions.domain.formatting import format_day
from subscriptions.models import AuthorityRate, Order, PriceBook, Subscription, TaxAuthority
from tests.admin.rows import Customer
from usage.models import UsageEvent

DAY = date(2026, 1, 15)


@pytest.mark.parametrize("language", ["en", "en-us", "ja"])
def test_django_writes_a_date_as_we_do(language: str) -> None:
    with translation.override(language):
        assert date_format(DAY) == format_day(DAY, language)


def test_the_name_of_a_row_is_in_the_language_of_its_reader(acme: Customer) -> None:
    rate = AuthorityRate(authority=TaxAuthority(name="Texas"), rate=Decimal("8.250000"), effective_date=DAY)
    order = Order(quantity=Decimal("1250.000000"), product_id="phone")
    subscription = Subscription(organization=acme.organization, effective_date=DAY)
    with translation.override("de"):
        assert str(rate) == "Texas: 8,25\xa0%"
        assert str(order) == "1.250 × phone"
        assert str(subscription).endswith("15. Jan. 2026")
    assert str(rate) == "Texas: 8.25%"
    assert str(subscription) == f"{acme.organization} since Jan 15, 2026"
    assert str(PriceBook(currency="USD", effective_date=DAY)) == "USD from Jan 15, 2026"


def test_what_an_event_measured_is_written_as_a_figure(as_csm: Client, acme: Customer) -> None:
    event = UsageEvent.objects.filter(organization=acme.organization).first()
    assert event is not None
    kept = {field.attname: getattr(event, field.attname) for field in event._meta.concrete_fields}
    fresh = kept | {"id": None, "identity": b"\7" * 16, "amount": 1234567, "gigabytes": Decimal("1250.500000")}
    stored = UsageEvent.objects.create(**fresh)
    page = as_csm.get(reverse("admin:usage_usageevent_change", args=[stored.pk])).content.decode()
    assert "1,234,567" in page
    assert "1,250.5" in page
    assert "1250.500000" not in page
