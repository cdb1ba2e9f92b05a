"""The day of each of the three people who work with this, told with their own clicks and keys."""

import csv
import re
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from django.core import mail
from django.utils import timezone
from playwright.sync_api import Locator, Page, expect

from invoices.models import CardPayment, Invoice, RenderedPdf
from invoices.services.delivering import deliver_documents
from invoices.services.rendering import render_pending_pdfs
from subscriptions.models import Subscription
from subscriptions.services.mailing import send_pending_mail
from tests.browser.conftest import As
from tests.browser.world import (
    ACME,
    ADMIN,
    CONTACT,
    CSM,
    LEAD,
    MOVING,
    NEW,
    PARCEL,
    PASSWORD,
    PAYER,
    SUPERUSER,
    World,
    newest_invoice,
)

pytestmark = pytest.mark.browser


# --- A customer success manager ---------------------------------------------------------------------------------------


def test_a_csm_takes_a_quote_to_a_running_agreement(world: World, as_: As) -> None:
    page = as_(CSM)
    page.goto("/admin/")
    go(page, "Quotes")
    page.get_by_role("link", name="Add quote").click()
    pick(page, "Organization", "Lantern")
    field(page, "issuing_entity").select_option(label="Northbeam Cloud, Inc.")
    field(page, "currency").select_option("USD")
    # Today where its periods begin: elsewhere it may be tomorrow already.
    field(page, "effective_date").fill(world.now.astimezone(ZoneInfo("America/New_York")).date().isoformat())
    field(page, "commercial_model").select_option(label="Annual, billed monthly in advance")
    field(page, "licensing_model").select_option(label="Named users")
    page.get_by_text("Add another Price", exact=True).click()
    pick(page, "Product", "PureCloud 2")
    field(page, "prices-0-commitment").fill("12")
    field(page, "prices-0-price").fill("98.00")
    page.get_by_role("button", name="Save and continue editing").click()

    take(page, "Issue")
    press(page, "Issue the quote")
    expect(page.get_by_text("The quote is issued as")).to_be_visible()

    take(page, "Accept")
    field(page, "customer").fill("Lena Lantern, CEO")
    field(page, "words").fill("Signed PDF by e-mail")
    press(page, "Continue")
    press(page, "Accept the quote")

    take(page, "Process")
    expect(page.get_by_text(re.compile("Annual, billed monthly in advance"))).to_be_visible()
    press(page, "Process the quote")
    expect(page.get_by_text("The quote is processed: the subscription is made")).to_be_visible()

    go(page, "Subscriptions")
    page.locator("#result_list tbody").get_by_role("link", name=re.compile("Lantern Foods")).first.click()
    expect(page.get_by_text("98.00").first).to_be_visible()
    made = Subscription.objects.get(organization__code=NEW)
    assert made.prices.get().commitment == 12


def test_a_lead_gives_what_a_cycle_waits_for_its_price_and_the_csm_closes_it(world: World, as_: As) -> None:
    csm, lead, second = as_(CSM), as_(LEAD), as_(SUPERUSER)
    csm.goto("/admin/")
    go(csm, "Billing cycles")
    csm.goto(f"{csm.url}?held=yes")
    csm.locator("#result_list tbody a").first.click()
    expect(csm.get_by_text("has no price").first).to_be_visible()

    lead.goto(csm.url)
    lead.get_by_role("link", name="Add it to the price book").first.click()
    lead.locator("#result_list tbody a").first.click()
    lead.get_by_text("Add another Price", exact=True).click()
    pick(lead, "Product", "transcription")
    field(lead, "new_entries-0-price").fill("0.02")
    press(lead, "Save")
    field(lead, "reason").fill("Transcription was forgotten.")
    press(lead, "Ask for approval")

    second.goto("/admin/")
    second.get_by_role("link", name="Changes that wait for a second person").first.click()
    second.get_by_role("link", name=re.compile("AUD|GBP|EUR|USD")).first.click()
    take(second, "Approve")
    expect(second.get_by_text("Transcription was forgotten.")).to_be_visible()
    press(second, "Approve and carry out")
    expect(second.get_by_text("The change is approved and carried out.")).to_be_visible()

    take(csm, "Try again now")
    field(csm, "reason").fill("The price of transcription is in the book.")
    press(csm, "Try again now")
    expect(csm.get_by_text("The cycle is closed; what was due has been invoiced.")).to_be_visible()


