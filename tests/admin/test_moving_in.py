"""Moving in, in the admin: into shadow, the old system's invoices, line by line, and live."""

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from moneyed import Money

from invoices.models import (
    BillingCycle,
    DifferenceVerdict,
    DocumentBalance,
    Invoice,
    OldInvoice,
    OldInvoiceFile,
    OldLine,
    OpeningBalance,
    SeriesStart,
    Shadow,
)
from invoices.selectors.accounts import get_open_balance
from subscriptions.models import Organization
from subscriptions.selectors.clock import database_now
from tests.admin.conftest import logged_in
from tests.books import contents
from tests.factories.moving_in import HEADER, make_moved_in, make_moving_in, old_invoice, opening_balances
from tests.factories.subscriptions import an_organization
from tests.trail import trail_of

HOME = "/admin/invoices/billingcycle/moving-in/"
YES = {"confirmed": "yes"}
LIVE = {"ahead_is_billed": "yes", "reason": "Both agree."}


@pytest.fixture
def moving(lead):
    return make_moving_in("lantern", by=lead, now=database_now())


def words_on(page):
    return " ".join(re.sub(r"<[^>]+>", " ", page.content.decode()).split())


def of(moving, rest=""):
    return f"{HOME}{moving.organization.pk}/{rest}"


def period_page(moving):
    return of(moving, f"periods/{moving.cycle.pk}/")


def places(page):
    return re.findall(r'name="place" value="([0-9-]+)"', page.content.decode())


def file(text, name="old.csv"):
    return {"file": SimpleUploadedFile(name, text.encode())}


# --- Into shadow ------------------------------------------------------------------------------------------------------


def test_a_lead_puts_an_organization_into_shadow(as_lead, db):
    organization = an_organization("new")
    asked = {"organization": "new", "reason": "Moves in."}
    told = words_on(as_lead.post(f"{HOME}begin/", asked))
    assert "Put it into shadow" in told
    assert "Because: Moves in." in told
    assert not Shadow.objects.exists()

    page = as_lead.post(f"{HOME}begin/", asked | YES, follow=True)

    assert "New is in shadow." in words_on(page)
    assert Shadow.objects.get().organization == organization
    assert [entry.why for entry in trail_of(organization.pk)] == ["Moves in."]
    # A second click changes nothing.
    assert "each organization moves in once" in words_on(as_lead.post(f"{HOME}begin/", asked | YES, follow=True))
    assert Shadow.objects.count() == 1


def test_who_does_not_exist_is_said(as_lead):
    assert "No organization has this code." in words_on(
        as_lead.post(f"{HOME}begin/", {"organization": "x", "reason": "y"})
    )


def test_nobody_is_moving_in_yet(as_lead):
    assert "Nobody is moving in" in words_on(as_lead.get(HOME))
    assert "Nobody has gone live yet" in words_on(as_lead.get(f"{HOME}?live"))


# --- The old system's invoices ----------------------------------------------------------------------------------------


def test_a_file_is_checked_and_then_kept_once(as_lead, moving):
    text = old_invoice(moving.cycle, "lantern", number="OLD-2")
    checked = as_lead.post(f"{HOME}old-invoices/", file(text), follow=True)
    assert "Nothing is wrong with this file." in words_on(checked)
    assert "lantern 1 $274.50" in words_on(checked)
    assert OldInvoice.objects.count() == 1
    address = checked.redirect_chain[-1][0]

    assert "1 invoice of the old system kept." in words_on(as_lead.post(address, follow=True))
    assert (OldInvoice.objects.count(), OldLine.objects.count()) == (2, 6)
    again = as_lead.post(f"{HOME}old-invoices/", file(text, "other.csv"), follow=True)
    assert "The same file changes nothing any more." in words_on(again)
    assert "0 invoices of the old system kept." in words_on(as_lead.post(address, follow=True))
    assert OldInvoice.objects.count() == 2
    assert OldInvoiceFile.objects.count() == 2
    assert "Invoices of the old system kept from old.csv: 1." in [
        entry.what for entry in trail_of(moving.organization.pk)
    ]


