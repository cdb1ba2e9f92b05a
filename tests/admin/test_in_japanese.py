"""Staff who have chosen Japanese read no English on any kind of page of the admin."""

from pathlib import Path

import pytest
from django.conf import settings
from django.contrib import admin
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from invoices.domain.moving_in import old_invoices, opening_balances
from invoices.models import Invoice
from invoices.services.simulation.play import perform
from invoices.services.simulation.reading import read_story
from subscriptions.forms.fields import time_zones
from subscriptions.models import Product
from subscriptions.services.origin import current_origin
from tests.admin.rows import Customer
from tests.reading import Words, english_in, walk
from usage.domain.events import EventKind

SCENARIOS = Path(__file__).parent.parent / "scenarios"
BRANDS = [
    "Seatbill",
    "English",
    "PureCloud",
    "BYOC Cloud",
    "Collaborate",
    "Communicate",
    "Webhook",
    "https://hooks.example.com/seatbill",
    "Stripe",
    "Factur-X",
    "Leitweg-ID",
    "camt.053",
    "Windows-1252 (ISO 8859-1)",
    "Shift JIS",
    "Web",
    "Mac",
    "Command",
    "Control",
    "Ctrl",
    "esc",
    "celery -A billingsite beat",
    "celery -A billingsite worker",
]
NAMES = """
    Rates of acme, Acme Group, City of Acme, Acme Corporation, Acme, acme, acme.test, finance, Finance, csm, Csm,
    Seatbill Inc., seatbill.test, Texas, root, Ann, ann, France, mobile, America/New_York, Letter, before, Warned,
    Bank of acme, acme.csv, token-0, test_token-0, TEST-token-0,
    Acme Labs, Eve, eve, us-east-1, Platform, platform, Lantern Foods, ida, jon, kim, lea
"""
# What somebody typed; what was stored when a reason was still in English; columns of a file; an attribute of an event.
AS_TYPED = [
    "A second site joins.",
    "PureCloud 3 has no price on Feb 15, 2026: agree one, or add it to the USD price book.",
    *("Somebody, Inc.", "thank you"),
    *("price", "product", "setup", "organization", "credit", *old_invoices.COLUMNS, *opening_balances.COLUMNS),
]
ZONES = {name for _code, name in time_zones()}
# All alike.
LOGS = {f"admin:{model._meta.app_label}_{model._meta.model_name}_history" for model in admin.site._registry}
NEEDS_A_CLOSE = {"admin:invoices_invoice_issue_credit_note", "admin:invoices_invoice_line"}


@pytest.fixture
def in_japanese(as_superuser: Client) -> Client:
    as_superuser.cookies[settings.LANGUAGE_COOKIE_NAME] = "ja"
    return as_superuser


def test_every_kind_of_page(in_japanese: Client, acme: Customer) -> None:
    pages = list(walk(in_japanese, "/admin/", within="/admin/", past=NEEDS_A_CLOSE | LOGS))

    assert len(pages) > 80
    assert {address: left for address, page in pages if (left := english_left(page))} == {}


def test_why_a_line_is_what_it_is_and_how_to_credit_it(in_japanese: Client) -> None:
    perform(read_story(next(SCENARIOS.glob("01-*.yaml"))).story)
    invoice = Invoice.objects.latest("pk")

    for page in (
        in_japanese.get(reverse("admin:invoices_invoice_issue_credit_note", args=[invoice.pk])),
        in_japanese.get(reverse("admin:invoices_invoice_line", args=[invoice.pk, 2])),
    ):
        assert english_left(page) == []


def english_left(page: HttpResponse) -> list[str]:
    names = [name.strip() for name in NAMES.split(",")]
    names += [text for names_of in Product.objects.values_list("code", "name") for text in names_of]
    for kind in EventKind:
        names += [kind.event_type.value, kind.event_type.value.capitalize()]
    # What made the rows is the command that runs these tests.
    names.append(current_origin().place)
    # Letters of a password's hash may look like a word.
    said = [text for text in Words(page.content.decode()).said if "****" not in text]
    return english_in(said, names=[*BRANDS, *AS_TYPED, *names], choices=ZONES)