def test_a_csm_gives_back_a_line_of_an_invoice(world: World, as_: As) -> None:
    page = as_(CSM)
    invoice = newest_invoice(PARCEL)
    page.goto("/admin/invoices/invoice/")
    page.get_by_role("link", name=invoice.number, exact=True).click()
    take(page, "Issue a credit note")
    page.get_by_label(re.compile("Quantity, of .* in line 1$")).fill("1")
    page.get_by_label("Why", exact=False).first.fill("One seat was never handed over.")
    press(page, "Show me the credit note first")
    expect(page.get_by_role("heading", name=re.compile(f"Give back .* of {invoice.number}"))).to_be_visible()
    press(page, "Issue the credit note")

    credited = Invoice.objects.get(document_type="credit_note", organization__code=PARCEL)
    expect(page.get_by_text(credited.number).first).to_be_visible()


def test_what_is_confirmed_with_a_double_click_is_done_once(world: World, as_: As) -> None:
    page, quote = as_(SUPERUSER), world.quotes["issued"]
    page.goto(f"/admin/subscriptions/quote/{quote.pk}/copy/")
    page.get_by_role("button", name="Make a copy", exact=True).dblclick()
    page.wait_for_url(re.compile("/change/$"))

    assert quote.copies.count() == 1


# --- A subscription admin ---------------------------------------------------------------------------------------------


def test_a_subscription_admin_finds_why_somebody_is_billed(world: World, as_: As) -> None:
    page = as_(ADMIN)
    page.goto("/")
    expect(page.get_by_role("heading", name="Licenses in use")).to_be_visible()
    page.get_by_role("link", name=re.compile("people behind this number")).first.click()
    page.get_by_label("Search by user id").fill("booking-01")
    page.keyboard.press("Enter")
    page.get_by_role("link", name="booking-01").click()

    expect(page.get_by_role("heading", name="booking-01")).to_be_visible()
    expect(page.get_by_text("Counts as one PureCloud 2")).to_be_visible()
    expect(page.get_by_role("heading", name="Logged in, by day")).to_be_visible()
    assert page.get_by_role("row").count() > 2


def test_a_form_sent_with_a_double_click_is_sent_once(world: World, as_: As) -> None:
    page = as_(ADMIN)
    page.goto(f"/o/{MOVING}/events/keys/")
    page.get_by_label("What will use it").fill("Twice")
    page.get_by_role("button", name="Make the key", exact=True).dblclick()
    # The answer to a second one would say that there is such a key, and the secret would be lost.
    expect(page.get_by_role("heading", name="This key is shown only now")).to_be_visible()


def test_a_key_that_is_shown_once_is_copied_as_a_whole(world: World, as_: As) -> None:
    page = as_(ADMIN)
    page.goto(f"/o/{MOVING}/events/keys/")
    page.get_by_label("What will use it").fill("Telephones")
    page.get_by_role("button", name="Make the key", exact=True).click()
    page.get_by_role("button", name="Copy").click()

    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    page.context.grant_permissions(["clipboard-read"])
    assert page.evaluate("navigator.clipboard.readText()") == page.get_by_label("Key for").input_value()


# --- A billing contact ------------------------------------------------------------------------------------------------


def test_a_billing_contact_reads_and_downloads_what_came_by_mail(world: World, as_: As, tmp_path) -> None:
    invoice = newest_invoice(MOVING)
    others = RenderedPdf.objects.filter(rendered_at__isnull=True).exclude(pk=invoice.pk)
    others.update(next_attempt_at=timezone.now() + timedelta(days=1))
    render_pending_pdfs(now=timezone.now(), limit=1)
    deliver_documents(now=timezone.now(), limit=10)
    send_pending_mail(now=timezone.now(), limit=50)
    [letter] = [one for one in mail.outbox if invoice.number in one.subject]
    assert letter.to == [f"percival@{MOVING}.example"]
    link = re.search(r"https?://\S+", letter.body)
    assert link

    page = as_("")
    page.goto(link[0])
    page.get_by_label("User name").fill(CONTACT)
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name=f"Invoice {invoice.number}")).to_be_visible()

    with page.expect_download() as pdf:
        page.get_by_role("link", name="Download PDF").click()
    assert pdf.value.path().read_bytes().startswith(b"%PDF")

    page.get_by_role("link", name=re.compile("^Why\\? PureCloud 2 overage")).first.click()
    expect(page.get_by_role("heading", name="The rule")).to_be_visible()
    expect(page.get_by_text(re.compile("× \\$110.00 = "))).to_be_visible()
    with page.expect_download() as annex:
        page.get_by_role("link", name="Download as CSV").click()
    names, *people = csv.reader(annex.value.path().read_text().splitlines())
    assert names[:2] == ["User", "License"]
    assert people