def test_an_invoice_that_was_kept_is_passed_over(as_lead, moving):
    # Another file with the same invoice, and a new one.
    text = (
        old_invoice(moving.cycle, "lantern") + "\n" + old_invoice(moving.cycle, "lantern", number="B").split("\n", 1)[1]
    )
    checked = as_lead.post(f"{HOME}old-invoices/", file(text), follow=True)
    assert "1 of its invoices was kept before and is passed over." in words_on(checked)
    as_lead.post(checked.redirect_chain[-1][0])
    assert sorted(OldInvoice.objects.values_list("number", flat=True)) == ["B", "OLD-1"]


def test_a_mistake_names_line_and_column_and_nothing_is_kept(as_lead, moving):
    text = (
        old_invoice(moving.cycle, "lantern", number="OLD-2")
        .replace("135.00", "135,00", 1)
        .replace("OLD-2,USD", "OLD-2,XXX", 1)
    )
    checked = as_lead.post(f"{HOME}old-invoices/", file(text.replace("135,00", '"135,00"')), follow=True)
    words = words_on(checked)
    assert "2 currency XXX Nothing is billed in this currency" in words
    assert "2 unit_price 135,00 This is no number: write it with a point" in words
    refused = as_lead.post(checked.redirect_chain[-1][0], follow=True)
    assert "Something is wrong with this file" in words_on(refused)
    assert OldInvoice.objects.count() == 1


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"\xff\xfe\x00", "UTF-8"),
        (b"organization\n", "This column is missing"),
        (HEADER.encode(), "The file has no rows below its first one."),
    ],
)
def test_a_file_that_says_nothing_is_refused(as_lead, moving, content, said):
    sent = {"file": SimpleUploadedFile("old.csv", content)}
    assert said in words_on(as_lead.post(f"{HOME}old-invoices/", sent, follow=True))


def test_the_template_is_right(as_lead, moving):
    text = b"".join(as_lead.get(f"{HOME}old-invoices/template.csv")).decode()
    checked = as_lead.post(f"{HOME}old-invoices/", file(text.replace("acme", "lantern")), follow=True)
    assert "Nothing is wrong with this file." in words_on(checked)


# --- Line by line -----------------------------------------------------------------------------------------------------


def test_both_sides_are_laid_side_by_side_and_explained(as_lead, moving):
    words = words_on(as_lead.get(period_page(moving)))
    assert "Here $430.00 Old system $274.50 Difference +$155.50" in words
    assert "The old system billed 0, we counted 1." in words
    assert "Peak: 3; Committed: 2; Above the commitment: 1; When:" in words
    assert "Price $140.00 against $135.00 of the old system." in words
    assert "Paper invoice fee" in words
    assert "Only the old system billed this." in words


def test_a_difference_is_decided_about_with_a_note(as_csm, csm, moving):
    moving.organization.csms.add(csm)
    page = as_csm.get(period_page(moving))
    three = places(page)
    assert len(three) == 3
    before = contents()
    answer = as_csm.post(period_page(moving), {"place": three[0], "verdict": "ours", "note": " "}, follow=True)
    assert "Say in a note why" in words_on(answer)
    answer = as_csm.post(period_page(moving), {"place": "999-0", "verdict": "ours", "note": "x"}, follow=True)
    assert "This difference is not there any more" in words_on(answer)
    assert as_csm.post(period_page(moving), {"place": "-", "verdict": "?"}).status_code == 302
    assert contents() == before

    for place in three:
        as_csm.post(period_page(moving), {"place": place, "verdict": "ours", "note": "They were three."})
    words = words_on(as_csm.get(of(moving)))
    assert "Differs, found right" in words
    assert "Ready to go live" in words
    assert DifferenceVerdict.objects.count() == 3
    assert trail_of(moving.organization.pk)[0].why == "They were three."

    as_csm.post(period_page(moving), {"place": three[0], "verdict": "old", "note": "Not at all."})
    assert "The old system was right" in words_on(as_csm.get(of(moving)))


def test_the_file_has_every_line(as_lead, moving):
    rows = b"".join(as_lead.get(f"{HOME}differences.csv")).decode().splitlines()
    start = moving.cycle.period_start.isoformat()
    assert rows[0].startswith("organization,period_start,currency,product")
    of_first = [row for row in rows if f"lantern,{start}" in row]
    assert len(of_first) == 3
    assert any(row.endswith(",,,,1,4.5,4.5,-1,0,-4.5,only_old,,") for row in of_first)
    assert b"".join(as_lead.get(of(moving, "differences.csv"))).decode().splitlines() == rows


