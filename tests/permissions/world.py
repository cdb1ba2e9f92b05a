"""Two customers with a row of everything, and somebody in each role."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.contrib.auth.models import Group, User
from django.db.models import Model
from django.test import Client

from invoices.choices import DocumentType
from invoices.domain.moving_in.opening_balances import OldFile
from invoices.models import (
    BankLine,
    BillingCycle,
    CycleException,
    DocumentBalance,
    Invoice,
    InvoiceDelivery,
    JournalExport,
    LedgerTransaction,
    NumberSeries,
    OldInvoiceFile,
    OldLine,
    PeriodCorrection,
    RenderedPdf,
    TermsSnapshot,
    TooLateUsage,
)
from invoices.selectors.finance.journal import JournalPeriod
from invoices.services.bank.deciding import fingerprint
from invoices.services.crediting import CreditRequest, issue_credit
from invoices.services.journal import export_journal, look_at_journal
from invoices.services.shadow.beginning import list_launch_days
from invoices.services.shadow.old_files import upload_old_file
from invoices.services.sweeping import close_due_cycles
from subscriptions.models import (
    AuditEntry,
    BillingContact,
    Erasure,
    Invitation,
    Membership,
    Organization,
    OutgoingMail,
    PriceImport,
    Product,
    Quote,
    SavedFilter,
    Subscription,
    TrialRequest,
    VoiceRate,
)
from subscriptions.selectors.clock import database_now
from subscriptions.services.people import Permissions, invite
from subscriptions.services.trial_requests import RequestedTrial, request_trial
from subscriptions.services.trials import start_trial
from tests.admin.rows import (
    HELD,
    make_absurd_cycle,
    make_approval,
    make_authority,
    make_bank_file,
    make_bank_format,
    make_bank_line,
    make_card_payment,
    make_contact_request,
    make_hardware_order,
    make_lead,
    make_mail,
    make_notice,
    make_parking,
    make_payment,
    make_price_book,
    make_price_import,
    make_promise,
    make_rate_deck,
    make_reminder,
    make_staff,
    make_stop,
    make_turn,
    make_withholding,
)
from tests.factories.documents import draft_and_issue
from tests.factories.moving_in import make_moved_in, make_moving_in, old_invoice
from tests.factories.quotes import ENABLEMENT, a_draft, accepted, an_agreement_draft, issued
from tests.factories.subscriptions import a_prepaid_subscription, a_subscription, an_issuer, an_organization
from tests.factories.usage import a_working_day, report
from tests.factories.webhooks import a_message, a_webhook
from usage.domain.key_scopes import KeyScope
from usage.models import IngestionKey, RejectedEvent, UsageEvent, UsageSnapshot
from usage.services.keys import create_key

PASSWORD = "secret"
PERSON = "ann"
DEAR = {"purecloud-3": {"price": "140.00", "commitment": 20}}
"""Seats for more than one person alone may give back."""


@dataclass(frozen=True, kw_only=True)
class Side:
    """A customer: what stands in its addresses, by the name by which they are written in `pages.py`."""

    names: Mapping[str, Any]
    secret: str

    def fill(self, text: str, **more: Any) -> str:
        """Put the names of the customer into an address or a field."""
        return text.format_map(self.names | more)


@dataclass(kw_only=True)
class World:
    """Acme, whose people the roles are; Umbra, of which they are not; and what belongs to nobody."""

    acme: Side
    umbra: Side
    people: dict[str, User]
    own: dict[str, dict[str, int]]
    clients: dict[tuple[str, bool], Client] = field(default_factory=dict)
    forms: dict[str, dict[str, list[str]]] = field(default_factory=dict)

    def address(self, path: str, role: str, *, own: bool) -> str:
        """Fill an address for a role: at Acme or at Umbra, and with the uploads and filters of that very person."""
        return (self.acme if own else self.umbra).fill(path, **self.own.get(role, self.own["SU"]))

    def client(self, role: str, *, sure: bool = False) -> Client:
        """Return the browser of a role; of a person made sure of, one who has just given their password again."""
        if (role, sure) not in self.clients:
            self.clients[role, sure] = self._open(role, sure=sure)
        return self.clients[role, sure]

    def _open(self, role: str, *, sure: bool) -> Client:
        if role == "KEY":
            return Client(headers={"Authorization": f"Bearer {self.acme.secret}"})
        browser = Client()
        if role in self.people:
            browser.force_login(self.people[role])
        if sure:
            browser.post("/account/reauthenticate/", {"password": PASSWORD})
        return browser


def make_world() -> World:
    """Write all of it."""
    people = {
        "SU": User.objects.create_superuser("root", password=PASSWORD, email="root@seatbill.test"),
        "LEAD": make_lead("lead"),
        "CSM": make_staff("csm"),
        "idle CSM": make_staff("idle"),
    }
    own = {role: _make_own(person) for role, person in people.items()}
    nobodys = _make_nobodys(people["SU"]) | own["SU"]
    acme, umbra = _make_side("acme", nobodys), _make_side("umbra", nobodys)
    theirs = Organization.objects.filter(code__startswith="acme")
    people["CSM"].assigned_organizations.set(theirs)
    return World(acme=acme, umbra=umbra, people=people | _members("acme"), own=own)


def _members(code: str) -> dict[str, User]:
    return {role: User.objects.get(username=f"{code}-{name}") for role, name in NAMES.items()}


NAMES = {"SA": "admin", "BC": "finance", "MEM": "member"}


def _make_own(by: User) -> dict[str, int]:
    """Write what is nobody else's: an upload that waits to be confirmed, and a filter; the superuser's is shared."""
    saved = SavedFilter.objects.create(
        owner=by, page="invoices_invoice", query="q=a", name="Mine", is_shared=by.is_superuser, saved_at=database_now()
    )
    upload = PriceImport.objects.create(
        kind="price_book",
        currency="USD",
        effective_date=date(2030, 1, 1),
        file_name="prices.csv",
        sha256="0" * 64,
        uploaded_by=by,
        uploaded_at=database_now(),
        state="ready",
        basis="seen",
        counts={},
    )
    approvals = {
        "draft_approval": make_approval(by),
        "own_approval": make_approval(by, reason="The new list."),
    }
    return {"upload": upload.pk, "savedfilter": saved.pk} | {name: row.pk for name, row in approvals.items()}


def _make_nobodys(root: User) -> dict[str, Any]:
    """Write the catalog, and what only leads see."""
    version = make_rate_deck("Rates", on=date(2030, 1, 1))
    rows = {
        "product": Product.objects.get(pk="purecloud-3"),
        "pricebook": make_price_book(date(2030, 1, 1)),
        "taxauthority": make_authority("Texas"),
        "voiceratedeckversion": version,
        "voiceratedeck": version.deck,
        "voicerate": VoiceRate.objects.filter(version=version).first(),
        "issuingentity": an_issuer(),
        "priceimport": make_price_import(date(2029, 1, 1)),
        "bankformat": make_bank_format("First Pacific"),
        "group": Group.objects.create(name="Finance"),
        "others_approval": make_approval(make_lead("another"), reason="The new list."),
        "turn": make_turn(root),
        "old_file": _upload_old_invoices(root),
        "kept_file": OldInvoiceFile.objects.get(file_name="nomad.csv"),
        "erasure": Erasure.objects.create(
            kind="person", person=root, erased_at=database_now(), reason="Asked for", rows={}
        ),
    }
    rows["journal"], journal = _make_journal(root)
    request_trial(
        RequestedTrial(company="Newcomer", contact_name="Nia New", country="US", region="us-east-1", language="en"),
        email="nia@newcomer.test",
        now=database_now(),
    )
    link = _link_in(OutgoingMail.objects.get(pk=TrialRequest.objects.get().mail_id), "/trial/")
    return {name: row.pk for name, row in rows.items()} | {
        **journal,
        "trial_link": link,
        "trialrequest": TrialRequest.objects.get().pk,
    }


def _upload_old_invoices(root: User) -> OldInvoiceFile:
    """Upload a file of the old system that waits to be kept."""
    moving = make_moving_in("nomad", by=root, now=database_now())
    text = old_invoice(moving.cycle, "nomad", number="OLD-2")
    now = database_now()
    return upload_old_file("old.csv", text.encode(), holds=OldFile.INVOICES, by=root, now=now)


def _make_journal(by: User) -> tuple[JournalExport, dict[str, str]]:
    """Post something two months ago, note one period that holds it as exported, and return another to be exported."""
    day = datetime.now(tz=UTC).date() - timedelta(days=60)
    draft_and_issue(a_subscription(an_organization("posted")), "10.00", dated=day)
    noted = JournalPeriod(first_day=day - timedelta(days=1), last_day=day)
    seen = look_at_journal(noted, codes={}).sha256
    row = export_journal(noted, seen=seen, by=by, now=database_now())
    days = {"journal_first_day": day.isoformat(), "journal_last_day": day.isoformat()}
    return row, days | {"journal_seen": seen}


def _make_side(code: str, nobodys: Mapping[str, Any]) -> Side:
    organization, trying = an_organization(code), an_organization(f"{code}-trial")
    for role, name in NAMES.items():
        person = User.objects.create_user(f"{code}-{name}", email=f"{name}@{code}.test", password=PASSWORD)
        permissions = {"billing_subscription": role == "SA", "billing_contact": role == "BC"}
        for each in (organization, trying):
            Membership.objects.create(organization=each, user=person, **permissions)
    start = _start()
    subscription = a_prepaid_subscription(organization, effective_date=start)
    subscription.rate_deck_id = nobodys["voiceratedeck"]
    subscription.save()
    contact = BillingContact.objects.create(organization=organization, name="Finn", email=f"finn@{code}.test")
    _report_use(organization, start)
    close_due_cycles(now=database_now(), organization_id=organization.pk)
    cycle = _hold(subscription)
    closed = BillingCycle.objects.filter(organization=organization, state="closed").earliest("period_start")
    invoice = Invoice.objects.filter(organization=organization, lines__kind="overage").earliest("pk")
    credit_note = _credit(Invoice.objects.filter(organization=organization).exclude(pk=invoice.pk).earliest("pk"))
    _deliver(organization)
    trial = start_trial(trying, days=30, requested_by=User.objects.get(username=f"{code}-admin"), now=database_now())
    key, _secret = create_key(organization=organization, name="Platform", created_by=None, now=database_now())
    # Made by nobody, who may give everything.
    whole, secret = create_key(
        organization=organization, name="Everything", created_by=None, now=database_now(), scopes=tuple(KeyScope)
    )
    # Else its next use would be noted, which is no change of anything.
    IngestionKey.objects.filter(pk=whole.pk).update(last_used_at=database_now() + timedelta(days=1))
    asked = _invite(organization)
    other = Invoice.objects.filter(organization=organization, document_type="invoice").exclude(pk=invoice.pk)
    paying = make_card_payment(other.earliest("pk"))
    dear = a_prepaid_subscription(an_organization(f"{code}-dear"), effective_date=start, prices=DEAR)
    close_due_cycles(now=database_now(), organization_id=dear.organization_id)
    leaving = an_organization(f"{code}-leaving")
    cancelled = a_prepaid_subscription(leaving, effective_date=start, last_service_date=date(2035, 1, 31))
    rows: dict[str, Model] = {
        "organization": organization,
        "untried": an_organization(f"{code}-new"),
        "cancelled": cancelled,
        "account": organization.account,
        "user": User.objects.get(username=f"{code}-finance"),
        "subscription": subscription,
        "membership": Membership.objects.get(organization=organization, user__username=f"{code}-member"),
        "contact": contact,
        "trial": trial,
        "cycle": cycle,
        "absurd_cycle": make_absurd_cycle(f"{code}-absurd"),
        "parking": make_parking(an_organization(f"{code}-parked")),
        "invoice": invoice,
        "carried": _carry_over(invoice),
        "credit_note": credit_note,
        "stop": make_stop(_unreminded(code), User.objects.get(username="root")),
        "promise": make_promise(invoice, User.objects.get(username="root")),
        "reminder": make_reminder(invoice),
        "dear_invoice": Invoice.objects.filter(subscription=dear).earliest("pk"),
        "snapshot": UsageSnapshot.objects.filter(organization=organization).earliest("pk"),
        "terms": TermsSnapshot.objects.filter(organization=organization).earliest("pk"),
        "transaction": LedgerTransaction.objects.filter(organization=organization).earliest("pk"),
        "series": NumberSeries.objects.earliest("pk"),
        "event": UsageEvent.objects.filter(organization=organization).latest("pk"),
        "key": key,
        "entry": AuditEntry.objects.filter(organization=organization).latest("pk"),
        "invitation": asked,
        "order": make_hardware_order(subscription),
        "mail": make_mail(organization),
        "request": make_contact_request(organization),
        "payment": make_payment(organization),
        "cardpayment": paying,
        "notice": make_notice(paying),
        **_make_bank_rows(organization),
        **_make_quotes(subscription),
        **_make_remarks(closed, cycle),
        "rejected": _reject(organization),
        **_listen(organization),
    }
    moving = make_moving_in(f"{code}-moving", by=User.objects.get(username="root"), now=database_now())
    moved = make_moved_in(f"{code}-moved", by=User.objects.get(username="root"), now=database_now())
    names = {
        **nobodys,
        "moved": moved.pk,
        "opening_item": Invoice.objects.filter(organization=moved).earliest("pk").pk,
        "moving": moving.organization.pk,
        "moving_cycle": moving.cycle.pk,
        "moving_place": f"0-{OldLine.objects.get(organization=moving.organization, product='').pk}",
        "shadow_bill": moving.bill.pk,
        "new_code": f"{code}-new",
        "live_from": list_launch_days(moving.organization.pk, today=database_now().date())[0].isoformat(),
        **{name: row.pk for name, row in rows.items()},
        "code": code,
        "trial_code": trying.code,
        "number": invoice.number,
        "to_pay": str(invoice.total),
        "paying": paying.token,
        "start": closed.period_start.isoformat(),
        "bank_seen": fingerprint(BankLine.objects.filter(organization=organization, state="proposed")),
        "person": PERSON,
        "invitation_token": _link_in(OutgoingMail.objects.filter(organization=organization).earliest("pk"), "/inv"),
    }
    return Side(names=names, secret=secret)


def _unreminded(code: str) -> Organization:
    """Return an organization of the customer's whose reminders may be stopped."""
    return an_organization(f"{code}-unreminded")


