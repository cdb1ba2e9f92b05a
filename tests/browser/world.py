"""What there is to see: two customers of the demo who are billed, one with a row of everything, one who is new."""

import re
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

from allauth.account.forms import default_token_generator
from allauth.account.models import EmailAddress, EmailConfirmationHMAC
from allauth.account.utils import user_pk_to_url_str
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from django.contrib.auth.models import Group, User
from django.db import transaction
from django.db.models import Model, QuerySet
from django.urls import reverse
from moneyed import Money

from invoices.domain.card_payments import Happening
from invoices.domain.moving_in.opening_balances import OldFile
from invoices.domain.moving_in.side_by_side import Verdict
from invoices.models import BankLine, CardPayment, DocumentBalance, Invoice, InvoiceDelivery, OldLine
from invoices.services.bank.deciding import set_line_aside
from invoices.services.bank.uploads import store_bank_file
from invoices.services.bank.working import work_on_bank_files
from invoices.services.demo.cast import DEMO_PASSWORD
from invoices.services.demo.customers.america import MOVERS
from invoices.services.demo.customers.europe import PARCELS
from invoices.services.demo.loading import load_demo
from invoices.services.easy_pay.notices import receive
from invoices.services.gateways.built_in import BuiltInGateway
from invoices.services.shadow.comparing import compare
from invoices.services.shadow.judging import Judgement, judge
from invoices.services.shadow.old_files import upload_old_file
from subscriptions.choices import ContactAction, MailKind
from subscriptions.domain.price_list.entry import ListKind, Target
from subscriptions.models import (
    Approval,
    Membership,
    Organization,
    OutgoingMail,
    PriceImport,
    Quote,
    SavedFilter,
    Subscription,
)
from subscriptions.selectors.clock import database_now
from subscriptions.services.cancellations import cancel_subscription
from subscriptions.services.contacts import Proposal, ask_for_change
from subscriptions.services.people import Permissions, invite
from subscriptions.services.price_imports.uploads import store_upload
from subscriptions.services.price_imports.working import work_on_imports
from subscriptions.services.recording import Recording
from subscriptions.services.trial_requests import RequestedTrial, request_trial
from tests.admin.rows import (
    Customer,
    make_absurd_cycle,
    make_approval,
    make_bank_format,
    make_card_payment,
    make_customer,
    make_parking,
    make_price_import,
    make_promise,
    make_reminder,
    make_stop,
    make_turn,
)
from tests.factories.demo import small_cast
from tests.factories.documents import draft_and_issue
from tests.factories.e_invoices import make_german_invoice
from tests.factories.moving_in import make_moved_in, make_moving_in, old_invoice, opening_balances
from tests.factories.quotes import accepted, an_agreement_draft, issued
from tests.factories.subscriptions import a_subscription, an_organization

PASSWORD = DEMO_PASSWORD
PAYER = "paula"
"""Pays for Acme."""
SECRET = "JBSWY3DPEHPK3PXP"
"""What makes the codes of the person with a second factor."""

SUPERUSER, LEAD, CSM, ADMIN, CONTACT, MEMBER = "wilhelmina", "henrike", "anselm", "adaeze", "percival", "lou"
ABSURD = "absurd"
IN_EUROS = "baeckerei"
WITH_SECOND_FACTOR, WITH_NEW_ADDRESS = "maelle", "wade"
MOVING, PARCEL, ACME, NEW, TRIAL, ENDED_TRIAL = (
    "okafor-hughes",
    "pettigrew",
    "acme",
    "lantern",
    "trial-k7wm3vq2",
    "trial-p4hx9c6t",
)

# Somebody works on the day of the test, whichever it is.
_CREWS = [replace(crew, days=range(7)) for crew in MOVERS.crews]
EVERY_DAY = small_cast(replace(MOVERS, crews=_CREWS), PARCELS)