def test_the_shadow_bill_reads_like_an_invoice_and_explains_each_line(as_lead, moving):
    address = of(moving, f"bills/{moving.bill.pk}/")
    words = words_on(as_lead.get(address))
    assert "Not an invoice: the old system bills this." in words
    assert "$430.00" in words
    assert "3 − 2 = 1" in words_on(as_lead.get(f"{address}lines/2/"))
    assert as_lead.get(f"{address}lines/9/").status_code == 404


def test_others_do_not_see_it(as_csm, moving):
    """Its CSM is another one."""
    for address in ("", f"periods/{moving.cycle.pk}/", f"bills/{moving.bill.pk}/", "differences.csv", "go-live/"):
        assert as_csm.get(of(moving, address)).status_code == 404
    assert "Lantern" not in words_on(as_csm.get(HOME))
    assert as_csm.get(f"{HOME}begin/").status_code == 403
    assert as_csm.post(f"{HOME}old-invoices/", file(HEADER)).status_code == 403


def test_the_overview_takes_as_many_statements_for_many_as_for_one(as_lead, lead, moving):
    def statements():
        with CaptureQueriesContext(connection) as found:
            assert as_lead.get(HOME).status_code == 200
        return len(found)

    of_one = statements()
    make_moving_in("harbor", by=lead, now=database_now())
    assert statements() == of_one


def test_where_nothing_is_issued_it_is_said(as_lead, moving):
    overview = as_lead.get(f"/admin/subscriptions/organization/{moving.organization.pk}/")
    assert "In shadow: its old system bills it, and nothing is issued here" in words_on(overview)
    agreement = moving.organization.subscriptions.get()
    preview = as_lead.get(f"/admin/invoices/billingcycle/upcoming/{agreement.pk}/")
    assert "Another system still bills this: nothing is issued here for it." in words_on(preview)


# --- Live -------------------------------------------------------------------------------------------------------------


def test_only_who_may_put_somebody_into_shadow_is_told_to(as_csm, as_lead, db):
    assert "Put an organization into shadow to run" in words_on(as_lead.get(HOME))
    told = words_on(as_csm.get(HOME))
    assert "Nobody is moving in" in told
    assert "Put an organization into shadow" not in told


def test_a_lead_takes_it_live_after_seeing_what_that_means(as_lead, moving):
    running = BillingCycle.objects.get(organization=moving.organization, state="open").period_start
    asked = LIVE | {"live_from": running.isoformat()}
    assert "There are differences about which nobody has decided." in words_on(as_lead.get(of(moving, "go-live/")))
    words = words_on(as_lead.post(of(moving, "go-live/"), asked))
    assert "The old system has billed 2 × PureCloud 3 for" in words
    assert "Because: Both agree." in words
    assert Shadow.objects.get().live_from is None

    assert "It is live" in words_on(as_lead.post(of(moving, "go-live/"), asked | YES, follow=True))

    shadow = Shadow.objects.get()
    assert (shadow.live_from, shadow.ahead_is_billed, shadow.live_by.username) == (running, True, "lead")
    assert trail_of(moving.organization.pk)[0].why == "Both agree."
    assert "It is live: billed here from" in words_on(as_lead.get(of(moving, "go-live/")))
    assert "lantern" not in words_on(as_lead.get(HOME)).lower()
    assert "Lantern" in words_on(as_lead.get(f"{HOME}?live"))


def test_it_asks_for_the_password(lead, moving, client):
    client.force_login(lead)
    running = BillingCycle.objects.get(organization=moving.organization, state="open").period_start
    answer = client.post(of(moving, "go-live/"), LIVE | {"live_from": running.isoformat()} | YES)
    assert "reauthenticate" in answer["Location"]
    assert Shadow.objects.get().live_from is None
    assert logged_in(lead).get(HOME).status_code == 200
    assert Organization.objects.filter(code="lantern").exists()


# --- Opening balances -------------------------------------------------------------------------------------------------