def _carry_over(invoice: Invoice) -> Invoice:
    """Return an invoice of the old system, of which everything is open here."""
    item = Invoice.objects.get(pk=invoice.pk)
    item.pk, item.document_type = None, DocumentType.OPENING_ITEM.value
    item.sequence, item.number = 900_000 + invoice.pk, f"old {invoice.number}"
    item.save()
    DocumentBalance.objects.create(document=item, organization=item.organization, open=item.total)
    return item


def _make_bank_rows(organization: Organization) -> dict[str, Any]:
    # Of what a CSM brings another one sees nothing.
    csm = User.objects.get(username="csm" if organization.code == "acme" else "root")
    file = make_bank_file(organization.code, by=csm)
    certified = make_payment(organization)
    received = {"received_at": database_now(), "certificate_number": "WHT-1", "certificate_date": date(2026, 3, 1)}
    make_withholding(certified, **received, file_name="wht.pdf", content=b"%PDF-1.7")
    proposed = make_bank_file(f"{organization.code}-proposed", by=csm)
    make_bank_line(organization, proposed, state="proposed", finding="names_and_more")
    return {
        "bankfile": proposed,
        "bankline": make_bank_line(organization, file),
        "aside_line": make_bank_line(organization, file, state="aside", reason="A deposit."),
        "withheld_payment": make_withholding(make_payment(organization)).payment,
        "certified_payment": certified,
    }


