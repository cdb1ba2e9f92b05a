"""One customer with a row of everything that the admin shows."""

import json
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from hashlib import blake2b
from typing import Any

from dateutil.relativedelta import relativedelta
from django.contrib.auth.models import Permission, User

from invoices.documents.reasons import stored_reason
from invoices.models import (
    BankFile,
    BankFormat,
    BankLine,
    BillingCycle,
    CardPayment,
    CycleException,
    DocumentBalance,
    DunningStop,
    GatewayNotice,
    Invoice,
    InvoiceDelivery,
    InvoiceLine,
    InvoiceTax,
    IssuingSwitch,
    LedgerEntry,
    LedgerTransaction,
    NumberSeries,
    Parking,
    Payment,
    PaymentPromise,
    PeriodCorrection,
    PromisedInvoice,
    Reminder,
    RenderedPdf,
    TermsSnapshot,
    TooLateUsage,
    Withholding,
)
from invoices.services.previewing import preview_cycle
from invoices.services.sweeping import close_due_cycles
from subscriptions.models import (
    Account,
    Approval,
    AuthorityRate,
    BankAccount,
    BillingContact,
    ContactRequest,
    Erasure,
    ExemptionCertificate,
    IssuingEntity,
    Membership,
    Order,
    Organization,
    OrganizationTax,
    OutgoingMail,
    PriceBook,
    PriceBookEntry,
    PriceImport,
    Product,
    Quote,
    QuoteItem,
    Shipment,
    Subscription,
    SubscriptionPrice,
    TaxAuthority,
    Trial,
    TrialRequest,
    VoiceRate,
    VoiceRateDeck,
    VoiceRateDeckVersion,
    WebhookDelivery,
    WebhookEndpoint,
)
from subscriptions.selectors.clock import database_now
from subscriptions.services.approvals import Typed, ask_for_approval, keep_typed
from subscriptions.services.ciphers import encrypt
from tests.factories.documents import BILL_TO, FROZEN, ISSUER
from tests.factories.subscriptions import a_change, a_subscription, an_organization
from tests.factories.usage import a_working_day, report
from tests.factories.webhooks import a_message
from usage.models import IngestionKey, RejectedEvent, SnapshotUser, UsageEvent, UsageSnapshot

MADE_AT = datetime(2026, 3, 15, 12, tzinfo=UTC)
PDF = b"%PDF-1.7 an invoice"
HELD = [
    {
        "code": "unpriced_product",
        "subject": "purecloud-3",
        "message": "PureCloud 3 has no price on Feb 15, 2026: agree one, or add it to the USD price book.",
    }
]


@dataclass(frozen=True, kw_only=True)
class Customer:
    """The rows that tests name."""

    organization: Organization
    subscription: Subscription
    closed: BillingCycle
    held: BillingCycle
    invoice: Invoice
    key: IngestionKey
    rejected: RejectedEvent


def make_staff(username: str, *organizations: Organization) -> User:
    """Return a CSM of the organizations."""
    user = User.objects.create_user(username, password="secret", is_staff=True, first_name=username.title())
    user.assigned_organizations.set(organizations)
    return user


def make_lead(username: str) -> User:
    """Return a CSM lead."""
    user = make_staff(username)
    user.user_permissions.add(Permission.objects.get(codename="lead"))
    return user


def make_entity() -> IssuingEntity:
    """Return the one that invoices everyone, with its bank and number series."""
    entity, made = IssuingEntity.objects.get_or_create(
        code="us",
        defaults={
            "legal_name": "Seatbill Inc.",
            "address": "1 Market Street\nSan Francisco, CA 94105",
            "country": "US",
            "tax_ids": ["EIN 12-3456789"],
            "invoicing_email": "invoices@seatbill.test",
        },
    )
    if made:
        BankAccount.objects.create(
            issuing_entity=entity, currency="USD", bank_name="First Bank", details=[["Routing (ACH)", "021000021"]]
        )
        NumberSeries.objects.create(
            issuing_entity=entity, document_type="invoice", last_number=0, last_issued_at=MADE_AT
        )
    return entity


def make_product(code: str, name: str, kind: str = "license") -> Product:
    """Return a product, made unless it is there."""
    return Product.objects.get_or_create(code=code, defaults={"name": name, "kind": kind})[0]