def opening(code, *, amount="1840.00"):
    return opening_balances(code, database_now().date()).replace("1840.00", amount)


def test_opening_balances_are_checked_entered_and_carried_over(as_lead, moving):
    assert "None are entered yet." in words_on(as_lead.get(of(moving)))
    checked = as_lead.post(f"{HOME}opening-balances/", file(opening("lantern")), follow=True)
    assert "lantern Open invoice 2 $2,760.50" in words_on(checked)
    assert "lantern Credit left 1 $75.00" in words_on(checked)
    address = checked.redirect_chain[-1][0]
    assert "This field is required." in words_on(as_lead.post(address, {"reason": ""}))
    assert not OpeningBalance.objects.exists()
    assert "3 opening balances entered." in words_on(as_lead.post(address, {"reason": "As of today."}, follow=True))
    page = words_on(as_lead.get(of(moving)))
    assert "Open invoices $2,760.50 · Credits left $75.00" in page

    running = BillingCycle.objects.get(organization=moving.organization, state="open").period_start
    ask = as_lead.get(of(moving, "go-live/"))
    assert "2 open invoices of the old system are carried over: $2,760.50." in words_on(ask)
    seen = re.search(r'name="balances" value="([^"]+)"', ask.content.decode())[1]
    asked = LIVE | {"live_from": running.isoformat(), "balances": seen}
    assert "1 credit of the old system is carried over: $75.00." in words_on(
        as_lead.post(of(moving, "go-live/"), asked)
    )
    assert "It is live" in words_on(as_lead.post(of(moving, "go-live/"), asked | YES, follow=True))

    assert get_open_balance(moving.organization.pk, "USD") == Money("2685.50", "USD")
    assert "owed here since, and never billed by us" in words_on(as_lead.get(of(moving)))


def test_what_was_entered_since_it_was_asked_is_shown_again(as_lead, lead, moving):
    running = BillingCycle.objects.get(organization=moving.organization, state="open").period_start
    checked = as_lead.post(f"{HOME}opening-balances/", file(opening("lantern")), follow=True)
    as_lead.post(checked.redirect_chain[-1][0], {"reason": "As of today."})
    asked = LIVE | {"live_from": running.isoformat(), "balances": ""} | YES
    assert "look once more" in words_on(as_lead.post(of(moving, "go-live/"), asked, follow=True))
    assert Shadow.objects.get().live_from is None


def test_a_hostile_file_is_answered_with_what_to_mend(as_lead, moving):
    text = opening("lantern", amount="=HYPERLINK(0)").replace("PAY-lantern", "<script>alert(1)</script>")
    checked = as_lead.post(f"{HOME}opening-balances/", file(text), follow=True)
    assert "This is no number" in words_on(checked)
    assert "<script>alert(1)" not in checked.content.decode()
    for content in ("\x00\xff\xfe", "a" * 100, ",".join(["organization"] * 500)):
        answer = as_lead.post(f"{HOME}opening-balances/", file(content), follow=True)
        assert answer.status_code == 200
        assert "Nothing of this file is kept" in words_on(answer)
    assert not OpeningBalance.objects.exists()


def test_imported_invoices_are_handed_out_to_be_filled_in(as_lead, moving):
    answer = as_lead.get(of(moving, "opening-balances.csv"))
    text = b"".join(answer.streaming_content).decode()
    assert text.splitlines()[-1] == "lantern,invoice,OLD-1,,,USD,274.50"


def test_old_invoices_are_kept_as_a_browser_asks_for_it(as_lead, moving):
    text = old_invoice(moving.cycle, "lantern", number="OLD-2")
    checked = as_lead.post(f"{HOME}old-invoices/", file(text), follow=True)
    # A browser never sends an empty form.
    answer = as_lead.post(checked.redirect_chain[-1][0], {"csrfmiddlewaretoken": "x"}, follow=True)
    assert "1 invoice of the old system kept." in words_on(answer)


