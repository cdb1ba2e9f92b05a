"""The days that matter in an agreement, past and to come, with who decided what and why (BR-10, BR-15 to BR-17)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.contrib.auth.models import User
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from subscriptions.documents.agreement import index_on, term_on
from subscriptions.documents.text import printable
from subscriptions.domain.formatting import format_day, format_price, format_quantity
from subscriptions.domain.period import local_date, nth_period
from subscriptions.domain.terms import CommercialModel, ContractTerms, TermsChange, starts_on
from subscriptions.models import SubscriptionCancellation, SubscriptionChange

PAST_CHANGES = 6
"""So many changes that are in effect are shown; the agreement's page has them all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Milestone:
    """A day of an agreement: what happens on it, and who decided it, when and why, if somebody did."""

    on: date
    day: str
    what: str
    why: str = ""
    by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """The days behind us and those to come, each in order; `left_out` counts older changes that are not shown."""

    past: Sequence[Milestone]
    today: str
    coming: Sequence[Milestone]
    left_out: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """An agreement and what was recorded about it, in the order of recording."""

    terms: ContractTerms
    changes: Sequence[SubscriptionChange]
    cancellations: Sequence[SubscriptionCancellation]


def build_timeline(recorded: Recorded, *, on: date, names: Mapping[str, str], language: str) -> Timeline:
    """Return the timeline of an agreement as it is on a day of its time zone."""
    teller = _Teller(recorded=recorded, on=on, names=names, language=language)
    changes = sorted(teller.changes(), key=lambda milestone: milestone.on)
    effective = [milestone for milestone in changes if milestone.on <= on]
    coming = [milestone for milestone in changes if milestone.on > on]
    shown = [*teller.dates(), *teller.cancellations(), *effective[-PAST_CHANGES:], *coming]
    shown.sort(key=lambda milestone: milestone.on)
    return Timeline(
        past=[milestone for milestone in shown if milestone.on <= on],
        today=format_day(on, language),
        coming=[milestone for milestone in shown if milestone.on > on],
        left_out=max(0, len(effective) - PAST_CHANGES),
    )


def person_in_words(user: User | None) -> str:
    """Return who did something; a command or a file has no name."""
    return _("the system") if user is None else printable(user.get_full_name() or user.get_username())


@dataclass(frozen=True, slots=True, kw_only=True)
class _Teller:
    recorded: Recorded
    on: date
    names: Mapping[str, str]
    language: str

    def dates(self) -> Iterator[Milestone]:
        terms, last_day = self.recorded.terms, self.recorded.terms.last_service_date
        begins = _("The agreement begins.") if terms.effective_date > self.on else _("The agreement began.")
        yield self._milestone(terms.effective_date, begins)
        if terms.ramp_months:
            yield self._milestone(
                nth_period(effective_date=terms.effective_date, index=terms.ramp_months - 1).last_day,
                _("Last day of the ramp."),
            )
        if last_day is not None:
            yield self._milestone(last_day, _("Last day of service."))
        if terms.commercial_model is not CommercialModel.MONTH_TO_MONTH:
            yield from (each for each in self._term() if last_day is None or each.on <= last_day)

    def _term(self) -> Iterator[Milestone]:
        terms = self.recorded.terms
        term = term_on(terms, index_on(terms, self.on))
        months = ngettext("%(count)s month", "%(count)s months", terms.term_months) % {"count": terms.term_months}
        if term.start > terms.ramp_months:
            yield self._milestone(starts_on(terms, term.start), _("Renewed for %(term)s.") % {"term": months})
        last_day = nth_period(effective_date=terms.effective_date, index=term[-1]).last_day
        yield self._milestone(last_day, _("Last day of the term."))
        yield self._milestone(
            starts_on(terms, term.stop), _("Renews for %(term)s, unless it is cancelled before.") % {"term": months}
        )

    def changes(self) -> Iterator[Milestone]:
        terms = self.recorded.terms
        for row in self.recorded.changes:
            change = TermsChange(
                effective_date=row.effective_date,
                product=row.product_id,
                recorded_on=self._date(row.recorded_at),
            )
            begins = starts_on(terms, terms.takes_effect(change))
            yield self._milestone(begins, change_of(row, terms.currency, self.names, self.language), row)

    def cancellations(self) -> Iterator[Milestone]:
        for row in self.recorded.cancellations:
            yield self._milestone(self._date(row.recorded_at), cancellation_of(row, self.language), row)

    def _milestone(
        self, on: date, what: str, row: SubscriptionChange | SubscriptionCancellation | None = None
    ) -> Milestone:
        by = ""
        if row is not None:
            day = format_day(self._date(row.recorded_at), self.language)
            by = _("Recorded by %(person)s on %(day)s.") % {"person": person_in_words(row.recorded_by), "day": day}
        return Milestone(
            on=on,
            day=format_day(on, self.language),
            what=what,
            why=printable(row.reason) if row is not None else "",
            by=by,
        )

    def _date(self, instant: datetime) -> date:
        return local_date(instant, time_zone=self.recorded.terms.time_zone)


def change_of(row: SubscriptionChange, currency: str, names: Mapping[str, str], language: str) -> str:
    """Return what a recorded change makes of a product's commitment and prices."""
    words = {"product": names.get(row.product_id, row.product_id)}

    def price(amount: Decimal) -> str:
        return format_price(amount, currency, language)

    sentences = []
    if row.commitment is not None:
        quantity = format_quantity(row.commitment, language)
        sentences.append(_("The commitment to %(product)s is %(quantity)s.") % {**words, "quantity": quantity})
    if row.price is not None:
        sentences.append(_("The price of %(product)s is %(price)s.") % {**words, "price": price(row.price)})
    if row.overage_price is not None:
        over = {**words, "price": price(row.overage_price)}
        sentences.append(_("The overage price of %(product)s is %(price)s.") % over)
    return " ".join(sentences)


def cancellation_of(row: SubscriptionCancellation, language: str) -> str:
    """Return what was recorded: a cancellation, or that one was taken back."""
    if row.last_service_date is None:
        return _("The cancellation was taken back.")
    return _("Cancelled: the last day of service is %(day)s.") % {"day": format_day(row.last_service_date, language)}