def make_rate_deck(name: str, *, currency: str = "USD", on: date = date(2026, 1, 1)) -> VoiceRateDeckVersion:
    """Return the one version of a new deck, with a rate for calls to France and to its mobiles."""
    deck = VoiceRateDeck.objects.create(name=name, currency=currency)
    version = VoiceRateDeckVersion.objects.create(deck=deck, effective_date=on)
    for prefix, destination, price in (("+33", "France", "0.0119"), ("+336", "France, mobile", "0.0454")):
        VoiceRate.objects.create(
            version=version, direction="outbound", prefix=prefix, destination=destination, per_minute=Decimal(price)
        )
    return version


def make_authority(name: str, *, on: date = date(2020, 1, 1)) -> TaxAuthority:
    """Return an authority that charges 8.25% on software."""
    authority = TaxAuthority.objects.create(name=name)
    AuthorityRate.objects.create(
        authority=authority, effective_date=on, rate=Decimal("8.25"), taxable=100, categories=["software"]
    )
    return authority


def make_hardware_order(subscription: Subscription, *, invoiced: int = 4, coming: int = 3) -> Order:
    """Return an order of ten telephones, of which some have shipped and been invoiced, and more will."""
    order = Order.objects.create(
        organization=subscription.organization,
        subscription=subscription,
        product=make_product("telephone", "Telephone", "hardware"),
        quantity=10,
        price=Decimal("129.90"),
    )
    for quantity, day, charged in ((invoiced, date(2026, 2, 1), True), (coming, date(2030, 1, 1), False)):
        if quantity:
            Shipment.objects.create(
                organization=order.organization, order=order, shipped_on=day, quantity=quantity, charged=charged
            )
    return order


def make_service_order(subscription: Subscription, **fields: Any) -> Order:
    """Return an order of one enablement package."""
    return Order.objects.create(
        organization=subscription.organization,
        subscription=subscription,
        product=make_product("enablement", "Enablement package", "one_time"),
        quantity=1,
        price=Decimal(2500),
        **fields,
    )


def make_quote(organization: Organization, **fields: Any) -> Quote:
    """Return a draft that offers an enablement package and ten telephones."""
    own = {"organization": organization, "issuing_entity": make_entity(), "currency": "USD"}
    quote = Quote.objects.create(**own | fields)
    for product, quantity, price in (
        (make_product("enablement", "Enablement package", "one_time"), 1, Decimal(2500)),
        (make_product("telephone", "Telephone", "hardware"), 10, Decimal("129.90")),
    ):
        QuoteItem.objects.create(quote=quote, product=product, quantity=quantity, price=price)
    return quote


def make_price_book(on: date) -> PriceBook:
    """Return a book in USD with one price."""
    book = PriceBook.objects.create(currency="USD", effective_date=on, name=f"List {on:%Y}")
    PriceBookEntry.objects.create(price_book=book, product=make_product("purecloud-1", "PureCloud 1"), price=75)
    return book


def make_price_import(on: date) -> PriceImport:
    """Return the record of a price book that was imported from a file."""
    return PriceImport.objects.create(
        kind="price_book",
        currency="USD",
        effective_date=on,
        file_name=f"prices-{on:%Y}.csv",
        sha256="0" * 64,
        uploaded_by=make_lead(f"lead-{on}"),
        uploaded_at=MADE_AT,
        state="imported",
        counts={"added": 1, "unchanged": 0},
        imported_at=MADE_AT,
    )


def make_customer(code: str) -> Customer:
    """Return a customer billed since Jan 15, 2026: one period closed and invoiced, the next one held."""
    organization = _make_organization(code)
    subscription = _make_subscription(organization)
    make_hardware_order(subscription)
    make_mail(organization)
    make_contact_request(organization)
    make_withholding(make_payment(organization))
    bank_format = make_bank_format(f"Bank of {code}")
    file = make_bank_file(code, by=User.objects.get(username=f"{code}-csm"), bank_format=bank_format)
    make_bank_line(organization, file)
    make_quote(organization)
    _make_taxes(organization)
    _make_trial(organization)
    closed, held = _make_cycles(subscription)
    invoice = _make_invoice(closed)
    make_notice(make_card_payment(invoice))
    key = IngestionKey.objects.create(
        organization=organization,
        name="Platform",
        prefix=blake2b(code.encode(), digest_size=6).hexdigest(),
        secret_hash="0" * 64,
        created_at=MADE_AT,
    )
    make_webhooks(organization)
    return Customer(
        organization=organization,
        subscription=subscription,
        closed=closed,
        held=held,
        invoice=invoice,
        key=key,
        rejected=_make_events(organization),
    )


