"""Shows a what-if with the names of what was supposed."""

from invoices.choices import CycleState
from invoices.documents.what_if import WhatIfDocument, build_what_if_document
from invoices.domain.what_if import Comparison, WhatIf
from invoices.services.what_if import objections
from subscriptions.models import Organization, Subscription
from subscriptions.selectors.catalog import get_product_names, list_price_books
from subscriptions.selectors.rate_decks import list_rate_decks
from usage.documents import Reader


def find_subscription_to_compare(organization: Organization) -> Subscription | None:
    """Return the agreement whose period was closed last, else the newest; None if there is none."""
    agreements = organization.subscriptions.order_by("-effective_date")
    closed = agreements.filter(cycles__state=CycleState.CLOSED)
    return closed.first() or agreements.first()


def get_what_if_document(
    comparison: Comparison, question: WhatIf, *, subscription: Subscription, language: str
) -> WhatIfDocument:
    """Return a comparison for a reader."""
    book = deck = None
    if question.list_prices_on is not None:
        books = list_price_books(comparison.currency).filter(effective_date__lte=question.list_prices_on)
        book = books.first()
    if question.rate_deck_id is not None:
        deck = list_rate_decks(comparison.currency).filter(pk=question.rate_deck_id).first()
    return build_what_if_document(
        comparison,
        question=question,
        book=str(book or ""),
        deck=str(deck or ""),
        cautions=objections(subscription, question).cautions,
        reader=Reader(language=language, time_zone=subscription.time_zone, names=get_product_names(language)),
    )
