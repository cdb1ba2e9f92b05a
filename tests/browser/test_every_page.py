"""Every page, light and dark, on a desk and on a telephone: axe finds nothing, and no page scrolls sideways."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.urls import URLResolver, get_resolver
from playwright.sync_api import Page

from billingsite import urls as site
from tests.browser import axe
from tests.browser.admin_looks import GUIDED, closed_forms, tables
from tests.browser.conftest import As
from tests.browser.customer_looks import ACCOUNT, CUSTOMER, WRONG
from tests.browser.looks import Look
from tests.browser.world import World

pytestmark = pytest.mark.browser

LOOKS = [*CUSTOMER, *ACCOUNT, *WRONG, *tables(), *GUIDED]
DESK, TELEPHONE = {"width": 1400, "height": 900}, {"width": 390, "height": 844}

PICTURES = os.environ.get("TEST_PICTURES")
"""A folder to keep a picture of each look in, to be looked at by people."""

NOT_LOOKED_AT = {
    **dict.fromkeys(["health", "health_detail", "metrics", "stripe_notice"], "is for programs"),
    **dict.fromkeys(["home", "organization", "favicon", "admin:view_on_site"], "sends people on to their page"),
    **dict.fromkeys(
        [
            "set_language",
            "member_permissions",
            "invitation_again",
            "invitation_withdraw",
            "invoice_send_again",
            "webhook_test",
            "webhook_switch_on",
            "webhook_send_again",
            "admin:logout",
        ],
        "takes a form and goes back to where it stood",
    ),
    **dict.fromkeys(
        [
            "changes_csv",
            "events_csv",
            "rejected_events_csv",
            "upcoming_evidence",
            "period_report_file",
            "period_download",
            "prices_csv",
            "prices_xlsx",
            "statement_csv",
            "e_invoice_file",
            "invoice_lines_csv",
            "admin:invoices_ageing_file",
            "invoice_pdf",
            "line_evidence",
            "mfa_download_recovery_codes",
            "admin:subscriptions_priceimport_download",
            "admin:subscriptions_pricebook_download_csv",
            "admin:subscriptions_pricebook_download_xlsx",
            "admin:subscriptions_taxauthority_download_csv",
            "admin:subscriptions_taxauthority_download_xlsx",
            "admin:subscriptions_voiceratedeckversion_download_csv",
            "admin:subscriptions_voiceratedeckversion_download_xlsx",
            "admin:subscriptions_quote_download_pdf",
            "admin:invoices_invoice_download_pdf",
            "admin:invoices_invoice_e_invoice",
            "admin:invoices_invoice_evidence",
            "admin:invoices_preview_evidence",
            "admin:invoices_what_if_file",
            "admin:invoices_moving_in_file",
            "admin:invoices_moving_in_file_of",
            "admin:invoices_old_invoices_template",
            "admin:invoices_opening_balances_template",
            "admin:invoices_opening_proposal",
            "report_billed_file",
            "report_recurring_file",
            "report_commitments_file",
            "report_deferred_file",
            "report_deferred_lines",
            "report_journal_file",
            "admin:invoices_payment_show_certificate",
        ],
        "is a file",
    ),
    **dict.fromkeys(
        [
            "admin:invoices_preview_of",
            "admin:invoices_what_if_of",
            "admin:invoices_billingcycle_preview_this",
            "admin:invoices_invoice_record_promise",
            "admin:invoices_toolateusage_show_events",
            "admin:subscriptions_priceimport_import_book",
            "admin:subscriptions_priceimport_import_rates",
            "admin:subscriptions_priceimport_import_taxes",
            "admin:subscriptions_pricebook_import_file",
            "admin:subscriptions_taxauthority_import_file",
            "admin:subscriptions_voiceratedeck_import_rates",
            "admin:subscriptions_voiceratedeckversion_show_rates",
            "admin:subscriptions_voiceratedeck_add_version",
            "admin:subscriptions_trial_convert",
            "admin:subscriptions_webhookendpoint_deliveries",
        ],
        "is a button that leads to a page of this list",
    ),
    **dict.fromkeys(
        ["admin:subscriptions_priceimport_confirm", "admin:subscriptions_priceimport_discard"],
        "takes a form of the page of an import",
    ),
    **dict.fromkeys(
        ["admin:invoices_bankfile_confirm", "admin:invoices_bankfile_discard"],
        "takes a form of its page",
    ),
    **dict.fromkeys(closed_forms(), "is a form at which nobody makes a row"),
    **dict.fromkeys(["admin:search", "admin:autocomplete", "admin:jsi18n"], "is a part that a page asks for"),
    **dict.fromkeys(
        ["admin:password_change_done", "account_set_password", "account_request_reauthentication_code"],
        "is closed: people have passwords, and set them in their account",
    ),
    **dict.fromkeys(
        ["account_confirm_reauthentication_code", "account_confirm_login_code"], "is closed: nobody logs in by mail"
    ),
}
SIGHTS = [("light", DESK), ("dark", DESK), ("dark", TELEPHONE), ("light", TELEPHONE)]


@pytest.mark.parametrize("look", LOOKS, ids=str)
def test_a_page_can_be_read_by_everyone(look: Look, world: World, as_: As) -> None:
    page = as_(look.who)
    page.set_viewport_size(DESK)
    answer = page.goto(look.address(world))
    assert answer is not None
    if look.after:
        look.after(page)
        page.wait_for_load_state()
    else:
        assert answer.status == look.status
        assert answer.request.redirected_from is None or look.at, f"This leads to {page.url}"

    found: list[str] = []
    for scheme, size in SIGHTS:
        axe.show_in(page, scheme, size)
        # The side bar is the same on all pages of the admin: once is enough.
        but = [] if look.name == "admin:index" else ["#nav-sidebar"]
        what = axe.findings(page, rules=None if scheme == "light" else axe.BY_COLOR, but=but)
        where = f"{scheme}, {size['width']} px wide"
        found += [f"{where}: {one}" for one in [*what, *sideways(page)]]
        keep_picture(page, look, f"{size['width']}-{scheme}")

    assert not found, "\n".join(found)


def sideways(page: Page) -> list[str]:
    """Say so if the page is wider than its window."""
    wide = page.evaluate("() => document.scrollingElement.scrollWidth - window.innerWidth")
    return [f"the page scrolls sideways, by {wide} px"] if wide > 0 else []


def keep_picture(page: Page, look: Look, sight: str) -> None:
    """Keep what is seen, where somebody wants to look at it."""
    if PICTURES:
        name = str(look).replace("/", "").replace(":", "-")
        path = Path(PICTURES) / f"{name}-{sight}.png"
        page.screenshot(path=path, full_page=True)


def test_every_address_has_a_look_or_a_reason_for_none() -> None:
    there = set(names_of_pages(get_resolver(site.__name__)))
    looked_at = {look.name for look in LOOKS if not look.name.startswith("/")}

    without, gone = there - looked_at - set(NOT_LOOKED_AT), (looked_at | set(NOT_LOOKED_AT)) - there
    assert not without, f"Add a Look in tests/browser, or say why there is none: {', '.join(sorted(without))}"
    assert not gone, f"The site has no such address any more: {', '.join(sorted(gone))}"
    assert not looked_at & set(NOT_LOOKED_AT)


def names_of_pages(resolver: URLResolver, space: str = "") -> Iterator[str]:
    """Give the names of all addresses but the API's, those of a list's file, and those at which rows are deleted."""
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLResolver):
            inner = f"{pattern.namespace}:" if pattern.namespace else ""
            if pattern.namespace != "api-v1":
                yield from names_of_pages(pattern, space + inner)
        elif pattern.name and not (space == "admin:" and pattern.name.endswith(("_delete", "_export"))):
            # All histories are one template.
            is_like_another = space == "admin:" and pattern.name.endswith("_history")
            if not is_like_another or pattern.name == "subscriptions_organization_history":
                yield space + pattern.name