@dataclass(frozen=True, kw_only=True)
class World:
    """The rows that looks and stories name, and where the site answers."""

    url: str
    now: datetime
    acme: Customer
    invitation: str
    trial_link: str
    password_link: str
    email_key: str
    member: int
    payments: dict[str, CardPayment]
    to_pay: Invoice
    too_large: Invoice
    quotes: dict[str, Quote]
    price_imports: dict[str, PriceImport]
    leaving: Subscription
    moving: dict[str, int]
    """Of the one that moves in: the keys of its rows, by what they are."""
    approvals: dict[str, Approval]
    """By who typed them: a draft of the superuser's, one that waits of theirs, and one of the lead's."""


def make_world(url: str) -> World:
    """Write the rows by the product's own services wherever there is one."""
    now = database_now()
    load_demo(EVERY_DAY, today=now.date(), now=now, watch=lambda *_: None)
    acme = make_customer(ACME)
    make_absurd_cycle(ABSURD)
    make_parking(an_organization("parked", name="Umbra Mills"))
    make_turn(User.objects.get(username=LEAD))
    make_price_import(date(2026, 1, 1))
    csm = User.objects.get(username=CSM)
    make_stop(acme.organization, csm)
    make_promise(acme.invoice, csm)
    make_reminder(acme.invoice)
    Group.objects.get_or_create(name="Finance")
    _make_new_customer()
    make_german_invoice(a_subscription(an_organization(IN_EUROS)))
    SavedFilter.objects.create(
        owner=User.objects.get(username=SUPERUSER),
        page="invoices_invoice",
        query="document_type__exact=invoice",
        name="Invoices only",
        saved_at=now,
    )
    _upload_bank_files(now)
    InvoiceDelivery.objects.filter(pk=newest_invoice(PARCEL).pk).update(queued_at=now)
    TOTP.activate(User.objects.get(username=WITH_SECOND_FACTOR), SECRET)
    RecoveryCodes.activate(User.objects.get(username=WITH_SECOND_FACTOR))
    return World(
        moving=_make_moving_in(now),
        url=url,
        now=now,
        acme=acme,
        invitation=_invite(now),
        trial_link=_ask_for_a_trial(now),
        password_link=_forget_a_password(),
        email_key=_change_an_address(),
        member=Membership.objects.get(organization__code=MOVING, user__username=MEMBER).pk,
        payments=_make_card_payments(acme, now),
        to_pay=_issue_to(acme, "86.00", now),
        too_large=_issue_to(acme, "26000.00", now),
        quotes=_make_quotes(),
        price_imports=_upload_prices(now),
        leaving=_cancel_an_agreement(now),
        approvals=_ask_for_approvals(),
    )


def _make_card_payments(acme: Customer, now: datetime) -> dict[str, CardPayment]:
    """Pay invoices of Acme at the test gateway, one for each way in which it ends; by who pays for it."""
    payer = User.objects.create_user(PAYER, email="paula@acme.example", password=PASSWORD, first_name="Paula")
    acme.organization.memberships.create(user=payer, billing_contact=True)
    made = {"started": CardPayment.objects.get(invoice=acme.invoice)}
    for happening, paid in (("paid", 61), ("declined", 62), ("processing", 63), ("doubtful", 64)):
        invoice = _issue_to(acme, f"{paid}.00", now)
        attempt = made[happening] = make_card_payment(invoice)
        body = BuiltInGateway().write_notice(
            Happening("paid" if happening == "doubtful" else happening),
            session=attempt.session,
            # A dollar less is what a person looks at.
            amount=Money(paid - (happening == "doubtful"), "USD"),
            now=now,
        )
        receive(BuiltInGateway(), *body, now=now)
    return made


@transaction.atomic
def _issue_to(customer: Customer, amount: str, now: datetime) -> Invoice:
    return draft_and_issue(customer.subscription, amount, dated=now.date() - timedelta(days=1))


