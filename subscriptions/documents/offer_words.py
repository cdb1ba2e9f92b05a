"""The agreement that a quote offers, in words."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from subscriptions.choices import COMMERCIAL_MODELS
from subscriptions.documents.offer import Offer
from subscriptions.domain.formatting import format_day, format_quantity, zone_name
from subscriptions.domain.period import nth_period
from subscriptions.domain.terms import CommercialModel, ContractTerms, LicensingModel


def agreement_in_words(offer: Offer) -> tuple[str, ...]:
    """Return the terms of the new agreement, sentence by sentence; none if the quote offers none."""
    terms = offer.terms
    if terms is None:
        return ()
    sentences = [
        _("%(billed)s, %(duration)s")
        % {"billed": dict(COMMERCIAL_MODELS)[terms.commercial_model], "duration": _duration(offer, terms)},
        _ramp(terms, offer.language),
        _shifts(terms),
        _("Billing periods are months counted from the first day of service, midnight to midnight, %(zone)s.")
        % {"zone": zone_name(terms.time_zone, offer.language)},
        _above(terms, offer),
        *(
            _("Each %(product)s brings %(quantity)s %(resource)s a month.")
            % {"product": product, "resource": resource, "quantity": format_quantity(quantity, offer.language)}
            for product, resource, quantity in offer.allowances
        ),
        _("Calls are charged by the rates of “%(deck)s”.") % {"deck": offer.rate_deck} if offer.rate_deck else "",
    ]
    return tuple(sentence for sentence in sentences if sentence)


def _duration(offer: Offer, terms: ContractTerms) -> str:
    begins = nth_period(effective_date=terms.effective_date, index=terms.ramp_months).start
    words = {
        "term": ngettext("%(count)s month", "%(count)s months", terms.term_months) % {"count": terms.term_months},
        "ramp": ngettext("%(count)s month", "%(count)s months", terms.ramp_months) % {"count": terms.ramp_months},
        "day": format_day(terms.effective_date, offer.language),
        "begins": format_day(begins, offer.language),
    }
    if terms.commercial_model is CommercialModel.MONTH_TO_MONTH:
        return _("from %(day)s until it is cancelled.") % words
    renewal = _("It renews for the same length and commitments unless it is changed or cancelled before.")
    if terms.ramp_months:
        return _("%(term)s from %(begins)s, after a ramp of %(ramp)s from %(day)s.") % words + " " + renewal
    return _("%(term)s from %(day)s.") % words + " " + renewal


def _ramp(terms: ContractTerms, language: str) -> str:
    if not terms.ramp_months:
        return ""
    last_day = nth_period(effective_date=terms.effective_date, index=terms.ramp_months - 1).last_day
    words = {"day": format_day(last_day, language)}
    if terms.policy.free_ramp_licenses:
        return _("Until %(day)s licenses and add-ons are free; everything else is charged after each month.") % words
    return _("Until %(day)s nothing is charged in advance: what is used is charged at its price.") % words


def _shifts(terms: ContractTerms) -> str:
    if terms.licensing_model is not LicensingModel.CONCURRENT:
        return ""
    return _("Concurrent users: the organization states that it works in shifts, in one region.")


def _above(terms: ContractTerms, offer: Offer) -> str:
    if offer.first_advance is None:
        return _("What is used is charged after each month.")
    return _("What is used above a commitment is charged at the overage price after each month.")
