"""
Every address of the site, and the row of docs/permissions.md that covers it.

To add one: its path, and the words of the row. `{code}`, `{invoice}` and so on stand for rows of a customer or of the
catalog, see `world.py`. A page that writes says so with `Write`; one that only shows is expected to change nothing.
Each model of the admin is one line for its list, row, add, change, delete and history pages.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

SEE_ORGANIZATION = "organization: see"
EDIT_ORGANIZATION = "organization: create, edit legal name, tax id, address"
ERASE = "organization: delete a trial's data, erase a person"
ASK_FOR_TRIAL = "trial: ask for one"
TRIAL = "trial: end it; staff also extend it"
SEE_AGREEMENT = "agreement and its prices: see"
AGREE = "agreement: create from an accepted quote, change, cancel (previewed, with reason)"
BACK_DATE = "agreement: back-date, or price more than 20 % under the price book"
SEE_PRICES = "price book, rate deck, tax rates, allowances, issuing entity: see"
EDIT_PRICES = "price book, rate deck, tax rates, allowances, issuing entity: edit"
SERIES = "number series, record of erasures, unanswered trial requests: see"
SALES = "quotes, orders, shipments"
USE = "license use now, people, history, exports"
UPCOMING = "upcoming invoice (preview)"
WHAT_IF = "what-if"
SEE_EVENTS = "events, rejected events: see"
REPLAY = "events: replay a rejected one, retract one"
REPORT = "events: report"
DOCUMENTS = "issued documents: list, see, explanation, PDF, annex"
FROZEN = "issued documents, ledger, events, audit trail: change or delete"
NEVER = "anything else that is kept: delete it, or make it past the steps for it"
CLOSE = "cycle: close now, mend and close, release without doubtful charges"
RELEASE = "cycle held by a safety bound: release"
SWITCH = "all issuing: switch off, switch on"
SEE_SWITCH = "all issuing: see who switched it and why"
SEE_PARKED = "organization parked, as its books are wrong: see"
UNPARK = "organization parked, as its books are wrong: let it go on"
CREDIT = "credit note: up to the limit (1,000 in the currency, unless set otherwise)"
CREDIT_ABOVE = "credit note: above the limit"
PAYMENT = "payment: record, allocate, reverse; bank file"
RECORD_BY_KEY = "payment: record one, by a key that a lead gave that scope"
DUNNING = "reminders: stop, start again; promise to pay: record, take back"
SEE_BANK_FORMAT = "bank format: see how a bank writes its files"
BANK_FORMAT = "bank format: make, edit"
PAY_ONLINE = "payment: pay online (Easy Pay)"
GATEWAY_REPORTS = "payment: what the card gateway reports, by its signature"
SEE_CONTACTS = "billing contacts: see"
CHANGE_CONTACTS = "billing contacts: change"
ASK_FOR_CONTACT = "billing contacts: ask for a change"
SEND_AGAIN = "invoice mail: send again to the contacts"
MAKE_KEY = "API key, webhook: create, rotate"
REVOKE_KEY = "API key, webhook: revoke"
SEND_WEBHOOK = "webhook: what was sent; send it again, send a test, switch it on again"
PEOPLE = "people of an organization: invite, set SA or BC, remove"
STAFF = "staff, roles, assignment of CSMs"
ASK_SECOND_PERSON = "second person's approval: ask for it, see and withdraw what one asked for"
SECOND_PERSON = "second person's approval: approve, decline"
AUDIT = "audit trail: read (SA: what concerns their organization)"
REPORTS = "reports over organizations"
COMPARE_OLD = "moving in: compare with the old system, decide about a difference"
MOVE_IN = "moving in: put into shadow, old invoices and opening balances, go live"
SET_NUMBER = "number series: set the next number, once"
SEE_JOURNAL = "journal and account codes: see"
KEEP_JOURNAL = "journal: export a period; account codes: set"
INDEX = "admin index (each sees only what they may)"
HOME = "home, choice of an organization, one's own account"
SECOND_FACTOR = "one's own second factor and e-mail address: set up, change, take away"
PUBLIC = "log-in, forgotten password, the link of an invitation or a trial"
HEALTH = "health without detail, OpenAPI"
METRICS = "metrics, health with detail"

NOT_BUILT: dict[tuple[str, str], str] = {}
"""What the table grants and no address offers yet. This list may only shrink."""

YES = {"confirmed": "yes"}
WHY = {"reason": "Asked for on the phone."}
TODAY = datetime.now(tz=UTC).date()
SOON = (TODAY + timedelta(days=20)).isoformat()
LATER = (TODAY + timedelta(days=400)).isoformat()


@dataclass(frozen=True, kw_only=True)
class Write:
    """
    A page that writes what is sent to it.

    `see` is the row of the page that asks, if it is another one. `as_shown` sends the page's own form back, with `body`
    in it. `draft`: nothing of it is in force yet, so no password is asked for. `asks_first`: the page opens only to
    who has just given their password. `post_only`: there is no page, only a button on another one.
    """

    row: str
    body: Mapping[str, Any]
    see: str = ""
    as_shown: bool = False
    draft: bool = False
    asks_first: bool = False
    post_only: bool = False


@dataclass(frozen=True, kw_only=True)
class Kept:
    """
    A model of the admin; `name` is how its row stands in an address, everything else is a row of the table.

    `short` covers the address of the row without a page, which leads to `change` unless something else is there.
    `is_own`: a row is whose it is, and leads see all.
    """

    name: str
    see: str
    add: str | Write = FROZEN
    change: str | Write = FROZEN
    delete: str | Write = NEVER
    history: str = AUDIT
    short: str = INDEX
    is_own: bool = False


def edit(row: str, **body: Any) -> Write:
    """Return that a form of the admin is sent as it is shown, with `body` typed into it."""
    return Write(row=row, body=body, as_shown=True)


# --- The pages of customers and of everyone --------------------------------------------------------------------------

PAGES: dict[str, str | Write] = {
    "/": HOME,
    "/organizations/": HOME,
    "/o/{code}/": SEE_ORGANIZATION,
    "/o/{code}/licenses/": USE,
    "/o/{trial_code}/licenses/end-trial/": Write(row=TRIAL, body={}),
    "/o/{code}/licenses/people/": USE,
    "/o/{code}/licenses/person/?user={person}": USE,
    "/o/{code}/licenses/purecloud-3/people/": USE,
    "/o/{code}/events/": SEE_EVENTS,
    "/o/{code}/events/events.csv": SEE_EVENTS,
    "/o/{code}/events/rejected/": SEE_EVENTS,
    "/o/{code}/events/rejected/rejected.csv": SEE_EVENTS,
    "/o/{code}/events/rejected/{rejected}/": SEE_EVENTS,
    "/o/{code}/events/keys/": Write(row=MAKE_KEY, see=REVOKE_KEY, body={"name": "Another", "scopes": ["usage:read"]}),
    "/o/{code}/events/keys/{key}/replace/": Write(row=MAKE_KEY, body={}),
    "/o/{code}/events/keys/{key}/revoke/": Write(row=REVOKE_KEY, body={}),
    "/o/{code}/events/webhooks/": Write(
        row=MAKE_KEY,
        see=REVOKE_KEY,
        body={"name": "New", "url": "https://new.example.com/", "event_types": ["invoice.paid"]},
    ),
    "/o/{code}/events/webhooks/{webhook}/": SEND_WEBHOOK,
    "/o/{code}/events/webhooks/{webhook}/rotate/": Write(row=MAKE_KEY, body={"rotations": "0"}),
    "/o/{code}/events/webhooks/{webhook}/revoke/": Write(row=REVOKE_KEY, body={}),
    "/o/{code}/events/webhooks/{webhook}/test/": Write(row=SEND_WEBHOOK, body={}, post_only=True),
    "/o/{code}/events/webhooks/{webhook_off}/switch-on/": Write(row=SEND_WEBHOOK, body={}, post_only=True),
    "/o/{code}/events/webhooks/sent/{message}/": SEND_WEBHOOK,
    "/o/{code}/events/webhooks/sent/{message}/again/": Write(row=SEND_WEBHOOK, body={"times": "0"}, post_only=True),
    "/o/{code}/upcoming/": UPCOMING,
    "/o/{code}/upcoming/lines/1/": UPCOMING,
    "/o/{code}/upcoming/lines/1/evidence.csv": UPCOMING,
    "/o/{code}/periods/": USE,
    "/o/{code}/periods/report/": USE,
    "/o/{code}/periods/report.csv": USE,
    "/o/{code}/periods/{start}/": USE,
    "/o/{code}/periods/{start}/people/": USE,
    "/o/{code}/periods/{start}/person/?user={person}": USE,
    "/o/{code}/periods/{start}/billable-usage.csv": USE,
    "/o/{code}/changes/": AUDIT,
    "/o/{code}/changes/changes.csv": AUDIT,
    "/o/{code}/prices/": SEE_AGREEMENT,
    "/o/{code}/prices/prices.csv": SEE_AGREEMENT,
    "/o/{code}/prices/prices.xlsx": SEE_AGREEMENT,
    "/o/{code}/invoices/": DOCUMENTS,
    "/o/{code}/invoices/how-to-read/": DOCUMENTS,
    "/o/{code}/invoices/statement/": DOCUMENTS,
    "/o/{code}/invoices/statement.csv": DOCUMENTS,
    "/o/{code}/invoices/{carried}/carried-over/": DOCUMENTS,
    "/o/{code}/invoices/{number}/": DOCUMENTS,
    "/o/{code}/invoices/{number}/pdf": DOCUMENTS,
    "/o/{code}/invoices/{number}/factur-x.xml": DOCUMENTS,
    "/o/{code}/invoices/{number}/lines.csv": DOCUMENTS,
    "/o/{code}/invoices/{number}/lines/1/": DOCUMENTS,
    "/o/{code}/invoices/{number}/lines/1/evidence.csv": DOCUMENTS,
    "/o/{code}/invoices/{number}/send-again": Write(row=SEND_AGAIN, body={"times": "0"}, post_only=True),
    "/o/{code}/invoices/{number}/pay": Write(row=PAY_ONLINE, body={"seen": "{to_pay}"}),
    "/o/{code}/invoices/paying/{paying}/": PAY_ONLINE,
    "/o/{code}/invoices/paying/{paying}/test-gateway/": Write(row=PAY_ONLINE, body={"card": "declined"}),
    "/webhooks/stripe/": GATEWAY_REPORTS,
    "/o/{code}/contacts/": Write(
        row=ASK_FOR_CONTACT,
        see=SEE_CONTACTS,
        body={"action": "add", "name": "Bea", "email": "bea@example.com", "language": "en"},
    ),
    "/o/{code}/members/": Write(row=PEOPLE, body={"email": "eve@example.com", "billing_contact": "on"}),
    "/o/{code}/members/{membership}/": Write(row=PEOPLE, body={"billing_contact": "on"}, post_only=True),
    "/o/{code}/members/{membership}/remove/": Write(row=PEOPLE, body={}),
    "/o/{code}/invitations/{invitation}/again/": Write(row=PEOPLE, body={}, post_only=True),
    "/o/{code}/invitations/{invitation}/withdraw/": Write(row=PEOPLE, body={}, post_only=True),
    "/invitations/{invitation_token}/": PUBLIC,
    "/trial/": Write(
        row=ASK_FOR_TRIAL,
        body={
            "company": "Another",
            "contact_name": "Ann Other",
            "email": "ann@another.test",
            "country": "US",
            "region": "us-east-1",
            "language": "en",
        },
    ),
    "/trial/asked/": PUBLIC,
    "/language/": PUBLIC,
    "/favicon.ico": PUBLIC,
    "/trial/{trial_link}/": Write(
        row=PUBLIC, body={"new_password1": "a long and new secret", "new_password2": "a long and new secret"}
    ),
    # --- The account of whoever is logged in, and the way in.
    "/account/login/": PUBLIC,
    "/account/login/code/confirm/": PUBLIC,
    "/account/logout/": PUBLIC,
    "/account/inactive/": PUBLIC,
    "/account/signup/": PUBLIC,
    "/account/confirm-email/": PUBLIC,
    "/account/confirm-email/a-key/": PUBLIC,
    "/account/password/reset/": PUBLIC,
    "/account/password/reset/done/": PUBLIC,
    "/account/password/reset/key/1-a-key/": PUBLIC,
    "/account/password/reset/key/done/": PUBLIC,
    "/account/two-factor/authenticate/": PUBLIC,
    "/account/reauthenticate/": HOME,
    "/account/reauthenticate/code/": HOME,
    "/account/reauthenticate/code/confirm/": HOME,
    "/account/two-factor/reauthenticate/": HOME,
    "/account/password/change/": HOME,
    "/account/password/set/": HOME,
    "/account/two-factor/": HOME,
    # That a change asks for the password is tested with logging in: what the library copies hides it from the walk.
    "/account/email/": HOME,
    "/account/two-factor/totp/activate/": SECOND_FACTOR,
    "/account/two-factor/totp/deactivate/": SECOND_FACTOR,
    "/account/two-factor/recovery-codes/": SECOND_FACTOR,
    "/account/two-factor/recovery-codes/generate/": SECOND_FACTOR,
    "/account/two-factor/recovery-codes/download/": SECOND_FACTOR,
    # --- The API.
    "/api/v1/openapi.json": HEALTH,
    "/health": HEALTH,
    "/health/detail": METRICS,
    "/metrics": METRICS,
    "/api/v1/docs": HEALTH,
    "/api/v1/": HEALTH,
    "/api/v1/events": Write(
        row=REPORT,
        body={
            "specversion": "1.0",
            "id": "walk",
            "source": "/walk",
            "type": "user.logged_in",
            "subject": "ann",
            "time": f"{TODAY - timedelta(days=1)}T14:00:00Z",
            "data": {"session": "walk", "client": "desktop"},
            "organization": "{code}",
        },
        post_only=True,
    ),
    "/api/v1/organizations": SEE_ORGANIZATION,
    "/api/v1/organizations/{code}": SEE_ORGANIZATION,
    "/api/v1/organizations/{code}/subscriptions": SEE_AGREEMENT,
    "/api/v1/organizations/{code}/subscriptions/{subscription}": SEE_AGREEMENT,
    "/api/v1/organizations/{code}/usage": USE,
    "/api/v1/organizations/{code}/usage/snapshots": USE,
    "/api/v1/organizations/{code}/usage/snapshots/{snapshot}": USE,
    "/api/v1/organizations/{code}/usage/snapshots/{snapshot}/people": USE,
    "/api/v1/organizations/{code}/billing-cycles": USE,
    "/api/v1/organizations/{code}/billing-cycles/{cycle}": USE,
    "/api/v1/organizations/{code}/invoices": DOCUMENTS,
    "/api/v1/organizations/{code}/invoices/{invoice}": DOCUMENTS,
    "/api/v1/organizations/{code}/invoices/{invoice}/lines": DOCUMENTS,
    "/api/v1/organizations/{code}/invoices/{invoice}/lines/1/explanation": DOCUMENTS,
    "/api/v1/organizations/{code}/invoices/{invoice}/pdf": DOCUMENTS,
    "/api/v1/organizations/{code}/credit-notes": DOCUMENTS,
    "/api/v1/organizations/{code}/credit-notes/{credit_note}": DOCUMENTS,
    "/api/v1/organizations/{code}/credit-notes/{credit_note}/lines": DOCUMENTS,
    "/api/v1/organizations/{code}/credit-notes/{credit_note}/lines/1/explanation": DOCUMENTS,
    "/api/v1/organizations/{code}/credit-notes/{credit_note}/pdf": DOCUMENTS,
    "/api/v1/organizations/{code}/payments": Write(
        row=RECORD_BY_KEY,
        see=DOCUMENTS,
        body={
            "amount": "10.00",
            "currency": "USD",
            "method": "wire",
            "reference": "WALK-1",
            "received_on": TODAY.isoformat(),
        },
    ),
    "/api/v1/organizations/{code}/payments/{payment}": DOCUMENTS,
    "/api/v1/billing/reports/billableusage?startDate={start}&endDate={start}&organization={code}": USE,
    "/api/v1/billing/subscriptionoverview?organization={code}": SEE_AGREEMENT,
    "/api/v1/billing/trusteebillingoverview/{code}": SEE_AGREEMENT,
}

# --- The admin: its own pages, and those beside the rows of a model --------------------------------------------------

PAGES |= {
    "/admin/": INDEX,
    "/admin/login/": INDEX,
    "/admin/logout/": INDEX,
    "/admin/search/?s=a": INDEX,
    "/admin/machinery/": METRICS,
    "/admin/autocomplete/": INDEX,
    "/admin/jsi18n/": INDEX,
    "/admin/password_change/": INDEX,
    "/admin/password_change/done/": INDEX,
    "/admin/r/1/1/": INDEX,
    "/admin/subscriptions/": INDEX,
    "/admin/nothing-here/": INDEX,
    "/admin/subscriptions/organization/none/": INDEX,
    "/admin/subscriptions/savedfilter/save/invoices_invoice/?currency__exact=USD": Write(
        row=INDEX, body={"name": "In dollars"}
    ),
    "/admin/invoices/billingcycle/review/": REPORTS,
    "/admin/invoices/billingcycle/moving-in/": COMPARE_OLD,
    "/admin/invoices/billingcycle/moving-in/differences.csv": COMPARE_OLD,
    "/admin/invoices/billingcycle/moving-in/{moving}/": COMPARE_OLD,
    "/admin/invoices/billingcycle/moving-in/{moving}/differences.csv": COMPARE_OLD,
    "/admin/invoices/billingcycle/moving-in/{moving}/periods/{moving_cycle}/": Write(
        row=COMPARE_OLD, body={"place": "{moving_place}", "verdict": "ours", "note": "They were three."}
    ),
    "/admin/invoices/billingcycle/moving-in/{moving}/bills/{shadow_bill}/": COMPARE_OLD,
    "/admin/invoices/billingcycle/moving-in/{moving}/bills/{shadow_bill}/lines/1/": COMPARE_OLD,
    "/admin/invoices/billingcycle/moving-in/begin/": Write(
        row=MOVE_IN, body={"organization": "{new_code}", **WHY, **YES}
    ),
    "/admin/invoices/billingcycle/moving-in/old-invoices/": Write(
        row=MOVE_IN, body={"file": b"organization\n"}, draft=True
    ),
    "/admin/invoices/billingcycle/moving-in/old-invoices/template.csv": MOVE_IN,
    "/admin/invoices/billingcycle/moving-in/old-invoices/{old_file}/": Write(row=MOVE_IN, body={}),
    "/admin/invoices/billingcycle/moving-in/old-invoices/{kept_file}/withdraw/": Write(
        row=MOVE_IN, body={**WHY, **YES}
    ),
    "/admin/invoices/billingcycle/moving-in/opening-balances/": Write(
        row=MOVE_IN, body={"file": b"organization\n"}, draft=True
    ),
    "/admin/invoices/billingcycle/moving-in/opening-balances/template.csv": MOVE_IN,
    "/admin/invoices/billingcycle/moving-in/{moving}/opening-balances.csv": MOVE_IN,
    "/admin/invoices/billingcycle/moving-in/{moved}/opening-items/{opening_item}/": Write(
        row=MOVE_IN, body={"amount": "1.00", "seen": "1840.00", **WHY, **YES}
    ),
    "/admin/invoices/numberseries/set_next_number/": Write(
        row=SET_NUMBER, body={"series": "{issuingentity}-invoice", "next_number": "5000", **WHY, **YES}
    ),
    "/admin/invoices/billingcycle/moving-in/{moving}/go-live/": Write(
        row=MOVE_IN, body={"live_from": "{live_from}", "ahead_is_billed": "yes", **WHY, **YES}
    ),
    "/admin/reports/": REPORTS,
    "/admin/reports/billed/": REPORTS,
    "/admin/reports/billed/months.csv": REPORTS,
    "/admin/reports/recurring/": REPORTS,
    "/admin/reports/recurring/organizations.csv": REPORTS,
    "/admin/reports/commitments/": REPORTS,
    "/admin/reports/commitments/rows.csv": REPORTS,
    "/admin/reports/deferred/": REPORTS,
    "/admin/reports/deferred/months.csv": REPORTS,
    "/admin/reports/deferred/lines.csv": REPORTS,
    "/admin/reports/journal/": Write(
        row=KEEP_JOURNAL,
        see=SEE_JOURNAL,
        body={"first_day": "{journal_first_day}", "last_day": "{journal_last_day}", "seen": "{journal_seen}"},
    ),
    "/admin/reports/journal/{journal}.csv": SEE_JOURNAL,
    "/admin/reports/account-codes/": Write(row=KEEP_JOURNAL, see=SEE_JOURNAL, body={"code-cash": "1010"}),
    "/admin/subscriptions/order/{order}/ship/": Write(
        row=SALES,
        body={"shipped_on": TODAY.isoformat(), "quantity": "1", "shipped_before": "7", **WHY, **YES},
    ),
    "/admin/subscriptions/organization/{organization}/change_contact/": Write(
        row=CHANGE_CONTACTS,
        body={"action": "add", "name": "Bea", "email": "bea@example.com", "language": "en", **WHY, **YES},
    ),
    "/admin/subscriptions/contactrequest/{request}/apply/": Write(
        row=CHANGE_CONTACTS,
        body={"action": "add", "name": "Bea", "email": "bea@example.com", "language": "en", **WHY, **YES},
    ),
    "/admin/subscriptions/contactrequest/{request}/decline/": Write(row=CHANGE_CONTACTS, body={"answer": "Not yet."}),
    "/admin/subscriptions/subscription/{subscription}/change_terms/": Write(
        row=AGREE, body={"product": "purecloud-3", "effective_date": LATER, "commitment": "5", **WHY, **YES}
    ),
    "/admin/subscriptions/subscription/{subscription}/change_the_tier/": Write(
        row=AGREE,
        body={"product": "purecloud-2", "effective_date": LATER, "commitment": "5", "price": "90", **WHY, **YES},
    ),
    "/admin/subscriptions/subscription/{subscription}/cancel/": Write(
        row=AGREE, body={"last_service_date": LATER, **WHY, **YES}
    ),
    "/admin/subscriptions/subscription/{cancelled}/take_cancellation_back/": Write(row=AGREE, body={**WHY, **YES}),
    "/admin/subscriptions/quote/{quote}/issue/": Write(row=SALES, body=YES),
    "/admin/subscriptions/quote/{issued_quote}/accept/": Write(
        row=SALES, body={"customer": "Ada Obi", "words": "Signed.", **YES}
    ),
    "/admin/subscriptions/quote/{issued_quote}/decline/": Write(row=SALES, body={"words": "Too dear.", **YES}),
    "/admin/subscriptions/quote/{accepted_quote}/process/": Write(row=AGREE, see=SALES, body=YES),
    "/admin/subscriptions/quote/{back_dated_quote}/process/": Write(row=BACK_DATE, see=SALES, body=YES),
    "/admin/subscriptions/quote/{issued_quote}/download_pdf/": SALES,
    "/admin/subscriptions/quote/{issued_quote}/copy/": Write(row=SALES, body=YES),
    "/admin/subscriptions/trial/{trial}/extend/": Write(row=TRIAL, body={"last_day": LATER}),
    "/admin/subscriptions/trial/{trial}/end_now/": Write(row=TRIAL, body={}),
    "/admin/subscriptions/trial/{trial}/convert/": AGREE,
    "/admin/subscriptions/trial/{trial}/remove/": Write(row=ERASE, body={"typed": "{trial_code}", **WHY}),
    "/admin/auth/user/{user}/erase/": Write(row=ERASE, body={"typed": "{code}-finance", **WHY}),
    "/admin/auth/user/{user}/password/": Write(
        row=STAFF,
        body={
            "usable_password": "true",
            "password1": "a long and new secret",
            "password2": "a long and new secret",
            "set-password": "yes",
        },
        asks_first=True,
    ),
    "/admin/subscriptions/priceimport/import_book/": EDIT_PRICES,
    "/admin/subscriptions/priceimport/import_rates/": EDIT_PRICES,
    "/admin/subscriptions/priceimport/import_taxes/": EDIT_PRICES,
    "/admin/subscriptions/priceimport/{upload}/confirm/": Write(row=EDIT_PRICES, body={"basis": "seen"}),
    "/admin/subscriptions/priceimport/{upload}/discard/": Write(row=EDIT_PRICES, body={}, draft=True),
    "/admin/subscriptions/priceimport/{upload}/download/": EDIT_PRICES,
    "/admin/subscriptions/pricebook/import_file/": EDIT_PRICES,
    "/admin/subscriptions/pricebook/{pricebook}/download_csv/": SEE_PRICES,
    "/admin/subscriptions/pricebook/{pricebook}/download_xlsx/": SEE_PRICES,
    "/admin/subscriptions/taxauthority/import_file/": EDIT_PRICES,
    "/admin/subscriptions/taxauthority/download_csv/": SEE_PRICES,
    "/admin/subscriptions/taxauthority/download_xlsx/": SEE_PRICES,
    "/admin/subscriptions/voiceratedeck/{voiceratedeck}/import_rates/": EDIT_PRICES,
    "/admin/subscriptions/voiceratedeck/{voiceratedeck}/add_version/": EDIT_PRICES,
    "/admin/subscriptions/voiceratedeckversion/{voiceratedeckversion}/show_rates/": SEE_PRICES,
    "/admin/subscriptions/voiceratedeckversion/{voiceratedeckversion}/download_csv/": SEE_PRICES,
    "/admin/subscriptions/voiceratedeckversion/{voiceratedeckversion}/download_xlsx/": SEE_PRICES,
    "/admin/subscriptions/approval/{draft_approval}/ask/": Write(row=ASK_SECOND_PERSON, body=WHY),
    "/admin/subscriptions/approval/{own_approval}/withdraw/": Write(row=ASK_SECOND_PERSON, body={"answer": "No."}),
    "/admin/subscriptions/approval/{others_approval}/approve/": Write(row=SECOND_PERSON, body=YES),
    "/admin/subscriptions/approval/{others_approval}/decline/": Write(row=SECOND_PERSON, body={"answer": "No."}),
    "/admin/subscriptions/webhookendpoint/{webhook}/deliveries/": SEND_WEBHOOK,
    "/admin/subscriptions/webhookendpoint/{webhook}/test/": Write(row=SEND_WEBHOOK, body={}),
    "/admin/subscriptions/webhookendpoint/{webhook_off}/turn_on/": Write(row=SEND_WEBHOOK, body={}),
    "/admin/subscriptions/webhookendpoint/{webhook}/rotate/": Write(row=MAKE_KEY, body={"rotations": "0"}),
    "/admin/subscriptions/webhookendpoint/{webhook}/revoke_this/": Write(row=REVOKE_KEY, body={}),
    "/admin/subscriptions/webhookdelivery/{message}/send_this_again/": Write(row=SEND_WEBHOOK, body={}),
    "/admin/usage/rejectedevent/{rejected}/send_this_again/": Write(row=REPLAY, body={}),
    "/admin/usage/ingestionkey/{key}/revoke_this/": Write(row=REVOKE_KEY, body={}),
    "/admin/invoices/billingcycle/upcoming/of-organization/{organization}/": UPCOMING,
    "/admin/invoices/billingcycle/upcoming/{subscription}/": UPCOMING,
    "/admin/invoices/billingcycle/upcoming/{subscription}/lines/1/": UPCOMING,
    "/admin/invoices/billingcycle/upcoming/{subscription}/lines/1/evidence.csv": UPCOMING,
    "/admin/invoices/billingcycle/what-if/of-organization/{organization}/": WHAT_IF,
    "/admin/invoices/billingcycle/what-if/{subscription}/": WHAT_IF,
    "/admin/invoices/billingcycle/what-if/{subscription}/what-if.csv?periods=1": WHAT_IF,
    "/admin/invoices/billingcycle/{cycle}/preview_this/": UPCOMING,
    "/admin/invoices/billingcycle/{cycle}/try_this_again/": Write(row=CLOSE, body={**WHY, **YES}),
    "/admin/invoices/billingcycle/{cycle}/decide/": Write(
        row=CLOSE, body={"answer": "unpriced_product:leave_out", **WHY, **YES}
    ),
    "/admin/invoices/billingcycle/{absurd_cycle}/release/": Write(row=RELEASE, body=WHY),
    "/admin/invoices/issuingswitch/turn/": Write(row=SWITCH, body={"to": "off", **WHY, **YES}),
    "/admin/invoices/parking/{parking}/let_go_on/": Write(row=UNPARK, body=WHY),
    "/admin/invoices/toolateusage/{late}/events/": SEE_EVENTS,
    "/admin/invoices/toolateusage/{late}/show_events/": SEE_EVENTS,
    "/admin/invoices/toolateusage/{late}/settle_this/": Write(row=CLOSE, body=WHY),
    "/admin/invoices/invoice/{invoice}/lines/1/": DOCUMENTS,
    "/admin/invoices/invoice/{invoice}/lines/1/evidence.csv": DOCUMENTS,
    "/admin/invoices/invoice/{invoice}/download_pdf/": DOCUMENTS,
    "/admin/invoices/invoice/{invoice}/factur-x.xml": DOCUMENTS,
    "/admin/invoices/invoice/{invoice}/send_again/?times=0": Write(row=SEND_AGAIN, body={}),
    "/admin/invoices/invoice/{invoice}/issue_credit_note/": Write(
        row=CREDIT, body={"place": "1", "scope": "whole", "confirmed": "", **WHY}
    ),
    "/admin/invoices/invoice/{dear_invoice}/issue_credit_note/": Write(
        row=CREDIT_ABOVE, see=CREDIT, body={"place": "1", "scope": "whole", "confirmed": "", **WHY}
    ),
    "/admin/invoices/payment/{payment}/allocate/": Write(
        row=PAYMENT, body={"share-{invoice}": "1.00", "seen": "{invoice}:1.00"}
    ),
    "/admin/invoices/payment/{payment}/reverse/": Write(row=PAYMENT, body=WHY),
    "/admin/invoices/gatewaynotice/{notice}/settle_this/": Write(row=PAYMENT, body=WHY),
    "/admin/invoices/invoice/ageing/": REPORTS,
    "/admin/invoices/invoice/ageing/ageing.csv": REPORTS,
    "/admin/invoices/invoice/ageing/ageing.xlsx": REPORTS,
    "/admin/invoices/invoice/{invoice}/record_promise/": DUNNING,
    "/admin/invoices/dunningstop/of-organization/{organization}/": Write(row=DUNNING, body={**WHY, **YES}),
    "/admin/invoices/dunningstop/{stop}/start_again/": Write(row=DUNNING, body=WHY),
    "/admin/invoices/paymentpromise/of-organization/{organization}/": Write(
        row=DUNNING, body={"invoices": "{invoice}", "promised_on": SOON, "promised_by": "Ms. Ito", **YES}
    ),
    "/admin/invoices/paymentpromise/{promise}/take_back/": Write(row=DUNNING, body=WHY),
    "/admin/invoices/payment/{withheld_payment}/keep_certificate/": Write(
        row=PAYMENT, body={"number": "WHT-7", "dated": TODAY.isoformat()}, asks_first=True
    ),
    "/admin/invoices/payment/{certified_payment}/show_certificate/": DOCUMENTS,
    "/admin/invoices/bankfile/{bankfile}/confirm/": Write(row=PAYMENT, body={"seen": "{bank_seen}"}),
    "/admin/invoices/bankfile/{bankfile}/discard/": Write(row=PAYMENT, body={}, draft=True),
    "/admin/invoices/bankline/{bankline}/assign/": Write(
        row=PAYMENT, body={"organization": "{organization}", "confirmed": "yes", "seen": ""}
    ),
    "/admin/invoices/bankline/{bankline}/set_aside/": Write(row=PAYMENT, body=WHY),
    "/admin/invoices/bankline/{aside_line}/take_up/": Write(row=PAYMENT, body={}),
}

# --- The models of the admin -----------------------------------------------------------------------------------------

MODELS: dict[str, Kept] = {
    "subscriptions.account": Kept(
        name="account",
        see=SEE_ORGANIZATION,
        add=edit(EDIT_ORGANIZATION, name="New group"),
        change=edit(EDIT_ORGANIZATION),
    ),
    "subscriptions.organization": Kept(
        name="organization",
        see=SEE_ORGANIZATION,
        add=edit(EDIT_ORGANIZATION, name="New", code="new", legal_name="New, Inc.", country="US", account="{account}"),
        change=edit(EDIT_ORGANIZATION),
        short=SEE_ORGANIZATION,
    ),
    "subscriptions.savedfilter": Kept(
        name="savedfilter",
        see=INDEX,
        change=edit(INDEX),
        delete=Write(row=INDEX, body={"post": "yes"}),
        history=INDEX,
    ),
    "subscriptions.trialrequest": Kept(name="trialrequest", see=SERIES, history=SERIES),
    "subscriptions.trial": Kept(name="trial", see=TRIAL, add=edit(ASK_FOR_TRIAL, organization="{untried}", days="30")),
    "subscriptions.contactrequest": Kept(name="request", see=SEE_CONTACTS),
    "subscriptions.outgoingmail": Kept(name="mail", see=SEND_AGAIN),
    "subscriptions.quote": Kept(
        name="quote",
        see=SALES,
        add=edit(SALES, organization="{organization}", issuing_entity="{issuingentity}", currency="USD"),
        change=edit(SALES),
    ),
    "subscriptions.subscription": Kept(
        name="subscription",
        see=SEE_AGREEMENT,
        add=edit(
            AGREE,
            organization="{untried}",
            issuing_entity="{issuingentity}",
            effective_date=LATER,
            currency="USD",
            commercial_model="MONTH_TO_MONTH",
            licensing_model="named",
        ),
        change=edit(AGREE),
    ),
    "subscriptions.order": Kept(name="order", see=SALES, add=NEVER, change=edit(SALES)),
    "subscriptions.auditentry": Kept(name="entry", see=AUDIT, delete=FROZEN),
    "subscriptions.erasure": Kept(name="erasure", see=SERIES, history=SERIES),
    "subscriptions.approval": Kept(name="own_approval", see=ASK_SECOND_PERSON, is_own=True),
    "subscriptions.product": Kept(
        name="product",
        see=SEE_PRICES,
        add=edit(EDIT_PRICES, code="extra", name="Extra", kind="add_on"),
        change=edit(EDIT_PRICES, name="Another"),
    ),
    "subscriptions.pricebook": Kept(
        name="pricebook",
        see=SEE_PRICES,
        add=edit(EDIT_PRICES, currency="USD", effective_date=LATER, name="New"),
        change=edit(EDIT_PRICES, name="Another"),
    ),
    "subscriptions.issuingentity": Kept(
        name="issuingentity",
        see=SEE_PRICES,
        add=edit(EDIT_PRICES, legal_name="New, Inc.", code="new", address="1 Main Street", country="US"),
        change=edit(EDIT_PRICES, legal_name="Another, Inc."),
    ),
    "subscriptions.taxauthority": Kept(
        name="taxauthority",
        see=SEE_PRICES,
        add=edit(EDIT_PRICES, name="Ohio"),
        change=edit(EDIT_PRICES, name="Another"),
    ),
    "subscriptions.voiceratedeck": Kept(
        name="voiceratedeck",
        see=SEE_PRICES,
        add=edit(EDIT_PRICES, name="New", currency="USD"),
        change=edit(EDIT_PRICES, name="Another"),
    ),
    "subscriptions.voiceratedeckversion": Kept(
        name="voiceratedeckversion",
        see=SEE_PRICES,
        add=edit(EDIT_PRICES, deck="{voiceratedeck}", effective_date=LATER, increment_seconds="60"),
        change=edit(EDIT_PRICES, increment_seconds="30"),
    ),
    "subscriptions.voicerate": Kept(
        name="voicerate",
        see=SEE_PRICES,
        add=edit(
            EDIT_PRICES,
            version="{voiceratedeckversion}",
            direction="outbound",
            prefix="+34",
            destination="Spain",
            per_minute="0.02",
        ),
        change=edit(EDIT_PRICES, per_minute="0.07"),
        delete=Write(row=EDIT_PRICES, body={"post": "yes"}),
    ),
    "subscriptions.priceimport": Kept(
        name="priceimport",
        see=EDIT_PRICES,
        add=Write(
            row=EDIT_PRICES,
            body={
                "currency": "USD",
                "effective_date": LATER,
                "scope": "complete",
                "file": b"product,price\npurecloud-3,140\n",
            },
            draft=True,
        ),
        history=EDIT_PRICES,
    ),
    "auth.user": Kept(
        name="user",
        see=STAFF,
        add=Write(
            row=STAFF,
            body={
                "username": "new",
                "usable_password": "true",
                "password1": "a long and new secret",
                "password2": "a long and new secret",
            },
            as_shown=True,
            asks_first=True,
        ),
        change=edit(STAFF),
        history=STAFF,
    ),
    "auth.group": Kept(name="group", see=STAFF, add=edit(STAFF, name="New team"), change=edit(STAFF), history=STAFF),
    "usage.usageevent": Kept(name="event", see=SEE_EVENTS, delete=FROZEN),
    "usage.rejectedevent": Kept(name="rejected", see=SEE_EVENTS, delete=FROZEN),
    "usage.usagesnapshot": Kept(name="snapshot", see=USE, delete=FROZEN),
    "usage.ingestionkey": Kept(
        name="key",
        see=REVOKE_KEY,
        add=edit(MAKE_KEY, organization="{organization}", name="New", scopes=["usage:read"]),
        change=edit(MAKE_KEY, events_per_second="500"),
    ),
    "subscriptions.webhookendpoint": Kept(
        name="webhook",
        see=REVOKE_KEY,
        add=edit(
            MAKE_KEY,
            organization="{organization}",
            name="New",
            url="https://new.example.com/",
            event_types=["invoice.paid"],
        ),
    ),
    "subscriptions.webhookdelivery": Kept(name="message", see=SEND_WEBHOOK),
    "invoices.billingcycle": Kept(name="cycle", see=USE),
    "invoices.termssnapshot": Kept(name="terms", see=SEE_AGREEMENT, delete=FROZEN),
    "invoices.periodcorrection": Kept(name="correction", see=DOCUMENTS, delete=FROZEN),
    "invoices.cycleexception": Kept(name="exception", see=USE),
    "invoices.toolateusage": Kept(name="late", see=SEE_EVENTS),
    "invoices.invoice": Kept(name="invoice", see=DOCUMENTS, delete=FROZEN),
    "invoices.ledgertransaction": Kept(name="transaction", see=DOCUMENTS, delete=FROZEN),
    "invoices.cardpayment": Kept(name="cardpayment", see=DOCUMENTS),
    "invoices.gatewaynotice": Kept(name="notice", see=DOCUMENTS),
    "invoices.payment": Kept(
        name="payment",
        see=DOCUMENTS,
        add=Write(
            row=PAYMENT,
            body={
                "organization": "{organization}",
                "currency": "USD",
                "amount": "10.00",
                "method": "check",
                "reference": "CHECK-4711",
                "received_on": TODAY.isoformat(),
                "confirmed": "",
                "seen": "",
            },
        ),
        delete=FROZEN,
    ),
    "invoices.reminder": Kept(name="reminder", see=DOCUMENTS, delete=FROZEN),
    "invoices.dunningstop": Kept(name="stop", see=DOCUMENTS, delete=FROZEN),
    "invoices.paymentpromise": Kept(name="promise", see=DOCUMENTS, delete=FROZEN),
    "invoices.bankformat": Kept(
        name="bankformat",
        see=SEE_BANK_FORMAT,
        add=edit(BANK_FORMAT, name="Another", account="1", currency="USD", date_column="D", amount_column="A"),
        change=edit(BANK_FORMAT),
    ),
    "invoices.bankfile": Kept(
        name="bankfile",
        see=PAYMENT,
        add=Write(row=PAYMENT, body={"bank_format": "", "file": b"<Document/>"}, draft=True),
    ),
    "invoices.bankline": Kept(name="bankline", see=PAYMENT),
    "invoices.numberseries": Kept(name="series", see=SERIES, history=SERIES),
    "invoices.issuingswitch": Kept(name="turn", see=SEE_SWITCH, delete=FROZEN, history=SEE_SWITCH),
    "invoices.parking": Kept(name="parking", see=SEE_PARKED, delete=FROZEN, history=SEE_PARKED),
}

# --- What is done to the chosen rows of a list, and written in tables on another row's page --------------------------

LIST_ACTIONS: dict[tuple[str, str], Write] = {
    ("usage.rejectedevent", "send_again"): Write(row=REPLAY, body={}),
    ("usage.ingestionkey", "revoke"): Write(row=REVOKE_KEY, body=YES),
    ("subscriptions.webhookendpoint", "revoke"): Write(row=REVOKE_KEY, body=YES),
    ("subscriptions.webhookdelivery", "send_again"): Write(row=SEND_WEBHOOK, body={}),
    ("subscriptions.outgoingmail", "send_now"): Write(row=SEND_AGAIN, body={}),
    ("invoices.billingcycle", "try_again"): Write(row=CLOSE, body={}),
    ("invoices.toolateusage", "settle_several"): Write(row=CLOSE, body=WHY),
}

INLINES: dict[tuple[str, str], str] = {
    ("subscriptions.organization", "subscriptions.membership"): PEOPLE,
    ("subscriptions.organization", "subscriptions.organizationtax"): EDIT_ORGANIZATION,
    ("subscriptions.organization", "subscriptions.exemptioncertificate"): EDIT_ORGANIZATION,
    ("subscriptions.quote", "subscriptions.quoteprice"): SALES,
    ("subscriptions.quote", "subscriptions.quoteallowance"): SALES,
    ("subscriptions.quote", "subscriptions.quoteitem"): SALES,
    ("subscriptions.subscription", "subscriptions.subscriptionprice"): AGREE,
    ("subscriptions.subscription", "subscriptions.subscriptionallowance"): AGREE,
    ("subscriptions.order", "subscriptions.shipment"): SALES,
    ("subscriptions.pricebook", "subscriptions.pricebookentry"): EDIT_PRICES,
    ("subscriptions.taxauthority", "subscriptions.authorityrate"): EDIT_PRICES,
    ("subscriptions.issuingentity", "subscriptions.bankaccount"): EDIT_PRICES,
}


@dataclass(frozen=True, kw_only=True)
class Address:
    """An address, the row that covers looking at it, and what is sent to it, if anything."""

    path: str
    see: str
    write: Write | None = None

    def __str__(self) -> str:
        """Return what names it in a test's name."""
        action = self.write.body.get("action", "") if self.write and self.path.endswith("/") else ""
        return f"{self.path} {action}".strip() if self.path.startswith("/admin/") else self.path