def _make_organization(code: str) -> Organization:
    account = Account.objects.create(name=f"{code.title()} Group")
    organization = Organization.objects.create(
        account=account,
        code=code,
        name=code.title(),
        legal_name=f"{code.title()} Corporation",
        address="500 Main Street\nAustin, TX 78701",
        country="US",
        regions=["us-east-1"],
    )
    person = User.objects.create_user(f"{code}-finance", email=f"finance@{code}.test", password="secret")
    Membership.objects.create(organization=organization, user=person, billing_contact=True)
    BillingContact.objects.create(organization=organization, name="Finance", email=f"finance@{code}.test")
    organization.csms.add(make_staff(f"{code}-csm"))
    return organization


def _make_taxes(organization: Organization) -> None:
    authority = make_authority(f"City of {organization.name}")
    OrganizationTax.objects.create(organization=organization, authority=authority)
    ExemptionCertificate.objects.create(
        organization=organization,
        number=f"EX-{organization.code}",
        valid_from=date(2025, 1, 1),
        valid_until=date(2025, 12, 31),
    )


def _make_trial(organization: Organization) -> None:
    """Write the trial that it was before, a mail to it, and the record of one that was removed."""
    asked_by = User.objects.get(username=f"{organization.code}-finance")
    trial = {"country": "US", "started_at": MADE_AT - timedelta(days=90), "requested_by": asked_by}
    Trial.objects.create(organization=organization, code=organization.code, **trial)
    gone = Trial.objects.create(code=f"{organization.code}-before", removed_at=MADE_AT, **trial)
    TrialRequest.objects.create(
        company=f"{organization.name} Labs",
        contact_name="Eve",
        email=f"eve@{organization.code}.test",
        country="US",
        region="us-east-1",
        requested_at=MADE_AT,
    )
    Erasure.objects.create(kind="trial", trial=gone, erased_at=MADE_AT, reason="Warned", rows={"usage.UsageEvent": 3})


def _make_subscription(organization: Organization) -> Subscription:
    subscription = Subscription.objects.create(
        organization=organization,
        issuing_entity=make_entity(),
        effective_date=date(2026, 1, 15),
        currency="USD",
        commercial_model="PREPAY_MONTHLY_COMMITMENT",
        licensing_model="named",
        rate_deck=make_rate_deck(f"Rates of {organization.code}").deck,
    )
    product = make_product("purecloud-1", "PureCloud 1")
    SubscriptionPrice.objects.create(
        subscription=subscription, product=product, commitment=80, price=75, overage_price=Decimal("82.5")
    )
    a_change(
        subscription=subscription,
        product=product,
        effective_date=date(2026, 3, 15),
        commitment=100,
        recorded_at=MADE_AT,
        reason="A second site joins.",
    )
    return subscription


def _make_cycles(subscription: Subscription) -> tuple[BillingCycle, BillingCycle]:
    organization = subscription.organization
    snapshot = UsageSnapshot.objects.create(
        organization=organization,
        starts_at=datetime(2026, 1, 15, 5, tzinfo=UTC),
        ends_at=datetime(2026, 2, 15, 5, tzinfo=UTC),
        cutoff_at=datetime(2026, 2, 15, 11, tzinfo=UTC),
        quantities={"licenses": {"purecloud-1": "138"}},
    )
    SnapshotUser.objects.create(
        organization=organization,
        snapshot=snapshot,
        user="u-1",
        license="purecloud-1",
        first_login_at=MADE_AT - timedelta(days=50),
        last_seen_at=MADE_AT - timedelta(days=40),
        seconds=36_000,
    )
    terms = TermsSnapshot.objects.create(organization=organization, rule_version=1, terms={"name": "東京"})
    closed = BillingCycle.objects.create(
        organization=organization,
        subscription=subscription,
        index=0,
        period_start=date(2026, 1, 15),
        period_end=date(2026, 2, 15),
        starts_at=snapshot.starts_at,
        ends_at=snapshot.ends_at,
        cutoff_at=snapshot.cutoff_at,
        state="closed",
        closed_at=snapshot.cutoff_at,
        usage_snapshot=snapshot,
        terms_snapshot=terms,
    )
    held = BillingCycle.objects.create(
        organization=organization,
        subscription=subscription,
        index=1,
        period_start=date(2026, 2, 15),
        period_end=date(2026, 3, 15),
        starts_at=datetime(2026, 2, 15, 5, tzinfo=UTC),
        ends_at=datetime(2026, 3, 15, 4, tzinfo=UTC),
        cutoff_at=datetime(2026, 3, 15, 10, tzinfo=UTC),
        state="open",
        held_reasons=HELD,
        held_at=MADE_AT,
        tried_at=MADE_AT,
    )
    CycleException.objects.create(organization=organization, cycle=held, code="unlicensed_user", subject="u-7")
    counted_again = UsageSnapshot.objects.create(
        organization=organization,
        starts_at=snapshot.starts_at,
        ends_at=snapshot.ends_at,
        cutoff_at=held.cutoff_at,
        quantities={"licenses": {"purecloud-1": "139"}},
    )
    PeriodCorrection.objects.create(
        organization=organization,
        closing_cycle=held,
        corrected_cycle=closed,
        usage_snapshot=counted_again,
        terms_snapshot=terms,
    )
    TooLateUsage.objects.create(
        organization=organization,
        cycle=closed,
        kind=1,
        events=3,
        first_occurred_at=snapshot.starts_at,
        last_occurred_at=snapshot.starts_at,
        first_received_at=MADE_AT,
        last_received_at=MADE_AT,
    )
    return closed, held