def test_a_credit_note_of_the_old_system_is_handed_out_as_a_credit(as_lead, moving):
    days = f"{moving.cycle.period_start},{moving.cycle.period_start}"
    rows = (
        f"lantern,OLD-C,USD,{days},,,Paper invoice fee,1,-4.50,-4.50,-0.50",
        f"lantern,OLD-0,USD,{days},,,Nothing,1,0.00,0.00,0",
    )
    checked = as_lead.post(f"{HOME}old-invoices/", file("\n".join([HEADER, *rows])), follow=True)
    as_lead.post(checked.redirect_chain[-1][0])
    text = b"".join(as_lead.get(of(moving, "opening-balances.csv")).streaming_content).decode()
    assert text.splitlines()[1:] == ["lantern,invoice,OLD-1,,,USD,274.50", "lantern,credit,OLD-C,,,USD,5.00"]


def test_a_file_is_withdrawn_after_seeing_what_that_means(as_lead, moving):
    address = f"{HOME}old-invoices/{moving.file.pk}/withdraw/"
    asked = {"reason": "It is another customer's."}
    assert "1 old invoice is no longer compared with." in words_on(as_lead.post(address, asked))
    assert "Withdrawn: 1 document." in words_on(as_lead.post(address, asked | YES, follow=True))
    assert "It is another customer&#x27;s." in as_lead.get(f"{HOME}old-invoices/{moving.file.pk}/").content.decode()
    assert "Not imported yet" in words_on(as_lead.get(of(moving)))
    assert "This file was withdrawn already." in words_on(as_lead.get(address))


def test_an_opening_item_is_set_right(as_lead, lead):
    organization = make_moved_in("umbra", by=lead, now=database_now())
    item = Invoice.objects.get(number="2026/umbra-1")
    address = f"{HOME}{organization.pk}/opening-items/{item.pk}/"
    assert '<input type="hidden" name="seen" value="1840.00"' in as_lead.get(address).content.decode()
    asked = {"amount": "840.00", "seen": "1840.00", "reason": "Paid to the old account."}
    too_much = words_on(as_lead.post(address, asked | {"amount": "1840.01"}))
    assert "Enter more than 0 and at most what is open." in too_much
    assert "Lower it" not in too_much
    assert "$1,000.00 instead of $1,840.00" in words_on(as_lead.post(address, asked))
    assert "$840.00 less is open" in words_on(as_lead.post(address, asked | YES, follow=True))
    assert "since this was shown: look once more" in words_on(as_lead.post(address, asked | YES, follow=True))
    assert DocumentBalance.objects.get(document=item).open == 1000
    page = words_on(as_lead.get(f"/admin/invoices/invoice/{item.pk}/change/"))
    assert "Invoice of the previous system" in page
    assert "None here: the old system has it" in page
    assert "Download PDF" not in page
    assert "Issue a credit note" not in page
    assert "In the old system" in words_on(as_lead.get("/admin/invoices/invoice/"))


def test_the_next_number_is_set_once(as_lead, moving):
    address = "/admin/invoices/numberseries/set_next_number/"
    entity = moving.organization.subscriptions.get().issuing_entity
    asked = {"series": f"{entity.pk}-invoice", "next_number": "4712", "reason": "The old system ended at 4711."}
    lower = as_lead.post(address, asked | {"next_number": "1"})
    assert "A series goes forward only" in words_on(lower)
    assert "4,711 numbers are left out for ever: INV-000001 to INV-004711." in words_on(as_lead.post(address, asked))
    page = as_lead.post(address, asked | YES, follow=True)
    assert "The next document of this series is INV-004712." in words_on(page)
    assert "INV-000001 to INV-004711" in words_on(page)
    again = as_lead.post(address, asked | {"next_number": "9000"})
    assert "that is done once" in words_on(again)
    assert SeriesStart.objects.get().next_number == 4712


def test_an_old_number_ahead_keeps_the_next_one_from_being_set(as_lead, lead, moving):
    text = old_invoice(moving.cycle, "lantern", number="INV-005000")
    checked = as_lead.post(f"{HOME}old-invoices/", file(text), follow=True)
    as_lead.post(checked.redirect_chain[-1][0])
    entity = moving.organization.subscriptions.get().issuing_entity
    asked = {"series": f"{entity.pk}-invoice", "next_number": "4712", "reason": "Moved."}
    answer = as_lead.post("/admin/invoices/numberseries/set_next_number/", asked)
    assert "The old system has given INV-005000" in words_on(answer)
    assert not SeriesStart.objects.exists()
