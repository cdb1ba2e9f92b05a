"""Which organizations get e-invoices."""

from datetime import date

import pytest

from subscriptions.domain.e_invoicing import EInvoicing, gets_e_invoices

TODAY = date(2026, 2, 15)


@pytest.mark.parametrize(
    ("setting", "country", "on", "gets_them"),
    [
        (EInvoicing.BY_COUNTRY, "DE", TODAY, True),
        (EInvoicing.BY_COUNTRY, "gr", TODAY, True),
        (EInvoicing.BY_COUNTRY, "US", TODAY, False),
        (EInvoicing.BY_COUNTRY, "JP", TODAY, False),
        (EInvoicing.BY_COUNTRY, "GB", TODAY, False),
        (EInvoicing.BY_COUNTRY, "GB", date(2020, 12, 31), True),
        (EInvoicing.BY_COUNTRY, "CH", TODAY, False),
        (EInvoicing.ALWAYS, "US", TODAY, True),
        (EInvoicing.NEVER, "DE", TODAY, False),
    ],
)
def test_they_go_to_the_union_unless_it_is_set_otherwise(setting, country, on, gets_them):
    assert gets_e_invoices(setting, country=country, on=on) is gets_them