def _upload_bank_files(now: datetime) -> None:
    """Bring a bank file of which some is sure, some waits and something went out, and one that cannot be read."""
    bank = make_bank_format("First Pacific, USD")
    items = DocumentBalance.objects.filter(open__gt=0, document__document_type="invoice", document__currency="USD")
    items = items.exclude(organization__code="big-sky-vets")
    rows = ["Date,Amount,Payer,IBAN,Memo,Ref"]
    for place, one in enumerate(items.select_related("document__organization").order_by("pk")[:4]):
        invoice = one.document
        rows.append(f'2026-03-02,{one.open},"{invoice.organization.legal_name}",,{invoice.number},FPB-20{place}')
    rows += [
        "2026-03-02,1250.00,Meridian Accountants,,Retainer for March,FPB-301",
        "2026-03-03,75.50,Cash deposit,,,FPB-302",
        "2026-03-03,-12.00,First Pacific,,Account fee,FPB-303",
    ]
    lead = User.objects.get(username=SUPERUSER)
    for name, content in (("march.csv", "\n".join(rows)), ("wrong.csv", f"{rows[0]}\n02.03.2026,12,Acme,,INV,1")):
        store_bank_file(content.encode(), file_name=name, bank_format=bank, uploaded_by=lead, now=now)
    work_on_bank_files(now=now)
    set_line_aside(BankLine.objects.get(bank_reference="FPB-302"), reason="Coins from the office.", by=lead, now=now)


def newest_invoice(code: str) -> Invoice:
    """Return the newest invoice of an organization."""
    return Invoice.objects.filter(organization__code=code, document_type="invoice").latest("issued_at")


def row_of(model: type[Model]) -> Model:
    """Return a row of a table: of Acme, which has one of everything, where the table's rows are an organization's."""
    rows: QuerySet[Model] = model._default_manager.all()
    if model is Organization:
        return rows.get(code=ACME)
    names = {field.name for field in model._meta.fields}
    own = rows.filter(organization__code=ACME) if "organization" in names else rows
    row = own.first() or rows.first()
    assert row is not None, f"The world has no {model._meta.verbose_name}: make one in tests/browser/world.py."
    return row


def _make_new_customer() -> None:
    organization = an_organization(NEW, name="Lantern Foods")
    organization.csms.add(User.objects.get(username=CSM))
    organization.memberships.create(user=User.objects.get(username=MEMBER), billing_subscription=True)


def _make_moving_in(now: datetime) -> dict[str, int]:
    """Write an organization in shadow, and files of its old system: one kept, one right, one with mistakes."""
    lead = User.objects.get(username=LEAD)
    moving = make_moving_in("harbor", by=lead, now=now, name="Harbor Lights Insurance")
    right = old_invoice(moving.cycle, "harbor", number="OLD-2")
    faulty = right.replace("OLD-2,USD", "OLD-2,XXX").replace("Paper invoice fee,1,", "Paper invoice fee,one,")
    judge(
        Judgement(
            key=(None, OldLine.objects.get(organization=moving.organization, product="").pk),
            verdict=Verdict.OURS,
            note="No such fee was agreed.",
        ),
        period=compare(moving.organization.pk).periods[0],
        by=lead,
        now=now,
    )
    moved = make_moved_in("quayside", by=lead, now=now, name="Quayside Bakery")
    balances = opening_balances("harbor", now.date())
    return {
        "moved": moved.pk,
        "opening_item": Invoice.objects.filter(organization=moved).earliest("pk").pk,
        "balances": _brought("harbor-open.csv", balances, lead, now, holds=OldFile.BALANCES),
        "organization": moving.organization.pk,
        "cycle": moving.cycle.pk,
        "later": moving.organization.shadow_bills.filter(is_opening=False).latest("pk").cycle_id,
        "bill": moving.bill.pk,
        "file": moving.file.pk,
        "new_file": _brought("harbor-april.csv", right, lead, now),
        "faulty_file": _brought("harbor-may.csv", faulty, lead, now),
    }