def _make_invoice(cycle: BillingCycle) -> Invoice:
    organization, subscription = cycle.organization, cycle.subscription
    series = NumberSeries.objects.get(issuing_entity=subscription.issuing_entity, document_type="invoice")
    series.last_number += 1
    series.save()
    invoice = Invoice.objects.create(
        organization=organization,
        subscription=subscription,
        cycle=cycle,
        issuing_entity=subscription.issuing_entity,
        terms_snapshot=cycle.terms_snapshot,
        document_type="invoice",
        sequence=series.last_number,
        number=f"INV-{series.last_number:06}",
        issued_at=cycle.cutoff_at,
        invoice_date=date(2026, 2, 15),
        due_date=date(2026, 3, 17),
        currency="USD",
        subtotal=Decimal("4785.00"),
        tax=Decimal("394.76"),
        total=Decimal("5179.76"),
        frozen=FROZEN
        | {
            "bill_to": BILL_TO | {"legal_name": organization.legal_name},
            "issuer": ISSUER | {"legal_name": "Seatbill Inc."},
        },
    )
    InvoiceLine.objects.create(
        organization=organization,
        subscription=subscription,
        invoice=invoice,
        position=0,
        kind="overage",
        product="purecloud-1",
        description="PureCloud 1",
        quantity=58,
        unit_price=Decimal("82.5"),
        amount=Decimal("4785.00"),
        service_start=date(2026, 1, 15),
        service_end=date(2026, 2, 14),
        tax_category="software",
        charge_key=f"overage|purecloud-1|{cycle.period_start}",
    )
    InvoiceTax.objects.create(
        organization=organization,
        invoice=invoice,
        position=0,
        authority="Texas",
        rate=Decimal("8.25"),
        taxable=100,
        amount=Decimal("394.76"),
    )
    entry = LedgerTransaction.objects.create(
        organization=organization, currency="USD", posted_at=invoice.issued_at, invoice=invoice
    )
    for account, amount in (("receivable", "5179.76"), ("revenue", "-4785.00"), ("tax", "-394.76")):
        LedgerEntry.objects.create(
            organization=organization, transaction=entry, account=account, currency="USD", amount=Decimal(amount)
        )
    DocumentBalance.objects.create(document=invoice, organization=organization, open=invoice.total)
    RenderedPdf.objects.create(
        invoice=invoice,
        organization=organization,
        content=PDF,
        sha256="0" * 64,
        rendered_at=invoice.issued_at,
        next_attempt_at=invoice.issued_at,
    )
    InvoiceDelivery.objects.create(
        invoice=invoice, organization=organization, queued_at=invoice.issued_at, next_attempt_at=invoice.issued_at
    )
    return invoice