def addresses() -> Iterator[Address]:
    """Yield every address of the site."""
    for path, covered in PAGES.items():
        yield _address(path, covered)
    for label, kept in MODELS.items():
        yield from _of_model(f"/admin/{label.replace('.', '/')}/", kept)
    for (label, action), write in LIST_ACTIONS.items():
        chosen = {"action": action, "_selected_action": f"{{{MODELS[label].name}}}"}
        body = Write(row=write.row, body={**chosen, **write.body})
        yield Address(path=f"/admin/{label.replace('.', '/')}/", see=MODELS[label].see, write=body)


def _of_model(folder: str, kept: Kept) -> Iterator[Address]:
    row = f"{folder}{{{kept.name}}}/"
    yield Address(path=folder, see=kept.see)
    yield _address(f"{folder}add/", kept.add)
    change = kept.change if isinstance(kept.change, Write) else Write(row=kept.change, body={})
    yield Address(path=f"{row}change/", see=kept.see, write=change)
    yield _address(f"{row}delete/", kept.delete)
    yield Address(path=f"{row}history/", see=kept.history)
    yield Address(path=row, see=kept.short)
    yield Address(path=f"{folder}export.csv", see=kept.see)


def _address(path: str, covered: str | Write) -> Address:
    if isinstance(covered, str):
        return Address(path=path, see=covered)
    return Address(path=path, see=covered.see or covered.row, write=covered)