def _start() -> date:
    """Return a day on which an agreement began, so that two periods are closed and one has run for two weeks."""
    begun = datetime.now(tz=UTC).date() - timedelta(days=15)
    month = (begun.year * 12 + begun.month - 1) - 2
    return date(month // 12, month % 12 + 1, min(begun.day, 28))


def _report_use(organization: Organization, start: date) -> None:
    """Have three people use two seats, in the first period and in the one that runs."""
    for day in (start + timedelta(days=2), datetime.now(tz=UTC).date() - timedelta(days=5)):
        for user in (PERSON, "ben", "cid"):
            report(organization, *a_working_day(user, day.isoformat(), "purecloud-3"))


def _hold(subscription: Subscription) -> BillingCycle:
    cycle = BillingCycle.objects.filter(subscription=subscription).latest("period_start")
    cycle.held_reasons, cycle.held_at, cycle.tried_at = HELD, database_now(), database_now()
    cycle.save()
    return cycle


def _credit(invoice: Invoice) -> Invoice:
    request = CreditRequest(place=1, parts=None, reason="Never worked.")
    root = User.objects.get(username="root")
    return issue_credit(invoice_id=invoice.pk, request=request, issued_by=root, now=database_now())


def _deliver(organization: Organization) -> None:
    now = database_now()
    RenderedPdf.objects.filter(organization=organization).update(content=b"%PDF-1.7", sha256="0" * 64, rendered_at=now)
    InvoiceDelivery.objects.filter(organization=organization).update(queued_at=now)


def _invite(organization: Organization) -> Invitation:
    return invite(
        organization=organization,
        email=f"new@{organization.code}.test",
        permissions=Permissions(billing_subscription=False, billing_contact=True),
        invited_by=User.objects.get(username=f"{organization.code}-admin"),
        now=database_now(),
    )


def _make_quotes(subscription: Subscription) -> dict[str, Quote]:
    offer = {"issuing_entity": subscription.issuing_entity, "items": [ENABLEMENT]}
    now = database_now()
    return {
        "quote": a_draft(subscription.organization, **offer),
        "issued_quote": issued(a_draft(subscription.organization, **offer), on=now),
        "accepted_quote": accepted(a_draft(subscription.organization, **offer), on=now),
        "back_dated_quote": accepted(_back_dated(subscription), on=now),
    }


def _back_dated(subscription: Subscription) -> Quote:
    """Return an offer that has begun, for a company that has no agreement."""
    began = datetime.now(tz=UTC).date() - timedelta(days=10)
    late = an_organization(f"{subscription.organization.code}-late")
    return an_agreement_draft(late, issuing_entity=subscription.issuing_entity, effective_date=began)


def _make_remarks(closed: BillingCycle, cycle: BillingCycle) -> dict[str, Model]:
    """Write what closes leave to look at."""
    organization = closed.organization
    return {
        "exception": CycleException.objects.create(
            organization=organization, cycle=cycle, code="unlicensed_user", subject="zoe"
        ),
        "correction": PeriodCorrection.objects.create(
            organization=organization,
            closing_cycle=cycle,
            corrected_cycle=closed,
            usage_snapshot=closed.usage_snapshot,
            terms_snapshot=closed.terms_snapshot,
        ),
        "late": TooLateUsage.objects.create(
            organization=organization,
            cycle=closed,
            kind=1,
            events=3,
            first_occurred_at=closed.starts_at,
            last_occurred_at=closed.starts_at,
            first_received_at=database_now(),
            last_received_at=database_now(),
        ),
    }


def _reject(organization: Organization) -> RejectedEvent:
    payload = (
        '{"specversion": "1.0", "id": "again", "source": "platform", "type": "license.assigned", '
        f'"time": "{database_now():%Y-%m-%dT%H:%M:%SZ}", "subject": "zoe", "data": {{"product": "purecloud-3"}}}}'
    )
    return RejectedEvent.objects.create(
        organization=organization,
        received_at=database_now(),
        reason="invalid",
        message="data.product: is missing",
        source="platform",
        event_id="again",
        payload=payload,
        digest=organization.code.encode().ljust(16, b"0"),
    )


def _listen(organization: Organization) -> dict[str, Model]:
    """Make an endpoint with a message that was given up, and one that is off."""
    endpoint, off = a_webhook(organization), a_webhook(organization, url="https://off.example.com/")
    off.switched_off_at = database_now()
    off.save()
    return {"webhook": endpoint, "webhook_off": off, "message": a_message(endpoint)}


def _link_in(mail: OutgoingMail, beginning: str) -> str:
    """Return the last part of the link in a mail."""
    word = next(word for word in mail.body.split() if beginning in word)
    return word.rstrip("/").rsplit("/", 1)[1]