def _brought(name: str, text: str, by: User, now: datetime, *, holds: OldFile = OldFile.INVOICES) -> int:
    return upload_old_file(name, text.encode(), holds=holds, by=by, now=now).pk


def _invite(now: datetime) -> str:
    movers = Organization.objects.get(code=MOVING)
    admin = User.objects.get(username=ADMIN)
    both = Permissions(billing_subscription=True, billing_contact=True)
    invite(organization=movers, email="ines@okafor.example", permissions=both, invited_by=admin, now=now)
    proposal = Proposal(action=ContactAction.ADD, name="Ines Hughes", email="ines@okafor.example", language="en")
    ask_for_change(proposal, organization=movers, note="She is new in accounting.", asked_by=admin, now=now)
    return _link_in_the_mail(MailKind.INVITATION)


def _ask_for_a_trial(now: datetime) -> str:
    wanted = RequestedTrial(
        company="Brass Band Bikes", contact_name="Bo Brass", country="US", region="us-east-1", language="en"
    )
    request_trial(wanted, email="bo@brass.example", now=now)
    return _link_in_the_mail(MailKind.TRIAL_CONFIRMATION)


def _link_in_the_mail(kind: MailKind) -> str:
    body = OutgoingMail.objects.filter(kind=kind).latest("pk").body
    found = re.search(r"https?://[^/]+(/\S+)", body)
    assert found, body
    return found[1]


def _forget_a_password() -> str:
    person = User.objects.get(username="joerg")
    key = f"{user_pk_to_url_str(person)}-{default_token_generator.make_token(person)}"
    return reverse("account_reset_password_from_key", args=key.split("-", 1))


def _change_an_address() -> str:
    address = EmailAddress.objects.create(user=User.objects.get(username=WITH_NEW_ADDRESS), email="wade@example.com")
    return str(EmailConfirmationHMAC(address).key)


def _upload_prices(now: datetime) -> dict[str, PriceImport]:
    """Upload a price list that can be imported, one with faults, and one that nobody has read yet."""
    files = {
        "compared": b"product,price\npurecloud-1,80\n",
        "faulty": b"product,price\npurecloud-1,eighty\nno-such-thing,1\n",
        "uploaded": b"product,price\npurecloud-1,81\n",
    }
    target = Target(kind=ListKind.PRICE_BOOK, currency="USD", effective_date=now.date() + timedelta(days=400))
    by, made = User.objects.get(username=SUPERUSER), {}
    for state, content in files.items():
        if state == "uploaded":
            work_on_imports(now=now)
        made[state] = store_upload(content, file_name=f"{state}.csv", target=target, uploaded_by=by, now=now)
    return made


def _cancel_an_agreement(now: datetime) -> Subscription:
    agreement = a_subscription(an_organization("leaving"))
    last_day = now.date() + timedelta(days=75)
    recording = Recording(by=User.objects.get(username=CSM), at=now)
    cancel_subscription(agreement.pk, last_service_date=last_day, reason="They close.", recording=recording)
    return agreement


def _ask_for_approvals() -> dict[str, Approval]:
    superuser, lead = User.objects.get(username=SUPERUSER), User.objects.get(username=LEAD)
    return {
        "draft": make_approval(superuser),
        "own": make_approval(superuser, reason="The catalog of next year."),
        "lead's": make_approval(lead, reason="The catalog of next year."),
    }


def _make_quotes() -> dict[str, Quote]:
    recently = datetime.now(UTC) - timedelta(days=2)
    return {
        "draft": an_agreement_draft(an_organization("quotes-draft")),
        "issued": issued(an_agreement_draft(an_organization("quotes-issued")), on=recently),
        "accepted": accepted(an_agreement_draft(an_organization("quotes-accepted")), on=recently),
    }
