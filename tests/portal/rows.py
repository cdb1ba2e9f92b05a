"""Rows for the tests of the customer's pages: organizations, people, agreements, logins, issued documents."""

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from django.contrib.auth.models import Permission, User

from invoices.models import (
    DocumentBalance,
    Invoice,
    InvoiceDelivery,
    InvoiceLine,
    InvoiceTax,
    RenderedPdf,
    TermsSnapshot,
)
from subscriptions.models import (
    Account,
    IssuingEntity,
    Membership,
    Organization,
    Product,
    Subscription,
    SubscriptionPrice,
)
from usage.domain.events import Client, EventKind
from usage.models import UsageEvent

NOW = datetime(2026, 1, 25, 15, 0, tzinfo=UTC)
"""Ten days into a period that began on January 15: 10:00 AM Eastern."""

PASSWORD = "correct horse battery"

BANK = {"bank_name": "First Example Bank", "details": [["Routing (ACH)", "021000021"], ["Account", "0001234567"]]}


def make_organization(code: str = "acme", name: str = "Acme Telecom") -> Organization:
    return Organization.objects.create(
        account=Account.objects.create(name=f"{name} ({code})"),
        code=code,
        name=name,
        legal_name=f"{name}, Inc.",
        address="1 Main Street\nSpringfield, IL 62701",
        country="US",
        regions=["us-east-1"],
    )


def make_person(username: str, **fields: object) -> User:
    return User.objects.create_user(username=username, password=PASSWORD, **fields)


def make_member(username: str, organization: Organization, **permissions: bool) -> User:
    person = make_person(username)
    Membership.objects.create(organization=organization, user=person, **permissions)
    return person


def make_csm(username: str, *organizations: Organization) -> User:
    person = make_person(username, is_staff=True)
    person.assigned_organizations.add(*organizations)
    return person


def make_lead(username: str) -> User:
    person = make_person(username, is_staff=True)
    person.user_permissions.add(Permission.objects.get(codename="lead"))
    return person


def make_issuer(code: str = "seat-us", prefix: str = "INV-") -> IssuingEntity:
    entity, _ = IssuingEntity.objects.get_or_create(
        code=code,
        defaults={
            "legal_name": f"Seat Cloud {code}",
            "address": "2 Harbor Way\nBoston, MA 02110",
            "country": "US",
            "invoice_prefix": prefix,
        },
    )
    return entity


def make_subscription(
    organization: Organization,
    *,
    commitments: Mapping[str, int] | None = None,
    issuer: IssuingEntity | None = None,
    **terms: object,
) -> Subscription:
    subscription = Subscription.objects.create(
        **{
            "organization": organization,
            "issuing_entity": issuer or make_issuer(),
            "effective_date": date(2025, 12, 15),
            "currency": "USD",
            "commercial_model": "PREPAY_MONTHLY_COMMITMENT",
            "licensing_model": "named",
            "multi_shift": True,
        }
        | terms
    )
    for product, quantity in (commitments or {}).items():
        SubscriptionPrice.objects.create(
            subscription=subscription, product_id=product, commitment=quantity, price=Decimal("75.00")
        )
    return subscription


def make_add_on(code: str, name: str) -> Product:
    return Product.objects.create(code=code, name=name, kind="add_on")


def assign(organization: Organization, user: str, product: str, *, at: datetime) -> None:
    _event(organization, EventKind.ASSIGNED, user, at, product=product)


def log_in(
    organization: Organization,
    user: str,
    product: str = "purecloud-2",
    *,
    at: datetime = NOW - timedelta(days=2),
    hours: float | None = 8,
) -> None:
    """Assign a license, log a user in, and out again after so many hours; None: they are still logged in."""
    if product:
        assign(organization, user, product, at=at)
    session = f"{user}-{at:%m%d%H%M}"
    _event(organization, EventKind.LOGGED_IN, user, at, session=session, client=Client.WEB)
    if hours is not None:
        _event(organization, EventKind.LOGGED_OUT, user, at + timedelta(hours=hours), session=session)


