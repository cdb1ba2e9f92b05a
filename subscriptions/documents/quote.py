"""A whole quote, from the copy frozen when it was issued to what stands on the page (BR-52, BR-76)."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _
from moneyed import Money

from subscriptions.choices import COMMERCIAL_MODELS, LICENSING_MODELS
from subscriptions.documents.offer import Offer
from subscriptions.documents.offer_lines import QuoteSection, sections_of
from subscriptions.documents.offer_words import agreement_in_words
from subscriptions.documents.party import Fact, Link, Party, describe_party, logo_url, paper_of
from subscriptions.documents.text import printable
from subscriptions.domain.formatting import currency_name, format_day, format_days, format_money
from subscriptions.domain.money import zero
from subscriptions.domain.period import local_date
from subscriptions.models import Quote


@dataclass(frozen=True, slots=True, kw_only=True)
class QuoteDocument:
    """
    An issued quote in one language; every figure is text, as it is printed.

    `paper` is `a4` or `letter`; `logo` is a `data:` URL or empty; `issued_at` is ISO 8601.
    """

    language: str
    paper: str
    title: str
    number: str
    issued_at: str
    valid_until: str
    total: str
    logo: str
    issuer: Party
    bill_to: Party
    facts: tuple[Fact, ...]
    sections: tuple[QuoteSection, ...]
    at_signing: tuple[Fact, ...]
    later: tuple[Fact, ...]
    terms: tuple[str, ...]
    how_to_accept: str
    notes: tuple[str, ...]
    contacts: tuple[Fact, ...]
    links: tuple[Link, ...]


def get_quote_document(quote: Quote) -> QuoteDocument:
    """Return an issued quote in the language frozen with it."""
    assert quote.issued_at is not None
    assert quote.expires_at is not None
    frozen: dict[str, Any] = quote.frozen or {}
    language, zone = frozen["language"], frozen["time_zone"]
    offer = Offer.read(frozen)
    valid_until = local_date(quote.expires_at, time_zone=zone) - timedelta(days=1)
    with translation.override(language):
        return QuoteDocument(
            language=language,
            paper=paper_of(frozen["bill_to"]["country"]),
            title=_("Quote"),
            number=printable(quote.number),
            issued_at=f"{quote.issued_at:%Y-%m-%dT%H:%M:%SZ}",
            valid_until=format_day(valid_until, language),
            total=format_money(_due_at_signing(offer), language),
            logo=logo_url(frozen["issuer"]["logo_svg"]),
            issuer=describe_party(frozen["issuer"], frozen["issuer"]["tax_ids"], language),
            bill_to=describe_party(frozen["bill_to"], [frozen["bill_to"]["tax_id"]], language),
            facts=_facts(frozen, issued_on=local_date(quote.issued_at, time_zone=zone), valid_until=valid_until),
            sections=sections_of(offer),
            at_signing=_at_signing(offer),
            later=_later(offer),
            terms=agreement_in_words(offer),
            how_to_accept=_how_to_accept(quote.number, format_day(valid_until, language), frozen["issuer"]),
            notes=tuple(line for line in map(printable, frozen["notes"].splitlines()) if line),
            contacts=_contacts(frozen["issuer"]),
            links=_links(frozen["issuer"]),
        )


def _due_at_signing(offer: Offer) -> Money:
    first = offer.first_advance
    advance = zero(offer.currency) if first is None or first.after_ramp else offer.advance_amount
    return offer.services_amount + advance


def _facts(frozen: dict[str, Any], *, issued_on: date, valid_until: date) -> tuple[Fact, ...]:
    language, agreement = frozen["language"], frozen["agreement"]
    facts = [
        Fact(label=_("Quote date"), value=format_day(issued_on, language)),
        Fact(label=_("Valid until"), value=format_day(valid_until, language)),
        Fact(label=_("Payable in"), value=currency_name(frozen["currency"], language)),
    ]
    if agreement is not None:
        billed = dict(COMMERCIAL_MODELS)[agreement["commercial_model"]]
        licensed = dict(LICENSING_MODELS)[agreement["licensing_model"]]
        begins = date.fromisoformat(agreement["effective_date"])
        facts += [
            Fact(label=_("Payment terms"), value=_net(agreement["net_days"])),
            Fact(label=_("Agreement"), value=f"{billed} · {licensed}"),
            Fact(label=_("Service from"), value=format_day(begins, language)),
        ]
    return tuple(facts)


def _net(net_days: int) -> str:
    return _("Net %(days)s") % {"days": net_days} if net_days else _("Due on receipt")


def _at_signing(offer: Offer) -> tuple[Fact, ...]:
    """Return what the figure at the top is made of, unless it is one thing."""
    facts = []
    if offer.services_amount.amount:
        label = _("Services, once this quote is accepted")
        facts.append(Fact(label=label, value=format_money(offer.services_amount, offer.language)))
    first = offer.first_advance
    if first is not None and not first.after_ramp:
        label = _("Licenses in advance, %(days)s")
        days = format_days(first.starts_on, first.last_day, offer.language)
        facts.append(Fact(label=label % {"days": days}, value=format_money(offer.advance_amount, offer.language)))
    return tuple(facts)


def _later(offer: Offer) -> tuple[Fact, ...]:
    """Return what falls due after signing, as far as it is known."""
    facts = []
    first = offer.first_advance
    if first is not None and (first.after_ramp or first.months == 1):
        begins = first.starts_on if first.after_ramp else first.last_day + timedelta(days=1)
        words = {"day": format_day(begins, offer.language), "months": first.months}
        monthly, yearly = _("Each month in advance, from %(day)s"), _("%(months)s months in advance, on %(day)s")
        label = (monthly if first.months == 1 else yearly) % words
        facts.append(Fact(label=label, value=format_money(offer.advance_amount, offer.language)))
    if offer.hardware_amount.amount:
        facts.append(Fact(label=_("Hardware, as it ships"), value=format_money(offer.hardware_amount, offer.language)))
    return tuple(facts)


def _how_to_accept(number: str, last_day: str, issuer: dict[str, Any]) -> str:
    email = printable(issuer["sales_email"])
    words = {"day": last_day, "number": printable(number), "email": email}
    to_somebody = _("To accept, sign this quote and send it to %(email)s by %(day)s.")
    to_whom_you_know = _("To accept, sign this quote and return it by %(day)s.")
    or_order = _("A purchase order that names %(number)s will do as well.")
    return f"{(to_somebody if email else to_whom_you_know) % words} {or_order % words}"


def _contacts(issuer: dict[str, Any]) -> tuple[Fact, ...]:
    hardware = printable(issuer["hardware_email"])
    return (Fact(label=_("Hardware"), value=hardware),) if hardware else ()


def _links(issuer: dict[str, Any]) -> tuple[Link, ...]:
    links = [
        Link(label=_("Terms and conditions"), url=printable(issuer["terms_url"])),
        Link(label=_("Service level agreement"), url=printable(issuer["service_level_url"])),
    ]
    return tuple(link for link in links if link.url)