def _make_events(organization: Organization) -> RejectedEvent:
    UsageEvent.objects.create(
        organization=organization,
        kind=1,
        occurred_at=MADE_AT,
        received_at=MADE_AT,
        subject="u-1",
        session="s-1",
        client=1,
        identity=b"0" * 16,
        source="platform",
        event_id="e-1",
    )
    payload = {
        "specversion": "1.0",
        "id": "e-2",
        "source": "platform",
        "type": "license.assigned",
        "time": "2026-03-01T08:00:00Z",
        "subject": "u-9",
        "data": {},
    }
    text = json.dumps(payload)
    return RejectedEvent.objects.create(
        organization=organization,
        received_at=MADE_AT,
        reason="invalid",
        message="data.product: is missing",
        source="platform",
        event_id="e-2",
        payload=text,
        digest=blake2b(f"{organization.pk}{text}".encode(), digest_size=16).digest(),
    )


def make_payment(organization: Organization) -> Payment:
    return Payment.objects.create(
        organization=organization,
        currency="USD",
        amount=Decimal("50.00"),
        method="check",
        reference=f"CHECK-{Payment.objects.count()}",
        received_on=date(2026, 3, 1),
        recorded_at=MADE_AT,
    )


def make_card_payment(invoice: Invoice) -> CardPayment:
    """Begin to pay an invoice at the built-in test gateway."""
    now = database_now()
    token = f"token-{CardPayment.objects.count()}"
    return CardPayment.objects.create(
        organization=invoice.organization,
        invoice=invoice,
        gateway="test",
        way="card",
        token=token,
        currency="USD",
        amount=invoice.total,
        started_at=now,
        expires_at=now + timedelta(days=1),
        ask_at=now + timedelta(days=1),
        session=f"test_{token}",
        url=f"/o/{invoice.organization.code}/invoices/paying/{token}/test-gateway/",
    )


def make_notice(attempt: CardPayment) -> GatewayNotice:
    """Keep for a person that a part of a payment was refunded."""
    return GatewayNotice.objects.create(
        gateway="test",
        event=f"event-{attempt.pk}",
        happening="refunded_in_part",
        attempt=attempt,
        organization=attempt.organization,
        counts=False,
        session=attempt.session,
        reference=f"TEST-{attempt.token}",
        currency="USD",
        amount=Decimal("10.00"),
        happened_at=database_now(),
        received_at=database_now(),
        doubt="refunded_in_part",
    )


def make_withholding(payment: Payment, **fields: Any) -> Withholding:
    """Return tax that was withheld from a payment; the certificate is awaited unless told otherwise."""
    return Withholding.objects.create(
        organization=payment.organization, payment=payment, amount=Decimal("5.00"), **fields
    )


def make_bank_format(name: str) -> BankFormat:
    """Return how a bank writes its files: with a heading for each column."""
    return BankFormat.objects.create(
        name=name,
        account="021-77",
        currency="USD",
        date_column="Date",
        amount_column="Amount",
        payer_column="Payer",
        payer_account_column="IBAN",
        text_column="Memo",
        reference_column="Ref",
    )


def make_bank_file(name: str, *, by: User, bank_format: BankFormat | None = None, lines: int = 1) -> BankFile:
    """Return a bank file that was read."""
    return BankFile.objects.create(
        bank_format=bank_format,
        file_name=f"{name}.csv",
        sha256=blake2b(name.encode(), digest_size=32).hexdigest(),
        uploaded_by=by,
        uploaded_at=MADE_AT,
        state="read",
        lines_in_file=lines,
    )


def make_bank_line(organization: Organization | None, file: BankFile, **fields: Any) -> BankLine:
    """Return a movement of a bank file that waits for a person."""
    number = BankLine.objects.count()
    own: dict[str, Any] = {
        "identity": blake2b(f"{file.pk}|{number}".encode(), digest_size=32).hexdigest(),
        "place": 2,
        "account": "02177",
        "booked_on": date(2026, 3, 2),
        "direction": "in",
        "currency": "USD",
        "amount": Decimal("50.00"),
        "payer_name": "Somebody, Inc.",
        "text": "thank you",
        "bank_reference": f"BANK-{number}",
        "finding": "payer_only",
    }
    return BankLine.objects.create(file=file, organization=organization, **own | fields)


def make_contact_request(organization: Organization) -> ContactRequest:
    return ContactRequest.objects.create(
        organization=organization,
        action="add",
        name="Ann",
        email=f"ann-{ContactRequest.objects.count()}@{organization.code}.test",
        asked_by=User.objects.get(username=f"{organization.code}-finance"),
        asked_at=MADE_AT,
    )


