"""What waits with customers: trials and terms that end, quotes, and what somebody has asked for."""

from django.utils.translation import gettext_lazy as _

from invoices.admin.workbench.shape import ROWS_SHOWN, Looker, Section, Shown, number_of, row_url
from subscriptions.admin.parts import current_language
from subscriptions.choices import ImportState, RequestState
from subscriptions.domain.formatting import format_day
from subscriptions.domain.quote import QuoteState
from subscriptions.domain.renewal import next_renewal
from subscriptions.models import ContactRequest, PriceImport, Quote, Subscription, Trial, TrialRequest
from subscriptions.selectors.approvals import list_waiting_approvals
from subscriptions.selectors.attention import (
    list_agreements_beginning,
    list_quotes_expiring,
    list_terms_ending,
    list_trials_ending_soon,
)
from subscriptions.selectors.quotes import list_quotes_in_state

AGREEMENTS = "subscriptions_subscription"


def trials(looker: Looker) -> Section:
    """Return the trials that end within a week."""
    rows = list_trials_ending_soon(looker.own(Trial.objects.all()), at=looker.now)
    number = number_of(rows, "subscriptions_trial", _("Trials that end within a week"), state="soon")
    first = rows.select_related("organization").order_by("ends_at", "pk")[:ROWS_SHOWN]
    return Section(
        key="trials",
        title=_("Trials ending"),
        numbers=[number],
        rows=[
            Shown(
                organization=str(trial.organization),
                what=_("ends on %(day)s") % {"day": format_day(trial.ends_at.date(), current_language())},
                url=row_url("subscriptions_trial", trial.pk),
            )
            for trial in first
            if trial.ends_at is not None
        ],
    )


def terms(looker: Looker) -> Section:
    """Return the agreements whose term ends, and when it is renewed, and those that begin."""
    today, own = looker.now.date(), looker.own(Subscription.objects.all())
    ending = list_terms_ending(own, on=today)
    number = number_of(ending, AGREEMENTS, _("Terms that end within 60 days"), coming="ends")
    first = (
        ending.select_related("organization").order_by("effective_date", "pk")[:ROWS_SHOWN]
        if number.count.count
        else []
    )
    return Section(
        key="terms",
        title=_("Terms"),
        numbers=[
            number,
            number_of(
                list_agreements_beginning(own, on=today),
                AGREEMENTS,
                _("Agreements that begin within a week"),
                coming="begins",
            ),
        ],
        rows=[
            Shown(
                organization=str(row.organization),
                what=_how_it_ends(row, looker),
                url=row_url(AGREEMENTS, row.pk),
            )
            for row in first
        ],
    )


def _how_it_ends(subscription: Subscription, looker: Looker) -> str:
    language = current_language()
    renewal = next_renewal(
        effective_date=subscription.effective_date,
        ramp_months=subscription.ramp_months,
        term_months=subscription.term_months,
        after=looker.now.date(),
    )
    last_day = subscription.last_service_date
    if last_day is not None and last_day < renewal:
        return _("cancelled, ends on %(day)s") % {"day": format_day(last_day, language)}
    facts = {"day": format_day(renewal, language), "months": subscription.term_months}
    return _("is renewed on %(day)s for %(months)s months") % facts


def quotes(looker: Looker) -> Section:
    """Return the quotes that wait for the customer's answer and expire soon, and those that wait for us."""
    own, page = looker.own(Quote.objects.all()), "subscriptions_quote"
    expiring = list_quotes_expiring(own, at=looker.now)
    accepted = list_quotes_in_state(own, QuoteState.ACCEPTED, at=looker.now)
    return Section(
        key="quotes",
        title=_("Quotes"),
        numbers=[
            number_of(expiring, page, _("Unanswered quotes that expire within a week"), state="expiring"),
            number_of(accepted, page, _("Accepted quotes to be processed"), state=QuoteState.ACCEPTED.value),
        ],
    )


def requests(looker: Looker) -> Section:
    """Return what somebody has asked for: another billing contact; of leads also a trial, confirmed by nobody yet."""
    asked = looker.own(ContactRequest.objects.all()).filter(state=RequestState.OPEN)
    numbers = [
        number_of(
            asked,
            "subscriptions_contactrequest",
            _("Requests for another billing contact"),
            state__exact=RequestState.OPEN.value,
        )
    ]
    if looker.is_lead:
        # A request of a trial belongs to no organization yet.
        words = _("Trials asked for and not confirmed yet")
        numbers.append(number_of(TrialRequest.objects.all(), "subscriptions_trialrequest", words))
    return Section(key="requests", title=_("Requests"), numbers=numbers)


def approvals(looker: Looker) -> Section:
    """Return the changes that somebody has typed and a second person has to approve."""
    waiting = list_waiting_approvals(at=looker.now)
    number = number_of(waiting, "subscriptions_approval", _("Changes that wait for a second person"), state="waiting")
    return Section(
        key="approvals",
        title=_("Approvals"),
        numbers=[number],
        rows=[
            Shown(
                organization=str(row.asked_by),
                what=row.subject,
                url=row_url("subscriptions_approval", row.pk),
                words=[row.reason],
                since=row.asked_at,
            )
            for row in waiting.select_related("asked_by")[:ROWS_SHOWN]
        ],
    )


def price_imports(looker: Looker) -> Section:
    """Return the price lists that a lead has uploaded and not finished; they are their own."""
    own = PriceImport.objects.filter(uploaded_by=looker.user)
    return Section(
        key="price-imports",
        title=_("Price imports"),
        numbers=[
            number_of(own.filter(state=state), "subscriptions_priceimport", words, state__exact=state.value)
            for state, words in (
                (ImportState.READY, _("Your price lists to be confirmed")),
                (ImportState.FAULTY, _("Your price lists to be mended")),
            )
        ],
    )