def test_a_billing_contact_pays_an_invoice_by_test_card(world: World, as_: As) -> None:
    invoice, page = world.to_pay, as_(PAYER)
    page.goto(f"/o/{ACME}/invoices/")
    page.get_by_role("link", name=re.compile(f"^Pay by card.*{invoice.number}")).click()
    expect(page.get_by_role("heading", name=f"Pay invoice {invoice.number}")).to_be_visible()
    page.get_by_role("button", name=re.compile("^Go on and pay")).click()

    page.get_by_label("4000 0000 0000 0002").check()
    page.get_by_role("button", name=re.compile("^Pay")).click()
    expect(page.get_by_role("heading", name="The payment was declined")).to_be_visible()

    page.get_by_role("link", name="Try again").click()
    page.get_by_role("button", name=re.compile("^Go on and pay")).click()
    waiting = as_(PAYER)
    waiting.goto(page.url.removesuffix("test-gateway/"))
    expect(waiting.get_by_role("heading", name="Your payment is being confirmed")).to_be_visible()
    page.get_by_label("4242 4242 4242 4242").check()
    page.get_by_role("button", name=re.compile("^Pay")).click()
    expect(page.get_by_role("heading", name="Paid, thank you")).to_be_visible()
    # The other tab finds out by itself.
    expect(waiting.get_by_role("heading", name="Paid, thank you")).to_be_visible(timeout=10_000)

    page.get_by_role("link", name="Back to the invoice").click()
    expect(page.get_by_text("Paid", exact=True)).to_be_visible()
    assert CardPayment.objects.get(state="paid", invoice=invoice).payment.amount == invoice.total


# --- By the keyboard alone --------------------------------------------------------------------------------------------


def test_a_page_is_walked_by_the_keyboard(world: World, as_: As) -> None:
    page = as_(ADMIN)
    page.goto(f"/o/{MOVING}/licenses/")

    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    assert in_sight(page)
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()

    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Past periods and downloads")).to_be_focused()


def test_a_menu_is_opened_and_closed_by_the_keyboard(world: World, as_: As) -> None:
    page = as_(ADMIN)
    page.goto(f"/o/{MOVING}/licenses/")
    button = page.get_by_role("button", name="Account: Adaeze Okafor")
    button.focus()

    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="Change password")).to_be_visible()
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Change password")).to_be_focused()

    page.keyboard.press("Escape")
    expect(page.get_by_role("link", name="Change password")).to_be_hidden()
    expect(button).to_be_focused()


def test_everything_that_takes_the_focus_shows_it(world: World, as_: As) -> None:
    page = as_(CONTACT)
    page.goto(f"/o/{MOVING}/invoices/")
    seen = []
    for _ in range(60):
        page.keyboard.press("Tab")
        where = page.evaluate(FOCUS)
        if where is None:
            break
        seen.append(where)
        assert where["outline"] != "none", where
        assert where["visible"], where
    names = [where["name"] for where in seen]
    assert names[:2] == ["Skip to the content", "Seatbill"]
    assert "Statement of account" in names


FOCUS = """() => {
    const one = document.activeElement;
    if (!one || one === document.body) return null;
    const box = one.getBoundingClientRect(), style = getComputedStyle(one);
    return {
        name: (one.getAttribute("aria-label") || one.textContent).trim().split("\\n")[0],
        outline: style.outlineStyle, visible: box.width > 0 && box.bottom > 0 && box.top < innerHeight,
    };
}"""


def in_sight(page: Page) -> bool:
    return bool(page.evaluate(FOCUS)["visible"])


def go(page: Page, name: str) -> None:
    """Follow a link of the side bar."""
    page.locator("#nav-sidebar").get_by_role("link", name=name, exact=True).click()


def field(page: Page, name: str) -> Locator:
    """Return a field of a form whose labels say the same of several."""
    return page.locator(f"[name={name}]")


def pick(page: Page, label: str, words: str) -> None:
    """Open the newest box of a label to pick from, type a part of the name, and pick what is found."""
    page.get_by_role("combobox", name=label).and_(page.locator(".select2-selection")).last.click()
    page.keyboard.type(words)
    page.get_by_role("option", name=re.compile(words, re.IGNORECASE)).first.click()


def take(page: Page, name: str) -> None:
    """Take one of the actions at the top of a page."""
    page.get_by_role("link", name=name, exact=True).locator("visible=true").first.click()


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()