def make_webhooks(organization: Organization) -> WebhookDelivery:
    """Return a message that was given up, of an endpoint beside which there is another one that is off."""
    own = {
        "organization": organization,
        "event_types": ["invoice.issued", "invoice.paid"],
        "secret": encrypt("whsec_c2VjcmV0"),
        "created_at": MADE_AT,
        "free_at": MADE_AT,
    }
    code = organization.code
    WebhookEndpoint.objects.create(
        name="Old accounting", url=f"https://old.{code}.test/", switched_off_at=MADE_AT, failures=10, **own
    )
    return a_message(WebhookEndpoint.objects.create(name="Accounting", url=f"https://{code}.test/", **own), at=MADE_AT)


def make_mail(organization: Organization, **fields: Any) -> OutgoingMail:
    described = {
        "key": f"{organization.pk}|{OutgoingMail.objects.count()}",
        "kind": "invitation",
        "recipient": "eve@example.com",
        "language": "en",
        "subject": "You are invited",
        "queued_at": MADE_AT,
        "next_attempt_at": MADE_AT,
    }
    return OutgoingMail.objects.create(organization=organization, **(described | fields))


def make_approval(by: User, *, reason: str = "") -> Approval:
    """Return that somebody typed a product, which waits for a second person once a reason is given."""
    typed = Typed(
        path="/admin/subscriptions/product/add/",
        body="code=gadget&name=Gadget&kind=add_on",
        subject="Product: Gadget",
        points=["Code: gadget", "Name: Gadget", "Kind: Add-on"],
        language="en",
    )
    approval = keep_typed(typed, asked_by=by, now=database_now())
    return ask_for_approval(approval.pk, reason=reason, now=database_now()) if reason else approval


def make_absurd_cycle(code: str) -> BillingCycle:
    """Return a cycle that a safety bound holds: the three periods before it were charged next to nothing."""
    now = database_now()
    begun = (now - timedelta(days=15)).date()
    effective = date(begun.year, begun.month, min(begun.day, 28)) - relativedelta(months=3)
    subscription = a_subscription(an_organization(code), effective_date=effective)
    report(subscription.organization, *a_working_day("ann", (now - timedelta(days=5)).date().isoformat()))
    close_due_cycles(now=now, organization_id=subscription.organization_id)
    subscription.cycles.filter(state="closed").update(arrears=1)
    cycle = subscription.cycles.latest("index")
    cycle.held_reasons = [stored_reason(block) for block in preview_cycle(cycle, as_of=now).blocks]
    cycle.held_at = cycle.tried_at = now
    cycle.save()
    return cycle


def make_parking(organization: Organization) -> Parking:
    """Park an organization whose books are right by now."""
    now = database_now()
    faults = ["INV-000001: its lines come to 281.00, its subtotal is 280.00"]
    return Parking.objects.create(organization=organization, parked_at=now, looked_at=now, faults=faults, fault_count=1)


def make_stop(organization: Organization, by: User) -> DunningStop:
    """Stop the reminders of an organization."""
    return DunningStop.objects.create(
        organization=organization, reason="They negotiate.", stopped_at=database_now(), stopped_by=by
    )


def make_promise(invoice: Invoice, by: User) -> PaymentPromise:
    """Write that an invoice was promised to be paid, long ago: the promise is broken unless it is paid."""
    amount, at = invoice.balance.open, database_now()
    promise = PaymentPromise.objects.create(
        organization=invoice.organization,
        currency=invoice.currency,
        amount=amount,
        promised_on=invoice.due_date,
        promised_by="Ms. Ito",
        note="On the phone.",
        recorded_at=at,
        recorded_by=by,
    )
    PromisedInvoice.objects.create(
        organization=invoice.organization, promise=promise, invoice=invoice, amount=amount, remains=0
    )
    return promise


def make_reminder(invoice: Invoice) -> Reminder:
    """Write that a billing contact was reminded of an invoice, and the mail to them."""
    mail = make_mail(invoice.organization)
    return Reminder.objects.create(
        organization=invoice.organization,
        invoice=invoice,
        contact_number=1,
        level=1,
        after_days=3,
        days_past_due=3,
        open=invoice.total,
        queued_at=database_now(),
        mail_key=mail.key,
    )


def make_turn(by: User) -> IssuingSwitch:
    """Keep that issuing was switched on, as it is."""
    return IssuingSwitch.objects.create(is_on=True, reason="Mended.", switched_at=database_now(), switched_by=by)