def _event(organization: Organization, kind: EventKind, subject: str, at: datetime, **columns: object) -> None:
    event_id = f"{kind}-{subject}-{at.isoformat()}-{columns.get('product', '')}"
    UsageEvent.objects.create(
        organization=organization,
        kind=kind,
        occurred_at=at,
        received_at=at + timedelta(seconds=1),
        subject=subject,
        identity=hashlib.blake2b(f"{organization.code} {event_id}".encode(), digest_size=16).digest(),
        source="/tests",
        event_id=event_id,
        **columns,
    )


def make_invoice(
    subscription: Subscription,
    sequence: int = 1,
    *,
    issued_at: datetime = datetime(2026, 1, 15, 11, 0, tzinfo=UTC),
    document_type: str = "invoice",
    number: str = "",
    rendered: bool = True,
    lines: int = 1,
    currency: str = "",
    frozen: dict[str, object] | None = None,
) -> Invoice:
    organization, entity = subscription.organization, subscription.issuing_entity
    subtotal = Decimal(75) * lines
    invoice = Invoice.objects.create(
        organization=organization,
        subscription=subscription,
        terms_snapshot=TermsSnapshot.objects.create(organization=organization, rule_version=1, terms={}),
        issuing_entity=entity,
        document_type=document_type,
        sequence=sequence,
        number=number or f"{'INV' if document_type == 'invoice' else 'CN'}-{sequence:06}",
        issued_at=issued_at,
        invoice_date=issued_at.date(),
        due_date=issued_at.date() + timedelta(days=30),
        currency=currency or subscription.currency,
        subtotal=subtotal,
        tax=Decimal("4.69"),
        total=subtotal + Decimal("4.69"),
        frozen=_frozen(organization, entity) | (frozen or {}),
    )
    for position in range(lines):
        InvoiceLine.objects.create(
            organization=organization,
            subscription=subscription,
            invoice=invoice,
            position=position,
            kind="prepay" if position % 2 == 0 else "overage",
            product="purecloud-2",
            description="PureCloud 2",
            quantity=1,
            unit_price=75,
            amount=75,
            service_start=date(2026, 1, 15),
            service_end=date(2026, 2, 14),
            tax_category="software",
            charge_key=f"{invoice.pk}-{position}",
        )
    InvoiceTax.objects.create(
        organization=organization,
        invoice=invoice,
        position=0,
        authority="Illinois",
        rate=Decimal("6.25"),
        taxable=100,
        amount=Decimal("4.69"),
    )
    DocumentBalance.objects.create(document=invoice, organization=organization, open=invoice.total)
    _queue_pdf(invoice, rendered=rendered)
    InvoiceDelivery.objects.create(invoice=invoice, organization=organization, next_attempt_at=invoice.issued_at)
    return invoice


def _queue_pdf(invoice: Invoice, *, rendered: bool) -> None:
    content = f"%PDF-1.7 {invoice.number}".encode()
    RenderedPdf.objects.create(
        invoice=invoice,
        organization=invoice.organization,
        next_attempt_at=invoice.issued_at,
        content=content if rendered else None,
        sha256=hashlib.sha256(content).hexdigest() if rendered else "",
        rendered_at=invoice.issued_at + timedelta(minutes=1) if rendered else None,
    )


def _frozen(organization: Organization, entity: IssuingEntity) -> dict[str, object]:
    frozen = {
        "issuer": {
            "legal_name": entity.legal_name,
            "address": entity.address,
            "country": entity.country,
            "tax_ids": ["EIN 12-3456789"],
            "invoicing_email": "invoices@seat.example",
            "collections_email": "",
            "sales_email": "",
            "hardware_email": "",
            "terms_url": "https://seat.example/terms",
            "service_level_url": "",
            "logo_svg": "",
            "bank": BANK,
        },
        "bill_to": {
            "name": organization.name,
            "legal_name": organization.legal_name,
            "address": organization.address,
            "country": organization.country,
            "tax_id": "",
        },
        "language": "en",
        "time_zone": "America/New_York",
        "net_days": 30,
        "po_number": "PO-7731",
        "commercial_model": "PREPAY_MONTHLY_COMMITMENT",
        "licensing_model": "named",
        "edition": "2019",
        "period": {"start": "2025-12-15", "last_day": "2026-01-14"},
        "notes": [],
    }
    return json.loads(json.dumps(frozen))
