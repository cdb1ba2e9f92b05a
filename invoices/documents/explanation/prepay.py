"""Why this commitment: what was agreed, from when, and the months it is charged for (BR-10, BR-15, BR-30)."""

from collections.abc import Iterator
from datetime import date

from django.utils.translation import gettext as _

from invoices.documents.explanation.basis import Basis
from invoices.documents.explanation.prices import changes_of, price_fact
from invoices.documents.explanation.shape import Answer, Evidence, Row, figure_column, text_column
from subscriptions.documents import Fact
from subscriptions.domain.formatting import format_day
from subscriptions.domain.terms import CommercialModel, starts_on


def explain_prepay(basis: Basis) -> Answer:
    """Explain a commitment that is charged in advance."""
    return Answer(
        rules=["BR-10", "BR-15", "BR-30", "BR-31"] if changes_of(basis) else ["BR-10", "BR-30", "BR-31"],
        words=_words(basis),
        facts=[
            *basis.service_facts(),
            Fact(label=_("Committed"), value=_committed(basis)),
            *_increase_facts(basis),
            Fact(label=_("Months"), value=basis.number(basis.line.months)),
            price_fact(basis),
        ],
        arithmetic=basis.quantity_times_price(),
        evidence=_agreed(basis),
    )


def _words(basis: Basis) -> list[str]:
    if basis.terms.commercial_model is not CommercialModel.PREPAY:
        return [_("The commitment is charged in advance for each period, whether it is used or not.")]
    words = _("The commitment is charged in advance for a contract year, whether it is used or not.")
    if not _is_mid_year(basis):
        return [words]
    return [words, _("An increase during the year is charged for the periods that are left of it.")]


def _committed(basis: Basis) -> str:
    words = {
        "quantity": basis.number(basis.terms.commitment(basis.line.product, basis.index)),
        "day": format_day(_since(basis), basis.reader.language),
    }
    return _("%(quantity)s, since %(day)s") % words


def _increase_facts(basis: Basis) -> list[Fact]:
    if not _is_mid_year(basis):
        return []
    before = basis.terms.commitment(basis.line.product, basis.index - 1)
    return [Fact(label=_("Charged before"), value=basis.number(before))]


def _is_mid_year(basis: Basis) -> bool:
    terms = basis.terms
    return terms.commercial_model is CommercialModel.PREPAY and basis.index != terms.contract_year(basis.index).start


def _since(basis: Basis) -> date:
    """Return the first day of the first period since which the commitment has been what it is."""
    terms, index = basis.terms, basis.index
    quantity = terms.commitment(basis.line.product, index)
    while index > 0 and terms.commitment(basis.line.product, index - 1) == quantity:
        index -= 1
    return starts_on(terms, index)


def _agreed(basis: Basis) -> Evidence:
    """Return what was agreed at first and every change so far."""
    terms, product, changes = basis.terms, basis.line.product, changes_of(basis)

    def rows() -> Iterator[Row]:
        for agreed in terms.prices:
            if agreed.product == product:
                yield (terms.effective_date, terms.effective_date, agreed.commitment, agreed.price)
        for first_day, change in changes:
            yield (change.effective_date, first_day, change.commitment, change.price)

    return Evidence(
        title=_("What was agreed"),
        note=_("An empty field leaves the figure as it was; without an agreed price the price book's counts."),
        columns=[
            text_column(_("Effective date")),
            text_column(_("In force from")),
            figure_column(_("Committed")),
            figure_column(_("Price")),
        ],
        source=rows,
    )
